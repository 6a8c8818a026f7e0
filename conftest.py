"""Loads what holds for every notebook, wherever pytest is pointed; tests/conftest.py has what holds for the tests."""

pytest_plugins = ["pytester", "tests.notebooks.strict"]
# Settings that only the server, or nbgrader, can read.
collect_ignore = ["notebooks/jupyter_server_config.py", "widgets/classroom/nbgrader_config.py"]
