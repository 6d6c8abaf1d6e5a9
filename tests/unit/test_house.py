"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter import __version__, errors

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted([*ROOT.glob("exporter/**/*.py"), *ROOT.glob("dashboards/**/*.py")])
NOT_OURS = {".git", ".hypothesis", ".venv", ".lock-venv", "build", "dist", "seatwatch.egg-info", "var"}


def _texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the project."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        hidden = any(part in NOT_OURS or "cache" in part or part.startswith(".coverage") for part in inside.parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield inside, path.read_text("utf-8", errors="replace")


def _module(path: Path) -> str:
    """Return the dotted name of a module file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=_module)
def test_a_module_is_short_enough_to_be_read_at_once(path: Path) -> None:
    """No module is longer than 300 lines."""
    lines = len(path.read_text().splitlines())

    assert lines <= 300, f"{path.name} has {lines} lines: it has more than one reason to exist"


def test_importing_does_nothing() -> None:
    """Every module can be imported alone in a clean process, prints nothing and starts no thread."""
    names = [_module(path) for path in MODULES if path.name != "__main__.py"]
    script = (
        "import importlib, sys, threading\n"
        "for name in sys.argv[1:]:\n"
        "    for known in [m for m in sys.modules if m.split('.')[0] in ('exporter', 'dashboards')]:\n"
        "        del sys.modules[known]\n"
        "    importlib.import_module(name)\n"
        "    assert threading.enumerate() == [threading.main_thread()], name\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ("", "", 0) == (done.stdout, done.stderr, done.returncode)


def test_the_error_tree_is_drawn_as_it_is() -> None:
    """The tree in the docstring of errors.py names every class at its place in the real tree, in order."""
    drawn = [line for line in (errors.__doc__ or "").splitlines() if line.startswith("    ")]
    outline = [((len(line) - len(line.lstrip())) // 4 - 1, line.split()[0]) for line in drawn]

    def walk(cls: type, depth: int) -> Iterator[tuple[int, str]]:
        yield depth, cls.__name__
        for child in cls.__subclasses__():
            if child.__module__ == errors.__name__:
                yield from walk(child, depth + 1)

    assert outline == list(walk(errors.SeatwatchError, 0))


def test_the_changelog_knows_this_version() -> None:
    """The newest version in CHANGELOG.md is the package's."""
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## [")]
    versions = [line.split("[")[1].split("]")[0] for line in headings]

    assert __version__ == next(version for version in versions if version != "Unreleased")


def test_both_locks_hold_the_same_parts() -> None:
    """Whatever requirements.txt pins, requirements-test.txt pins alike: the tests run what users run."""
    pins = [
        {line.split()[0] for line in (ROOT / name).read_text().splitlines() if line[:1].isalpha()}
        for name in ("requirements.txt", "requirements-test.txt")
    ]

    assert pins[0] <= pins[1]


def test_every_declared_part_is_locked() -> None:
    """pyproject.toml and the locks can't drift apart: each part declared there has a locked version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name, declared in (
        ("requirements.txt", project["dependencies"]),
        ("requirements-test.txt", project["optional-dependencies"]["test"]),
    ):
        locked = {line.split("==")[0] for line in (ROOT / name).read_text().splitlines() if line[:1].isalpha()}
        parts = {part.split(">")[0].split("=")[0].strip().lower() for part in declared}
        assert set() == parts - locked, f"run `make lock`: {name} lacks them"


def test_no_file_names_the_place_it_was_made_in() -> None:
    """No file holds a path of a developer's machine or a package registry's host."""
    # Put together here, so that this file doesn't hold them itself.
    words = [
        "/" + "work/",
        "/" + "tmp/v",
        "/" + "home/",
        "/" + "root/",
        "pypi" + ".org",
        "python" + "hosted",
        "design" + ".md",
    ]
    found = [(str(path), word) for path, text in _texts() for word in words if word in text]

    assert [] == found


def test_every_test_is_named_once() -> None:
    """No two test files have one name, so a failure names its file without its folder."""
    names = [path.name for path in ROOT.glob("tests/**/test_*.py")]

    assert sorted(set(names)) == sorted(names)


def test_every_test_says_what_it_proves_in_one_sentence() -> None:
    """The docstring of each test begins with one line that ends in a full stop."""
    vague = []
    for path in ROOT.glob("tests/**/test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                first = (ast.get_docstring(node) or "").split("\n\n")[0]
                if not first.endswith("."):
                    vague.append(f"{path.name}: {node.name}")

    assert [] == vague
