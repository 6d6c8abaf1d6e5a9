"""What was committed comes back: after a restart the checkpoint holds everything a stream needs to go on."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import Mock

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.facts import Facts, Session, Totals
from exporter.ledger.export import export
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Begun, Checkpoint, Gap, Generation, Position

FullBatch = Callable[[SqliteLedger], Batch]


def test_a_new_stream_is_empty(ledger: SqliteLedger) -> None:
    """A stream never seen has an empty checkpoint, and the same id when asked again."""
    first = ledger.checkpoint("lic", "srv", "/logs/lic.log")
    assert Checkpoint(stream=first.stream) == first
    assert first == ledger.checkpoint("lic", "srv", "/logs/lic.log")
    assert first.stream != ledger.checkpoint("other", "srv", "/logs/lic.log").stream


def test_a_checkpoint_gives_everything_back(opened: Callable[[], SqliteLedger], full_batch: FullBatch) -> None:
    """Position, generations, state, open facts with their changes, totals, tallies and gaps survive a restart."""
    ledger = opened()
    batch = full_batch(ledger)
    ledger.commit([batch])
    ledger.close()
    facts = batch.facts
    expected = Checkpoint(
        stream=batch.stream,
        position=batch.position,
        generations=batch.generations,
        state=batch.state,
        sessions=facts.sessions[1:],
        waits=facts.waits[:1],
        episodes=facts.episodes[:1],
        totals=facts.totals,
        use_totals=facts.use_totals,
        transfer_totals=facts.transfer_totals,
        tally={"understood": 8, "noise": 3, "matched": 1, "unmatched": 2},
        gaps={Position(batch.generations[0].id, 600): "rotated away"},
        durations=facts.durations,
        packages=facts.packages,
    )
    assert expected == opened().checkpoint("lic", "srv", "/logs/lic.log")


def test_facts_written_again_replace_themselves(ledger: SqliteLedger, full_batch: FullBatch, path: Path) -> None:
    """A fact committed again keeps one row with its last state, a gap its first time, and tallies add up."""
    batch = full_batch(ledger)
    ledger.commit([batch])
    for session in batch.facts.sessions:
        session.end = session.start + 500
    batch.gaps = [Gap(batch.gaps[0].generation, 600, 700, "rotated away")]
    ledger.commit([batch])
    ask = LedgerReader(path).ask
    assert [(3, 3, 2)] == list(ask("SELECT count(*), count(end), max(rev) - min(rev) + 2 FROM session"))
    assert [(700,)] == list(ask("SELECT end FROM gap"))
    point = ledger.checkpoint("lic", "srv", "/logs/lic.log")
    assert [] == point.sessions
    assert {"understood": 16, "noise": 6, "matched": 2, "unmatched": 4} == point.tally


def test_keys_begun_since_a_place_come_back(ledger: SqliteLedger, full_batch: FullBatch) -> None:
    """Where the state asks for them, the checkpoint has the keys with a start there or later, inferred ones not."""
    batch = full_batch(ledger)
    one, product, holder = batch.generations[0].id, batch.facts.sessions[0].product, batch.facts.sessions[0].holder
    for since, expected in (
        (None, []),
        ([one, 100], [Begun(one, 100, product, holder, ""), Begun(one, 300, product, holder, "1f")]),
        ([one, 101], [Begun(one, 300, product, holder, "1f")]),
        ([one + 1, 0], []),
    ):
        batch.state = {"since": since}
        ledger.commit([batch])
        assert expected == ledger.checkpoint("lic", "srv", "/logs/lic.log").begun


def test_a_suspect_session_comes_back_suspect(ledger: SqliteLedger, full_batch: FullBatch) -> None:
    """Where the gap begins that left it in doubt is kept."""
    batch = full_batch(ledger)
    batch.facts.sessions[1].suspect = 1_709_640_085
    ledger.commit([batch])
    assert [1_709_640_085, None] == [
        session.suspect for session in ledger.checkpoint("lic", "srv", "/logs/lic.log").sessions
    ]


def test_a_withdrawn_gap_is_known_and_not_exported(ledger: SqliteLedger, full_batch: FullBatch, path: Path) -> None:
    """Bytes that came back leave a row, so that the count of gaps never falls; its reason stays, no export shows it."""
    batch = full_batch(ledger)
    ledger.commit([batch])
    (gap,) = batch.gaps
    batch.gaps = [gap._replace(end=None, reason="back", withdrawn=True)]
    ledger.commit([batch])

    place = Position(gap.generation, gap.start)
    assert {place: "rotated away"} == ledger.checkpoint("lic", "srv", "/logs/lic.log").gaps
    assert [] == list(export(LedgerReader(path).ask, "gaps")[1])


def test_two_streams_keep_apart(ledger: SqliteLedger, full_batch: FullBatch) -> None:
    """What one stream commits is in no other stream's checkpoint; of packages, in no other server's."""
    other = ledger.checkpoint("lic", "other", "/logs/other.log")
    twin = ledger.checkpoint("lic", "srv", "/logs/twin.log")
    batch = full_batch(ledger)
    ledger.commit([batch])
    assert other == ledger.checkpoint("lic", "other", "/logs/other.log")
    twin.packages = batch.facts.packages
    assert twin == ledger.checkpoint("lic", "srv", "/logs/twin.log")


def test_only_the_newest_samples_of_a_source_are_kept(ledger: SqliteLedger, full_batch: FullBatch, path: Path) -> None:
    """Twenty samples of a source stay, whichever of its streams they are from; another source keeps its own."""
    streams = [ledger.checkpoint(source, "srv", f"/{n}").stream for n, source in enumerate(("a", "a", "b"))]
    batch = full_batch(ledger)
    for n in range(30):
        for stream in streams:
            batch.stream = stream
            batch.samples = [(Position(1, n), f"line {n}", "why")]
            ledger.commit([batch])
    kept = list(LedgerReader(path).ask("SELECT stream, count(*), min(at) FROM sample GROUP BY stream ORDER BY stream"))
    assert [(streams[0], 10, 20), (streams[1], 10, 20), (streams[2], 20, 10)] == kept


def test_numbers_and_paths_of_every_kind_survive(opened: Callable[[], SqliteLedger], full_batch: FullBatch) -> None:
    """Inodes of all 64 bits and paths that are no UTF-8 come back as they were."""
    ledger = opened()
    batch = full_batch(ledger)
    name = "/logs/\udcff.log"
    batch.stream = ledger.checkpoint("lic", "srv", name).stream
    batch.generations = [Generation(batch.generations[0].id, name, 2**64 - 2, 2**63, closed=True)]
    ledger.commit([batch])
    ledger.close()
    assert batch.generations == opened().checkpoint("lic", "srv", name).generations


def test_generation_ids_are_never_given_twice(opened: Callable[[], SqliteLedger], full_batch: FullBatch) -> None:
    """After a restart the next generation is newer than every committed one."""
    ledger = opened()
    last = full_batch(ledger)
    ledger.commit([last])
    ledger.close()
    assert last.generations[0].id + 1 == opened().next_generation()


numbers = st.integers(0, 2**62)
sessions = st.builds(
    Session,
    generation=st.just(1),
    at=numbers,
    n=st.integers(0, 3),
    product=st.just(1),
    holder=st.just(1),
    first_seats=numbers,
    seats=numbers,
    start=numbers,
    end=st.none() | numbers,
    reason=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    inferred=st.integers(0, 1),
    end_generation=st.none() | numbers,
    end_at=st.none() | numbers,
    handle=st.text(st.characters(max_codepoint=255)),
    changes=st.none() | st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=3),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=25, deadline=None)
@given(
    found=st.lists(sessions, max_size=250, unique_by=lambda one: (one.at, one.n)),
    state=st.dictionaries(st.text().filter(lambda key: key != "since"), json_values, max_size=4),
    totals=st.dictionaries(
        numbers,
        st.builds(Totals, numbers, numbers, st.dictionaries(st.sampled_from("abc"), numbers), numbers),
        max_size=4,
    ),
)
def test_any_batch_comes_back(found: list[Session], state: dict[str, object], totals: dict[int, Totals]) -> None:
    """Whatever sessions, state and totals are committed, however many, the open ones come back in reading order."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "seatwatch.db"
        ledger = SqliteLedger.open(path, Mock(now=lambda: 1.0), Mock())
        stream = ledger.checkpoint("lic", "srv", "/log").stream
        facts = Facts(sessions=found, totals=totals)
        ledger.commit([Batch(stream, None, [Generation(1, "/log", 1, 1)], state, facts, None, None, {}, [], [])])
        point = ledger.checkpoint("lic", "srv", "/log")
        ledger.close()
    still_open = sorted((one for one in found if one.end is None), key=lambda one: (one.at, one.n))
    assert still_open == point.sessions
    assert state == point.state
    assert totals == point.totals
