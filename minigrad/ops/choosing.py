"""Choosing elements: gather, scatter, sort."""
