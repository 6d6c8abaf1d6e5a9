"""The boards' queries in PromQL, each asked of a real Prometheus that scraped a site while all happened there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.generate import files
from dashboards.links import UIDS
from dashboards.site import EXAMPLE
from exporter.clock import SystemClock
from tests.e2e.scraped_site import HOSTILE, ScrapedSite
from tests.servers.grafana import FORMATS, Asked, Value, everything, filled, panels, questions
from tests.servers.influxd import Influxd
from tests.servers.prometheus_server import PrometheusServer

BOARDS = {name: json.loads(text) for name, text in files(EXAMPLE).items()}
PLACES = ("__field.labels", "__data.fields")
"""Where a link finds the labels of the value that was clicked."""
EMPTY = {
    "Features by saturation / E": "a peak is shown after 5 whole minutes",
    "In use against issued / C": "the same",
    "Peak and mean / A": "the same",
    "Products by saturation / D": "the same",
    "In use against issued / D": "no options file is read here, so nothing is reserved",
    "Licences that expire soon / A": "no licence file is read here",
    "Expires / A": "the same",
    "Difference to the server's own count / A": "the server is not asked",
    "Gaps / A": "no piece of a log is lost",
    "annotation Gap": "the same",
    "Too late for their window / A": "no fact is old",
    "Windows not sent / A": "the database takes all, and keeps it for ever",
    "annotation Catching up": "all logs are short, and read between two scrapes",
}
"""Queries that find nothing at this site, and why."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScrapedSite]:
    """Give the site after all has happened."""
    prometheus, influxd = PrometheusServer(), Influxd()
    influxd.start()
    influxd.make(live="inf", hourly="inf", longterm="inf")
    made = ScrapedSite(tmp_path_factory.mktemp("site"), prometheus, f'{{name: main, url: "{influxd.url}"}}')
    try:
        made.live()
        yield made
    finally:
        made.close()
        prometheus.remove()
        influxd.kill()
        influxd.remove()


def asked_of_prometheus() -> list[tuple[Asked, dict[str, Value]]]:
    """Return all queries in PromQL, with the variables of their boards."""
    found = []
    for board in BOARDS.values():
        chosen = {"feature": "acorn_base", **everything(board)}
        found += [(asked, chosen) for asked in questions(board) if asked.source == "prometheus"]
    return found


def test_every_query_finds_what_there_is(site: ScrapedSite) -> None:
    """No query is refused, and each finds something but those that the table above excuses."""
    now = SystemClock().now()
    empty = {
        asked.where.partition(" / ")[2]
        for asked, chosen in asked_of_prometheus()
        if not site.prometheus.answer(asked, chosen, site.begun, now)
    }

    assert set(EMPTY) == empty


def test_columns_of_a_table_can_be_joined(site: ScrapedSite) -> None:
    """All queries of one table give series of the same labels, without a name of a metric: else rows fall apart."""
    now, tables = SystemClock().now(), 0
    for board in BOARDS.values():
        chosen = {"feature": "acorn_base", **everything(board)}
        several = [one["title"] for one in panels(board) if one["type"] == "table" and len(one["targets"]) > 1]
        for title in several:
            labels = {
                tuple(sorted(one["metric"]))
                for asked in questions(board)
                if asked.source == "prometheus" and f" / {title} / " in asked.where
                for one in site.prometheus.answer(asked, chosen, site.begun, now)
            }
            tables += len(labels)
            assert all(labels == {names} and "__name__" not in names for names in labels), title

    assert 2 == tables


def test_one_hostile_name_is_found_and_no_other(site: ScrapedSite) -> None:
    """Each feature is found by its name, whatever signs that holds, and its one seat is all that is counted."""
    board = BOARDS["feature.json"]
    (in_use,) = (one for one in questions(board) if one.where.endswith(" / In use / A"))
    now = SystemClock().now()

    assert dict.fromkeys(HOSTILE, "1") == {
        name: site.prometheus.answer(in_use, everything(board) | {"feature": name}, site.begun, now)[0]["value"][1]
        for name in HOSTILE
    }


def test_hostile_names_are_offered_and_chosen_together(site: ScrapedSite) -> None:
    """The variable offers each name as it is; of all of them together, the board about denials shows the one denied."""
    board = BOARDS["denials.json"]
    (variable,) = (one for one in questions(board) if one.where.endswith("variable feature"))
    (denied,) = (one for one in questions(board) if one.where.endswith(" / Denial lines / A") and "topk" in one.text)
    now = SystemClock().now()
    offered = site.prometheus.answer(variable, everything(board), site.begun, now)
    found = site.prometheus.answer(denied, everything(board) | {"feature": HOSTILE}, site.begun, now)

    assert set(HOSTILE) <= set(offered)
    assert [HOSTILE[0]] == [one["metric"]["feature"] for one in found]


def test_hostile_names_survive_links() -> None:
    """A link to a feature's board carries its name whole, whatever signs that holds, and chooses nothing else."""
    links = {
        link["url"]
        for board in BOARDS.values()
        for panel in panels(board)
        for link in panel["fieldConfig"]["defaults"].get("links", ())
    }
    formats = {**FORMATS, "queryparam": lambda value: f"var-source={value}"}
    plain = {"prometheus": "p", "influxdb": "i", "__url_time_range": "from=now-1h&to=now"}
    assert links
    for link in links:
        for name in HOSTILE:
            fields = {f"{place}.{label}": name for place in PLACES for label in ("server", "vendor", "feature")}
            parts = urlsplit(filled(link, plain | fields, formats))
            asked = parse_qs(parts.query, strict_parsing=True)
            named = [key for key in asked if key not in ("from", "to", "var-source")]
            assert "" == parts.fragment
            assert parts.path.removeprefix("/d/") in UIDS.values()
            assert all([name] == asked[key] for key in named), link
