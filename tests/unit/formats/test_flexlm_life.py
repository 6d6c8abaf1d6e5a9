"""The server's own life in FlexNet logs: starts, ends, resets, forked copies, lists of packages."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from exporter.events import LIFECYCLE, Lifecycle, Package, Reset, Seen, Start
from exporter.formats.flexlm import STALE_AFTER, FlexlmReader
from tests.unit.formats.flexlm_driving import begin, block, blocks, iso, read, told_by, utc

BEGIN = (
    b" 8:00:00 (lmgrd) TIMESTAMP 3/5/2024\n 8:05:00 (acornd) TIMESTAMP 3/5/2024\n 8:06:00 (brookd) TIMESTAMP 3/5/2024\n"
)
NOON = b"12:00:00 (%s) %s\n"
OUT = b'%s (acornd) OUT: "acorn_base" amber@ws-01  \n'
ACORN_LAST, BROOK_LAST = utc("2024-03-05 08:05:00"), utc("2024-03-05 08:06:00")

ALL = ["acornd", "brookd"]
NOBODY: list[str] = []

LIFE = [
    # who writes, what; about whom, what it is, whose sessions end, who runs after it (None: as before)
    ("lmgrd", "FLEXnet Licensing (v11.9.0.0) started on H (IBM PC) (3/5/2024)", "lmgrd", "started", ALL, None),
    ("lmgrd", "FlexNet Licensing (v11.18.1.0) started on flexlm01 (IBM PC) (3/5/2024)", "lmgrd", "started", ALL, None),
    ("lmgrd", "Started acornd (pid 2280)", "acornd", "started", ["acornd"], True),
    ("lmgrd", "Started acornd (internet tcp_port 60198 pid 1962)", "acornd", "started", ["acornd"], True),
    ("lmgrd", "REStarted acornd (internet tcp_port 43652 pid 22155)", "acornd", "restarted", ["acornd"], True),
    ("acornd", "FLEXnet Licensing version v11.9.0.0 build 87342 x64_n6", "acornd", "started", ["acornd"], True),
    ("acornd", "FlexNet Licensing version v11.18.1.0 build 279785", "acornd", "started", ["acornd"], True),
    ("acornd", "FLEXlm Licensing version 7.2c", "acornd", "started", ["acornd"], True),
    ("lmgrd", "acornd exited with status 58 ()", "acornd", "exited", NOBODY, False),
    ("lmgrd", "acornd exited with status 0 signal = 17", "acornd", "exited", NOBODY, False),
    ("lmgrd", "acornd exited with status 46 (lmgrd requested vendor daemon down)", "acornd", "exited", NOBODY, False),
    ("lmgrd", "acornd exited with status 36 (No features to serve)", "acornd", "exited", NOBODY, False),
    ("lmgrd", "Shutting down acornd pid=25987 because of signal 15", "acornd", "shutdown", NOBODY, False),
    ("acornd", "EXITING DUE TO SIGNAL 25 Exit reason 2", "acornd", "exited", NOBODY, False),
    ("acornd", "EXITING WITH CODE 3", "acornd", "exited", NOBODY, False),
    ("acornd", "Shutdown requested from amber@ws-01 IP=192.0.2.10", "acornd", "shutdown", NOBODY, False),
    ("acornd", "daemon shutdown requested - shutting down", "acornd", "shutdown", NOBODY, False),
    ("acornd", "Rereading license file...", "acornd", "reread", NOBODY, None),
]  # fmt: skip


def _states(log: bytes) -> dict[str, tuple[bool, int]]:
    """Tell which daemons run after a log."""
    reader = begin(log)
    read(reader, [block(log)])
    return dict(reader.daemons)


@pytest.mark.parametrize(("writer", "message", "about", "what", "reset", "up"), LIFE, ids=str)
def test_lines_of_the_servers_life(
    writer: str, message: str, about: str, what: str, reset: list[str], up: bool | None
) -> None:
    """Each life-cycle line is told once, resets whom it must at their own last line, and says who runs after it."""
    log = BEGIN + NOON % (writer.encode(), message.encode())
    told = told_by(log)

    assert [(about, what, up)] == [(event.vendor, event.what, event.up) for event in told.of(Lifecycle)]
    assert what in LIFECYCLE
    last = {"acornd": ACORN_LAST, "brookd": BROOK_LAST}
    resets = [(event.vendor, event.last, event.started) for event in told.of(Reset) if event.vendor in last]
    assert [(vendor, last[vendor], True) for vendor in reset] == resets
    assert (up is not False, True) == (_states(log)["acornd"][0], _states(log)["brookd"][0])
    assert len(log.splitlines()) == sum(told.tally.values())
    assert 4 == told.tally["understood"]


def test_lmgrds_end_stops_every_daemon_and_resets_none() -> None:
    """After lmgrd's EXITING no daemon runs, and sessions go on to the next start."""
    log = BEGIN + NOON % (b"lmgrd", b"EXITING DUE TO SIGNAL 15")

    assert [] == told_by(log).of(Reset)
    assert [False, False] == [up for up, _ in _states(log).values()]


NO_LIFE = [
    ("acornd", "Server started on lic-host1 for:\tacorn_base"),  # printed at every reread
    ("acornd", "License server system started on lic-host1"),
    ("acornd", "Started acornd (pid 2280)"),  # only lmgrd knows
    ("acornd", "acornd exited with status 58 ()"),
    ("lmgrd", "FLEXnet Licensing version v11.9.0.0 build 87342 x64_n6"),
    ("acornd", "FLEXnet Licensing (v11.9.0.0) started on H (IBM PC) (3/5/2024)"),
    ("lmgrd", "lmgrd will now shut down all the vendor daemons"),
    ("lmgrd", "Shut down FLEXnet acornd license server system on machine H"),
    ("lmgrd", "Since this is an unknown status, license server manager (lmgrd) will attempt to re-start it."),
    ("acornd", "Rereading options file..."),
    ("acornd", "...Finished rereading"),
    ("acornd", "Updating feature acorn_base"),
    ("acornd", "acorn_base expired -- rereading to update"),
    ("acornd", "EXPIRED: acorn_old"),
    ("acornd", "Disabling 150 licenses from feature acorn_base(DC06 0000)"),
    ("acornd", "RESERVING 10 acorn_base/145D 7797  licenses for USER_GROUP GROUP01"),
    ("acornd", "Multiple dup-groupings in effect for acorn_base:"),
    ("lmgrd", "MASTER SERVER died due to signal 15"),
    ("acornd", "TCP_NODELAY NOT enabled"),
    ("acornd", "1682669959/0/6.17-1/u/h"),
]  # fmt: skip


@pytest.mark.parametrize(("writer", "message"), NO_LIFE, ids=str)
def test_lines_that_are_nobodys_start_or_end(writer: str, message: str) -> None:
    """What resembles a start or an end, and is none, is noise and changes nothing."""
    log = BEGIN + NOON % (writer.encode(), message.encode())
    told = told_by(log)

    assert [] == told.of(Lifecycle) + told.of(Reset)
    assert {"understood": 3, "noise": 1} == told.tally


def test_a_start_of_a_daemon_never_seen_is_told_too() -> None:
    """The reset of a start comes for a daemon without a line yet, so that later stops are known to be unmatched."""
    told = told_by(BEGIN + NOON % (b"lmgrd", b"Started fernd (pid 7)"))

    assert [("fernd", utc("2024-03-05 12:00"), True)] == [(e.vendor, e.last, e.started) for e in told.of(Reset)]


def test_a_start_of_lmgrd_is_told_for_daemons_not_seen_yet() -> None:
    """A reset without a vendor stands for the vendors to come."""
    told = told_by(BEGIN + NOON % (b"lmgrd", b"FlexNet Licensing (v11) started on H (IBM PC) (3/5/2024)"))

    assert ("", True) == (told.of(Reset)[-1].vendor, told.of(Reset)[-1].started)


def test_a_daemons_last_line_is_any_line_of_it() -> None:
    """A reset ends sessions at the last line of their daemon, noise and unreadable lines included."""
    log = BEGIN + OUT % b" 9:00:00" + b" 9:30:00 (acornd) noise\n 9:40:00 (acornd) OUT: what\n 9:50:00 (brookd) noise\n"
    told = told_by(log + NOON % (b"lmgrd", b"REStarted acornd (pid 1)"))

    assert ["2024-03-05 09:40:00"] == [iso(event.last) for event in told.of(Reset)]


def test_each_daemon_is_seen_once_at_its_first_line() -> None:
    """A first line says that its daemon is there, before anything else of it."""
    told = told_by(BEGIN + OUT % b" 9:00:00")

    assert [("acornd", ACORN_LAST), ("brookd", BROOK_LAST)] == [
        (event.vendor, event.time) for event in told.of(Seen) if event.vendor != "lmgrd"
    ]


def test_a_forked_copy_is_its_daemon() -> None:
    """``acornd_2`` is a copy of the known ``acornd``: its lines are acornd's, over a saved state too."""
    log = BEGIN + b' 9:00:00 (acornd_2) OUT: "acorn_base" amber@ws-01  \n 9:10:00 (acornd_2) noise\n'
    log += NOON % (b"lmgrd", b"REStarted acornd (pid 1)") + b'12:30:00 (acornd_2) OUT: "acorn_base" amber@ws-01  \n'
    told = told_by(log)

    assert ["acornd", "acornd"] == [event.vendor for event in told.of(Start)]
    assert [("acornd", "2024-03-05 09:10:00")] == [(event.vendor, iso(event.last)) for event in told.of(Reset)]
    assert ["acornd", "brookd"] == sorted(_states(log))

    reader = begin(log)
    pieces = blocks(log, 1)
    read(reader, pieces[:5])
    again = FlexlmReader(ZoneInfo("UTC"))
    again.restore(json.loads(json.dumps(reader.state())))
    rest = read(again, pieces[5:])
    assert [event for event in told.events if event.at >= pieces[5].start.offset] == rest.events


def test_a_daemon_whose_name_ends_in_a_number_is_itself() -> None:
    """``oak_2`` is nobody's copy where no ``oak`` is known."""
    told = told_by(BEGIN + b'9:00:00 (oak_2) OUT: "f" u@h\n9:10:00 (oak) noise\n9:20:00 (oak_2) OUT: "f" u@h\n')

    assert ["oak_2", "oak_2"] == [event.vendor for event in told.of(Start)]


@pytest.mark.parametrize(
    ("log", "up"),
    [
        (b"", False),
        (b"12:30:00 (acornd) noise\n", False),
        (b'12:30:00 (acornd) IN: "acorn_base" amber@ws-01 (SHUTDOWN)\n', False),
        (b"18:00:00 (acornd) TIMESTAMP 3/5/2024\n", True),
        (OUT % b"12:30:00", True),
        (OUT % b"12:30:00" + b"12:40:00 (lmgrd) acornd exited with status 0\n", False),
        (b"12:40:00 (lmgrd) Started acornd (pid 1)\n", True),
        (b'12:30:00 (brookd) OUT: "f" u@h\n', False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("lines", [1, 100])
def test_who_runs_after_an_exit(log: bytes, up: bool, lines: int) -> None:
    """A daemon that ended runs again after its start, its TIMESTAMP or a check-out, and by nothing else it writes."""
    log = BEGIN + OUT % b" 9:00:00" + NOON % (b"lmgrd", b"acornd exited with status 58 ()") + log
    reader = begin(log)
    read(reader, blocks(log, lines))

    assert up == reader.daemons["acornd"][0]


def test_lmgrd_is_no_vendor_daemon() -> None:
    """The list of daemons holds those that serve licences, with the time of their newest line."""
    assert {"acornd": (True, ACORN_LAST), "brookd": (True, BROOK_LAST)} == _states(BEGIN)


def test_a_word_in_brackets_is_no_daemon() -> None:
    """Who never wrote an event, a date or a life-cycle line is not shown as a server."""
    noise = b"".join(b" 8:10:00 (thread-%d) hello\n" % number for number in range(3))

    assert {"acornd", "brookd"} == set(_states(BEGIN + noise))


def test_a_flexnet_log_is_stale_after_seven_hours() -> None:
    """Lmgrd writes every six hours, so seven of silence mean something."""
    assert 7 * 3600 == STALE_AFTER == begin(BEGIN).stale_after


PACKAGES = {
    "on one line": [b"PKG (consisting of:\t\tA B\tC)"],
    "over lines": [b"PKG (consisting of:\t\tA", b"B", b"\tC)"],
    "closed on a line of its own": [b"PKG (consisting of:\t\tA\tB", b"C", b")"],
    "begun on a line of its own": [b"PKG (consisting of:", b"A B C)"],
}


@pytest.mark.parametrize("lines", PACKAGES.values(), ids=PACKAGES)
@pytest.mark.parametrize("size", [1, 100])
def test_a_list_of_components_over_lines(lines: list[bytes], size: int) -> None:
    """A package holds the names up to the closing bracket, wherever lines and blocks end and whoever writes between."""
    log = BEGIN + b" 8:10:00 (brookd) noise\n".join(b" 8:10:00 (acornd) " + line + b"\n" for line in lines)
    log += b" 8:10:01 (acornd) D\n"
    told = read(begin(log), blocks(log, size))

    assert [("acornd", "PKG", name) for name in "ABC"] == [tuple(event)[2:] for event in told.of(Package)]
    assert 3 + len(lines) == told.tally["understood"]


def test_an_event_ends_a_list_that_was_never_closed() -> None:
    """After an event of the daemon, its lines are no names of components."""
    log = BEGIN + b" 8:10:00 (acornd) PKG (consisting of:\tA\n"
    log += b' 8:11:00 (acornd) OUT: "f" amber lee@ws-01\n 8:11:00 (acornd) D\n'

    assert ["A"] == [event.component for event in told_by(log).of(Package)]


@pytest.mark.parametrize(
    "line",
    [
        b"18:00:00 (acornd) TIMESTAMP 3/5/2024\n",
        b"18:00:00 (acornd) (@acornd-SLOG@) Time: Tue Mar 05 2024 18:00:00 EST\n",
        b"18:00:00 (acornd) Rereading license file...\n",
        b"18:00:00 (acornd) FLEXnet Licensing version v11.9.0.0\n",
    ],
)
def test_a_line_with_a_meaning_is_no_list_of_components(line: bytes) -> None:
    """An anchor or a line of the server's life inside a list names no component."""
    told = told_by(BEGIN + b" 8:10:00 (acornd) PKG (consisting of:\tA\n" + line)

    assert ["A"] == [event.component for event in told.of(Package)]


def test_bytes_of_a_components_name_are_no_blanks() -> None:
    """A0 and 85 in a component's UTF-8 name divide nothing."""
    told = told_by(BEGIN + " 8:10:00 (acornd) PKG (consisting of:\tvoil\u00e0_x A)\n".encode())

    assert ["voil\xc3\xa0_x", "A"] == [event.component for event in told.of(Package)]
