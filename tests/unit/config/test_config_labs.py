"""Labs in the configuration: which machines they have, their capacity, and what is told of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config.labs import Lab, lab_of
from exporter.config.loading import load
from exporter.config.rules import rules_of
from exporter.errors import ConfigError
from exporter.tiers.products import counted

SITE = """\
site: {name: example, timezone: UTC}
ledger: {path: var/ledger.db}
sources:
  - {name: rooms, server: campus, host: "{host}", paths: ["/w/{host}/wtmp*"], MORE}
"""
LAB = "labs: [{name: oak, hosts: [o*], machines: 4}]"


def loaded(folder: Path, more: str, before: str = "", after: str = ""):
    """Load a configuration whose source has *more*; *before* is replaced by *after*."""
    path = folder / "config.yaml"
    path.write_text(SITE.replace("MORE", more).replace(before, after))
    return load(path, {"flexlm", "startstop", "wtmp"})


@pytest.mark.parametrize(
    ("host", "lab"),
    [("oak1", "oak"), ("OAK1", "oak"), ("pc-3", "elm"), ("pc-30", "login"), ("fig", "fig"), ("", "login")],
)
def test_the_first_lab_that_has_the_machine(host: str, lab: str) -> None:
    """Patterns are tried in their order, in upper or lower case; a machine of no lab has the feature `login`."""
    labs = (
        Lab.model_validate({"name": "oak", "hosts": "oak*"}),
        Lab.model_validate({"name": "elm", "hosts": ["Oak1", "pc-[0-9]"]}),
        Lab.model_validate({"name": "fig", "hosts": ["FIG"]}),
    )

    assert lab == lab_of(host, labs)


def test_machines_are_the_capacity_until_a_row_says_otherwise(tmp_path: Path) -> None:
    """What a lab has holds from the beginning; a row of `capacity` holds from its day on, and from 1970 over it."""
    row = "\ncapacity:\n  - {server: campus, vendor: wtmp, feature: oak, seats: 9, from: DAY}"
    settings = loaded(tmp_path, f"format: wtmp, {LAB}}}{row.replace('DAY', '1970-01-02')[:-1]}")
    over = loaded(tmp_path, f"format: wtmp, {LAB}}}{row.replace('DAY', '1970-01-01')[:-1]}")

    assert {("campus", "wtmp", "oak"): {0: 4, 86_400: 9}} == rules_of(settings, counted).issued
    assert {("campus", "wtmp", "oak"): {0: 9}} == rules_of(over, counted).issued


@pytest.mark.parametrize(
    ("more", "before", "after", "said"),
    [
        (f"format: flexlm, {LAB}", "", "", "sources[0].labs: is for sources of format wtmp only"),
        (f"format: flexlm, {LAB}", "", "", "sources[0].host: is for sources of format wtmp only"),
        (
            f"format: wtmp, {LAB}",
            "server: campus",
            'server: "{host}"',
            "sources[0].labs[0].machines: needs one server for all its machines: name it without {parts}",
        ),
        (
            "format: wtmp",
            'host: "{host}"',
            'host: "{machine}"',
            "sources[0].paths[0]: lacks {machine}, which the host of this source is made of",
        ),
        (
            "format: [startstop, wtmp]",
            "",
            "",
            "sources[0].format: wtmp can't be one of several; give it a source of its own",
        ),
        ("format: wtmp, labs: [{name: oak, hosts: []}]", "", "", "sources[0].labs[0].hosts"),
        ("format: wtmp, labs: [{name: oak, hosts: [o], machines: 0}]", "", "", "sources[0].labs[0].machines"),
    ],
)
def test_mistakes_are_told_with_their_key(tmp_path: Path, more: str, before: str, after: str, said: str) -> None:
    """What can't be meant is a fault at its key, with what to do."""
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, more, before, after)

    assert any(said in fault for fault in refused.value.faults)
