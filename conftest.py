"""Loads what holds for every notebook, wherever pytest is pointed; tests/conftest.py has what holds for the tests."""

pytest_plugins = ["pytester", "tests.notebooks.strict"]
# The server's settings, which only the server can read.
collect_ignore = ["notebooks/jupyter_server_config.py"]
