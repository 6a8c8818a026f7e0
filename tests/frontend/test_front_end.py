"""The front end outside a browser: its types under TypeScript, its pure functions under Node's test runner."""

import shutil

from tests.frontend.tools import HERE, ROOT, node, packages


def copied(folder):
    """The front end and its tests in folders like ours, marked as modules: older Nodes have to be told."""
    for source in (ROOT / "widgets" / "static", HERE):
        shutil.copytree(source, folder / source.relative_to(ROOT))
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def check_types(folder):
    return node(packages() / "typescript" / "bin" / "tsc", "--project", "tests/frontend/tsconfig.json", cwd=folder)


def test_types_hold():
    checked = check_types(ROOT)
    assert checked.returncode == 0, checked.stdout


def test_a_wrong_type_is_noticed(tmp_path):
    stepper = copied(tmp_path) / "widgets" / "static" / "stepper.js"
    stepper.write_text(stepper.read_text() + '\nsetRange(document.createElement("p"), "3");\n')
    checked = check_types(tmp_path)
    assert checked.returncode != 0
    assert "stepper.js" in checked.stdout and "HTMLInputElement" in checked.stdout


def test_pure_functions_hold(tmp_path):
    folder = copied(tmp_path)
    tested = node("--test", *sorted((folder / "tests" / "frontend").glob("*.test.js")), cwd=folder)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "# fail 0" in tested.stdout and "# tests 0" not in tested.stdout
