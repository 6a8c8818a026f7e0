"""The front end's test tools, TypeScript and axe-core, from npm: nothing of them is built or shipped."""

import hashlib
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def node(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run Node.js; skip the test where there is none, which in CI is a failure."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("no Node.js was found: the front end's types and functions were not tested")
    return subprocess.run([found, *arguments], cwd=cwd, capture_output=True, text=True)


@cache
def packages() -> Path:
    """Return node_modules with the packages that package-lock.json names, installed below build/ the first time.

    Skips the test where npm is missing or cannot install them, which in CI is a failure.
    """
    lock = (HERE / "package-lock.json").read_bytes()
    target = ROOT / "build" / f"frontend-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not target.exists():
        _install(target)
    return target / "node_modules"


def _install(target: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(
            "no npm was found (it comes with Node.js): the front end was not tested with TypeScript and axe-core"
        )
    target.parent.mkdir(exist_ok=True)
    # Installed beside its place and then renamed: several test processes may come here at once, or one be cut off.
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"npm could not install TypeScript and axe-core: {done.stderr.strip()}")
        try:
            Path(folder).rename(target)
        except OSError:
            assert target.exists()  # another process was quicker
        else:
            Path(folder).mkdir()  # for the with block to remove
