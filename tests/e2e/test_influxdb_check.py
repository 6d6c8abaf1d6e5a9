"""`influxdb check` on a real InfluxDB 1.6: before and after setup, without rights, with the server away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter.catalog.tiers import LIVE
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.clock import SystemClock
from exporter.publish.influxdb.connection import connect
from exporter.publish.influxdb.lines import Lines
from exporter.reports.instant import iso
from tests.e2e.command_line import Ran, called, told
from tests.servers.between import Between, Says
from tests.servers.influxd import Influxd
from tests.servers.victoria_metrics import VictoriaMetrics

DAY = 86_400
PING = Says(204, {"X-Influxdb-Version": "1.6.7"})
CONFIG = """\
site: {{name: {site}, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources: [{{name: lic, format: flexlm, server: lic1, paths: ["lic.log"], timezone: UTC}}]
influxdb: [{{name: main, url: "{url}"{more}}}]
tiers: {tiers}
"""


class Site:
    """A configuration, a ledger and a server."""

    def __init__(self, folder: Path, server: Influxd) -> None:
        """Use the folder of the test."""
        self._folder = folder
        self._server = server
        self._site = "e2e"
        self.configure()

    def configure(self, site: str = "e2e", tiers: str = "{}", more: str = "", url: str = "") -> None:
        """Write the configuration."""
        self._site = site
        text = CONFIG.format(site=json.dumps(site), tiers=tiers, more=more, url=url or self._server.url)
        (self._folder / "config.yaml").write_text(text)

    def run(self, *words: str) -> Ran:
        """Run `seatwatch`."""
        return called(self._folder, *words)

    def checked(self) -> tuple[int, dict[str, Any]]:
        """Run `influxdb check --format json`; return the exit status and what is told of the only server."""
        ran = self.run("influxdb", "check", "--format", "json")
        (sink,) = json.loads(ran.out)
        return ran.status, sink

    def write(self, tier: str, start: int) -> None:
        """Store a window."""
        connection = connect(self._server.url, database="licences")
        fields = [1.0] * len(WINDOW_FIELDS)
        connection.write(tier, b"".join(Lines(self._site).windows(LIVE, ("lic1", "v", "f"), [([start], fields)])))
        connection.close()

    def read_log(self, newest: int) -> None:
        """Collect a log whose newest line is of that second, in the morning, and send nothing."""
        year, month, date = map(int, iso(newest)[:10].split("-"))
        lines = f'08:00:00 (v) TIMESTAMP {month}/{date}/{year}\n{iso(newest)[11:19]} (v) OUT: "f" u@h\n'
        (self._folder / "lic.log").write_text(lines)
        settings = (self._folder / "config.yaml").read_text().splitlines(keepends=True)
        alone = self._folder / "alone.yaml"
        alone.write_text("".join(line for line in settings if not line.startswith("influxdb")))
        told(self.run("collect", "--config", str(alone)))


@pytest.fixture
def site(tmp_path: Path, influxd: Influxd) -> Site:
    """Give a site whose server is empty."""
    return Site(tmp_path, influxd)


@pytest.fixture
def between() -> Iterator[Between]:
    """Give a server that says what it is told to say."""
    made = Between("127.0.0.1:1")
    yield made
    made.close()


def yesterday_before_noon() -> int:
    """Return the last second of yesterday's morning."""
    return int(SystemClock().now()) // DAY * DAY - DAY // 2 - 1


def problems(sink: dict[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with each tier."""
    return {tier["tier"]: tier["problems"] for tier in sink["tiers"]}


def test_before_setup(site: Site) -> None:
    """On an empty server, each tier is missing, and the way out is named."""
    status, sink = site.checked()

    assert 1 == status
    missing = "There is no retention policy licences.{}: run `seatwatch influxdb setup`."
    assert {tier: [missing.format(tier)] for tier in ("live", "hourly", "longterm")} == problems(sink)


def test_after_setup(site: Site) -> None:
    """After setup and without a ledger all is well, with what was configured and from when on points are taken."""
    told(site.run("influxdb", "setup"))
    now = SystemClock().now()
    status, sink = site.checked()

    assert (0, True, []) == (status, sink["well"], sink["problems"])
    assert sink["version"].startswith("1.")
    live = sink["tiers"][0]
    assert {"keep_seconds": 35 * DAY, "shard_seconds": DAY} == live["found"] == live["wanted"]
    assert live["takes_from"] in {iso(now - 35 * DAY + late) for late in range(60)}
    assert (None, None) == (live["newest"], live["behind_seconds"])


def test_another_configuration(site: Site) -> None:
    """What the server keeps for another time than the configuration wants is wrong, tier by tier."""
    site.run("influxdb", "setup")
    site.configure(tiers="{live: {keep: 36d}, longterm: {keep: forever}}")
    status, sink = site.checked()

    assert 1 == status
    wants = "The configuration wants to keep points for {}: run `seatwatch influxdb setup`."
    assert {
        "live": [wants.format("36 days instead of 35 days")],
        "hourly": [],
        "longterm": [wants.format("ever instead of 10 years")],
    } == problems(sink)


def test_in_step_with_the_ledger(site: Site) -> None:
    """Where the newest windows end with the ledger's newest line, nothing is behind; another site's don't count."""
    site.run("influxdb", "setup")
    newest = yesterday_before_noon()
    site.read_log(newest)
    starts = [newest - 59, newest - 3599, newest + 1 - DAY // 2]
    for tier, start in zip(("live", "hourly", "longterm"), starts, strict=True):
        site.write(tier, start)
    status, sink = site.checked()

    assert (0, {"live": [], "hourly": [], "longterm": []}) == (status, problems(sink))
    assert [iso(start) for start in starts] == [one["newest"] for one in sink["tiers"]]
    assert [0, 0, 0] == [one["behind_seconds"] for one in sink["tiers"]]

    site.configure(site="elsewhere")
    status, sink = site.checked()
    assert 1 == status
    assert [None, None, None] == [one["newest"] for one in sink["tiers"]]
    assert all("Nothing of this site is here yet" in problem for (problem,) in problems(sink).values())


def test_behind_the_ledger(site: Site) -> None:
    """A tier that lacks more than a window and an hour is wrong, with how far it is behind; less is not."""
    site.run("influxdb", "setup")
    newest = yesterday_before_noon()
    site.read_log(newest)
    site.write("live", newest - 3720 - 60)
    site.write("hourly", newest - 7200 - 3600)
    site.write("longterm", newest - DAY - 3600 - DAY)
    status, sink = site.checked()

    assert 1 == status
    assert [3720, 7200, DAY + 3600] == [one["behind_seconds"] for one in sink["tiers"]]
    late = "It is behind the ledger: `seatwatch run` or `seatwatch collect` sends what is missing."
    assert {"live": [late], "hourly": [], "longterm": []} == problems(sink)


def test_a_ledger_older_than_what_is_kept(site: Site) -> None:
    """Where even the newest line is too old to be sent, that is said, and is no fault."""
    site.configure(tiers="{longterm: {keep: forever}}")
    site.run("influxdb", "setup")
    site.read_log(1_714_557_600)
    site.write("longterm", 1_714_521_600)
    status, sink = site.checked()

    assert 0 == status
    old = ["The ledger's newest line is older than what is kept here, so there is nothing to send."]
    assert [old, old, []] == [tier["notes"] for tier in sink["tiers"]]


@pytest.mark.parametrize("name", ["O'Hara & Söhne", "a b,c=d", "C:\\", 'say "hi" 100%25'])
def test_any_name_of_a_site(name: str, site: Site) -> None:
    """Windows of a site with any name are found again by that name."""
    site.run("influxdb", "setup")
    site.configure(site=name)
    start = int(SystemClock().now()) // 60 * 60
    site.write("live", start)

    assert iso(start) == site.checked()[1]["tiers"][0]["newest"]


def test_without_rights(tmp_path: Path, start_influxd: Callable[..., Influxd]) -> None:
    """Who may not read, may not write, or isn't known is told which, and how to become right."""
    server = start_influxd({"INFLUXDB_HTTP_AUTH_ENABLED": "true"})
    server.ask("CREATE USER root WITH PASSWORD 'r00t-word' WITH ALL PRIVILEGES")
    admin = {"u": "root", "p": "r00t-word"}
    site = Site(tmp_path, server)
    (tmp_path / "password").write_text("r00t-word")
    site.configure(more=", user: root, password_file: password")
    told(site.run("influxdb", "setup"))
    server.ask("CREATE USER seatwatch WITH PASSWORD 'open-sesame'", **admin)
    (tmp_path / "password").write_text("open-sesame")
    site.configure(more=", user: seatwatch, password_file: password")

    server.ask("GRANT WRITE ON licences TO seatwatch", **admin)
    status, sink = site.checked()
    assert 1 == status
    assert "does not let us read; give user and password_file" in sink["problems"][0]

    server.ask("GRANT READ ON licences TO seatwatch", **admin)
    status, sink = site.checked()
    assert 1 == status
    assert all("does not let us write to licences/" in problem for (problem,) in problems(sink).values())

    server.ask("GRANT ALL ON licences TO seatwatch", **admin)
    assert 0 == site.checked()[0]

    (tmp_path / "password").write_text("wrong-word")
    status, sink = site.checked()
    assert 1 == status
    assert "does not know us; correct user and password_file" in sink["problems"][0]


def test_a_server_without_policies(site: Site, victoria_metrics: VictoriaMetrics) -> None:
    """VictoriaMetrics takes points and has no policies: setup does nothing, and what can't be told is no fault."""
    site.configure(url=victoria_metrics.url)
    ran = site.run("influxdb", "setup")
    assert (0, "") == (ran.status, ran.out)
    assert "does not say that it is an InfluxDB, so nothing is set up here" in ran.err

    status, sink = site.checked()
    assert (0, None, {"live": [], "hourly": [], "longterm": []}) == (status, sink["version"], problems(sink))
    assert ["The server understands no InfluxQL, so its newest window can't be told."] == sink["tiers"][0]["notes"]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ([Says(404, {}, b"<html>")], "does not tell us its version (404); are url, api and org right?"),
        ([PING, Says(200, {}, b"<html>")], "answers as no InfluxDB does; is url right?"),
        ([PING, Says(200, {}, b'{"results":[{"error":"no meta store"}]}')], "says: no meta store."),
        ([PING, Says(503, {}, b'{"error":"shutting down"}')], "can't read now (503: shutting down)."),
        ([PING, Says(401)], "does not know us; correct user and password_file (or password_env) (401)."),
    ],
)
def test_odd_answers(says: list[Says], expected: str, site: Site, between: Between) -> None:
    """What does not answer as an InfluxDB should is told in its own words, once for the whole server."""
    between.does(*says)
    site.configure(url=between.url)
    status, sink = site.checked()

    assert (1, [f"InfluxDB at {between.url} {expected}"], []) == (status, sink["problems"], sink["tiers"])


def test_the_server_is_away(site: Site, influxd: Influxd) -> None:
    """A server that can't be reached is told in a sentence, and nothing of its tiers."""
    influxd.kill()
    status, sink = site.checked()

    assert (1, False, None, []) == (status, sink["well"], sink["version"], sink["tiers"])
    problem = f"InfluxDB at {influxd.url} can't be reached: Connection refused."
    assert [problem] == sink["problems"]
    table = site.run("influxdb", "check").out.splitlines()
    assert [f"main  {influxd.url}", f"problem: {problem}", ""] == [line.strip() for line in table]


def test_the_table(site: Site) -> None:
    """People get a table with a line for each tier, and below it what is wrong, or that all is well."""
    assert "hourly: There is no retention policy licences.hourly" in site.run("influxdb", "check").out
    site.run("influxdb", "setup")
    lines = told(site.run("influxdb", "check")).splitlines()

    assert lines[0].startswith("main  http://127.0.0.1:")
    assert ["hourly", "2", "years", "30", "days"] == lines[4].split()[:5]
    assert "All is well." == lines[-1].strip()
