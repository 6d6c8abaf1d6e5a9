"""`collect` to a real InfluxDB 1.6: every window of the ledger is there, field by field, and stays as the ledger is."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from exporter.catalog.tiers import HOURLY, LONGTERM, TIERS
from tests.e2e.command_line import called
from tests.e2e.influxdb_site import Site, see_the_same
from tests.servers.influxd import Influxd


@pytest.fixture
def site(tmp_path: Path, influxd: Influxd) -> Site:
    """Give a site whose server has the tiers and keeps everything."""
    influxd.make(live="inf", hourly="inf", longterm="inf")
    return Site(tmp_path, influxd)


LOG = """\
08:00:00 (v,d) TIMESTAMP 3/5/2024
08:10:00 (v,d) OUT: "f=1 x" amber@ws-01
08:20:30 (v,d) OUT: "f=1 x" birch@ws-01
08:20:31 (v,d) DENIED: "f=1 x" cedar@ws-02  (Licensed number of users already reached. (-4,342))
11:45:00 (v,d) IN: "f=1 x" amber@ws-01
13:05:00 (v,d) TIMESTAMP 3/7/2024
"""


def test_each_window_is_there(site: Site, tmp_path: Path) -> None:
    """Minutes, hours and days, the open ones too, of features and products, with names that need escaping."""
    (tmp_path / "lic.log").write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")

    see_the_same(site)


def test_accounting_of_hosts_is_there(site: Site, tmp_path: Path) -> None:
    """Windows of applications go by the host that each line names, quiet ones included."""
    days = [(5, 8), (5, 11), (7, 13)]
    said = ((f"Mar  {day} {hour:02}:10:00", f"202403{day:02}-{hour:02}10") for day, hour in days)
    lines = (
        f"{prefix} ws-{host} LIC_ACC: mesh {word} {date} fir PID: 7\n"
        for (prefix, date), word in zip(said, ("START", "STOP", "START"), strict=True)
        for host in ((1, 2) if prefix < "Mar  7" else (1,))
    )
    (tmp_path / "lic.log").write_text("".join(lines))
    site.configure("lic.log", "LIC_ACC", "mesh")
    text = (tmp_path / "config.yaml").read_text().replace("format: flexlm", "format: startstop")
    (tmp_path / "config.yaml").write_text(text.replace("{server: lic1, vendor", "{server: ws-1, vendor"))
    site.run("collect")

    see_the_same(site)
    assert {("ws-1", "LIC_ACC", "mesh"), ("ws-2", "LIC_ACC", "mesh")} == {key[:3] for key in site.stored("hourly")}


def test_a_dry_run_sends_nothing(site: Site, tmp_path: Path) -> None:
    """`collect --dry-run` reads, and leaves the server as it is."""
    (tmp_path / "lic.log").write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect", "--dry-run")

    assert not any(site.server.points("licence_usage", tier.name) for tier in TIERS)


def test_a_capacity_is_corrected(site: Site, tmp_path: Path) -> None:
    """Windows that another capacity changes are sent again, and only then."""
    (tmp_path / "lic.log").write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    site.configure("lic.log", '"v,d"', '"f=1 x"', seats=2)
    site.run("collect")

    see_the_same(site)


def test_a_product_is_configured_anew(site: Site, tmp_path: Path) -> None:
    """Windows of a product that gets another member are sent again, and so are all of one that gets another name."""
    (tmp_path / "lic.log").write_text(
        LOG + '13:06:00 (v,d) OUT: "g" birch@ws-01\n' + "08:00:00 (v,d) TIMESTAMP 3/9/2024\n"
    )
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    config = tmp_path / "config.yaml"
    text = config.read_text().replace('"f=1 x"}]}', '"f=1 x"}, {server: lic1, vendor: "v,d", feature: g}]}')
    config.write_text(text)
    site.run("collect")
    see_the_same(site)

    site.server.ask("DROP MEASUREMENT licence_product_usage")
    config.write_text(text.replace("all, of it", "both"))
    site.run("collect")
    see_the_same(site)


def test_a_product_is_configured_no_more(site: Site, tmp_path: Path) -> None:
    """A feature that comes up after a product has gone, in an older log, is shipped from its first window on."""
    (tmp_path / "lic.log").write_text(LOG)
    (tmp_path / "old.log").write_text(LOG.replace("3/5/", "3/4/"))
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    config = tmp_path / "config.yaml"
    without = re.sub("(?m)^products: .*", "", text := config.read_text())
    for products in (text.replace("all, of it", "both"), without):
        config.write_text(products)
        site.run("collect")
    old = 'sources: [{name: old, format: flexlm, server: lic0, paths: ["old.log"], timezone: UTC}, '
    config.write_text(without.replace("sources: [", old))
    site.run("collect")

    for tier in (HOURLY, LONGTERM):
        assert site.exported(tier.name) == site.stored(tier.name)


def test_another_zone(site: Site, tmp_path: Path) -> None:
    """A rebuild says what is there twice; once the server was emptied all is sent anew, minutes and events too."""
    (tmp_path / "lic.log").write_text(f"{LOG}13:06:00 (lmgrd) EXITING DUE TO SIGNAL 15\n")
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    events = site.server.points("licence_events", "longterm")
    config = tmp_path / "config.yaml"
    assert "stays there" not in called(tmp_path, "rebuild").err
    config.write_text(config.read_text().replace("Europe/Madrid", "Asia/Kolkata"))
    ran = called(tmp_path, "rebuild")
    assert (0, True) == (ran.status, "take it away before the next `seatwatch run`" in ran.err)
    site.server.ask("DROP SERIES WHERE \"site\" = 'e2e'")
    site.run("collect")

    see_the_same(site)
    assert events == site.server.points("licence_events", "longterm")


@pytest.mark.parametrize(
    ("was", "is_now", "database"),
    [
        ("site: {name: e2e,", "site: {name: north,", "licences"),
        ("{name: main,", "{name: main, tag_tier: true,", "licences"),
        ("{name: main,", "{name: main, database: elsewhere,", "elsewhere"),
    ],
)
def test_points_go_elsewhere(site: Site, tmp_path: Path, was: str, is_now: str, database: str) -> None:
    """Where the site's name, the tags or the place at the server change, all is sent there, and the events too."""
    (tmp_path / "lic.log").write_text(f"{LOG}13:06:00 (lmgrd) EXITING DUE TO SIGNAL 15\n")
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    names = ("licence_usage", "licence_product_usage", "licence_events")
    before = {name: site.server.points(name, "longterm") for name in names}
    site.server.make(database, live="inf", hourly="inf", longterm="inf")
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace(was, is_now))
    site.run("collect")

    for name, points in before.items():
        found = site.server.points(name, "longterm", database)
        if "north" in is_now:
            found = [point for point in found if point.tags["site"] == "north"]
        elif "tag_tier" in is_now and name != "licence_events":  # which tell no tier
            found = [point for point in found if point.tags["tier"] == "longterm"]
        assert points
        assert [(point.second, point.fields) for point in points] == [(one.second, one.fields) for one in found]


def test_a_year_that_the_server_does_not_keep(site: Site, tmp_path: Path) -> None:
    """Windows older than their tier is kept are not sent but counted, once, and `status` shows how many."""
    (tmp_path / "lic.log").write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"', keep="1y")
    site.run("collect")
    site.run("collect")

    assert not site.server.points("licence_usage", "live")
    assert [("hourly", "retention", 106), ("live", "retention", 6370), ("longterm", "retention", 4)] == site.skipped()


def test_the_log_is_read_again_and_holds_less(site: Site, tmp_path: Path) -> None:
    """After `reset` with a log that has lost its middle, what is covered no more is zero."""
    log = tmp_path / "lic.log"
    log.write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    log.write_text("".join(LOG.splitlines(keepends=True)[:3]))
    site.run("reset", "--source", "lic", "--yes")
    site.run("collect")

    see_the_same(site)
    assert 3185 == len(site.server.points("licence_usage", "live"))


def test_a_date_that_was_wrong_by_far(site: Site, tmp_path: Path) -> None:
    """What was shipped with a date of long ago is zero after it is put right, and nothing of the years between is."""
    log = tmp_path / "lic.log"
    lines = [line for line in LOG.splitlines(keepends=True) if "TIMESTAMP" not in line]
    log.write_text("".join(lines))
    os.utime(log, (791_700_000,) * 2)
    site.configure("lic.log", '"v,d"', '"f=1 x"', live="1d")
    site.run("collect")
    wrong = site.stored("hourly")
    assert {"1995"} == {start[:4] for *_, start in wrong}
    log.write_text("".join([*lines, "13:05:00 (v,d) TIMESTAMP 3/5/2024\n"]))
    site.run("collect")

    see_the_same(site, HOURLY, LONGTERM)
    points = site.server.points("licence_usage", "hourly")
    assert len(wrong) + len(site.stored("hourly")) == len(points)
    # Nor later, when all is shipped once more.
    site.configure("lic.log", '"v,d"', '"f=1 x"', seats=2, live="1d")
    site.run("collect")
    see_the_same(site, HOURLY, LONGTERM)
    assert len(points) == len(site.server.points("licence_usage", "hourly"))


def test_a_log_that_is_no_more(site: Site, tmp_path: Path) -> None:
    """After `reset` without a log nothing is covered."""
    log = tmp_path / "lic.log"
    log.write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    log.write_text("")
    site.run("reset", "--source", "lic", "--yes")
    site.run("collect")

    assert {} == site.stored("hourly")
    assert 0 == sum(point.fields["seat_seconds"] for point in site.server.points("licence_usage", "hourly"))


def test_an_older_ledger_is_put_back(site: Site, tmp_path: Path) -> None:
    """After `restore` all is sent again, and what only the newer ledger knew is zero where it isn't read again."""
    log = tmp_path / "lic.log"
    lines = LOG.splitlines(keepends=True)
    log.write_text("".join(lines[:3]))
    site.configure("lic.log", '"v,d"', '"f=1 x"', live="35d")
    site.run("collect")
    site.run("backup", "before.db")
    log.write_text(LOG)
    site.run("collect")
    log.write_text("".join(lines[:3]))
    site.run("restore", "before.db")
    site.run("collect")

    see_the_same(site, HOURLY, LONGTERM)


def test_a_server_that_was_wiped(site: Site, tmp_path: Path) -> None:
    """`influxdb resend` fills it again, tier by tier and from an instant on, and changes nothing where all is there."""
    (tmp_path / "lic.log").write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    site.run("influxdb", "resend", "--tier", "hourly")
    see_the_same(site)
    site.server.ask('DROP DATABASE "licences"')
    site.server.make(live="inf", hourly="inf", longterm="inf")
    site.run("influxdb", "resend", "--tier", "hourly", "--from", "2024-03-06")

    wanted = {key: fields for key, fields in site.exported("hourly").items() if key[-1] >= "2024-03-05T23:00:00Z"}
    assert wanted == site.stored("hourly")
    assert {} == site.stored("longterm")
    site.run("influxdb", "resend", "--tier", "hourly")
    site.run("influxdb", "resend", "--tier", "longterm")
    see_the_same(site, HOURLY, LONGTERM)


def test_what_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    """`influxdb resend` says from when on a tier is kept, and refuses a span that holds no time."""
    (tmp_path / "lic.log").write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"', keep="1y")
    site.run("collect")
    ran = called(tmp_path, "influxdb", "resend", "--tier", "hourly", "--from", "2024-03-06")
    assert (0, "") == (ran.status, ran.out)
    assert re.fullmatch(
        r"What is older than \S+Z is not sent: hourly is kept for 1 year \(`tiers`\)\.\nmain: 0 windows sent\.\n",
        ran.err,
    )
    ran = called(tmp_path, "influxdb", "resend", "--tier", "hourly", "--from", "2024-03-06", "--to", "2024-03-05")
    assert (2, "") == (ran.status, ran.out)
    assert "Nothing lies between --from 2024-03-06 and --to 2024-03-05" in ran.err


def test_a_secret_that_is_missing(site: Site, tmp_path: Path) -> None:
    """The logs are read all the same; what is wrong is told with its key, and sent when it is put right."""
    (tmp_path / "lic.log").write_text(LOG)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("name: main,", "name: main, user: u, password_file: secret,"))
    ran = called(tmp_path, "collect")

    assert (1, True) == (ran.status, "influxdb[0].password_file" in ran.err)
    (tmp_path / "secret").write_text("s3cret")
    site.run("collect")
    see_the_same(site)


def test_what_happened_is_told(site: Site, tmp_path: Path) -> None:
    """Restarts and rereads are events of their second, sent once; a gap is one where the last line before it stands."""
    log = tmp_path / "lic.log"
    lives = "08:00:01 (lmgrd) Started v,d (internet tcp_port 1 pid 2)\n09:00:00 (lmgrd) EXITING DUE TO SIGNAL 15\n"
    log.write_text(LOG[: LOG.index("\n") + 1] + lives)
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")
    told = site.server.points("licence_events", "longterm")
    site.run("collect")

    assert told == site.server.points("licence_events", "longterm")
    assert {"started", "exited"} >= {point.tags["kind"] for point in told} >= {"exited"}
    log.unlink()
    log.write_text("23:00:00 (lmgrd) TIMESTAMP 3/9/2024\n")
    site.run("collect")
    (gap,) = [one for one in site.server.points("licence_events", "longterm") if one.tags["kind"] == "gap"]
    assert ("lic1", "Lines were lost") == (gap.tags["server"], gap.fields["title"])
