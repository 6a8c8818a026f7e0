"""What holds for every test: in CI nothing may skip; a test that would is a failure, and says what is missing."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    # Looking for doctests imports a file: recorders need PyTorch, and lessons are scripts that raise on purpose.
    if collection_path.suffix == ".py" and not collection_path.name.startswith("test_"):
        return True
    return None


def _fail_if_skipped(report: Report) -> Report:
    if report.skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may skip in CI, and {report.nodeid} did. {reason}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _fail_if_skipped((yield))
