"""The windows of the worked examples, from the facts that the reference reader finds in their logs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from exporter.catalog.tiers import HOURLY, LIVE, TIERS, Tier
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.tiers.calendar import bounds
from exporter.tiers.facts import SubjectFacts
from exporter.tiers.products import Part, counted, product_facts
from tests.golden.window_facts import facts_of
from tests.property.brute_windows import each_window
from tests.reference.flexlm_reader import read as read_log
from tests.reference.flexlm_result import name, stamp, written

VECTORS = Path(__file__).parents[1] / "vectors"
TABLES = sorted(
    (path.parent.name, tier.name)
    for tier in TIERS
    for path in VECTORS.glob(f"*/windows-{tier.name}.csv")
    if not (path.parent / "lost.csv").exists()
)
LATER = 1_800_000_000
"""A moment after every line of the examples."""


def read(case: str) -> tuple[dict[str, Any], dict[tuple[str, str], SubjectFacts]]:
    """Return the configuration of a case and the facts of its features, by vendor and feature."""
    folder = VECTORS / case
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    older = sorted(folder.glob("input.log.*"), key=lambda path: -int(path.suffix[1:]))
    files = [path.read_bytes() for path in [*older, folder / "input.log"]]
    facts = facts_of(read_log(files, config["sources"][0]["timezone"], None, LATER), config)
    return config, {(name(vendor), name(feature)): of for (vendor, feature), of in facts.items()}


def rows_of(facts: SubjectFacts, tier: Tier, zone: str, span: tuple[int, int] | None) -> list[list[str]]:
    """Return the rows of one subject, without its name; the windows that begin in *span*, or all."""
    if not facts.coverage:
        return []
    covered = min(start for start, _ in facts.coverage), max(end for _, end in facts.coverage)
    return [
        [stamp(window.start), *(it.text(value) for it, value in zip(WINDOW_FIELDS, window.sums.fields(), strict=True))]
        for window in each_window(facts, bounds(tier, ZoneInfo(zone), *(span or covered)))
    ]


def table(subjects: dict[tuple[str, ...], list[list[str]]], header: str) -> str:
    """Return the table as `export windows` prints it."""
    rows = [([*subject, row[0]], [*subject, *row]) for subject, rows in subjects.items() for row in rows]
    return written(",".join([header, "start", *(it.name for it in WINDOW_FIELDS)]), rows)


def span_of(case: str) -> tuple[int, int]:
    """Return what ``windows-live.args`` says."""
    _, start, _, stop = (VECTORS / case / "windows-live.args").read_text().split()
    return int(datetime.fromisoformat(start).timestamp()), int(datetime.fromisoformat(stop).timestamp())


def test_examples_of_every_tier_are_here() -> None:
    """Every worked example has hours, and there are days and minutes among them."""
    assert {"live": 4, "hourly": 26, "longterm": 2} == {
        tier.name: len([1 for _, name_ in TABLES if name_ == tier.name]) for tier in TIERS
    }


@pytest.mark.parametrize(("case", "tier"), TABLES)
def test_windows_of_the_features(case: str, tier: str) -> None:
    """The windows of every feature of a worked example equal its file, byte for byte."""
    config, facts = read(case)
    named = {known.name: known for known in TIERS}[tier]
    span = span_of(case) if named is LIVE else None
    subjects = {("srv", *key): rows_of(of, named, config["site"]["timezone"], span) for key, of in facts.items()}
    expected = (VECTORS / case / f"windows-{tier}.csv").read_bytes().decode()

    assert expected == table(subjects, "server,vendor,feature")


def test_windows_of_a_product() -> None:
    """The product of a package and its components has the windows of its file, byte for byte."""
    case = "15-package-product"
    config, facts = read(case)
    components = {
        (member["vendor"], member["feature"]): [(member["vendor"], part) for part in member["components"]]
        for member in config["products"][0]["members"]
    }
    members = counted([*components, *(part for parts in components.values() for part in parts)], components)
    product = product_facts([Part(1, facts[member]) for member in members])
    expected = (VECTORS / case / "windows-hourly-product.csv").read_bytes().decode()

    assert expected == table({("Draft",): rows_of(product, HOURLY, config["site"]["timezone"], None)}, "product")
