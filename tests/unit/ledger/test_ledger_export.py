"""Exports: the columns, forms and order that other programs rely on."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import UsageError
from exporter.exports.lines import write_csv, write_jsonl
from exporter.facts import DenialFact, Facts, Session
from exporter.ledger.export import EXPORTS, export
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Generation, Position
from exporter.rules import Rules

NOON = 1_709_640_000
CsvOf = Callable[..., str]


@pytest.fixture
def exported(path: Path) -> CsvOf:
    """Give a function that exports as CSV, without the header unless asked."""

    def make(what: str, *, header: bool = False, **choice: object) -> str:
        reader = LedgerReader(path)
        out = io.StringIO(newline="")
        write_csv(out, export(reader.ask, what, **choice))
        reader.close()
        return out.getvalue() if header else out.getvalue().partition("\n")[2]

    return make


@pytest.fixture
def filled(ledger: SqliteLedger, full_batch: Callable[[SqliteLedger], Batch]) -> SqliteLedger:
    """Give a ledger with something of everything."""
    ledger.commit([full_batch(ledger)])
    ledger.adopt(Rules("UTC", 10, 1200, {("srv", "brookd", "brook_cfd"): {NOON: 4, NOON - 60: 2}}), lambda *_: ())
    return ledger


EXPECTED = {
    "sessions": """\
server,vendor,feature,user,host,display,seats,start,end,end_reason,start_inferred,source,seat_seconds
srv,brookd,brook_cfd,amber,node01,hpc:batch,2,2024-03-05T12:00:00Z,2024-03-05T12:01:00Z,returned,false,lic,120
srv,brookd,brook_cfd,amber,node01,hpc:batch,1,2024-03-05T12:00:00Z,,,true,lic,100
srv,brookd,brook_cfd,amber,node01,hpc:batch,4,2024-03-05T12:01:10Z,,,false,lic,80
""",
    "spans": """\
server,vendor,feature,user,host,start,from,to,seats
srv,brookd,brook_cfd,amber,node01,2024-03-05T12:00:00Z,2024-03-05T12:00:00Z,2024-03-05T12:01:00Z,2
srv,brookd,brook_cfd,amber,node01,2024-03-05T12:00:00Z,2024-03-05T12:00:00Z,,1
srv,brookd,brook_cfd,amber,node01,2024-03-05T12:01:10Z,2024-03-05T12:01:10Z,2024-03-05T12:01:20Z,1
srv,brookd,brook_cfd,amber,node01,2024-03-05T12:01:10Z,2024-03-05T12:01:20Z,2024-03-05T12:01:30Z,3
srv,brookd,brook_cfd,amber,node01,2024-03-05T12:01:10Z,2024-03-05T12:01:30Z,,4
""",
    "denials": """\
server,vendor,feature,user,host,seats,time,code,class,source
srv,brookd,brook_cfd,amber,node01,1,2024-03-05T12:01:35Z,-4,capacity,lic
""",
    "waits": """\
server,vendor,feature,user,host,seats,start,end,outcome,source
srv,brookd,brook_cfd,amber,node01,2,2024-03-05T12:01:36Z,,,lic
srv,brookd,brook_cfd,amber,node01,2,2024-03-05T12:01:36Z,2024-03-05T12:01:37Z,granted,lic
""",
    "uses": """\
server,vendor,feature,user,host,path,time,uses,source
srv,brookd,brook_cfd,amber,node01,/apps/brook.lua,2024-03-05T12:01:38Z,2,lic
""",
    "transfers": """\
machine,direction,client,product,start,seconds,files,bytes,errors,late_files,latencies,negative_latencies,latency_min,latency_max,latency_sum,source
srv,brookd,brook_cfd,SA,2024-03-05T12:01:00Z,60,3,900,1,1,2,1,0,40,40,lic
""",
    "gaps": """\
source,stream,generation,from,to,reason,time
lic,/logs/lic.log,1,600,650,rotated away,2024-03-05T12:00:00Z
""",
    "coverage": """\
source,stream,from,to
lic,/logs/lic.log,2024-03-05T12:00:00Z,2024-03-05T12:01:40Z
""",
    "capacity": """\
server,vendor,feature,from,seats,origin
srv,brookd,brook_cfd,2024-03-05T11:59:00Z,2,config
srv,brookd,brook_cfd,2024-03-05T12:00:00Z,4,config
""",
    "positions": """\
source,stream,file,generation,offset,size,last_line
lic,/logs/lic.log,/logs/lic.log,1,900,950,2024-03-05T12:01:39Z
""",
}


@pytest.mark.parametrize("what", EXPORTS)
@pytest.mark.usefixtures("filled")
def test_the_columns_and_forms_of_each_export(exported: CsvOf, what: str) -> None:
    """Headers, times, booleans, open ends and seat seconds over all spans (open ones to the frontier) are as agreed."""
    expected = EXPECTED[what].splitlines()
    actual = exported(what, header=True).splitlines()
    assert expected[0] == actual[0]
    assert sorted(expected[1:]) == sorted(actual[1:])


def _commit_sessions(ledger: SqliteLedger, keys: list[tuple[str, str, int, str]]) -> None:
    """Commit sessions of (feature, who, minutes after noon, display), each a minute long."""
    stream = ledger.checkpoint("lic", "srv", "/log").stream
    names = ledger.names
    sessions = [
        Session(
            *(1, at, 0, names.product("srv", "v", feature), names.holder(who, display)),
            *(1, 1, NOON + minute * 60, NOON + minute * 60 + 60, "returned"),
        )
        for at, (feature, who, minute, display) in enumerate(keys)
    ]
    facts = Facts(sessions=sessions)
    ledger.commit([Batch(stream, Position(1, 9), [Generation(1, "/log", 1, 1)], {}, facts, NOON, NOON, {}, [], [])])


def test_rows_are_sorted_by_code_point(ledger: SqliteLedger, exported: CsvOf) -> None:
    """Sessions sort by feature, start, user, host: capitals before small letters, accents after both."""
    keys = [("b", "a@h", 0), ("B", "a@h", 1), ("b", "\u00e9@h", 0), ("b", "b@i", 0), ("b", "b@h", 0), ("b", "A@h", 0)]
    _commit_sessions(ledger, [(*key, "") for key in keys])
    rows = [row.split(",") for row in exported("sessions").splitlines()]
    expected = [
        ["B", "a", "h"],
        ["b", "A", "h"],
        ["b", "a", "h"],
        ["b", "b", "h"],
        ["b", "b", "i"],
        ["b", "\u00e9", "h"],
    ]
    assert expected == [row[2:5] for row in rows]


def test_cells_are_exact_and_quoted_only_where_needed(ledger: SqliteLedger, exported: CsvOf) -> None:
    """Commas and quotes are quoted; backslashes, blanks, semicolons and beginnings of formulas are not."""
    _commit_sessions(ledger, [("f x", '=1+1"a", b@ws\\', 0, "-x;'")])
    assert 'srv,v,f x,"=1+1""a"", b",ws\\,-x;\',1,' == exported("sessions").partition("2024")[0]


def test_from_counts_and_to_does_not(ledger: SqliteLedger, exported: CsvOf) -> None:
    """A session is there when some of it lies in [from, to); one that only touches a border is not."""
    _commit_sessions(ledger, [("f", "a@h", minute, "") for minute in range(5)])
    chosen = exported("sessions", start=NOON + 60, end=NOON + 180).splitlines()
    assert ["12:01", "12:02"] == [row.split(",")[7][11:16] for row in chosen]
    assert chosen == exported("sessions", start=NOON + 119, end=NOON + 121).splitlines()
    assert 5 == len(exported("sessions", start=NOON - 1).splitlines())
    assert 1 == len(exported("spans", end=NOON + 60).splitlines())


def test_a_session_without_length_counts_at_its_second(ledger: SqliteLedger, exported: CsvOf) -> None:
    """A session that ended in the second it began is there when that second is asked for, and before it is not."""
    _commit_sessions(ledger, [])
    session = Session(1, 5, 0, ledger.names.product("srv", "v", "f"), ledger.names.holder("a@h", ""), 1, 1, NOON, NOON)
    ledger.commit([Batch(1, None, [], {}, Facts(sessions=[session]), None, None, {}, [], [])])
    assert exported("sessions", start=NOON, end=NOON + 1)
    assert not exported("sessions", start=NOON - 1, end=NOON)


@pytest.mark.usefixtures("filled")
def test_rows_are_chosen_by_key_and_time(exported: CsvOf) -> None:
    """Server, vendor, feature and the time of a denial or gap choose rows; another value chooses none."""
    right = {"server": "srv", "vendor": "brookd", "feature": "brook_cfd"}
    assert 3 == len(exported("sessions", **right).splitlines())
    for name in right:
        assert not exported("sessions", **(right | {name: "x"}))
    assert exported("denials", start=NOON + 95, end=NOON + 96)
    assert not exported("denials", start=NOON + 96)
    assert not exported("denials", end=NOON + 95)
    assert not exported("gaps", end=NOON, server="srv")
    assert 1 == len(exported("capacity", start=NOON, **right).splitlines())
    assert not exported("capacity", vendor="x")
    assert exported("positions", server="srv")
    assert not exported("positions", server="x")


@pytest.mark.parametrize(
    ("what", "choice", "sentence"),
    [
        ("session", {}, "There is no export 'session': choose one of sessions, spans"),
        ("positions", {"start": 1}, "`export positions` have no time: leave out --from and --to"),
        ("gaps", {"feature": "f"}, "`export gaps` have no feature: leave out --feature"),
    ],
)
def test_what_can_not_be_chosen_is_told(
    filled: SqliteLedger, exported: CsvOf, what: str, choice: dict[str, object], sentence: str
) -> None:
    """An unknown export, or a choice that its rows don't have, is refused and not passed over."""
    with pytest.raises(UsageError, match=sentence):
        exported(what, **choice)


@pytest.mark.usefixtures("filled")
def test_jsonl_keeps_types(path: Path) -> None:
    """JSON lines hold numbers, booleans and nulls under the CSV's names."""
    out = io.StringIO()
    write_jsonl(out, export(LedgerReader(path).ask, "sessions"))
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert EXPECTED["sessions"].splitlines()[0].split(",") == list(rows[0])
    opened = [row for row in rows if row["start_inferred"]]
    assert [(None, 1, 100)] == [(row["end"], row["seats"], row["seat_seconds"]) for row in opened]


def test_a_denial_without_code_has_an_empty_cell(ledger: SqliteLedger, exported: CsvOf) -> None:
    """What the log doesn't say is empty."""
    _commit_sessions(ledger, [("f", "a@h", 0, "")])
    facts = Facts(denials=[DenialFact(1, 1, 1, 1, 2, NOON, None, "other")])
    ledger.commit([Batch(1, None, [], {}, facts, None, None, {}, [], [])])
    assert "srv,v,f,a,h,2,2024-03-05T12:00:00Z,,other,lic\n" == exported("denials")


def test_the_stream_is_named_by_its_newest_file(ledger: SqliteLedger, exported: CsvOf) -> None:
    """Each generation is a row with its own file; only where reading stands is there a last line."""
    stream = ledger.checkpoint("lic", "srv", "/log").stream
    files = [
        Generation(1, "/log.1", 1, 1, offset=7, size=7, closed=True),
        Generation(2, "/log", 1, 2, offset=3, size=5),
    ]
    ledger.commit([Batch(stream, Position(2, 3), files, {}, Facts(), NOON, NOON, {}, [], [])])
    expected = "lic,/log,/log.1,1,7,7,\nlic,/log,/log,2,3,5,2024-03-05T12:00:00Z\n"
    assert expected == exported("positions")
