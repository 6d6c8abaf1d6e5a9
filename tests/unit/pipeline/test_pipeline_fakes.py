"""The log and the ledger in memory keep the promises of the ports as the real ones do: one suite, both of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from exporter.errors import LedgerFull
from exporter.facts import DenialFact, Episode, Facts, LifecycleFact, Session, Totals, Wait
from exporter.ledger.store import SqliteLedger
from exporter.ports import Clock, Ledger, LineSource
from exporter.records import Batch, Gap, Generation, Position
from exporter.tail.follower import Follower
from exporter.tail.opening import OpenFiles
from tests.unit.pipeline.pipeline_fakes import NOON, FakeClock, FakeLedger, FakeLines

# ---------------------------------------------------------------------------------------------------------------------
# Logs

OLD, NEW = b"one\ntwo\nthree", b"four\nfive\nunfinis"
MakeLines = Callable[..., LineSource]


@pytest.fixture(params=["fake", "real"])
def make_lines(request, tmp_path: Path) -> Iterator[MakeLines]:
    """Give a maker of the log whose older file holds OLD and whose newer one NEW; it may still be written."""
    followers: list[Follower] = []
    clock: Clock = FakeClock()

    def real() -> LineSource:
        for name, data, written in (("a.log.1", OLD, NOON - 70), ("a.log", NEW, NOON - 60)):
            (tmp_path / name).write_bytes(data)
            os.utime(tmp_path / name, (written, written))
        followers.append(
            Follower(
                "lic",
                str(tmp_path / "a.log"),
                generations=[],
                position=None,
                next_generation=count(1).__next__,
                clock=clock,
                hit=lambda name: None,
                open_files=OpenFiles(),
            )
        )
        return followers[-1]

    def fake() -> LineSource:
        return FakeLines("/a.log", OLD, NEW, next_generation=count(1).__next__, written=NOON - 60)

    yield real if request.param == "real" else fake
    for follower in followers:
        follower.close()


def _all(lines: LineSource, limit: int = 1 << 20) -> list[tuple[Position, bytes, Position]]:
    """Read to the end."""
    found = []
    while (block := lines.read(limit)) is not None:
        found.append((block.start, block.data, block.end))
    return found


def test_blocks_are_whole_lines_in_order(make_lines) -> None:
    """The older generation comes first and whole; an unfinished line at the end waits."""
    found = _all(make_lines())

    assert [b"one\ntwo\nthree", b"four\nfive\n"] == [
        b"".join(data for start, data, _ in found if start.generation == generation) for generation in (1, 2)
    ]
    assert all(end == start._replace(offset=start.offset + len(data)) for start, data, end in found)


def test_a_small_limit_still_gives_a_line(make_lines) -> None:
    """Blocks are about as large as asked for, and one line at least."""
    assert [b"one\n", b"two\n", b"three", b"four\n", b"five\n"] == [data for _, data, _ in _all(make_lines(), 2)]


def test_looking_ahead_moves_nothing(make_lines) -> None:
    """From where `read` stands over later generations, and then `read` goes on as if nobody had looked."""
    lines = make_lines()
    lines.read(4)

    assert b"two\nthreefour\nfive\n" == b"".join(block.data for block in lines.look_ahead(1 << 20))
    assert b"two\n" == lines.read(4).data


def test_rewinding_reads_again(make_lines) -> None:
    """From a line start inside the last block on."""
    lines = make_lines()
    block = lines.read(8)
    lines.rewind(Position(block.start.generation, 4))

    again = lines.read(4)
    assert (Position(1, 4), b"two\n") == (again.start, again.data)


def test_generations_are_told_when_they_move(make_lines) -> None:
    """As of the last read, once, with what was noted of their first line."""
    lines = make_lines()
    block = lines.read(8)
    lines.note_first(block.start.generation, "ab" * 16, NOON)
    (moved,) = lines.moved()

    assert (1, 8, False, "ab" * 16, NOON) == (moved.id, moved.offset, moved.closed, moved.first_hash, moved.first_time)
    assert [] == lines.moved()

    _all(lines)
    assert [(1, 13, True), (2, 10, False)] == [(one.id, one.offset, one.closed) for one in lines.moved()]


def test_the_lag_is_what_is_not_read(make_lines) -> None:
    """In the end it is the unfinished line."""
    lines = make_lines()
    _all(lines)

    assert (len(b"unfinis"), [], None, NOON - 60) == (lines.lag(), lines.gaps(), lines.problem, lines.written())


# ---------------------------------------------------------------------------------------------------------------------
# Ledgers


class Held:
    """A ledger, and a way to make its next write fail."""

    def __init__(self, ledger: Ledger, fail: Callable[[], None]) -> None:
        """Take both."""
        self.ledger, self.fail = ledger, fail


@pytest.fixture(params=["fake", "real"])
def held(request, tmp_path: Path) -> Iterator[Held]:
    """Give an empty ledger."""
    if request.param == "fake":
        fake = FakeLedger()

        def fail_fake() -> None:
            fake.failing = fake.redates_failing = 1

        yield Held(fake, fail_fake)
        return
    errors: list[str] = []

    def hit(name: str) -> None:
        if errors and name == "before-commit":
            errors.clear()
            raise OSError(28, "No space left on device")

    ledger = SqliteLedger.open(tmp_path / "seatwatch.db", FakeClock(), hit)
    yield Held(ledger, lambda: errors.append("once"))
    ledger.close()


def _batch(ledger: Ledger, name: str = "/a.log") -> Batch:
    """Make a batch with something of everything."""
    one = ledger.next_generation()
    product = ledger.names.product("srv", "acornd", "acorn_base")
    holder = ledger.names.holder("amber@ws-01", "")
    open_session = Session(one, 20, 0, product, holder, 1, 2, NOON, suspect=NOON + 3, changes=[(NOON + 5, 2, one, 30)])
    return Batch(
        stream=ledger.checkpoint("lic", "srv", name).stream,
        position=Position(one, 90),
        generations=[Generation(one, name, 1, one, offset=90, size=95, first_hash="ab", first_time=NOON)],
        state={"format": {"day": 5}, "since": [one, 20]},
        facts=Facts(
            sessions=[Session(one, 10, 0, product, holder, 1, 1, NOON, NOON + 9, "returned"), open_session],
            denials=[DenialFact(one, 40, product, holder, 1, NOON, -4, "capacity")],
            waits=[Wait(one, 50, product, holder, 1, NOON), Wait(one, 60, product, holder, 1, NOON, NOON, "granted")],
            episodes=[Episode(one, 40, product, holder, NOON, NOON, 1)],
            lifecycle=[LifecycleFact(one, 70, NOON, "acornd", "reread")],
            packages=[(product, product + 1)],
            totals={product: Totals(2, 1, {"capacity": 1}, 1)},
            durations={("acornd", "session"): {60: (1, 9)}, ("acornd", "granted"): {10: (1, 0)}},
            tally={"matched": 1},
        ),
        frontier=NOON + 10,
        last_line=NOON + 9,
        tally={"understood": 6},
        samples=[],
        gaps=[Gap(one, 80, 85, "rotated away")],
    )


def test_a_new_stream_stands_nowhere(held) -> None:
    """Its checkpoint is empty, its id stays."""
    first, again, other = (held.ledger.checkpoint("lic", "srv", name) for name in ("/a.log", "/a.log", "/b.log"))

    assert first == again
    assert (None, [], {}, [], {}) == (first.position, first.generations, dict(first.state), first.sessions, first.tally)
    assert first.stream != other.stream


def test_what_was_committed_comes_back(held) -> None:
    """Position, state, generations, what is open, accumulators, counts."""
    batch = _batch(held.ledger)
    held.ledger.commit([batch])
    point = held.ledger.checkpoint("lic", "srv", "/a.log")

    assert (batch.position, batch.generations, batch.state) == (point.position, point.generations, point.state)
    assert (batch.facts.sessions[1:], batch.facts.waits[:1], batch.facts.episodes) == (
        point.sessions, point.waits, point.episodes,
    )  # fmt: skip
    assert [(1, 20)] == [one[:2] for one in point.begun], "of the keys begun at `since` or later"
    assert (batch.facts.durations, batch.facts.packages) == (point.durations, point.packages)
    assert (batch.facts.totals, {"understood": 6, "matched": 1}, {Position(1, 80): "rotated away"}) == (
        point.totals, point.tally, point.gaps,
    )  # fmt: skip


def test_facts_replace_and_counts_add(held) -> None:
    """A session that ends later is no longer open; increments are summed."""
    batch = _batch(held.ledger)
    held.ledger.commit([batch])
    batch.facts.sessions[1].end, batch.facts.sessions[1].reason = NOON + 20, "returned"
    batch.facts.waits[0].end, batch.facts.waits[0].outcome = NOON + 20, "granted"
    batch.facts.episodes[0].outcome = "waited"
    held.ledger.commit([batch])
    point = held.ledger.checkpoint("lic", "srv", "/a.log")

    assert ([], [], []) == (point.sessions, point.waits, point.episodes)
    assert {"understood": 12, "matched": 2} == point.tally
    assert {("acornd", "session"): {60: (2, 18)}, ("acornd", "granted"): {10: (2, 0)}} == point.durations
    assert batch.facts.totals == point.totals


def test_a_commit_that_fails_keeps_nothing(held) -> None:
    """Of no batch of it; the same batches go through later."""
    batches = [_batch(held.ledger), _batch(held.ledger, "/b.log")]
    held.fail()
    with pytest.raises(LedgerFull):
        held.ledger.commit(batches)
    assert [None, None] == [held.ledger.checkpoint("lic", "srv", name).position for name in ("/a.log", "/b.log")]

    held.ledger.commit(batches)
    assert {"understood": 6, "matched": 1} == held.ledger.checkpoint("lic", "srv", "/b.log").tally


def test_times_move_together(held) -> None:
    """A new date moves what is open and the generation's first second, and saves the state."""
    held.ledger.commit([_batch(held.ledger)])
    held.ledger.redate(held.ledger.checkpoint("lic", "srv", "/a.log").stream, lambda time: time - 100, {"format": {}})
    point = held.ledger.checkpoint("lic", "srv", "/a.log")

    assert (NOON - 100, NOON - 95) == (point.sessions[0].start, point.sessions[0].changes[0][0])
    assert [NOON - 100] * 4 == [
        point.waits[0].start, point.episodes[0].first, point.episodes[0].last, point.generations[0].first_time,
    ]  # fmt: skip
    assert {"format": {}} == point.state


def test_a_move_that_fails_moves_nothing(held) -> None:
    """It can be tried again."""
    held.ledger.commit([_batch(held.ledger)])
    before = held.ledger.checkpoint("lic", "srv", "/a.log")
    held.fail()
    with pytest.raises(LedgerFull):
        held.ledger.redate(before.stream, lambda time: time - 100, {})

    assert before == held.ledger.checkpoint("lic", "srv", "/a.log")


def test_names_have_their_ids_for_ever(held) -> None:
    """Products go by what people read, holders by their bytes; a commit between changes nothing."""
    names = held.ledger.names

    def ids() -> tuple[int, ...]:
        products = [names.product("srv", "acornd", raw) for raw in ("voil\xc3\xa0", "voil\xe0", "other")]
        holders = [names.holder(*raw) for raw in (("voil\xc3\xa0@h", ""), ("voil\xe0@h", ""), ("AMBER@ws-01", "d"))]
        return (*products, *holders)

    before = ids()
    held.ledger.commit([_batch(held.ledger)])

    assert before == ids()
    assert before[0] == before[1] != before[2]
    assert 3 == len(set(before[3:]))
    assert ("amber", ("srv", "acornd", "voil\xe0")) == (names.user(before[5]), names.product_key(before[0]))
    assert names.holder("AMBER@ws-01", "") == names.plain(before[5])


def test_generations_have_their_own_ids(held) -> None:
    """No id is given twice."""
    given = [held.ledger.next_generation() for _ in range(3)]

    assert sorted(set(given)) == given
