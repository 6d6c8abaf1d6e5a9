"""What may happen in a drawn FlexNet log, one move after the other; `log_writer` turns moves into bytes."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st

DAEMONS = [b"acornd", b"acornd", b"brookd", b"fernd", b"oak_2"]
FEATURES = [b'"acorn_base"', b'"acorn_base"', b'"flow base 2"', b"OAK-token", b"acorn_base"]
USERS = [
    b"amber",
    b"amber",
    b"birch",
    b"AMBER",
    b"Ana Lind",
    b"lee@site.example",
    b"Zo\xeb",
    b"Jos\xc3\xa9",
    b'pat "p", jr',
]
HOSTS = [b"ws-01", b"ws-01", b"WS-01", b"node02.example.org"]
DISPLAYS = [b"", b"", b"", b"hpc:batch", b"DOORS"]
COUNTS = [1, 1, 1, 2, 2, 4, 8]
IN_TAILS = [b"", b"", b"", b"", b"(INACTIVE)", b"(SHUTDOWN)", b"(USER_REMOVED)"]
CODES = [
    b"(Licensed number of users already reached. (-4,342))",
    b'(Licensed number of users already reached. (-4,342:104 "Connection reset by peer"))',
    b"(Users are queued for this feature. (-24,332))",
    b"(User/host on EXCLUDE list for feature. (-38,348))",
    b"(User/host not on INCLUDE list for feature. (-39,349))",
    b"(Feature has expired. (-10,32))",
    b"(License server system does not support this version of this feature. (-21,126))",
    b"(No such feature exists. (-5,346))",
    b"(Request was denied. (-97,121))",
    b"",
]
LACKING = CODES[:3]
ADVANCES = [0, 0, 0, 1, 1, 9, 10, 11, 60, 300, 600, 930, 1199, 1200, 1201, 1800, 3000, 3600, 7200, 21600]
LEAPS = [43199, 43200, 43201, 80000, 86399, 86400, 86401, 200000]
STEPS = [1, 16, 300, 1199, 1799, 1800, 1801, 3600, 20000, 43199, 43200, 43201]
NOISE = [
    b"",
    b"SERVER-OUT: Failed to send the message(71) <END>",
    b'Checkin failed feature "acorn_base": amber ws-01 ws-01',
    b'INFO: OUT: "acorn_base" amber@ws-01  ',
    b"EXPIRED: acorn_old",
    b"(@acornd-SLOG@) 00000000 ms at 13:00:20(6/9/2023),#4,(2836K),(,,544)",
    b"(@acornd-SLOG@) Peak active connections #3 attempted at Tue Jan 03 2017 10:00:00 EST",
    b"(@acornd-INFO@) 2023-06-09",
    b"Server started on lic-host1 for:\tacorn_base",
    b"acorn_mesh\t\tacorn_view",
    b"Rereading license file...",
    b"TIMESTAMP 13/32/2024",
    b"EXITING DUE TO SIGNAL 15",
    b"Shutdown requested from amber@ws-01 IP=192.0.2.10",
]
UNREADABLE = [
    b'OUT: "acorn_base"',
    b'IN: "acorn_base" amber  ',
    b'UPGRADE: "acorn_base" amber@ws-01  (5 licenses) ',
    b'OUT: "acorn_base" amber@  ',
    b'OUT: "ClearQuest" [ ClearQuest#p#]',
]
UNFRAMED = [
    b"",
    b" ansyslmd  ansoftd  ",
    b"Shut down FlexNet acornd license server system on machine lic-host1",
    b'108:42:25 (acornd) OUT: "acorn_base" birch@ws-02  ',
    b'25:10:00 (acornd) OUT: "acorn_base" birch@ws-02  ',
    b' 8:61:00 (acornd) IN: "acorn_base" amber@ws-01  ',
    b' (@ACORN-INFO@)     8:45:00 (acornd) IN: "acorn_base" amber@ws-01  ',
    b'OUT: "acorn_base" birch@ws-02  ',
    b"\xff\xfe\x80 \x81\x8d",
    b'\t" (0,353:10054 "")"',
]
ANCHORS = ["timestamp", "timestamp", "started on", "start-date", "time", "system date"]


class Key(NamedTuple):
    """Whose line: feature as written, user, host, display."""

    feature: bytes
    user: bytes
    host: bytes
    display: bytes


class Move(NamedTuple):
    """
    A step of a plan: *what*, seconds of true time before it, and what else that step needs.

    *which* and *whose* choose among the daemons and the keys of the log; they fill in *daemon* and *key*.
    """

    what: str
    advance: int
    which: int
    whose: int
    daemon: bytes = b""
    key: Key = Key(b"", b"", b"", b"")
    seats: int = 1
    before: int = 1
    text: bytes = b""
    number: int = 0
    gaps: tuple[int, ...] = ()


def keys() -> st.SearchStrategy[Key]:
    """Few keys, so that they collide."""
    return st.builds(
        Key,
        st.sampled_from(FEATURES),
        st.sampled_from(USERS),
        st.sampled_from(HOSTS),
        st.sampled_from(DISPLAYS),
    )


@cache
def moves() -> st.SearchStrategy[Move]:
    """One move."""

    def move(what: str, **more: st.SearchStrategy[object]) -> st.SearchStrategy[Move]:
        return st.builds(
            Move,
            what=st.just(what),
            advance=st.sampled_from(ADVANCES),
            which=st.integers(0, 1),
            whose=st.integers(0, 2),
            **more,
        )

    counts = st.sampled_from(COUNTS)
    gaps = st.lists(st.sampled_from([0, 1, 2, 10, 11, 930, 1199, 1200, 1201]), min_size=1, max_size=4).map(tuple)
    return st.one_of(
        move("out", seats=counts),
        move("out", seats=counts),
        move("in", seats=counts, text=st.sampled_from(IN_TAILS), number=st.integers(0, 5)),
        move("in", seats=counts, text=st.sampled_from(IN_TAILS), number=st.integers(0, 5)),
        move("upgrade", before=counts, seats=counts, number=st.integers(0, 5)),
        move("unsupported", number=st.integers(0, 1)),
        move("denied", seats=counts, text=st.sampled_from(CODES)),
        move("storm", seats=counts, text=st.sampled_from(LACKING), gaps=gaps, number=st.integers(0, 1)),
        move("queue", seats=counts, text=st.sampled_from([b"", *LACKING]), gaps=gaps, number=st.integers(0, 3)),
        move("noise", text=st.sampled_from(NOISE)),
        move("unreadable", text=st.sampled_from(UNREADABLE)),
        move("unframed", text=st.sampled_from(UNFRAMED)),
        move("forked", seats=counts),
        move("start", number=st.integers(0, 4)),
        move("shutdown"),
        move("anchor", text=st.sampled_from(ANCHORS).map(str.encode)),
        move("anchor", text=st.sampled_from(ANCHORS).map(str.encode)),
        move("wrong", text=st.sampled_from(ANCHORS).map(str.encode), number=st.sampled_from([-8, -2, -1, 1, 2, 40])),
        move("absurd", number=st.sampled_from([1985, 2099])),
        move("glue", number=st.sampled_from([1, 2, 8])),
        move("leap", number=st.sampled_from(LEAPS)),
        move("step", number=st.sampled_from(STEPS)),
        move("mend"),
        move("rotate"),
    )


def tail_of(seats: int, display: bytes, spaced: bool = False) -> bytes:
    """Write what follows the host of a line: display and count, with the blanks that servers write."""
    if display:
        count = b"" if seats == 1 else b" (%d licenses)" % seats
        return (b"  [" if spaced else b" [") + display + b"]" + count
    return b"  " if seats == 1 else b"  (%d licenses) " % seats


def event_texts() -> st.SearchStrategy[bytes]:
    """Messages of event lines, readable or not."""
    readable = st.builds(
        lambda verb, key, seats, spaced, tail: (
            b"%s: %s %s@%s%s%s"
            % (verb, key.feature, key.user, key.host, tail_of(seats, key.display, spaced), b" " + tail if tail else b"")
        ),
        st.sampled_from([b"OUT", b"IN", b"QUEUED", b"DEQUEUED", b"DENIED"]),
        keys(),
        st.sampled_from(COUNTS),
        st.booleans(),
        st.sampled_from([*IN_TAILS, *CODES]),
    )
    upgrade = st.builds(
        lambda key, before, seats: b"UPGRADE: %s %s@%s  (%d->%d licenses) " % (*key[:3], before, seats),
        keys(),
        st.sampled_from(COUNTS),
        st.sampled_from(COUNTS),
    )
    return st.one_of(readable, upgrade, st.sampled_from(UNREADABLE))
