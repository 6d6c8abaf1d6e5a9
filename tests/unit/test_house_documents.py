"""The documents tell the truth about the files they name."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from exporter.catalog.metrics import METRICS
from exporter.cli import app
from exporter.records import BEFORE_START, ROLLED_BACK
from exporter.tail.packed import MAGIC
from exporter.tail.register import GONE

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("tests/**/*.md"),
        *ROOT.glob("deploy/**/*.md"),
    ]
    if path.is_file()
)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
FILE = re.compile(
    r"(\.?[\w*-][\w.*-]*/)*\.?[\w*-][\w.*-]*\.(py|md|toml|ya?ml|sh|sql|csv|txt|log|cfg|json)|(\.?[\w-][\w.-]*/)+([\w.*-]+)?"
)
MODULE = re.compile(r"(exporter|dashboards)(\.\w+)+")
COMMAND = re.compile(r"(?:bin/seatwatch|\$seatwatch\"?) ([a-z][a-z-]+)")
MADE_LATER = ("var/", "monitoring/", ".venv/", "licences/", "build/")


def _is_there(document: Path, name: str) -> bool:
    """Whether *name*, as written in *document*, is a file or folder of the project, or a pattern that meets one."""
    return any(any(folder.glob(name.rstrip("/"))) for folder in (ROOT, document.parent)) or (
        "/" not in name and any(document.parent.rglob(name))
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(document: Path) -> None:
    """Each file, folder and module that a document names is there."""
    text = document.read_text("utf-8")
    named = {word for word in CODE.findall(text) if FILE.fullmatch(word) and not word.startswith(MADE_LATER)}
    linked = {target for target in LINK.findall(text) if "://" not in target}
    missing = {name for name in named | linked if not _is_there(document, name)}
    modules = {word for word in CODE.findall(text) if MODULE.fullmatch(word)}

    assert set() == missing | {name for name in modules if not _has_module(name)}


def _has_module(name: str) -> bool:
    """Whether *name* is a module of the project, or something in one."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return _has_module(name.rpartition(".")[0]) if name.count(".") > 1 else False


def test_every_command_in_a_document_exists() -> None:
    """Each command that a document or the demonstration calls is one that `seatwatch --help` lists."""
    texts = [path.read_text("utf-8") for path in [*DOCUMENTS, ROOT / "deploy" / "demo.sh"]]
    called = {command for text in texts for command in COMMAND.findall(text)}
    told = subprocess.run(
        [sys.executable, "-m", "exporter", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert {"run", "simulate", "status"} <= called
    assert set() == called - set(re.findall(r"[a-z][a-z-]+", told.stdout))


def test_the_documents_are_looked_at() -> None:
    """The guard above has the main documents before it."""
    looked_at = {path.name for path in DOCUMENTS}

    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "semantics.md"} <= looked_at


def _rows(document: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of a document, without its head."""
    section = (ROOT / document).read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[2:]]


def test_every_metric_is_in_the_reference() -> None:
    """The table has exactly the metrics of the catalog, with their kinds and labels."""
    told = {row[0].strip("`"): (row[1], row[2]) for row in _rows("docs/reference.md", "The endpoint")}

    assert {metric.name: (metric.kind, ", ".join(metric.labels)) for metric in METRICS} == told


def test_every_command_and_option_is_in_the_reference() -> None:
    """The table has exactly the commands, each with all its options, subcommands with theirs, but the usual ones."""
    told = {
        row[0].strip("`").split()[0]: set(re.findall(r"`(--[a-z-]+)`", row[2]))
        for row in _rows("docs/reference.md", "Commands")
    }
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    usual = {"--config", "--help"}
    made = {name: set(_options(command)) - usual for name, command in group.commands.items()}

    assert made == told


def _options(command: Any) -> Iterator[str]:
    """Yield the options of a command, and those of its subcommands."""
    yield from (text for option in command.params for text in option.opts if text.startswith("--"))
    for one in getattr(command, "commands", {}).values():
        yield from _options(one)


def test_every_reason_of_a_gap_is_in_the_reference() -> None:
    """Each text that the reading of logs gives as a reason is in the table."""
    told = " ".join(row[0] for row in _rows("docs/reference.md", "Why there is a gap"))
    source = "".join(path.read_text("utf-8") for path in sorted((ROOT / "exporter" / "tail").glob("*.py")))
    given = set(re.findall(r'lose\([^"\n]*"([^"\n]+)"\)', source)) | {GONE, ROLLED_BACK, BEFORE_START}

    assert {"truncated before it was read", "found after newer lines had been read"} <= given
    assert set() == {reason for reason in given if f"`{reason}`" not in told}
    assert all(kind in told for kind in MAGIC.values())


def test_every_module_of_the_tail_is_explained() -> None:
    """The table of what happens to a log names each module of the tail."""
    rows = _rows("ARCHITECTURE.md", "What happens to a log, and which module sees to it")
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}

    assert {path.stem for path in (ROOT / "exporter" / "tail").glob("[!_]*.py")} == told
