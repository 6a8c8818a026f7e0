"""The rule that nothing may skip in CI."""

from pathlib import Path

import pytest


@pytest.fixture
def skipping_tests(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text())
    pytester.makepyfile(
        test_a="""
            import pytest

            def test_runs(): pass

            def test_skips(): pytest.skip("no browser here")

            @pytest.mark.xfail(reason="not yet")
            def test_expected_to_fail(): assert False
        """,
        test_b="""
            import pytest

            pytest.importorskip("a_module_nobody_has")
        """,
    )
    return pytester


def test_skips_are_failures_in_ci_and_say_why(skipping_tests, monkeypatch):
    monkeypatch.setenv("CI", "true")
    result = skipping_tests.runpytest("--continue-on-collection-errors")
    result.assert_outcomes(passed=1, failed=2, errors=1)
    result.stdout.fnmatch_lines_random(["*no browser here*", "*a_module_nobody_has*"])


def test_skips_are_skips_elsewhere(skipping_tests, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    skipping_tests.runpytest().assert_outcomes(passed=1, skipped=2, xfailed=1)
