"""
What every log format has to stand: torn lines, garbage, cuts anywhere, zones, changes of the clock and of the year.

The formats are those of `tests/contract/format_trials.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from exporter.events import Event, Passed, Start, Stop, Transfer, Use
from exporter.ports import Format
from exporter.records import LINE_OUTCOMES, Block, Position, Reading
from tests.contract.format_trials import OF_UTC, TRIALS, Trial

ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Sydney")
NIGHTS = (
    "2024-03-10T01:00",
    "2024-03-30T20:00",
    "2024-04-06T10:00",
    "2024-10-05T10:00",
    "2024-10-26T20:00",
    "2024-11-03T01:00",
)
"""Half a day from each of these, UTC, one of the zones changes its offset."""
DAY = timedelta(days=1)
MUTATED = 10_000
MUTATED_IN_SOAK = 100_000

every_format = pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
with_model = pytest.mark.parametrize(
    "trial", [*(trial for trial in TRIALS if trial.model), *OF_UTC], ids=lambda trial: trial.name
)
any_log = pytest.mark.parametrize("seed", range(5))


def _instants(random: Random, since: str, until: datetime, most: timedelta) -> list[datetime]:
    """Draw UTC times from *since* on, each a while after the one before, *most* at the utmost."""
    moment, found = datetime.fromisoformat(since).replace(tzinfo=UTC), []
    while moment < until:
        found.append(moment)
        moment += timedelta(seconds=random.randrange(1, int(most.total_seconds())))
    return found


def _log(trial: Trial, random: Random, zone: str, instants: Iterable[datetime]) -> bytes:
    """Write a log in the local time of *zone*."""
    local = (instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for instant in instants)
    return "".join(trial.write(random, moment) + "\n" for moment in local).encode("latin-1")


def _usual(trial: Trial, seed: int) -> bytes:
    """Write the log of a few days, about 300 events, in UTC."""
    random = Random(seed)  # noqa: S311 -- no secret is made of it
    since = datetime(2024, 2, 28, tzinfo=UTC)
    return _log(
        trial, random, "UTC", _instants(random, since.strftime("%Y-%m-%d"), since + 3 * DAY, timedelta(minutes=30))
    )


def _blocks(log: bytes, ends: Iterable[int], not_after: int) -> list[Block]:
    """Cut a log into blocks of whole lines that end at the line ends next to *ends*."""
    places = sorted({log.find(b"\n", end) + 1 or len(log) for end in ends} | {0, len(log)})
    return [Block(Position(1, start), log[start:end], Position(1, end), not_after) for start, end in pairwise(places)]


def _after(log_end: datetime) -> int:
    """Return up to when a line may be dated whose file was written at the end of its log."""
    return int(log_end.timestamp()) + 86_400


LATER = _after(datetime(2024, 3, 3, tzinfo=UTC))
"""For `_usual` logs."""


def _begun(trial: Trial, log: bytes, zone: str = "UTC", not_after: int = LATER) -> Format:
    """Return a reader that knows the date of the first line."""
    reader = trial.make(ZoneInfo(zone))
    if reader.undated:
        reader.date_by(_blocks(log, (), not_after), not_after - 86_400)
    return reader


def _read(reader: Format, blocks: Sequence[Block], *, every_line: bool = False) -> list[Reading]:
    return [reader.read(block, every_line=every_line) for block in blocks]


def _events(readings: Iterable[Reading]) -> list[Event]:
    return [event for reading in readings for event in reading.events]


def _told(readings: Iterable[Reading]) -> list[Start | Stop | Use | Transfer]:
    """Return the starts, the stops, and what was used or transferred at an instant."""
    return [event for event in _events(readings) if isinstance(event, Start | Stop | Use | Transfer)]


@every_format
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS)
def test_local_times_come_back_as_they_were(trial: Trial, zone: str, night: str) -> None:
    """In every zone, over every change of its offset, a line every few minutes has the UTC second it was written at."""
    random = Random(night)  # noqa: S311 -- no secret is made of it
    instants = _instants(random, night, datetime.fromisoformat(night).replace(tzinfo=UTC) + DAY, timedelta(minutes=9))
    log, later = _log(trial, random, zone, instants), _after(instants[-1])

    told = _told(_read(_begun(trial, log, zone, later), _blocks(log, (), later)))
    assert [int(instant.timestamp()) for instant in instants] == [event.time for event in told]


@every_format
@any_log
def test_years_end_and_begin(trial: Trial, seed: int) -> None:
    """Three years in one log, with weeks of silence in it, have their dates, leap day included."""
    random = Random(seed)  # noqa: S311 -- no secret is made of it
    instants = _instants(random, "2021-11-20", datetime(2024, 3, 3, tzinfo=UTC), 40 * DAY)
    log, later = _log(trial, random, "Europe/Madrid", instants), _after(instants[-1])

    told = _told(_read(_begun(trial, log, "Europe/Madrid", later), _blocks(log, (), later)))
    assert [int(instant.timestamp()) for instant in instants] == [event.time for event in told]


@every_format
@any_log
def test_sizes_of_blocks_and_restarts_make_no_difference(trial: Trial, seed: int) -> None:
    """Cut at any bytes, with a new reader of the saved state for each block, a log says what it says at once."""
    random, log = Random(seed), _with_garbage(trial, seed)  # noqa: S311 -- no secret is made of it
    at_once = _read(_begun(trial, log), _blocks(log, (), LATER))

    reader, pieces = _begun(trial, log), []
    for block in _blocks(log, [random.randrange(len(log)) for _ in range(60)], LATER):
        pieces.append(reader.read(block))
        state = json.loads(json.dumps(reader.state()))
        before = reader.stretch, reader.frontier, reader.last_line
        reader = trial.make(ZoneInfo("UTC"))
        reader.restore(state)
        assert before == (reader.stretch, reader.frontier, reader.last_line)

    assert _events(at_once) == _events(pieces)
    assert at_once[0].tally == _sum(pieces)
    assert at_once[0].samples == [sample for piece in pieces for sample in piece.samples]
    assert at_once[0].first == pieces[0].first


@every_format
@any_log
def test_a_log_cut_at_any_byte_says_what_it_holds(trial: Trial, seed: int) -> None:
    """The whole lines of a log that was torn say what they said; the torn one says at most one thing."""
    random, log = Random(seed), _usual(trial, seed)  # noqa: S311 -- no secret is made of it
    whole = _events(_read(_begun(trial, log), _blocks(log, (), LATER)))

    for cut in (random.randrange(len(log)) for _ in range(25)):
        torn, last_line = log[:cut], log.rfind(b"\n", 0, cut) + 1
        told = _events(_read(_begun(trial, log), _blocks(torn, (), LATER)))
        held = [event for event in whole if event.at < last_line]
        assert held == told[: len(held)]
        assert {event.at for event in told[len(held) :]} <= {last_line}


@every_format
@any_log
def test_garbage_between_the_lines_changes_nothing(trial: Trial, seed: int) -> None:
    """Lines of any bytes make no event and move no other: the same, at the places to which they moved."""
    clean, dirty = _usual(trial, seed), _with_garbage(trial, seed)

    told = [
        [event[0:1] + event[2:] for event in _told(_read(_begun(trial, log), _blocks(log, (), LATER)))]
        for log in (clean, dirty)
    ]
    assert told[0] == told[1]


@every_format
def test_one_time_that_cannot_be_moves_no_other(trial: Trial) -> None:
    """A line of 2099 in the middle is refused, sampled and counted; all lines before and after keep their times."""
    random = Random(1)  # noqa: S311 -- no secret is made of it
    lines = _usual(trial, 1).splitlines(keepends=True)
    middle = len(lines) // 4 * 2
    far = datetime(2099, 3, 1, 12)  # noqa: DTZ001 -- local
    wrong = (trial.write(random, far) + "\n").encode("latin-1").splitlines(keepends=True)[:1]
    log = b"".join(lines[:middle] + wrong + lines[middle:])
    reading = _read(_begun(trial, log), _blocks(log, (), LATER))[0]
    usual = _read(_begun(trial, b"".join(lines)), _blocks(b"".join(lines), (), LATER))[0]

    others = [event.time for event in _told([reading]) if event.at != len(b"".join(lines[:middle]))]
    assert [event.time for event in _told([usual])] == others
    if trial.name not in {"startstop-yearless", "lmod-hooks"}:
        assert 1 == reading.tally["refused"] == len(reading.samples)


@every_format
@any_log
def test_every_line_has_one_outcome_and_one_time(trial: Trial, seed: int) -> None:
    """Outcomes add up to the lines; with `every_line` each event stays, and lines without one are told as passed."""
    log = _with_garbage(trial, seed)
    plain = _read(_begun(trial, log), _blocks(log, (), LATER))
    told = _events(_read(_begun(trial, log), _blocks(log, (), LATER), every_line=True))

    assert len(log.split(b"\n")) - 1 == sum(plain[0].tally.get(outcome, 0) for outcome in LINE_OUTCOMES)
    assert _events(plain) == [event for event in told if not isinstance(event, Passed)]
    assert sorted(event.at for event in told) == [event.at for event in told]


@every_format
@any_log
def test_the_stretch_is_that_of_the_lines(trial: Trial, seed: int) -> None:
    """What was read reaches from the earliest time of an event to the second after the latest."""
    log = _usual(trial, seed)
    reader = _begun(trial, log)
    times = [event.time for event in _told(_read(reader, _blocks(log, (), LATER)))]

    assert (min(times), max(times) + 1) == reader.stretch
    assert (max(times) + 1, times[-1]) == (reader.frontier, reader.last_line)
    assert reader.first_date(log) in {None, *times}


@with_model
@any_log
def test_a_log_says_what_brute_force_finds(trial: Trial, seed: int) -> None:
    """With garbage in it, the log has the events of a model that knows no shortcut."""
    log = b"\xef\xbb\xbf" + _with_garbage(trial, seed)

    assert trial.model is not None
    assert trial.model(log, LATER) == _told(_read(_begun(trial, log), _blocks(log, (), LATER)))


@with_model
def test_mutated_lines_say_what_brute_force_finds(trial: Trial) -> None:
    """Ten thousand lines with a byte or a piece changed, lost or doubled are read as the model reads them."""
    _compare_mutated(trial, 1, MUTATED)


@pytest.mark.soak
@with_model
def test_many_mutated_lines_say_what_brute_force_finds(trial: Trial) -> None:
    """The same for a hundred thousand others."""
    _compare_mutated(trial, Random().randrange(1 << 30), MUTATED_IN_SOAK)  # noqa: S311 -- no secret is made of it


@every_format
def test_mutated_lines_harm_nothing(trial: Trial) -> None:
    """No line is too broken to be given an outcome, cut into blocks in any way."""
    random = Random(2)  # noqa: S311 -- no secret is made of it
    log = _mutated(trial, random, 1000)
    whole = _read(_begun(trial, log), _blocks(log, (), LATER))
    pieces = _read(_begun(trial, log), _blocks(log, range(0, len(log), 777), LATER))

    assert whole[0].redate is None
    assert len(log.split(b"\n")) - 1 == sum(whole[0].tally.get(outcome, 0) for outcome in LINE_OUTCOMES)
    assert _events(whole) == _events(pieces)


def _compare_mutated(trial: Trial, seed: int, number: int) -> None:
    random = Random(seed)  # noqa: S311 -- no secret is made of it
    log = _mutated(trial, random, number)
    assert trial.model is not None
    told = _told(_read(_begun(trial, log), _blocks(log, range(0, len(log), 1 << 17), LATER)))
    expected = trial.model(log, LATER)
    lines = {event.at: log[event.at : log.find(b"\n", event.at)] for event in set(told) ^ set(expected)}
    assert (seed, {}) == (seed, lines), "these lines are read otherwise"
    assert expected == told
    assert number // 10 < len(told) < number


def _mutated(trial: Trial, random: Random, number: int) -> bytes:
    """Write lines at times of a few days, of which most are changed somewhere."""
    lines = []
    while len(lines) < number:
        moment = datetime(2024, 2, 28) + timedelta(seconds=random.randrange(3 * 86_400))  # noqa: DTZ001 -- local
        for line in trial.write(random, moment).encode("latin-1").split(b"\n"):
            lines.append(_changed(random, line))
    return b"".join(line + b"\n" for line in lines[:number])


def _changed(random: Random, line: bytes) -> bytes:
    """Change *line* in none to three places."""
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        at, end = sorted(random.randrange(len(line) + 1) for _ in range(2))
        middle = line[at : at + 1]
        line = random.choice(
            (
                line[:at] + line[at + 1 :],
                line[:at] + middle * 2 + line[at + 1 :],
                line[:at] + bytes([random.choice(b' :-[]<>"=\\.0123456789\t\r\0\xa0\x85\x1c\xff/TZ')]) + line[at + 1 :],
                line[:at] + bytes([random.choice(b"0123456789")]) + line[at + 1 :],
                line[:at],
                line[at:],
                line[:at] + line[end:],
                line[end:] + line[:at],
            )
        )
    return line.replace(b"\n", b" ")


def _with_garbage(trial: Trial, seed: int) -> bytes:
    """Write a usual log with lines in it that mean nothing."""
    random = Random(seed)  # noqa: S311 -- no secret is made of it
    lines = []
    for line in _usual(trial, seed).splitlines(keepends=True):
        lines.append(line)
        if random.random() < 0.3:
            garbage = random.randbytes(random.randrange(80)).replace(b"\n", b"")
            lines.append(random.choice((*trial.noise, garbage, b"x" * 5000)) + b"\n")
    return b"".join(lines)


def _sum(readings: Iterable[Reading]) -> dict[str, int]:
    total: dict[str, int] = {}
    for reading in readings:
        for what, count in reading.tally.items():
            total[what] = total.get(what, 0) + count
    return total
