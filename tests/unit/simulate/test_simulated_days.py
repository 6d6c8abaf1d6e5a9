"""Days of a make-believe server: repeatable lines, and a truth that agrees with them and with the capacity."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from exporter.simulate.journal import Line
from exporter.simulate.model import Simulation
from exporter.simulate.site import demo_site

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = date(2024, 3, 4)
FRAME = re.compile(r"^( \d|\d\d):[0-5]\d:[0-5]\d \((lmgrd|acornd|brookd)\) ")
MOVE = re.compile(
    r'^(OUT|IN|UPGRADE): "(\w+)" [^"]+@\S+ (?:| \(INACTIVE\)| \(SHUTDOWN\)| \((\d+) licenses\)(?: | \(SHUTDOWN\))'
    r"|\[[\w:]+\](?: \((\d+) licenses\))?(?: \(SHUTDOWN\))?|(?: |\[[\w:]+\] )\((\d+)->(\d+) licenses\) ?) ?$"
)
RESET = re.compile(r"^(?:RES|S)tarted (\w+) \(internet")


@cache
def ten_days() -> tuple[tuple[Line, ...], tuple[dict[str, Any], ...]]:
    """Give the lines and the truth of ten days, which hold every kind of incident."""
    simulation = Simulation(7, demo_site(), MADRID)
    return tuple(simulation.days(MONDAY, 10)), tuple(simulation.truth())


def truth(kind: str) -> list[dict[str, Any]]:
    """Give the truth's rows of one kind."""
    return [row for row in ten_days()[1] if row["kind"] == kind]


def parts(line: Line) -> tuple[str, str]:
    """Split a line into daemon and message."""
    daemon, _, message = line.text[10:].partition(") ")
    return daemon, message


def steps(sessions: list[dict[str, Any]]) -> dict[tuple[str, str], Counter[int]]:
    """Give the changes of the level per (vendor, feature) and second."""
    changes: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for session in sessions:
        for begin, end, seats in session["spans"]:
            changes[session["vendor"], session["feature"]][begin] += seats
            if end is not None:
                changes[session["vendor"], session["feature"]][end] -= seats
    return changes


def test_one_seed_gives_the_same_lines_and_truth() -> None:
    """Two simulations of one seed agree in every line and row, and another seed gives other lines."""

    def run(seed: int) -> tuple[list[Line], list[dict[str, Any]]]:
        simulation = Simulation(seed, demo_site(), MADRID)
        return list(simulation.days(MONDAY, 3)), list(simulation.truth())

    assert run(7) == run(7)
    assert run(7)[0] != run(8)[0]


def test_every_line_is_framed_with_the_wall_clock_of_its_time() -> None:
    """Each line begins with the blank-padded local time of the second it is said to be written in, and a daemon."""
    lines, _ = ten_days()
    for line in lines:
        assert FRAME.match(line.text), line.text
    shown = [line.text[:8] for line in lines]
    moments = [datetime.fromtimestamp(line.time, MADRID) for line in lines]
    told = [f"{moment.hour:2d}:{moment:%M:%S}" for moment in moments]
    assert told == shown


def test_time_never_goes_back() -> None:
    """Lines come in the order of UTC time."""
    lines, _ = ten_days()
    assert all(earlier.time <= later.time for earlier, later in pairwise(lines))


def test_seats_in_use_never_exceed_the_capacity() -> None:
    """At no second does the truth hold more open seats of a feature than there are, and every feature is used."""
    capacity = demo_site().capacity()
    changes = steps(truth("session"))
    assert set(capacity) == set(changes)
    for feature, by_second in changes.items():
        level = 0
        for second in sorted(by_second):
            level += by_second[second]
            assert 0 <= level <= capacity[feature]


def test_levels_of_the_truth_are_those_a_naive_count_of_the_lines_gives() -> None:
    """Adding OUT and UPGRADE and taking off IN, line by line, gives the truth's level at every second with an event."""
    level: Counter[tuple[str, str]] = Counter()
    counted: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    last: dict[str, int] = {}
    for line in ten_days()[0]:
        daemon, message = parts(line)
        if reset := RESET.match(message):
            vendor = reset[1]
            for feature in [key for key in level if key[0] == vendor]:
                level[feature] = counted[feature][last[vendor]] = 0
        elif move := MOVE.match(message):
            verb, name, two_blanks, bracket, before, after = move.groups()
            seats = int(after) - int(before) if after else int(two_blanks or bracket or 1)
            level[daemon, name] += -seats if verb == "IN" else seats
            counted[daemon, name][line.time] = level[daemon, name]
        else:
            assert not message.startswith(("OUT:", "IN:", "UPGRADE:")), message
        last[daemon] = line.time
    changes = steps(truth("session"))
    assert set(changes) == set(counted)
    for feature, by_second in changes.items():
        total = 0
        expected = {}
        for second in sorted({*by_second, *counted[feature]}):
            total += by_second[second]
            expected[second] = total
        assert {second: expected[second] for second in counted[feature]} == counted[feature]


def test_each_denial_and_wait_of_the_truth_has_its_line() -> None:
    """Denials are as many as DENIED and UNSUPPORTED lines of their code, and waits as QUEUED and DEQUEUED lines."""
    messages = [parts(line)[1] for line in ten_days()[0]]
    codes = Counter(int(code) for text in messages for code in re.findall(r" \((-\d+),\d+.*\)\)$", text))
    assert codes == Counter(row["code"] for row in truth("denial"))
    assert set(codes) == {-4, -24, -38, -5}
    assert sum(text.startswith("QUEUED: ") for text in messages) == len(truth("wait"))
    given_up = [row for row in truth("wait") if row["outcome"] == "given_up"]
    assert sum(text.startswith("DEQUEUED: ") for text in messages) == len(given_up) > 0


def test_ten_days_show_everything_that_happens_to_a_server() -> None:
    """Every end of a session and of a wait, restarts, rereads, anchors, changes and the package are to be seen."""
    assert {row["end_reason"] for row in truth("session")} >= {"returned", "timeout", "shutdown", "reset"}
    assert {row["outcome"] for row in truth("wait")} >= {"granted", "given_up"}
    assert any(len(row["spans"]) > 1 for row in truth("session"))
    text = "\n".join(line.text for line in ten_days()[0])
    assert text.count("(lmgrd) FlexNet Licensing (v") == 3  # the first, after maintenance, after the power cut
    for part in ("REStarted", "EXITING DUE TO SIGNAL 15", "acorn_suite (consisting of:", "-SLOG@) Time: ", "Checkin"):
        assert part in text


def test_each_daemon_shows_the_date_every_six_hours() -> None:
    """A TIMESTAMP line never comes more than 6 h 5 min after the one before, or after its daemon's start."""
    anchors: dict[str, int] = {}
    stamps: Counter[str] = Counter()
    for line in ten_days()[0]:
        daemon, message = parts(line)
        if message.startswith("TIMESTAMP"):
            assert line.time - anchors[daemon] <= 6 * 3600 + 300
            stamps[daemon] += 1
        if message.startswith(("TIMESTAMP", "FlexNet Licensing")):
            anchors[daemon] = line.time
    assert set(stamps) == {"lmgrd", "acornd", "brookd"}
    assert min(stamps.values()) > 30


def test_a_package_and_its_component_come_in_one_second() -> None:
    """Each check-out of the package is followed, in its second and for its user, by one of its components."""
    sessions = Counter((row["start"], row["user"]) for row in truth("session") if row["feature"] == "acorn_suite")
    components = Counter(
        (row["start"], row["user"]) for row in truth("session") if row["feature"] in {"acorn_part", "acorn_draw"}
    )
    assert sessions == components


def test_a_working_day_is_busy_and_a_weekend_quiet() -> None:
    """A working day has 1,500 to 4,000 lines, a day of the weekend far fewer, and scale makes days denser."""
    days = Counter((line.time + 3600) // 86_400 for line in ten_days()[0])
    by_day = [days[day] for day in sorted(days)]
    assert all(1500 < lines < 4000 for lines in by_day[:5])
    assert all(lines < 700 for lines in by_day[5:7])
    denser = sum(1 for _ in Simulation(7, demo_site(scale=3), MADRID).days(MONDAY, 1))
    assert denser > 2 * by_day[0]


def test_sessions_open_at_the_end_have_no_end() -> None:
    """A session whose stop was not written is in the truth with a null end, after a day that ends in use."""
    simulation = Simulation(7, demo_site(scale=4), MADRID)
    list(simulation.days(MONDAY, 1))
    rows = [row for row in simulation.truth() if row["kind"] == "session" and row["end"] is None]
    assert rows
    assert all(row["end_reason"] is None and row["spans"][-1][1] is None for row in rows)
    assert list(simulation.truth())[len(rows) :] == []


def test_a_reset_ends_sessions_at_the_last_line_of_the_daemon() -> None:
    """Sessions lost in a restart end at the time of their daemon's last line of any kind before it."""
    lasts: dict[str, set[int]] = defaultdict(set)
    last: dict[str, int] = {}
    for line in ten_days()[0]:
        daemon, message = parts(line)
        if (reset := RESET.match(message)) and reset[1] in last:
            lasts[reset[1]].add(last[reset[1]])
        last[daemon] = line.time
    lost = [row for row in truth("session") if row["end_reason"] == "reset"]
    assert lost
    assert all(row["end"] in lasts[row["vendor"]] for row in lost)
