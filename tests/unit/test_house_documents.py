"""The documents tell the truth about the files they name."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

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
MADE_LATER = ("var/", ".venv/", "licences/", "build/")


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
