"""The three lists of dependencies agree: pyproject.toml, requirements.lock and environment.yml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from rattler import MatchSpec

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())

# conda-forge's name where it is not PyPI's. It has Graphviz itself, so the wheel that carries `dot` is not needed.
CONDA_NAMES = {"graphviz": "python-graphviz"}
ONLY_FOR_PIP = {"graphviz-pure"}
ONLY_FOR_CONDA = {"python", "pip", "graphviz"}


def requirements(lines: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


RUNTIME = requirements(PYPROJECT["project"]["dependencies"] + PYPROJECT["project"]["optional-dependencies"]["lab"])
DEV = requirements(PYPROJECT["dependency-groups"]["dev"])
BUILD = requirements(PYPROJECT["build-system"]["requires"])


def conda_specs() -> dict[str, MatchSpec]:
    specs = [MatchSpec(line, strict=True) for line in CONDA["dependencies"] if isinstance(line, str)]
    return {spec.name.normalized: spec for spec in specs}


def locked() -> dict[str, tuple[Version, int]]:
    """Name -> version and number of hashes, by reading requirements.lock."""
    entries = re.findall(
        r"^([\w.-]+)==([^\s;]+)[^\n]*\n((?:    --hash=sha256:[0-9a-f]{64}[^\n]*\n)*)", LOCK, re.MULTILINE
    )
    return {canonicalize_name(name): (Version(version), hashes.count("--hash")) for name, version, hashes in entries}


def ranges(spec: object) -> set[str]:
    return set(str(spec).split(","))


def test_the_engine_needs_numpy_only():
    assert list(requirements(PYPROJECT["project"]["dependencies"])) == ["numpy"]


@pytest.mark.parametrize("name", sorted(RUNTIME.keys() - ONLY_FOR_PIP))
def test_conda_has_every_runtime_dependency_in_the_same_range(name):
    assert ranges(conda_specs()[CONDA_NAMES.get(name, name)].version) == ranges(RUNTIME[name].specifier)


@pytest.mark.parametrize("name", ["nbval", "pytest"])
def test_conda_can_run_the_notebook_regression_tests(name):
    assert ranges(conda_specs()[name].version) == ranges(DEV[name].specifier)


def test_conda_lists_nothing_else():
    expected = {CONDA_NAMES.get(name, name) for name in RUNTIME.keys() - ONLY_FOR_PIP} | {"nbval", "pytest"}
    assert conda_specs().keys() == expected | ONLY_FOR_CONDA


def test_conda_has_the_same_python_and_installs_the_project():
    assert ranges(conda_specs()["python"].version) == ranges(PYPROJECT["project"]["requires-python"])
    assert CONDA["dependencies"][-1] == {"pip": ["-e ."]}
    assert CONDA["channels"][0] == "conda-forge"


@pytest.mark.parametrize("requirement", {**RUNTIME, **BUILD, **DEV}.values(), ids=lambda r: r.name)
def test_every_direct_dependency_is_locked_within_its_range(requirement):
    version, _ = locked()[canonicalize_name(requirement.name)]
    assert version in requirement.specifier


def test_every_locked_package_has_hashes():
    assert len(locked()) == len(re.findall(r"^\w", LOCK, re.MULTILINE))
    assert [name for name, (_, hashes) in locked().items() if not hashes] == []


def test_the_lock_names_no_address_and_no_torch():
    assert "://" not in LOCK
    assert "--index" not in LOCK and "--find-links" not in LOCK
    assert "torch" not in locked()
