"""How long things are kept, as the configuration says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config.loading import load
from exporter.config.retention import kept_by
from exporter.watching import FORMATS

DAY = 86_400
CONFIG = """\
site: {name: s, timezone: UTC}
ledger: {path: l.db}
sources: [{name: lic, format: flexlm, server: lic1, paths: ["a.log"]}]
"""


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ("", (None, None, None)),
        ("facts: {keep: 90d}", (90 * DAY, 90 * DAY, 90 * DAY)),
        ("facts: {keep: 90d, denials: forever, uses: 30d}", (90 * DAY, None, 30 * DAY)),
        ("facts: {uses: 30d}", (None, None, 30 * DAY)),
        ("facts: {keep: 90d, uses: forever}", (90 * DAY, 90 * DAY, None)),
    ],
)
def test_single_denials_and_uses_are_kept_as_other_facts(
    tmp_path: Path, facts: str, expected: tuple[int | None, ...]
) -> None:
    """Where nothing is said of them, and else as it is said."""
    config = tmp_path / "config.yaml"
    config.write_text(f"{CONFIG}{facts}\n")
    kept = kept_by(load(config, FORMATS))

    assert expected == (kept.facts, kept.denials, kept.uses)
