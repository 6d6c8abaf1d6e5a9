"""Our files for the programs of others, with what a site sets in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_BEGIN, _END = "# ---- Yours to set: begin", "# ---- Yours to set: end"


def set_up(file: Path, yours: Mapping[str, str]) -> str:
    """Return one of our files with other values, each of which has to stand once where the file says it may be set."""
    before, _, rest = file.read_text().partition(_BEGIN)
    mine, end, after = rest.partition(_END)
    assert end, f"{file.name} doesn't say what is to be set"
    for old, new in yours.items():
        assert mine.count(old) == 1, f"{file.name}: {old}"
        mine = mine.replace(old, new)
    return before + _BEGIN + mine + end + after
