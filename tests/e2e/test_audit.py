"""Our level against a status text of the licence server: a made site whose truth is known, and a running service."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.clock import SystemClock
from exporter.reports.audit_sessions import CAUSES
from exporter.status_texts.kinds import KINDS
from tests.e2e.command_line import Command, Ran, environment, told
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.lmstat_text import Held, held_at, lmstat_text

TEXTS = Path(__file__).parents[1] / "unit" / "status_texts" / "texts"
ELEVEN = 1_715_079_600
"""2024-05-07T11:00:00Z, a Tuesday of the made site."""
ONE_FEATURE = "Users of f:  (Uncounted, node-locked)\n"
CONFIG = """\
site: {name: made, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: lic, format: flexlm, server: lic1, timezone: Europe/Madrid, paths: ["lic.log"]}
capacity:
  - {server: lic1, vendor: acornd, feature: acorn_base, seats: 500, from: 2024-01-01}
prometheus: {listen: null}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make three days of a site, with their truth, and read them."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "config.yaml").write_text(CONFIG)
    days = ("--days", "3", "--start", "2024-05-06", "--zone", "Europe/Madrid", "--truth", "truth.jsonl")
    for words in (("simulate", "lic.log", *days), ("collect",)):
        subprocess.run(
            [sys.executable, "-m", "exporter", *words], cwd=folder, env=environment(), check=True, capture_output=True
        )
    return folder


@pytest.fixture
def site(made: Path, tmp_path: Path) -> dict[tuple[str, str], list[Held]]:
    """Give the truth at eleven; the ledger lies in the test's folder."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return held_at(tmp_path / "truth.jsonl", ELEVEN)


def write(tmp_path: Path, truth: dict[tuple[str, str], list[Held]], **more: int) -> Path:
    """Write what `lmstat -a` would have printed at eleven on a server in Madrid."""
    file = tmp_path / "status.txt"
    file.write_text(lmstat_text(truth, ELEVEN, zone="Europe/Madrid", **more))
    return file


def test_the_truth_is_equal(site, tmp_path: Path, seatwatch: Command) -> None:
    """A text written from what really happened, with seats reserved besides, is equal to what was read of the log."""
    file = write(tmp_path, site, reserved=3)
    ran = seatwatch("audit", "--status", file, "--format", "json", "--sessions")
    (server,) = json.loads(told(ran))["servers"]

    assert ("lic1", "2024-05-07T11:00:00Z") == (server["server"], server["at"])
    seats = {key: sum(one.seats for one in held) for key, held in site.items()}
    assert sum(seats.values()) > 20
    assert seats == {(one["vendor"], one["feature"]): one["theirs"] for one in server["features"]}
    assert [(0, 3, [])] * len(seats) == [
        (one["difference"], one["reserved"], one["sessions"]) for one in server["features"]
    ]
    assert "All is equal." in told(seatwatch("audit", "--status", file))


def test_one_seat_that_changed_is_named(site, tmp_path: Path, seatwatch: Command) -> None:
    """A session that the text lacks, and one that it has besides, are named; the exit status is 1, 0 when tolerated."""
    key = ("acornd", "acorn_base")
    gone = site[key].pop()
    site[key] += [Held("stranger", "ws-99", "", 2, ELEVEN - 3_600)]
    file = write(tmp_path, site)
    ran = seatwatch("audit", "--status", file, "--sessions", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))

    assert 1 == ran.status
    assert [("theirs", "stranger", "ws-99", "2"), ("ours", gone.user, gone.host, str(gone.seats))] == [
        (row["side"], row["user"], row["host"], row["seats"]) for row in rows
    ]
    assert "1 feature of" in seatwatch("audit", "--status", file).out
    assert 0 == seatwatch("audit", "--status", file, "--tolerance", "1").status


def test_an_audit_shows_no_names_under_pseudonyms(site, tmp_path: Path, seatwatch: Command) -> None:
    """The same person has the same pseudonym on both sides, and as exports have it."""
    key = ("acornd", "acorn_base")
    gone = site[key].pop()
    site[key] += [Held(gone.user.upper(), gone.host, "", 7, ELEVEN - 3_600)]
    (tmp_path / "config.yaml").write_text(CONFIG + "people: {pseudonyms: true}\n")
    told(seatwatch("collect"))
    for shape in ("csv", "json", "table"):
        ran = seatwatch("audit", "--status", write(tmp_path, site), "--sessions", "--format", shape)
        assert 1 == ran.status
        assert not [name for name in (gone.user, gone.user.upper(), gone.host) if name in ran.out]
    ran = seatwatch("audit", "--status", write(tmp_path, site), "--sessions", "--format", "csv")
    shown = {(row["user"], row["host"]) for row in csv.DictReader(io.StringIO(ran.out))}
    assert 1 == len(shown)
    assert shown <= {
        (row["user"], row["host"]) for row in csv.DictReader(io.StringIO(told(seatwatch("export", "sessions"))))
    }


def test_seats_issued_are_compared(site, tmp_path: Path, seatwatch: Command) -> None:
    """Where the configuration has other seats than the server, that is a difference whatever the tolerance."""
    ran = seatwatch("audit", "--status", write(tmp_path, site, issued=499), "--format", "csv", "--tolerance", "9")
    different = [row["feature"] for row in csv.DictReader(io.StringIO(ran.out)) if row["different"] == "true"]

    assert (1, ["acorn_base"]) == (ran.status, different)


@pytest.mark.parametrize("shape", ["table", "csv", "json"])
def test_a_server_that_did_not_answer_is_told(shape: str, site, tmp_path: Path, seatwatch: Command) -> None:
    """Of two servers in a text one is equal and the other did not answer: that is no equality, in any format."""
    file = write(tmp_path, site)
    fault = 'Error getting status: Cannot connect to license server system. (-15,570:111 "Connection refused")'
    file.write_text(f"{file.read_text()}\nLicense server status: 27000@lic2\n{fault}\n")
    ran = seatwatch("audit", "--status", file, "--format", shape)

    assert 1 == ran.status
    said = " ".join((json.loads(ran.out)["unanswered"][0] if shape == "json" else ran.out + ran.err).split())
    assert f"Nothing was compared of lic2, which says: {fault}." in said
    assert 0 == seatwatch("audit", "--status", write(tmp_path, site)).status


def test_the_instant_is_chosen(site, tmp_path: Path, seatwatch: Command) -> None:
    """The text's own second, the file's within its minute, or --at; where the text tells no date, the file's."""
    file = write(tmp_path, site)
    os.utime(file, (ELEVEN + 41, ELEVEN + 41))
    undated = tmp_path / "undated.txt"
    undated.write_text(file.read_text().partition("\n\n")[2])
    os.utime(undated, (ELEVEN + 7, ELEVEN + 7))

    def instant(*words: str | Path) -> str:
        return str(json.loads(seatwatch("audit", "--format", "json", *words).out)["servers"][0]["at"])

    assert "2024-05-07T11:00:41Z" == instant("--status", file)
    os.utime(file, (ELEVEN + 900, ELEVEN + 900))
    assert "2024-05-07T11:00:00Z" == instant("--status", file)
    assert "2024-05-07T12:00:00Z" == instant("--status", file, "--at", "2024-05-07 12:00")
    assert "2024-05-07T11:00:07Z" == instant("--status", undated)
    exact = shutil.copy(TEXTS / "rlmstat.txt", tmp_path)
    os.utime(exact, (ELEVEN, 1_704_282_600))
    assert "2024-01-03T11:48:38Z" == instant("--status", exact, "--server", "lic1")


@pytest.mark.parametrize(
    ("words", "text", "status", "said"),
    [
        (("--status", "gone.txt"), "", 2, "can't be read"),
        (("--status", "text"), "hello\n", 2, "No line shows which licence server wrote this status text"),
        (("--status", "text"), ONE_FEATURE, 2, "Say with --server which one that is, of lic1."),
        (("--status", "text", "--server", "lic2"), ONE_FEATURE, 2, "knows no server lic2"),
        (("--status", "text", "--kind", "lmx"), "x\n", 1, "The status text tells of no feature."),
        (("--status", "text"), "*** ERROR x\nUsing default server 1@a\n", 1, "tells of no feature. It says: x."),
        (("--status", "text", "--tolerance", "-1"), "", 2, "--tolerance"),
    ],
)  # fmt: skip
def test_what_can_not_be_audited_is_said(
    words: tuple[str, ...], text: str, status: int, said: str, site, tmp_path: Path, seatwatch: Command
) -> None:
    """A wrong use ends with 2, a server that did not answer with 1, each with a sentence that says what to do."""
    (tmp_path / "text").write_text(text)
    ran: Ran = seatwatch("audit", *words)

    assert (status, "") == (ran.status, ran.out)
    assert said in ran.err


def piped(folder: Path, text: str, *words: str) -> Ran:
    """Run the audit on a text that comes through a pipe."""
    done = subprocess.run(
        [sys.executable, "-m", "exporter", "audit", *words],
        cwd=folder, env=environment(), input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def test_an_audit_is_shown_by_a_running_service(
    log: FlexlmLog, config: WriteConfig, run: StartService, tmp_path: Path
) -> None:
    """While `run` reads and commits, audits from a pipe are kept beside it, and the gauge follows each of them."""
    log.check_out("amber")
    service = run(config())
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 1)
    drift = "licence_feature_drift_seats{acorn_base,lic1,acornd}"
    assert drift not in service.shown()
    now = int(SystemClock().now())
    amber = Held("amber", "ws-01", "", 1, now)
    held = {("acornd", "acorn_base"): [amber, amber]}
    ran = piped(tmp_path, lmstat_text(held, now), "--status", "-", "--sessions")
    assert (1, "") == (ran.status, ran.err)
    assert "amber@ws-01" in ran.out
    service.shows(drift, 1)
    log.check_out("amber")
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 2)
    ran = piped(tmp_path, lmstat_text(held, now), "--status", "-")
    assert (0, "") == (ran.status, ran.err), ran.out
    service.shows(drift, 0)


def test_the_page_tells_how_it_is(site, root: Path, tmp_path: Path, seatwatch: Command) -> None:
    """docs/audit.md has each option, each kind and each cause, no other option or kind, and its commands run."""
    page = (root / "docs" / "audit.md").read_text()
    rows = [line.split("|")[1].strip().strip("`") for line in page.splitlines() if line.startswith("| `")]
    helped = set(re.findall(r"--[a-z]+", seatwatch("audit", "--help").out))
    commands = [line.strip() for line in page.splitlines() if line.startswith("    ") and "seatwatch audit" in line]
    text = write(tmp_path, site).read_text()

    assert helped - {"--help", "--config"} == {row.split()[0] for row in rows if row.startswith("--")}
    assert set(KINDS) == {row for row in rows if not row.startswith("--")}
    assert [] == [cause for cause in CAUSES if f"seats of sessions {cause}" not in page]
    assert 2 == len(commands)
    for command in commands:
        before, _, words = command.replace("--config /etc/seatwatch/config.yaml ", "").partition("seatwatch audit ")
        assert "lmutil lmstat -a -c 27000@lic1 | " in before
        assert 0 == piped(tmp_path, text, *words.split()).status
