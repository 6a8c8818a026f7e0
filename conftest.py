"""Loads what holds for every notebook, wherever pytest is pointed; tests/conftest.py has what holds for the tests."""

pytest_plugins = ["pytester", "tests.notebooks.strict"]
