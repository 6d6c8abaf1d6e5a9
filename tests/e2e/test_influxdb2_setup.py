"""
`influxdb setup` and `influxdb check` on InfluxDB 2, and what is said of InfluxDB 3.

There is no such server to be had for tests: one stands in that holds each request and answer against InfluxDB's own
description of its interface.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import Ran, called, told
from tests.servers.influxdb2 import ORG, TOKEN, FakeInfluxdb2, served
from tests.servers.openapi import Description

HOUR, DAY, YEAR = 3600, 86_400, 365 * 86_400
CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources: [{{name: lic, format: flexlm, server: lic1, paths: ["lic.log"]}}]
influxdb: [{{name: main, url: "{url}", token_file: token{more}}}]
tiers: {tiers}
"""
DEFAULTS = {
    "licences/live": {"type": "expire", "everySeconds": 35 * DAY, "shardGroupDurationSeconds": DAY},
    "licences/hourly": {"type": "expire", "everySeconds": 2 * YEAR, "shardGroupDurationSeconds": 30 * DAY},
    "licences/longterm": {"type": "expire", "everySeconds": 10 * YEAR, "shardGroupDurationSeconds": 520 * 7 * DAY},
}


@pytest.fixture
def server(influxdb2_description: Description) -> Iterator[FakeInfluxdb2]:
    """Give a server without buckets; in the end, all that was sent and answered must have been as described."""
    made = FakeInfluxdb2(influxdb2_description)
    yield made
    assert [] == made.faults


class Site:
    """A configuration, and commands that use it."""

    def __init__(self, folder: Path, url: str) -> None:
        """Write the token, and the configuration into *folder*."""
        self._folder = folder
        self._url = url
        (folder / "token").write_text(f"{TOKEN}\n")
        self.configure()

    def configure(self, tiers: str = "{}", more: str = f", org: {ORG}") -> None:
        """Write the configuration."""
        (self._folder / "config.yaml").write_text(CONFIG.format(url=self._url, tiers=tiers, more=more))

    def setup(self, *words: str | Path) -> Ran:
        """Run `influxdb setup`."""
        return called(self._folder, "influxdb", "setup", *words)

    def check(self) -> tuple[int, dict[str, Any]]:
        """Run `influxdb check`; return the exit status and what is told of the server."""
        ran = called(self._folder, "influxdb", "check", "--format", "json")
        (sink,) = json.loads(ran.out)
        return ran.status, sink


@pytest.fixture
def site(server: FakeInfluxdb2, tmp_path: Path) -> Iterator[Site]:
    """Give a site with that server."""
    with served(server) as url:
        yield Site(tmp_path, url)


def test_buckets_from_nothing(site: Site, server: FakeInfluxdb2) -> None:
    """One call makes three buckets with their rules, and says how InfluxQL finds them; a second has nothing to do."""
    ran = site.setup()

    assert "main: Make the bucket licences/live: keep points for 35 days, in shards of 1 day." in told(ran)
    assert "a virtual DBRP mapping" in ran.err
    assert DEFAULTS == server.rules()
    assert "main: all is as the configuration says.\n" == told(site.setup())
    assert (DEFAULTS, 3) == (server.rules(), server.changes)


def test_a_dry_run_makes_no_buckets(site: Site, server: FakeInfluxdb2) -> None:
    """With --dry-run the plan is told, and nothing is made."""
    assert 3 == told(site.setup("--dry-run")).count("Make the bucket")
    assert ({}, 0) == (server.rules(), server.changes)


def test_buckets_among_many_others(site: Site, server: FakeInfluxdb2) -> None:
    """Buckets on later pages of the server's list are found, and others are left alone."""
    others = {f"other-{number}": {"type": "expire", "everySeconds": 0} for number in range(99)}
    for name in others:
        server.add(name, 0)
    told(site.setup())
    told(site.setup())

    assert 3 == server.changes
    assert others | DEFAULTS == server.rules()


def test_rules_are_changed(site: Site, server: FakeInfluxdb2) -> None:
    """Another retention changes the rules; for ever is 0 there, and what is kept for less has shorter shards."""
    site.setup()
    site.configure("{live: {keep: forever}, longterm: {keep: 20y}}")
    told(site.setup())

    assert [0, 20 * YEAR] == [server.rules()[f"licences/{tier}"]["everySeconds"] for tier in ("live", "longterm")]
    assert 5 == server.changes
    site.configure("{live: {keep: forever}, longterm: {keep: 5y}}")
    ran = site.setup()
    assert (2, 5) == (ran.status, server.changes)
    assert "add --yes" in ran.err
    told(site.setup("--yes"))
    expected = {"type": "expire", "everySeconds": 5 * YEAR, "shardGroupDurationSeconds": 5 * YEAR}
    assert expected == server.rules()["licences/longterm"]
    assert 0 == server.rules()["licences/live"]["everySeconds"]
    assert "all is as the configuration says" in told(site.setup())


def test_an_organisation_by_its_id(site: Site, server: FakeInfluxdb2) -> None:
    """The organisation may be named by its ID."""
    site.configure(more=", org: 0a0b0c0d0e0f0001")

    told(site.setup())
    assert DEFAULTS == server.rules()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (", org: elsewhere", 'organization name "elsewhere" not found'),
        ("", "keeps buckets in organisations; name yours in org"),
    ],
)
def test_a_wrong_organisation(more: str, expected: str, site: Site, server: FakeInfluxdb2) -> None:
    """An organisation that is unknown, or not named at all, is told as such by setup and by check."""
    site.configure(more=more)
    ran = site.setup()

    assert (1, 0) == (ran.status, server.changes)
    assert expected in ran.err
    status, sink = site.check()
    assert 1 == status
    assert expected in sink["problems"][0]


def test_an_organisation_that_may_not_be_seen(site: Site, server: FakeInfluxdb2) -> None:
    """A token that may make buckets and not see its organisation needs its ID, and the user is told so."""
    server.tells_organisations = False
    ran = site.setup()
    assert (1, 0) == (ran.status, server.changes)
    assert "write its ID in org" in ran.err

    site.configure(more=", org: 0a0b0c0d0e0f0001")
    told(site.setup())
    assert DEFAULTS == server.rules()


def test_a_bucket_without_a_rule(site: Site, server: FakeInfluxdb2) -> None:
    """A bucket that has no rule keeps points for ever, so setting it up would drop some."""
    server.add("licences/live", 0)["retentionRules"] = []
    ran = site.setup("--dry-run")

    assert "keep points for 35 days instead of ever" in told(ran)
    assert "The server then drops what is older" in ran.out


def test_a_token_that_may_not(site: Site, server: FakeInfluxdb2, tmp_path: Path) -> None:
    """A token without the right to make buckets, and an unknown one, are told as such; a better one can be named."""
    server.may_manage = False
    weak = site.setup()
    (tmp_path / "token").write_text("another-s3cret")
    unknown = site.setup()

    assert (1, 1) == (weak.status, unknown.status)
    assert "does not let us make buckets; give token_file (or token_env) the right to" in weak.err
    assert "does not know us; correct token_file (or token_env)" in unknown.err
    assert not [word for word in (TOKEN, "another-s3cret") if word in weak.out + weak.err + unknown.out + unknown.err]

    server.may_manage = True
    (tmp_path / "operator").write_text(TOKEN)
    (tmp_path / "token").unlink()  # may be made later, when there are buckets to allow it to
    told(site.setup("--token-file", tmp_path / "operator"))
    assert DEFAULTS == server.rules()


def test_checked(site: Site, server: FakeInfluxdb2) -> None:
    """Before setup buckets are missing; then all is well; then a rule that was changed there is wrong."""
    status, sink = site.check()
    assert 1 == status
    assert ["There is no bucket licences/live: run `seatwatch influxdb setup`."] == sink["tiers"][0]["problems"]

    site.setup()
    server.newest = {"hourly": 1_714_521_600}
    status, sink = site.check()
    assert (0, "v2.7.1") == (status, sink["version"])
    assert [None, "2024-05-01T00:00:00Z", None] == [tier["newest"] for tier in sink["tiers"]]
    assert 3 == len(server.queries)

    server.rules()["licences/live"]["everySeconds"] = 7 * DAY
    status, sink = site.check()
    assert 1 == status
    wants = "The configuration wants to keep points for 35 days instead of 7 days: run `seatwatch influxdb setup`."
    assert [wants] == sink["tiers"][0]["problems"]
    assert sink["tiers"][0]["takes_from"] > sink["tiers"][1]["takes_from"]


def test_a_server_that_wants_points(site: Site, server: FakeInfluxdb2) -> None:
    """A server that calls the empty write, by which check asks whether it may write, an error, lets points in."""
    site.setup()
    server.takes_comments = False

    assert 0 == site.check()[0]


def test_a_server_that_maps_nothing(site: Site, server: FakeInfluxdb2) -> None:
    """Where InfluxQL does not find the buckets, as before 2.4, check says what it was told."""
    site.setup()
    server.mapped = False
    status, sink = site.check()

    assert 1 == status
    assert "database not found: licences" in sink["tiers"][0]["problems"][0]


def test_version_3_in_words(site: Site, server: FakeInfluxdb2) -> None:
    """On InfluxDB 3 nothing is done; what has to be done by hand is told, with no 0 for what is kept for ever."""
    server.version = "3.2.1"
    site.configure("{live: {keep: 36h}, longterm: {keep: forever}}")
    ran = site.setup()

    assert (0, "", 0) == (ran.status, ran.out, server.changes)
    assert "nothing is set up here" in ran.err
    assert "influxdb3 create database --retention-period 36h licences/live" in ran.err
    assert "influxdb3 create database --retention-period 730d licences/hourly" in ran.err
    assert "influxdb3 create database licences/longterm" in ran.err

    for tier in ("live", "hourly", "longterm"):
        server.add(f"licences/{tier}", 0)
    status, sink = site.check()
    assert 0 == status
    assert [None, None, None] == [tier["found"] for tier in sink["tiers"]]


def test_a_server_that_tells_no_version(site: Site, server: FakeInfluxdb2) -> None:
    """Without a version nothing is set up, unless the configuration says which interface it is."""
    server.version = ""
    assert "does not say that it is an InfluxDB" in site.setup().err
    assert 0 == server.changes

    site.configure(more=f", org: {ORG}, api: v2")
    told(site.setup())
    assert DEFAULTS == server.rules()
