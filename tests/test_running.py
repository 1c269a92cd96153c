"""How the tests are run: at once where a file is named, and once in CI, whose last line is pytest's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import conftest
import pytest

HERE = Path(__file__)
FILES = [str(path) for path in sorted(HERE.parent.glob("test_*.py"))]
needs_make = pytest.mark.skipif(not shutil.which("make") and not os.environ.get("CI"), reason="make is not installed")


@pytest.mark.parametrize(
    ("args", "workers"),
    [
        ([str(HERE)], 0),
        ([f"{HERE}::test_one", f"{HERE}::TestOther::test_two[a::b]"], 0),
        (FILES[: conftest.FEW_FILES], 0),
        (FILES[: conftest.FEW_FILES + 1], None),
        ([str(HERE.parent)], None),
        ([str(HERE), str(HERE.parent)], None),
    ],
)
def test_few_files_are_tested_without_workers(args: list[str], workers: int | None) -> None:
    assert conftest.pytest_xdist_auto_num_workers(SimpleNamespace(args=args)) == workers


def test_what_takes_minutes_is_left_out_unless_asked_for(tmp_path: Path, root: Path) -> None:
    shutil.copy(root / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_both.py").write_text(
        "import pytest\n\n@pytest.mark.long\ndef test_long(): pass\n\ndef test_short(): pass\n"
    )

    def run(*args: str) -> set[str]:
        command = [sys.executable, "-m", "pytest", "-n", "0", "--collect-only", "-q", *args]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return set(re.findall(r"::(\w+)", done.stdout))

    assert run() == {"test_short"}
    assert run("-m", "long") == {"test_long"}


def made(root: Path, *args: str) -> str:
    """The commands that make would run, whether or not make runs this test."""
    command = ["make", "--dry-run", "PYTHON=python", *args]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout


@needs_make
def test_check_runs_format_lint_types_and_tests(root: Path) -> None:
    lines = made(root, "check").splitlines()
    assert lines == [
        "python -m ruff format --check .",
        "python -m ruff check .",
        "python -m mypy",
        "python -m pytest",
    ]


@needs_make
def test_ci_runs_the_tests_once_and_last(root: Path) -> None:
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    [check] = re.findall(r"^make check (.*?) PYTHON=", script, re.MULTILINE)
    assert "pytest" not in made(root, "check", *check.split())
    setup = re.search(r"^```bash setup\n(.*?)^```$", (root / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert setup
    first, second = setup[1].splitlines()
    assert "pytest" not in first
    assert second.endswith("-m pytest")
    assert re.findall(r'^readme "\$\{commands\[(\d)\]\}"$', script, re.MULTILINE) == ["0", "1"]
    assert script.rstrip().endswith('readme "${commands[1]}"')
