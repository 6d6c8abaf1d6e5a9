"""What stands in the code blocks of a document."""

from __future__ import annotations

from collections.abc import Iterator


def code_lines(text: str) -> Iterator[str]:
    """Yield the lines of a document's code blocks, indented and fenced."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line.strip()
