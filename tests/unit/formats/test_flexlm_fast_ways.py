"""The fast ways of reading FlexNet lines make of every line what the slow ones make of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.events import Event, Reset
from exporter.formats import flexlm_grammar as grammar
from exporter.formats.clock import DAY
from exporter.formats.flexlm import FlexlmReader
from exporter.records import Block
from tests.reference.log_strategies import Log, events, logs
from tests.unit.formats.flexlm_driving import LATER, WRITTEN, block, blocks

BOM = b"\xef\xbb\xbf"
NEVER = re.compile(r"(?!)")
VECTORS = Path(__file__).resolve().parents[2] / "vectors"
EXAMPLES = [
    pytest.param(Log("Europe/Madrid", [log.read_bytes()], LATER), id=f"{log.parent.name}-{log.name}")
    for log in sorted(VECTORS.glob("*/input.log*"))
]

Outline = tuple[list[tuple[object, ...]], Counter[str], list[tuple[object, ...]], object]


# ---------------------------------------------------------------------------------------------------------------------
# One message


def _both_ways(message: str) -> list[object]:
    """Read a message with the fast way and without."""
    found: list[object] = [grammar.event(message)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grammar, "_USUAL", NEVER)
        found.append(grammar.event(message))
    return found


def _messages() -> Iterator[str]:
    """Yield the event messages of all worked examples."""
    for log in sorted(VECTORS.glob("*/input.log*")):
        for line in log.read_bytes().decode("latin-1").split("\n"):
            frame = grammar.FRAME.match(line.strip(grammar.BLANKS))
            if frame is not None and (frame[7] or "").startswith(grammar.EVENT_WORDS):
                yield frame[7]


def test_the_usual_shape_is_read_as_the_complete_grammar_reads_it() -> None:
    """Every event message of the worked examples has the same parts with the fast way and without."""
    differ = [message for message in _messages() if len({repr(parts) for parts in _both_ways(message)}) > 1]

    assert [] == differ
    assert sum(1 for _ in _messages()) > 200


def _reasons() -> st.SearchStrategy[str]:
    """Texts with balanced brackets, quotes, signs and blanks."""
    plain = st.text(alphabet='ab @"[]-4,.:\t\xa0\x85\xc3', max_size=6)
    return st.recursive(
        plain, lambda inner: st.builds("{}({}){}".format, plain, inner, plain), max_leaves=4
    )  # fmt: skip


def _written() -> st.SearchStrategy[str]:
    """Messages put together from the parts that servers write, in any order, with any blanks between."""
    verb = st.sampled_from(grammar.VERBS)
    feature = st.sampled_from(['"f"', '"f 2"', "f", '"f"f"', '""', '"', '" "'])
    who = st.sampled_from(
        ["u@h", "u v@h", "u@v@h", "@h", "u@", "u", 'u"@h', "u(1)@h", "u[1]@h", "u@h.x-1_2", "\xa0@\x85"]
    )
    count = st.sampled_from(["", "", "(5 licenses)", "(1 license)", "(0 licenses)", "(05 licenses)", "(5->6 licenses)"])
    display = st.sampled_from(["", "", "[d]", "[d:e f]", "[[d]"])
    verbose = st.sampled_from(["", "", "", "^^^ 1.0 u 1.2.3.4 77 0x1f 3 9 p ^^^", "^^^", "^^^ ^^^"])
    tail = st.one_of(st.just(""), st.builds("({})".format, _reasons().filter(lambda text: "^" not in text)))
    blank = st.sampled_from([" ", " ", "  ", "\t", " \r"])
    return st.builds(
        lambda verb, blank, *parts: f"{verb}: " + blank.join(part for part in parts if part),
        *(verb, blank, feature, who, display, count, tail, verbose),
    )


@given(st.one_of(_written(), events().map(lambda message: message.decode("latin-1"))))
def test_no_message_is_read_in_two_ways(message: str) -> None:
    """Whatever is written behind a verb, the fast way gives what the complete grammar gives."""
    fast, slow = _both_ways(message)

    assert slow == fast


ODD = [
    'OUT: "f" u@h (SHUTDOWN) (5 licenses)',
    'OUT: "f" u@h (1  licenses)',
    'DENIED: "f" u@h (a(b)',
    'DENIED: "f" u@h (a)(b)',
    'DENIED: "f" u@h (a) x (b)',
    'DENIED: "f" u@h (a) ()',
    'DENIED: "f" u@h (5 licenses) (a) (5->6 licenses)',
    'OUT: "f" u^^^@h',
    'OUT: "f" u@h\0',
]


@pytest.mark.parametrize("message", ODD)
def test_no_odd_message_is_read_in_two_ways(message: str) -> None:
    """A message of a shape no server writes is handed to the complete grammar."""
    fast, slow = _both_ways(message)

    assert slow == fast


# ---------------------------------------------------------------------------------------------------------------------
# A block


def _outline(pieces: Sequence[tuple[int, Sequence[Block]]], zone: str, places: Sequence[int]) -> Outline:
    """
    Read blocks of generations; give the events, tally, samples and the state in the end.

    Offsets become line numbers (by *places*, the offsets of line starts), so logs that differ in blanks compare. A
    reader that asks for another date gets it, and the events so far move.
    """
    reader = FlexlmReader(ZoneInfo(zone))
    found: list[tuple[int, Event]] = []
    tally: Counter[str] = Counter()
    samples: list[tuple[object, ...]] = []
    number = {place: line for line, place in enumerate(places)}
    todo = [piece for _, many in pieces for piece in many]
    written = todo[-1].not_after - DAY if todo else WRITTEN
    while todo:
        piece = todo.pop(0)
        if reader.undated:
            reader.date_by([piece, *todo], written)
        reading = reader.read(piece)
        found += [(piece.start.generation, event) for event in reading.events]
        tally.update({outcome: count for outcome, count in reading.tally.items() if count})
        samples += [(number[sample.at], sample.text.strip(grammar.BLANKS), sample.why) for sample in reading.samples]
        if reading.redate is not None:
            move = reading.redate
            reader.redate()
            found = [(generation, _moved(event, move)) for generation, event in found]
            rest = piece.data[reading.end.offset - piece.start.offset :]
            todo.insert(0, Block(reading.end, rest, piece.end, piece.not_after))
    state = reader.state()
    told = [(type(event).__name__, generation, *event._replace(at=number[event.at])) for generation, event in found]
    return told, tally, samples, json.dumps(state)


def _moved(event: Event, move) -> Event:
    event = event._replace(time=move(event.time))
    return event._replace(last=move(event.last)) if isinstance(event, Reset) else event


def _places(generation: bytes) -> list[int]:
    """Give the offset of each line, the first one's behind a mark of the encoding."""
    places = [0]
    for line in generation.split(b"\n")[:-1]:
        places.append(places[-1] + len(line) + 1)
    places[0] = len(BOM) if generation.startswith(BOM) else 0
    return places


def _read(log: Log, lines: int) -> list[Outline]:
    """Read each generation of *log* as a log of its own, in blocks of so many lines."""
    return [
        _outline([(1, blocks(data, lines, not_after=log.now + DAY))], log.zone, _places(data))
        for data in log.generations
    ]


def _unusual(data: bytes) -> bytes:
    """Write blanks before each line, which no fast way expects."""
    mark = BOM if data.startswith(BOM) else b""
    lines = data.removeprefix(BOM).split(b"\n")
    last = lines.pop()
    return mark + b"".join(b"  " + line + b"\n" for line in lines) + (b"  " + last if last else b"")


def _unlike(log: Log) -> Log:
    return log._replace(generations=[_unusual(data) for data in log.generations])


@pytest.mark.parametrize("log", EXAMPLES)
def test_an_example_read_whole_is_read_line_by_line(log: Log) -> None:
    """A worked example gives the same in one block, line by line, and the slow way: events, counts, samples, state."""
    whole = _read(log, 1_000_000)

    assert whole == _read(log, 1)
    assert whole == _read(_unlike(log), 1_000_000)


@given(logs(), st.integers(1, 7))
def test_any_log_read_whole_is_read_line_by_line(log: Log, lines: int) -> None:
    """However a log is cut into blocks, its events, counts, samples and the state in the end are the same."""
    assert _read(log, 1_000_000) == _read(log, lines)


@given(logs())
def test_any_log_reads_the_same_the_slow_way(log: Log) -> None:
    """With blanks before each line, which forces the complete reading of it, nothing but the offsets changes."""
    assert _read(log, 1_000_000) == _read(_unlike(log), 1_000_000)


@given(logs(), st.data())
def test_a_saved_state_goes_on_anywhere(log: Log, data: st.DataObject) -> None:
    """A reader restored from its state, saved as JSON between any two lines, ends with the same events and state."""
    generation = data.draw(st.sampled_from(log.generations))
    pieces = blocks(generation, 1, not_after=log.now + DAY)
    cut = data.draw(st.integers(0, len(pieces)))

    readers = [FlexlmReader(ZoneInfo(log.zone)) for _ in range(2)]
    for reader in readers:
        reader.date_by(pieces, log.now)
    straight: list[Event] = []
    resumed: list[Event] = []
    for number, piece in enumerate(pieces):
        if number == cut:
            state = json.loads(json.dumps(readers[1].state()))
            readers[1] = FlexlmReader(ZoneInfo(log.zone))
            readers[1].restore(state)
        first, second = (reader.read(piece) for reader in readers)
        assert (first.redate is None, first.end) == (second.redate is None, second.end)
        if first.redate is not None:
            break
        straight += first.events
        resumed += second.events

    assert straight == resumed
    assert readers[0].state() == readers[1].state()


def test_an_event_ends_a_list_of_components_in_the_fast_way_too() -> None:
    """What follows an event is no component of a package whose list was never closed."""
    log = b'8:00:00 (d) P (consisting of:\tA\n10:00:00 (d) OUT: "f" u@h\n10:00:01 (d) some noise\n'
    log = b"7:00:00 (d) TIMESTAMP 6/9/2022\n" + log
    slow = _unusual(log)

    assert _outline([(1, [block(slow)])], "UTC", _places(slow)) == _outline([(1, [block(log)])], "UTC", _places(log))


def test_a_second_too_far_ahead_is_refused_in_the_minute_of_one_that_is_not() -> None:
    """The bound of belief holds to the second in the fast way too."""
    log = b"7:00:00 (d) TIMESTAMP 6/9/2022\n" + b"".join(
        b'8:00:%02d (d) OUT: "f" u@h\n' % second for second in (20, 40)
    )
    pieces = [block(log, not_after=1654761630)]  # 8:00:30
    slow = [block(_unusual(log), not_after=1654761630)]

    assert _outline([(1, slow)], "UTC", _places(_unusual(log))) == _outline([(1, pieces)], "UTC", _places(log))
