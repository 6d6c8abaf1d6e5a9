"""People and hosts by date, from the tables to every place where they are shown."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import stat
from pathlib import Path

import pytest

from exporter.catalog.tiers import HOURLY, LONGTERM
from exporter.reports.instant import iso
from tests.e2e.conftest import StartService
from tests.e2e.people_site import HOSTS, PEOPLE, PeopleSite
from tests.e2e.running import until
from tests.servers.influxd import Influxd

FIRST, SECOND = "2024-03-04T00:00:00Z", "2024-03-05T00:00:00Z"
HOUR = 3600
BY_GROUP = {
    ("Physics", FIRST): (HOUR + 600, 2, 0),
    ("Physics", SECOND): (600, 0, 0),
    ("Chemistry", FIRST): (2 * HOUR, 1, 0),
    ("Chemistry", SECOND): (HOUR // 2, 1, 0),
    ("(foreign)", FIRST): (HOUR, 1, 0),
    ("(unknown)", FIRST): (HOUR, 1, 0),
    ("(unlisted)", FIRST): (0, 0, 1),
}
"""As of the start of each session: what began as Physics' is Physics' after midnight, too."""


@pytest.fixture
def site(tmp_path: Path) -> PeopleSite:
    """Give the site, with everything read."""
    made = PeopleSite(tmp_path)
    made.told("collect")
    return made


def test_each_group_has_what_its_people_used(site: PeopleSite) -> None:
    """By the group of the day, whatever the letters' case; foreign hosts, nobody's names and strangers apart."""
    assert BY_GROUP == {key: row for key, row in site.by("group").items() if key[1] < "2024-03-05T12"}


def test_hours_and_hosts(site: PeopleSite) -> None:
    """Hours begin where they are used; columns of hosts have `host_` before them."""
    hours = site.by("lab", "hourly")

    assert (3000, 1, 0) == hours["Optics", "2024-03-04T08:00:00Z"]
    assert (600, 0, 0) == hours["Optics", "2024-03-04T09:00:00Z"]
    assert (HOUR // 2, 1, 0) == hours["(unlisted)", "2024-03-05T10:00:00Z"], "the lab is empty by then"
    assert {"A1", "(foreign)", "(unlisted)"} == {value for value, _ in site.by("host_room")}


def test_rows_begin_with_the_first_sight(tmp_path: Path) -> None:
    """As windows of the feature: a line of what isn't there is none, though it counts on the day of the first sight."""
    site = PeopleSite(tmp_path)
    lines = [
        ' 8:00:00 (acornd) UNSUPPORTED: "mesh" amber@ws-01 (No such feature exists. (-5,346))',
        '10:00:00 (acornd) OUT: "mesh" amber@ws-01',
        "12:00:00 (lmgrd) TIMESTAMP 3/4/2024",
    ]
    (tmp_path / "lic.log").write_text("\n".join([*lines, ""]))
    site.told("collect")

    assert [("Physics", "2024-03-04T10:00:00Z"), ("Physics", "2024-03-04T11:00:00Z")] == list(
        site.by("group", "hourly")
    )[:2]
    assert (1, 1) == site.by("group")["Physics", FIRST][1:]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--tier", "hourly", "--by", "floor"],
            "Windows are not broken down by 'floor', but by: group, host_room, lab.",
        ),
        (["--tier", "live", "--by", "group"], "Windows --by GROUP are of features, by hours or days"),
        (["--tier", "hourly", "--product", "--by", "group"], "Windows --by GROUP are of features, by hours or days"),
        (["--tier", "hourly", "--with", "group"], "--by GROUP tells what each group used"),
    ],
)
def test_what_cannot_be_asked(site: PeopleSite, words: list[str], said: str) -> None:
    """A sentence says what there is."""
    ran = site.command("export", "windows", *words)

    assert (2, True, "") == (ran.status, said in " ".join(ran.err.split()), ran.out)


def test_groups_beside_sessions_and_denials(site: PeopleSite) -> None:
    """`--with` adds columns as of the start of a session, or the time of a denial."""
    sessions = list(csv.DictReader(io.StringIO(site.told("export", "sessions", "--with", "group,host_room"))))
    denials = list(csv.DictReader(io.StringIO(site.told("export", "denials", "--with", "lab,person"))))

    assert [("amber", "Physics", "A1"), ("birch", "Chemistry", "(unlisted)"), ("amber", "(foreign)", "(foreign)")] == [
        (row["user"], row["group"], row["host_room"]) for row in sessions[:3]
    ]
    assert [("clover", "(unlisted)", "clover")] == [(row["user"], row["lab"], row["person"]) for row in denials]
    unknown = site.command("export", "sessions", "--with", "floor")
    assert (2, True) == (unknown.status, "know no 'floor': choose of group, host_room, lab, person" in unknown.err)


def test_distinct_users_are_people(site: PeopleSite) -> None:
    """Whose name is none counts in levels and not as a user; `status` tells its share."""
    windows = list(csv.DictReader(io.StringIO(site.told("export", "windows", "--tier", "hourly"))))
    (stream,) = json.loads(site.told("status", "--format", "json"))["streams"]

    assert ("5", "2") == (windows[0]["in_use_max"], windows[0]["users"]), "amber and birch"
    assert 1 == stream["unknown_sessions"]
    assert "1 session (16.7 %) by names that are nobody's" in site.told("status")


def test_a_changed_table(site: PeopleSite, tmp_path: Path) -> None:
    """What was stored is what a ledger has that never knew another table; windows of features stay as they are."""
    before = site.told("export", "windows", "--tier", "hourly")
    changed = PEOPLE.replace("birch,Chemistry,Dyes,,", "birch,Biology,,,2024-03-04\nbirch,Botany,,2024-03-04,")
    (site.folder / "people.csv").write_text(changed)
    (site.folder / "hosts.csv").write_text(HOSTS.replace("guest-*", "nobody-*"))
    site.told("collect")
    (tmp_path / "new").mkdir()
    fresh = PeopleSite(tmp_path / "new")
    (fresh.folder / "people.csv").write_text(changed)
    (fresh.folder / "hosts.csv").write_text(HOSTS.replace("guest-*", "nobody-*"))
    fresh.told("collect")

    for group in ("group", "lab", "host_room"):
        for tier in ("hourly", "longterm"):
            assert fresh.by(group, tier) == site.by(group, tier)
    assert ("Botany", FIRST) in site.by("group")
    assert before == site.told("export", "windows", "--tier", "hourly")


def test_what_is_past_its_time_goes(site: PeopleSite) -> None:
    """Hours are kept as long as their tier, and days as long as theirs."""
    days, hours = site.by("group"), site.by("group", "hourly")
    config = site.folder / "config.yaml"
    config.write_text(config.read_text().replace("hourly: {keep: forever}", "hourly: {keep: 1h}"))
    site.told("collect")

    assert days == site.by("group")
    assert {key: row for key, row in hours.items() if key[1] >= SECOND} == site.by("group", "hourly") != hours


def test_a_table_that_is_wrong(site: PeopleSite) -> None:
    """Every fault is told at once with file and line, by `check-config` too, and what the tables said before holds."""
    (site.folder / "people.csv").write_text("user,group,valid_from\namber,Physics,yesterday\n,Chemistry,\n")
    ran = site.command("collect")

    assert 2 == ran.status
    table = site.folder / "people.csv"
    assert f'{table}:2: valid_from: "yesterday" is not a date' in ran.err
    assert f"{table}:3: user is empty" in ran.err
    checked = site.command("check-config")
    assert (1, True) == (checked.status, f"{table}:3: user is empty" in checked.out)
    assert BY_GROUP.items() <= site.by("group").items()


def test_pseudonyms(tmp_path: Path) -> None:
    """Names are nowhere; a person has one pseudonym everywhere, a stranger another, and a lost key file comes back."""
    site = PeopleSite(tmp_path, ", pseudonyms: true, by_user: true")
    (tmp_path / "people.csv").write_text("user,group,person\namber,Physics,Amber A\nbirch,Physics,Amber A\n")
    (tmp_path / "lic.log").write_text((tmp_path / "lic.log").read_text() + '12:01:00 (acornd) OUT: "f" amber@ws-01\n')
    site.told("collect")
    key = tmp_path / "ledger" / "seatwatch.db-pseudonyms.key"
    sessions = list(csv.DictReader(io.StringIO(site.told("export", "sessions", "--feature", "acorn_base"))))
    (one,) = json.loads(site.told("who", "--format", "json", "--with", "group"))
    every = (
        site.told("export", "sessions")
        + site.told("who")
        + site.told("export", "windows", "--tier", "hourly", "--by", "user")
    )

    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    amber, birch, guest, nobody = (row["user"] for row in sessions[:4])
    assert amber == birch == one["user"] == sessions[4]["user"]
    assert amber != guest
    assert "anyuser" == nobody
    assert {"group": "Physics"} == one["groups"]
    (clover,) = (row["user"] for row in csv.DictReader(io.StringIO(site.told("export", "denials"))))
    assert {amber, clover, "(foreign)", "(unknown)"} == {value for value, _ in site.by("user")}
    assert not [name for name in ("amber", "AMBER", "birch", "ws-0", "guest", "Amber") if name in every]
    assert key.read_text().strip() not in every
    assert 2 == site.command("explain", "--feature", "f").status
    assert "amber" in site.told("explain", "--feature", "f", "--at", "2024-03-05T12:01:00Z", "--names")
    before = key.read_text()
    key.unlink()
    site.told("collect", "--dry-run")
    site.told("collect")
    assert before == key.read_text()
    assert [amber, birch] == [
        row["user"] for row in csv.DictReader(io.StringIO(site.told("export", "sessions", "--feature", "acorn_base")))
    ][:2]


def test_pseudonyms_that_are_not_in_effect_show_no_names(site: PeopleSite) -> None:
    """Before the ledger has taken them over nothing is shown at all."""
    site.configure(", pseudonyms: true")

    for words in (("who",), ("export", "sessions")):
        ran = site.command(*words)
        assert (2, True) == (ran.status, "people.pseudonyms is not in effect yet" in ran.err)


def test_a_service_notices_a_changed_table(site: PeopleSite, run: StartService) -> None:
    """Without a signal; a faulty table, and a reload with it, change nothing."""
    service = run(site.folder / "config.yaml")
    (site.folder / "people.csv").write_text(PEOPLE.replace("Physics", "Biology"))
    until("the new group", lambda: ("Biology", FIRST) in site.by("group"))
    (site.folder / "people.csv").write_text("user,group\n,Physics\n")
    service.awaited("The tables of people and hosts are faulty; what they said before holds.")
    service.send(signal.SIGHUP)
    service.awaited("The new configuration can't be used; the old one stays.")

    assert ("Biology", FIRST) in site.by("group")


def in_influxdb(influxd: Influxd, tier: str) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Return what the server holds of windows by group, but zeros."""
    return {
        (point.tags["breakdown"], point.tags["value"], iso(point.second)): counted
        for point in influxd.points("licence_usage_by", tier)
        if any(counted := tuple(int(point.fields[name]) for name in ("seat_seconds", "checkouts", "denials")))
    }


def test_influxdb_equals_the_ledger(tmp_path: Path, influxd: Influxd) -> None:
    """After a changed group, and a breakdown that is no more, too: what is emptied is sent as zeros."""
    influxd.make(live="inf", hourly="inf", longterm="inf")
    entry = f'influxdb: [{{name: main, url: "{influxd.url}"}}]\n'
    site = PeopleSite(tmp_path, more=entry)

    def see_the_same(*groups: str) -> None:
        site.told("collect")
        for tier in (HOURLY, LONGTERM):
            wanted = {(group, *key): row for group in groups for key, row in site.by(group, tier.name).items()}
            assert wanted == in_influxdb(influxd, tier.name)

    see_the_same("group", "lab", "host_room")
    (tmp_path / "people.csv").write_text(PEOPLE.replace("amber,Physics,Optics,,2024-03-05\n", ""))
    see_the_same("group", "lab", "host_room")
    (tmp_path / "people.csv").write_text(PEOPLE.replace("lab,", "bench,"))
    see_the_same("group", "bench", "host_room")
    site.configure("", entry + "limits: {breakdown: 1}\n")
    see_the_same("group", "bench", "host_room")
    assert any(value == "other" for _, value, _ in in_influxdb(influxd, "longterm"))
    config = tmp_path / "config.yaml"
    config.write_text(re.sub(r"tables: \[\w+\.csv\]", "tables: []", config.read_text()))
    see_the_same()
