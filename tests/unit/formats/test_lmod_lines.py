"""Lines of Lmod's tracking hooks: what each tells, and that the fast way and the whole grammar tell the same."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.events import Event, Use
from exporter.formats.lmod import LmodReader
from exporter.records import Block, Position, Reading

LATER = 4_000_000_000
SECOND = 1_682_580_177
PREFIX = "Apr 27 03:22:57 n1 ModuleUsageTracking: "
LOAD = "user=ann module=gcc/5.4.0 path=/m/gcc/5.4.0.lua host=n1.c2.site.org time=1682580177.622180"
USE = Use(SECOND, 0, "c2", "lmod", "gcc/5.4.0", "ann@n1.c2.site.org", "/m/gcc/5.4.0.lua")


def read(text: str, *, every_line: bool = False, reader: LmodReader | None = None) -> Reading:
    """Read the lines of *text*, given raw."""
    data = text.encode("latin-1")
    reader = reader or LmodReader(ZoneInfo("Europe/Madrid"))
    block = Block(Position(1, 0), data, Position(1, len(data)), LATER)
    reader.date_by([block], SECOND)
    return reader.read(block, every_line=every_line)


def told(line: str) -> list[Event]:
    """Return the events of a line."""
    return read(line + "\n").events


@pytest.mark.parametrize(
    "line",
    [
        f"{PREFIX}{LOAD}",
        f"Apr  7 03:22:57 n1 ModuleUsageTracking[811]: {LOAD}\r",
        f"2023-04-27T03:22:57.622180+02:00 n1 ModuleUsageTracking: {LOAD}",
        f"<134>1 2023-04-27T03:22:57Z n1 ModuleUsageTracking - - - {LOAD}",
        f"<134>Apr 27 03:22:57 n1 ModuleUsageTracking: {LOAD}",
        f"{PREFIX}{LOAD.replace('1682580177.622180', '1682580177')}",
        PREFIX + LOAD.replace("1682580177.622180", "'1682580177.622180'"),
        PREFIX + LOAD.replace("1682580177.622180", '"1682580177,62"'),
        PREFIX + LOAD.replace("ann", '"ann"').replace("gcc/5.4.0 ", "'gcc/5.4.0' "),
        f"{PREFIX}time=1682580177.622180 host=n1.c2.site.org path=/m/gcc/5.4.0.lua module=gcc/5.4.0 user=ann",
        f"{PREFIX}{LOAD} jobid=77",
    ],
)
def test_a_load_in_every_dress(line: str) -> None:
    """Prefixes of syslog, quotes, the order of the keys and keys of the site change nothing of what is told."""
    assert [USE] == told(line)


def test_values_may_hold_blanks_quotes_and_signs() -> None:
    """In quotes anything; without them up to the next key, so a path of an old hook is whole, too."""
    quoted = 'user="a\\"b;c" module="my mod/1" path="/m y/$(x) path=z\\\\" host="n1.c2" time=1682580177'
    (use,) = told(PREFIX + quoted)
    (bare,) = told(PREFIX + "user=ann module=my mod/1 path=/m y/x.lua host=n1 time=1682580177")

    assert Use(SECOND, 0, "c2", "lmod", "my mod/1", 'a"b;c@n1.c2', "/m y/$(x) path=z\\") == use
    assert Use(SECOND, 0, "n1", "lmod", "my mod/1", "ann@n1", "/m y/x.lua") == bare


@pytest.mark.parametrize(
    ("host", "cluster"),
    [("login1.stampede2.tacc.org", "stampede2"), ("n1.site", "site"), ("lone", "lone"), ("a." + "c" * 40, "c" * 32)],
)
def test_the_cluster_is_the_second_part_of_the_host(host: str, cluster: str) -> None:
    """As Lmod's own database has it: all of a name without parts, and no more than 32 characters."""
    (use,) = told(PREFIX + LOAD.replace("n1.c2.site.org", host))

    assert isinstance(use, Use)
    assert (cluster, f"ann@{host}") == (use.server, use.who)


def test_long_names_are_cut() -> None:
    """User and module at 64 characters, paths at 1024; a character of several bytes is one, and stays whole."""
    long = "\u00e9" * 2000
    raw = f"user={long} module=m{long} path=/{long} host=n1 time=1682580177".encode().decode("latin-1")
    (use,) = told(PREFIX + raw)
    (plain,) = told(f"{PREFIX}user={'u' * 99} module={'m' * 99} path={'p' * 2000} host=n1 time=1682580177")

    assert isinstance(use, Use)
    assert isinstance(plain, Use)
    user, module, path = (name.encode("latin-1").decode() for name in (use.who, use.feature, use.path))
    assert ("\u00e9" * 64 + "@n1", "m" + "\u00e9" * 63, "/" + "\u00e9" * 1023) == (user, module, path)
    assert ("u" * 64 + "@n1", "m" * 64, "p" * 1024) == (plain.who, plain.feature, plain.path)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("user=ann module=gcc path=/m host=n1", "it lacks time"),
        ("user= module= path=/m host=n1 time=1682580177", "it lacks user, module"),
        ("user=ann module=gcc module=tcl path=/m host=n1 time=1682580177", "it says module twice"),
        ("user=ann module=gcc path=/m host=n1 time=soon", "its time is no number of seconds"),
        ("user=ann module=gcc path=/m host=n1. time=1682580177", "its host has no name"),
        ("user=ann module=gcc path=/m host=n1 time=99999999999", "its time is more than a day ahead, or before 1990"),
        ("user=ann module=gcc path=/m host=n1 time=1", "its time is more than a day ahead, or before 1990"),
    ],
)
def test_what_is_no_whole_load_is_unparsed(message: str, why: str) -> None:
    """It counts for nothing, and the sample says why."""
    reading = read(PREFIX + message + "\n")

    assert ([], 1, [why]) == (reading.events, reading.tally["unparsed"], [sample.why for sample in reading.samples])


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Apr 27 03:22:57 n1 ModuleUsageTracking: hello",
        f"Apr 27 03:22:57 n1 sudo: bob : COMMAND=/usr/bin/logger -t ModuleUsageTracking: {LOAD}",
        f"Apr 27 03:22:57 n1 x ModuleUsageTracking: {LOAD}",
        f"Apr 31 03:22:57 n1 ModuleUsageTracking: {LOAD}",
        f"ModuleUsageTracking: {LOAD}",
        "Apr 27 03:22:57 n1 lmod: username=ann, jobid=, cmd=load, args=gcc",
        "Apr 27 03:22:57 n1 last message repeated 3 times",
    ],
)
def test_what_others_write_is_noise(line: str) -> None:
    """Other tags, words of the tag in other messages, commands of Lmod, and lines without a prefix."""
    reading = read(line + "\n")

    assert ([], {"noise": 1}) == (reading.events, reading.tally)


@pytest.mark.parametrize(
    ("message", "module", "path"),
    [
        ("username=ann, jobid=7.head, userload=yes, module=gcc/5.4.0, fn=/m/a, b.lua", "gcc/5.4.0", "/m/a, b.lua"),
        ('username=ann, jobid=, userload="no", module="x/1"', "x/1", ""),
    ],
)
def test_the_form_of_more_hooks(message: str, module: str, path: str) -> None:
    """It is of the log's server and of the time of its prefix, in the log's zone, in the year of the newest line."""
    second = int(datetime(2023, 4, 27, 1, 22, 57, tzinfo=UTC).timestamp())

    assert [Use(second, 0, "", "lmod", module, "ann@", path)] == told(f"Apr 27 03:22:57 n1 lmod: {message}")


def test_messages_that_came_again() -> None:
    """Syslog's own words for that stand for as many loads, where it is sure what they speak of."""
    again = "Apr 27 03:23:27 n1 last message repeated 3 times"
    text = "\n".join(
        [
            PREFIX + LOAD,
            again,
            again,
            PREFIX + LOAD,
            again.replace("n1", "n2"),
            f"{PREFIX}message repeated 2 times: [ {LOAD}]",
            "",
        ]
    )
    reading = read(text)
    uses = [event.uses for event in reading.events if isinstance(event, Use)]

    assert ([1, 3, 1, 2], {"understood": 4, "noise": 2}) == (uses, reading.tally)
    assert {SECOND} == {event.time for event in reading.events}


def test_a_load_is_remembered_over_blocks_and_restarts() -> None:
    """A message that comes again may stand in the next block, read by another process."""
    reader = LmodReader(ZoneInfo("UTC"))
    read(f"{PREFIX}{LOAD}\n", reader=reader)
    later = LmodReader(ZoneInfo("UTC"))
    later.restore(reader.state())
    data = b"Apr 27 03:23:27 n1 last message repeated 2 times\n"

    assert [USE._replace(at=500, uses=2)] == later.read(Block(Position(1, 500), data, Position(1, 549), LATER)).events


def test_coverage_is_from_the_earliest_to_the_latest_second() -> None:
    """Hosts write at once, so lines come out of order; the newest line is the last one."""
    reader = LmodReader(ZoneInfo("UTC"))
    lines = [f"{PREFIX}{LOAD.replace('1682580177', str(SECOND + step))}\n" for step in (0, 60, -30, 20)]
    read("".join(lines), reader=reader)

    assert (SECOND - 30, SECOND + 61) == reader.stretch
    assert (SECOND + 20, SECOND + 61) == (reader.last_line, reader.frontier)


parts = st.sampled_from(
    [
        "Apr 27 03:22:57 n1 ",
        "Apr  7 03:22:5",
        "2023-04-27T03:22:57Z n2 ",
        "ModuleUsageTracking",
        "[7]",
        ": ",
        "user=ann ",
        'user="a b" ',
        "module=gcc/5 ",
        "path=/m ",
        "path=/m x=1 ",
        "host=n1.c2 ",
        "host=n@1 ",
        "time=1682580177.5",
        "time=1682580177",
        " time='1682580177'",
        "time=1682580177\u00b2",
        " ",
        "\0",
        "\r",
        "\n",
        "last message repeated 2 times",
        "lmod: username=a, jobid=, userload=yes, module=m",
    ]
)
whole = st.sampled_from([PREFIX + LOAD + "\n", f"2023-04-27T03:22:57Z n2 ModuleUsageTracking[7]: {LOAD}\n"])


@given(st.lists(parts | whole, max_size=25).map("".join))
def test_the_fast_way_tells_what_the_grammar_tells(text: str) -> None:
    """Lines pasted together of pieces: read at once and one by one, the events, counts and times are the same."""
    fast, slow = LmodReader(ZoneInfo("UTC")), LmodReader(ZoneInfo("UTC"))
    one, other = read(text, reader=fast), read(text, reader=slow, every_line=True)

    assert [event for event in other.events if isinstance(event, Use)] == one.events
    assert (other.tally, other.samples, other.first) == (one.tally, one.samples, one.first)
    assert slow.state() == fast.state()
