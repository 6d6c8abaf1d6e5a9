"""What each kind of record of a wtmp says, and what its times are believed to be."""

import hashlib

import pytest

from exporter.events import Lifecycle, Passed, Reset, Seen, Start, Stop
from exporter.formats.wtmp import WtmpReader
from exporter.records import Block, Position
from tests.reference.wtmp_records import (
    ACCOUNTING,
    DEAD,
    EMPTY,
    INIT,
    LOGIN,
    NEW_TIME,
    OLD_TIME,
    SIZE,
    USER,
    Record,
    boot,
    login,
    logout,
    packed,
    run_level,
    shutdown,
)

T = 1_709_625_600
NOT_AFTER = T + 86_400


def read(records, reader=None, *, every_line=False, start=0):
    """Return what a reader makes of *records*, or of bytes."""
    data = records if isinstance(records, bytes) else packed(records)
    block = Block(Position(1, start), data, Position(1, start + len(data)), NOT_AFTER)
    return (reader or WtmpReader("login", "alder")).read(block, every_line=every_line)


def starts(*records, machine=""):
    """Return (user and host, display, seats) of each login among *records*."""
    events = read(records, WtmpReader("login", "alder", machine)).events
    return [(event.who, event.display, event.seats) for event in events if isinstance(event, Start)]


@pytest.mark.parametrize(
    ("line", "host", "display"),
    [
        ("tty1", "", "console tty1"),
        ("ttyS0", "", "console ttyS0"),
        ("hvc0", "", "console hvc0"),
        ("tty2", "tty2", "console tty2"),
        ("pts/0", "", "console pts/0"),
        ("pts/0", "192.0.2.7", "remote pts/0"),
        ("pts/12", "ws7.example.org", "remote pts/12"),
        ("ttyp0", "ws7", "remote ttyp0"),
        ("pts/1", "2001:db8::7", "remote pts/1"),
        (":0", ":0", "X :0"),
        (":1", "", "X :1"),
        ("tty2", ":0", "X tty2"),
        ("xterm3:0", "", "X xterm3:0"),
        ("pts/3", ":0.0", "X pts/3"),
        ("pts/3", "unix:0", "X pts/3"),
        ("ftpd4711", "192.0.2.7", "ftp ftpd"),
        ("vsftpd:4711", "192.0.2.7", "ftp vsftpd"),
        ("pts/1", ":pts/0:S.0", "screen pts/1"),
        ("pts/1", ":tty1:S.12", "screen pts/1"),
        ("pts/1", "tmux(4711).%0", "screen pts/1"),
    ],
)
def test_kinds_of_sessions(line, host, display):
    """The line and the host tell the kind: console, remote, X, ftp (without its process) or screen."""
    assert [(f"amber@{host}", display, 1)] == starts(login(T, line, "amber", host))


def test_a_machine_of_many_is_named_in_each_session():
    """Where the server is several machines, the display says at which of them somebody is."""
    assert [("amber@", "console oak7 tty1", 1)] == starts(login(T, "tty1", "amber"), machine="oak7")


@pytest.mark.parametrize(
    ("records", "seats"),
    [
        ([login(T, "pts/0", "amber", "a"), login(T, "pts/1", "amber", ":pts/0:S.0")], [1, 0]),
        ([login(T, ":0", "amber", ":0"), login(T, "pts/1", "amber", ":0")], [1, 0]),
        ([login(T, "pts/0", "amber", "a"), login(T, "pts/1", "birch", ":pts/0:S.0")], [1, 1]),
        ([login(T, "pts/1", "amber", ":0"), login(T, "pts/2", "amber", ":0")], [1, 0]),
        ([login(T, "pts/0", "amber", "a"), login(T, "pts/1", "amber", "a")], [1, 1]),
        ([login(T, "pts/0", "amber", "a"), logout(T, "pts/0"), login(T, "pts/1", "amber", ":pts/0:S.0")], [1, 1]),
        ([login(T, "pts/0", "amber", "a"), boot(T), login(T, "pts/1", "amber", ":pts/0:S.0")], [1, 1]),
        ([login(T, "pts/1", "amber", "a"), login(T, "pts/1", "amber", ":0")], [1, 1]),
    ],
)
def test_a_terminal_inside_a_session_takes_no_seat(records, seats):
    """A person who has a session counts once, whatever is opened inside it; who has none, counts."""
    assert seats == [one[2] for one in starts(*records)]


def test_names_can_break_nothing():
    """A line end in a name, and an @ in a host, are shown as what can't be read; names may fill their fields."""
    record = login(T, "l\n" + "x" * 30, "u\n" + "y" * 30, "a@b\n" + "z" * 252)

    assert [(f"u\x1a{'y' * 30}@a\x1ab\x1a{'z' * 252}", f"remote l\x1a{'x' * 30}", 1)] == starts(record)


def test_a_login_and_its_logout():
    """A logout ends the session on its line, whoever's it is and whatever process writes it."""
    events = read([login(T, "pts/0", "amber", "a", pid=24372), logout(T + 60, "pts/0", pid=24366)]).events

    key = ("wtmp", "login", "amber@a", "remote pts/0", 1)
    assert [
        Seen(T, 0, "wtmp"),
        Reset(T, 0, "wtmp", T, started=True),
        Start(T, 0, *key, handle="pts/0"),
        Stop(T + 60, SIZE, *key, handle="pts/0"),
    ] == events


@pytest.mark.parametrize("kind", [EMPTY, INIT, LOGIN, USER, DEAD, ACCOUNTING])
def test_a_record_without_a_name_ends_the_session_on_its_line(kind):
    """So `last` has it: a getty that takes the line over ends what was on it, and so do ghosts."""
    reading = read([login(T, "tty1", "amber"), Record(kind, T + 60, "tty1")])

    assert (T + 60, "returned") == (reading.events[-1].time, reading.events[-1].reason)


@pytest.mark.parametrize(
    "record",
    [
        Record(EMPTY, T),
        Record(INIT, T, "tty1"),
        Record(LOGIN, T, "tty1", "LOGIN"),
        Record(USER, T, "", "amber"),
        Record(ACCOUNTING, T, "tty1", "amber"),
        Record(USER, T, "~", "amber"),
        logout(T, "tty1"),
        run_level(T, "5"),
    ],
)
def test_what_is_no_session(record):
    """What getty and init write for themselves, logouts of nobody and other run levels are noise."""
    reading = read([record])

    assert {"noise": 1} == reading.tally
    assert [Seen, Reset] == [type(event) for event in reading.events]


def lives(*records):
    """Return (second after T, what) of each event of the host's life among *records*."""
    return [(event.time - T, event.what) for event in read(records).events if isinstance(event, Lifecycle)]


def test_the_life_of_a_host():
    """A boot after a shutdown is one, any other boot was a crash; two records of one shutdown are told once."""
    assert [(0, "booted"), (50, "halted"), (90, "booted"), (200, "crashed")] == lives(
        boot(T), run_level(T + 50, "0"), shutdown(T + 51), boot(T + 90), boot(T + 200)
    )
    assert [(9, "crashed")] == lives(login(T, "tty1", "amber"), boot(T + 9))
    assert [(0, "halted"), (9, "crashed")] == lives(shutdown(T), login(T + 5, "tty1", "amber"), boot(T + 9))


def test_a_clock_that_is_set_is_told_once():
    """Of the two records of a clock change the second one is an event, at the new time."""
    assert [(3_600, "clock set")] == lives(Record(OLD_TIME, T, "|", "date"), Record(NEW_TIME, T + 3_600, "{", "date"))


def test_an_event_of_a_host_names_it():
    """Where one server is many machines, its life is told under the machine's name."""
    reader = WtmpReader("lab", "oak7", "oak7")

    assert ["oak7"] == [event.vendor for event in read([boot(T)], reader).events if isinstance(event, Lifecycle)]


@pytest.mark.parametrize("time", [0, 631_151_999, NOT_AFTER + 1, 4_294_967_295])
def test_times_that_are_not_believed(time):
    """Nothing begins at a time before 1990 or more than a day ahead; what ends, ends with the record before."""
    reader = WtmpReader("login", "alder")
    reading = read([login(T, "pts/0", "amber", "a"), logout(time, "pts/0"), login(time, "pts/1", "birch", "b")], reader)

    assert [T, T] == [event.time for event in reading.events if isinstance(event, Start | Stop)]
    assert {"understood": 1, "unparsed": 2, "refused": 2} == reading.tally
    assert ["record 2", "record 3"] == [sample.text for sample in reading.samples]
    assert (T, T + 1, (T, T + 1)) == (reader.last_line, reader.frontier, reader.stretch)


def test_a_boot_at_no_time_ends_everything():
    """A host whose clock was never set is booted in 1970: its sessions end with the last record that is believed."""
    reading = read([login(T, "pts/0", "amber", "a"), login(T + 60, "pts/1", "birch", "b"), boot(0)])

    assert Reset(T + 60, 2 * SIZE, "wtmp", T + 60, started=True) in reading.events
    assert 1 == reading.tally["refused"]


def test_seconds_are_unsigned():
    """Times past 2038 are read: the field is good until 2106."""
    later = 4_000_000_000
    block = Block(Position(1, 0), packed([boot(later)]), Position(1, SIZE), later)
    reader = WtmpReader("login", "alder")
    reader.read(block)

    assert later == reader.last_line
    assert later == reader.first_date(packed([boot(0), boot(later)])[:-1] + b"\0")


def test_times_may_step_back():
    """Records hold in the order of the file; what is known reaches from the earliest time to the latest."""
    reader = WtmpReader("login", "alder")
    reading = read([login(T, "pts/0", "amber", "a"), login(T - 3_600, "pts/1", "birch", "b")], reader)

    assert [T, T - 3_600] == [event.time for event in reading.events if isinstance(event, Start)]
    assert (T - 3_600, T + 1, (T - 3_600, T + 1)) == (reader.last_line, reader.frontier, reader.stretch)


def test_a_loss_begins_a_new_stretch():
    """After a gap the stretch begins with the next record, and the frontier stays."""
    reader = WtmpReader("login", "alder")
    read([boot(T)], reader)
    reader.begin_stretch()
    assert reader.stretch is None
    read([logout(T - 9, "tty1")], reader, start=SIZE)

    assert ((T - 9, T - 8), T + 1) == (reader.stretch, reader.frontier)


def test_the_first_record_is_told_of():
    """The hash and the time of a file's first record are its own, however much is read with it; others have none."""
    records = [logout(0, "tty1"), boot(T), login(T + 5, "tty1", "amber")]
    first = hashlib.blake2b(records[0].packed(), digest_size=16).hexdigest()

    assert (first, None) == read(records).first == read(records[:1]).first
    assert read(records[1:], start=SIZE).first is None
    assert read(records[1:]).first == (hashlib.blake2b(records[1].packed(), digest_size=16).hexdigest(), T)


def test_every_record_that_has_a_time_can_be_told():
    """On demand records that make no event are told too, once, but for those without a time."""
    reading = read([boot(T), logout(T + 5, "tty9"), logout(0, "tty9")], every_line=True)

    assert [Passed(T + 5, SIZE)] == [event for event in reading.events if isinstance(event, Passed)]


@pytest.mark.parametrize("kind", [-1, 10, 255, 0x0700])
def test_a_type_that_there_is_not(kind):
    """A record of an unknown type is counted as unparsed, with its number, and those after it are read."""
    reading = read([boot(T), Record(kind, T, "tty1", "amber"), login(T, "tty1", "birch")])

    assert {"understood": 2, "unparsed": 1} == reading.tally
    assert [(SIZE, "record 2", f"ut_type is {kind}, which no record of a wtmp has")] == reading.samples


def test_a_torn_record_at_the_end_of_a_file_is_told():
    """A file whose size is no multiple of a record's is told, with what is there of the last one."""
    reading = read(packed([boot(T), login(T, "tty1", "amber")])[:-100])

    assert {"understood": 1, "unparsed": 1} == reading.tally
    assert "the file ends inside a record: 284 of its 384 bytes are there" == reading.samples[0].why
