#!/usr/bin/env python3
"""Writes the default set of boards, and the drawings of them that the documents show: `make docs` runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script it finds its own folder only

from dashboards.generate import files
from dashboards.site import EXAMPLE
from dashboards.sketch import sketch

ROOT = Path(__file__).resolve().parents[1]
BOARDS, DRAWINGS = ROOT / "dashboards" / "generated", ROOT / "docs" / "boards"


def made() -> dict[Path, str]:
    """Return the text of each file."""
    texts = files(EXAMPLE)
    drawn = {DRAWINGS / name.replace(".json", ".svg"): sketch(json.loads(text)) for name, text in texts.items()}
    return {BOARDS / name: text for name, text in texts.items()} | drawn


if __name__ == "__main__":
    for path, text in made().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
