"""Cumulative operations."""
