"""A year of windows in Prometheus, on the way that docs/windows.md shows."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Callable, Generator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from exporter import wiring
from exporter.catalog.tiers import TIERS
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.records import WindowRow, WindowsAsked
from exporter.tiers.calendar import bounds
from tests.e2e.command_line import ROOT, called, told
from tests.e2e.conftest import StartProgram
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import fetch, until

PAGE = (ROOT / "docs" / "windows.md").read_text("utf-8").partition("\n## History for sites")[2]
STEPS = re.findall(r"^(seatwatch|promtool|mv) (.+)$", PAGE, re.MULTILINE)
QUERIES = dict(re.findall(r"^\| ([^|]+) \| `(.+)` \|$", PAGE, re.MULTILINE))
ZONE = ZoneInfo("Europe/Madrid")
FEATURES = (("lic1", "acornd", "acorn_base"), ("lic1", "acornd", 'odd "na\\me", r\u00e4der'), ("lic2", "brookd", "="))
PRODUCTS = (("Draft",),)
YEAR = (1_672_527_600, 1_704_063_600)
"""2023 in that zone."""
Numbers = dict[tuple[str, ...], list[tuple[int, float]]]
"""By subject: the starts of its windows, and one field."""


def made(_ledger: object, asked: WindowsAsked) -> Generator[WindowRow, None, None]:
    """Yield windows of features or products for the span that is asked for, with numbers by chance."""
    assert asked.start is not None
    assert asked.end is not None
    (tier,) = (tier for tier in TIERS if tier.name == asked.tier)
    edges = list(bounds(tier, ZONE, asked.start, asked.end))
    for subject in PRODUCTS if asked.product else FEATURES:
        chance = random.Random(str(subject))  # noqa: S311  # repeatable
        for start, end in pairwise(edges):
            level = chance.randrange(50)
            fields = {"in_use_mean": level * chance.random(), "in_use_max": level, "issued": chance.random() * 50}
            fields |= {"seat_seconds": level * 3600, "covered_seconds": end - start, "saturated_seconds": 60 * level}
            whole = (fields.get(field.name, chance.randrange(4000)) for field in WINDOW_FIELDS)
            yield WindowRow(subject, start, end, tuple(whole))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, promtool: str) -> Path:
    """Give a folder where a year is put as the page says: hours of features, days of a product."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "config.yaml").write_text(
        "site: {name: e2e, timezone: Europe/Madrid}\n"
        "ledger: {path: ledger/seatwatch.db}\n"
        "sources: [{name: lic, format: flexlm, server: lic1, timezone: UTC, paths: [lic.log]}]\n"
    )
    FlexlmLog(folder / "lic.log").check_out("amber")
    told(called(folder, "collect"))
    (folder / "data").mkdir()
    for more in ([], ["--product", "--tier", "longterm"]):
        for program, words in STEPS:
            if program == "seatwatch":
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(wiring, "window_rows", made)
                    told(called(folder, *words.split(), *more))
            else:
                step = f"{program} {words}".replace("/var/lib/prometheus", "data")
                subprocess.run(["bash", "-c", step], cwd=folder, check=True, capture_output=True)
    return folder


Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def ask(year: Path, start: StartProgram, prometheus: str, free_port: int) -> Ask:
    """Start Prometheus over the year, and give a function that answers a query at the year's end."""
    (retention,) = re.findall(r"--storage\.tsdb\.retention\.time=\w+", PAGE)
    (year / "prometheus.yml").write_text("")
    address = f"127.0.0.1:{free_port}"
    words = (f"--config.file={year / 'prometheus.yml'}", f"--storage.tsdb.path={year / 'data'}", retention)
    start("prometheus", prometheus, *words, f"--web.listen-address={address}")
    until("Prometheus is ready", lambda: fetch(f"http://{address}/-/ready").status == 200)
    return partial(answer, address)


def numbers(field: str, tier: str, *, product: bool = False) -> Numbers:
    """Return what was exported, as it was printed."""
    at, known = next((at, known) for at, known in enumerate(WINDOW_FIELDS) if known.name == field)
    found: Numbers = {}
    for row in made(None, WindowsAsked(tier, product, *YEAR)):
        found.setdefault(row.subject, []).append((row.start, float(known.text(row.fields[at]))))
    return found


def subject_of(labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return whom a series is about."""
    return (labels["product"],) if "product" in labels else (labels["server"], labels["vendor"], labels["feature"])


def answer(address: str, query: str) -> list[dict[str, Any]]:
    """Return the series that a query gives at the year's end."""
    found = fetch(f"http://{address}/api/v1/query?{urlencode({'query': query, 'time': YEAR[1]})}")
    assert 200 == found.status, found.text
    result: list[dict[str, Any]] = json.loads(found.text)["data"]["result"]
    return result


def test_a_year_of_windows_in_prometheus(ask: Ask) -> None:
    """Every number of a year of hours, and of a year of days of a product, is in Prometheus at its window's start."""
    for prefix, tier, product in (
        ("licence_window", "hourly", False),
        ("licence_product_window", "longterm", True),
    ):
        for field in WINDOW_FIELDS:
            series = ask(f'{prefix}_{field.name}{{tier="{tier}"}}[366d]')
            found = {subject_of(one["metric"]): [(at, float(value)) for at, value in one["values"]] for one in series}
            assert numbers(field.name, tier, product=product) == found, field.name
    assert [3, 8760] == [len(found := numbers("users", "hourly")), len(found[FEATURES[0]])]


def test_the_queries_of_the_page(ask: Ask) -> None:
    """Each query that the page shows answers its question with the numbers that were exported."""
    level, seats, covered, saturated = (
        numbers(field, "hourly") for field in ("in_use_max", "seat_seconds", "covered_seconds", "saturated_seconds")
    )

    def total(of: Numbers, subject: tuple[str, ...]) -> float:
        return sum(value for _, value in of[subject])

    expected = {
        "the level, for a graph with a step of an hour": {who: level[who][-1][1] for who in FEATURES},
        "the peak of the year": {who: max(value for _, value in level[who]) for who in FEATURES},
        "the mean of the year": {who: total(seats, who) / total(covered, who) for who in FEATURES},
        "hours of the year with every seat in use": {who: total(saturated, who) / 3600 for who in FEATURES},
    }
    assert expected == {
        question: {subject_of(one["metric"]): pytest.approx(float(one["value"][1])) for one in ask(query)}
        for question, query in QUERIES.items()
        if question != "question"
    }
