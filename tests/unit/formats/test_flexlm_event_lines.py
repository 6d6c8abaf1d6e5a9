"""The event lines of FlexNet debug logs: what is accepted, with all its parts, and what is refused, with its reason."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from exporter.events import Change, Denial, Event, QueueEnter, QueueLeave, Start, Stop
from exporter.formats import flexlm_grammar as grammar
from exporter.formats.flexlm_grammar import EventText
from tests.unit.formats.flexlm_driving import Told, told_by, utc

ANCHOR = b"7:00:00 (lmgrd) TIMESTAMP 6/9/2022\n"
HERE = len(ANCHOR)
NODE = "arjun@node350.hpc.example.in"


class Accepted(NamedTuple):
    """A line as a server writes it, without its blanks at the end, and the event without (time, place)."""

    line: str
    kind: type
    parts: tuple[object, ...]
    """vendor, feature, who, display, and what else the kind has."""


PLAIN = ("", None)  # no handle, no count of the server's own

ACCEPTED = [
    Accepted(
        '15:49:39 (adskflex) OUT: "64300ACD_F" Oldenburg@SOMEPC',
        Start,
        ("adskflex", "64300ACD_F", "Oldenburg@SOMEPC", "", 1, *PLAIN),
    ),
    Accepted(
        ' 9:49:51 (ansyslmd) OUT: "hfsshpc" zaicx@node7005.hpc.example.edu  (8 licenses)',
        Start,
        ("ansyslmd", "hfsshpc", "zaicx@node7005.hpc.example.edu", "", 8, *PLAIN),
    ),
    # A token pool: the text in brackets is part of the key.
    Accepted(
        '16:13:35 (MSC) OUT: "MSCONE" user_01@machine_01 [MSCONE:NASTRAN] (13 licenses)',
        Start,
        ("MSC", "MSCONE", "user_01@machine_01", "MSCONE:NASTRAN", 13, *PLAIN),
    ),
    Accepted(
        '17:09:27 (MSC) IN: "MSCONE" user_01@machine_01 [MSCONE:ADAMS_View] (5 licenses) (SHUTDOWN)',
        Stop,
        ("MSC", "MSCONE", "user_01@machine_01", "MSCONE:ADAMS_View", 5, "shutdown", *PLAIN),
    ),
    Accepted(
        '17:09:27 (MSC) IN: "MSCONE" user_01@machine_01 [MSCONE:ADAMS_Car_Plugin] (SHUTDOWN)',
        Stop,
        ("MSC", "MSCONE", "user_01@machine_01", "MSCONE:ADAMS_Car_Plugin", 1, "shutdown", *PLAIN),
    ),
    Accepted(
        '11:02:14 (adskflex) IN: "64300ACD_F" USER07@COMPUTER04  (INACTIVE)',
        Stop,
        ("adskflex", "64300ACD_F", "USER07@COMPUTER04", "", 1, "timeout", *PLAIN),
    ),
    Accepted(
        ' 8:14:44 (MLM) IN: "MATLAB" tristan@tristan-PC  (SHUTDOWN)',
        Stop,
        ("MLM", "MATLAB", "tristan@tristan-PC", "", 1, "shutdown", *PLAIN),
    ),
    # Tails that no real log showed.
    Accepted(
        ' 8:14:44 (MLM) IN: "MATLAB" tristan@tristan-PC  (2 licenses) (USER_REMOVED)',
        Stop,
        ("MLM", "MATLAB", "tristan@tristan-PC", "", 2, "removed", *PLAIN),
    ),
    Accepted(
        ' 8:14:44 (MLM) IN: "MATLAB" tristan@tristan-PC  (GONE FISHING)',
        Stop,
        ("MLM", "MATLAB", "tristan@tristan-PC", "", 1, "returned", *PLAIN),
    ),
    Accepted(
        ' 5:23:21 (parteklm) UPGRADE: "flow_base" flow@P-SRVFLOW  (5->6 licenses)',
        Change,
        ("parteklm", "flow_base", "flow@P-SRVFLOW", "", 5, 6, *PLAIN),
    ),
    Accepted(
        '13:38:20 (ABAQUSLM) QUEUED: "abaqus" arjun@node350.hpc.example.in  (25 licenses)',
        QueueEnter,
        ("ABAQUSLM", "abaqus", NODE, "", 25),
    ),
    Accepted(
        '14:42:50 (ABAQUSLM) DEQUEUED: "abaqus" arjun@node350.hpc.example.in  (8 licenses)',
        QueueLeave,
        ("ABAQUSLM", "abaqus", NODE, "", 8),
    ),
    Accepted(
        '13:38:20 (ABAQUSLM) DENIED: "abaqus" arjun@node350.hpc.example.in  (25 licenses) '
        "(Licensed number of users already reached. (-4,342))",
        Denial,
        ("ABAQUSLM", "abaqus", NODE, "", 25, -4, "capacity"),
    ),
    Accepted(
        '13:53:50 (ABAQUSLM) DENIED: "abaqus" arjun@node350.hpc.example.in  (25 licenses) '
        "(Users are queued for this feature. (-24,332))",
        Denial,
        ("ABAQUSLM", "abaqus", NODE, "", 25, -24, "capacity"),
    ),
    # The part with the errno: brackets and quotes inside the reason.
    Accepted(
        '23:14:36 (parteklm) DENIED: "base" wenq@LAPTOPU425BGL9  '
        '(Licensed number of users already reached. (-4,342:104 "Connection reset by peer"))',
        Denial,
        ("parteklm", "base", "wenq@LAPTOPU425BGL9", "", 1, -4, "capacity"),
    ),
    Accepted(
        '11:53:14 (parteklm) DENIED: "base" six@LAB-01987186  '
        '(Licensed number of users already reached. (-4,342:10054 ""))',
        Denial,
        ("parteklm", "base", "six@LAB-01987186", "", 1, -4, "capacity"),
    ),
    Accepted(
        '11:53:14 (parteklm) DENIED: "base" six@ws-9  '
        "(Feature removed during lmreread, or wrong SERVER line hostid. (-61,380))",
        Denial,
        ("parteklm", "base", "six@ws-9", "", 1, -61, "other"),
    ),
    Accepted(
        '11:53:14 (parteklm) DENIED: "base" six@ws-9  (User/host on EXCLUDE list for feature. (-38,348))',
        Denial,
        ("parteklm", "base", "six@ws-9", "", 1, -38, "excluded"),
    ),
    # UNSUPPORTED has the feature's key, padded with a blank, or a word in its place.
    Accepted(
        ' 8:42:42 (adskflex) UNSUPPORTED: "87537INVPROSA_2022_0F" (00B0 EF6E AFC6 B280 ) ABC@abc00243  '
        "(No such feature exists. (-5,346))",
        Denial,
        ("adskflex", "87537INVPROSA_2022_0F", "ABC@abc00243", "", 1, -5, "unsupported"),
    ),
    Accepted(
        ' 2:08:01 (parteklm) UNSUPPORTED: "pathway_base" (PORT_AT_HOST_PLUS   ) wuhly@LAPTOPG51525LY  '
        "(License server system does not support this feature. (-18,327))",
        Denial,
        ("parteklm", "pathway_base", "wuhly@LAPTOPG51525LY", "", 1, -18, "unsupported"),
    ),
    # Old versions and IBM write the feature without quotes.
    Accepted(
        "14:46:39 (telelogic) OUT: TLSTOK-token birch@ws-02  [DOORS] (3 licenses)",
        Start,
        ("telelogic", "TLSTOK-token", "birch@ws-02", "DOORS", 3, *PLAIN),
    ),
    # What the stored page lost: with its user@host the text in brackets is one display.
    Accepted(
        '17:27:32 (ibmratl) OUT: "ClearQuest" u@h [ClearQuest#p# user#u# session#s# host#h#]',
        Start,
        ("ibmratl", "ClearQuest", "u@h", "ClearQuest#p# user#u# session#s# host#h#", 1, *PLAIN),
    ),
    # Verbose records give the handle and the server's own count; their date is not read.
    Accepted(
        ' 8:41:54 (demo) OUT: "f1" amber@ws-01 ^^^ 1.0 amber 127.0.0.1 29865 0x12CE 7 40 - 11 1.0 1/2/2031 9:00 0 ^^^',
        Start,
        ("demo", "f1", "amber@ws-01", "", 1, "0x12CE", 7),
    ),
    Accepted(
        ' 8:41:54 (demo) IN: "f1" amber@ws-01 [d] (2 licenses) (INACTIVE) '
        "^^^ 1.0 amber 127.0.0.1 29865 4814 6 40 - 11.18 1.0 1/2/2031 9:00 0 ^^^",
        Stop,
        ("demo", "f1", "amber@ws-01", "d", 2, "timeout", "4814", 6),
    ),
    Accepted(
        ' 8:41:54 (demo) UPGRADE: "f1" amber@ws-01  (2->3 licenses) ^^^ 1.0 amber 127.0.0.1 1 0xa 9 40 - 11 1.0 ^^^',
        Change,
        ("demo", "f1", "amber@ws-01", "", 2, 3, "0xa", 9),
    ),
    # A record that is cut off still gives what it has.
    Accepted(
        ' 8:41:54 (demo) OUT: "f1" amber@ws-01 ^^^ 1.0 amber 127.0.0.1 29865 0x12CE 7 40 -',
        Start,
        ("demo", "f1", "amber@ws-01", "", 1, "0x12CE", 7),
    ),
    # The count may stand before the feature.
    Accepted(
        ' 8:41:54 (demo) OUT: 3 "f1" amber@ws-01',
        Start,
        ("demo", "f1", "amber@ws-01", "", 3, *PLAIN),
    ),
    Accepted(
        " 8:41:54 (demo) OUT: 3 f1 amber@ws-01",
        Start,
        ("demo", "f1", "amber@ws-01", "", 3, *PLAIN),
    ),
    # Singular, as nobody writes it, and a bracket close to the host.
    Accepted(
        ' 8:41:54 (demo) OUT: "f1" amber@ws-01(1 license)',
        Start,
        ("demo", "f1", "amber@ws-01", "", 1, *PLAIN),
    ),
    # Names with blanks, more than one @, quotes, brackets and domains: the last @ divides.
    Accepted(
        '10:00:00 (MLM) OUT: "MATLAB" Ana Maria Lopez@DESKTOP-K11PQRS',
        Start,
        ("MLM", "MATLAB", "Ana Maria Lopez@DESKTOP-K11PQRS", "", 1, *PLAIN),
    ),
    Accepted(
        '10:00:00 (MLM) IN: "MATLAB" LOCAL SERVICE@DESKTOP-18WDUJO  (INACTIVE)',
        Stop,
        ("MLM", "MATLAB", "LOCAL SERVICE@DESKTOP-18WDUJO", "", 1, "timeout", *PLAIN),
    ),
    Accepted(
        '10:00:00 (MLM) OUT: "MATLAB" lee@site.example@ws-01  (2 licenses)',
        Start,
        ("MLM", "MATLAB", "lee@site.example@ws-01", "", 2, *PLAIN),
    ),
    Accepted(
        '10:00:00 (MLM) OUT: "MATLAB" CORP\\lee@ws-01',
        Start,
        ("MLM", "MATLAB", "CORP\\lee@ws-01", "", 1, *PLAIN),
    ),
    Accepted(
        '10:00:00 (MLM) OUT: "MATLAB" pat "p", jr@ws-01 [d]',
        Start,
        ("MLM", "MATLAB", 'pat "p", jr@ws-01', "d", 1, *PLAIN),
    ),
    Accepted(
        '10:00:00 (MLM) OUT: "MATLAB" pat [guest]@ws-01 [d] (2 licenses)',
        Start,
        ("MLM", "MATLAB", "pat [guest]@ws-01", "d", 2, *PLAIN),
    ),
    Accepted(
        '10:00:00 (MLM) OUT: "MATLAB" pat (guest)@ws-01  (2 licenses)',
        Start,
        ("MLM", "MATLAB", "pat (guest)@ws-01", "", 2, *PLAIN),
    ),
    Accepted(
        '10:00:00 (MLM) OUT: "MATLAB Coder 2" u@h',
        Start,
        ("MLM", "MATLAB Coder 2", "u@h", "", 1, *PLAIN),
    ),
    # Old servers: no seconds, and a date in front.
    Accepted(
        '14:46 (ibmd) OUT: "f" u@h',
        Start,
        ("ibmd", "f", "u@h", "", 1, *PLAIN),
    ),
    Accepted(
        '6/9 14:46 (ibmd) OUT: "f" u@h',
        Start,
        ("ibmd", "f", "u@h", "", 1, *PLAIN),
    ),
]  # fmt: skip

ENDS = {"bare": "", "two blanks": "  ", "CR": "\r", "blank and CR": " \r", "tab": "\t"}


def _only(log: bytes) -> tuple[Event, Told]:
    """Return the one event of the second line of *log* that is no life-cycle line, and all that was told."""
    told = told_by(log)
    found = [
        event for event in told.events if isinstance(event, Start | Stop | Change | Denial | QueueEnter | QueueLeave)
    ]
    assert 1 == len(found)
    return found[0], told


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("accepted", ACCEPTED, ids=lambda accepted: accepted.line)
def test_an_event_line_gives_all_its_parts(accepted: Accepted, end: str) -> None:
    """Each accepted line makes one event with every part in its place, whatever blanks stand at its end."""
    event, told = _only(ANCHOR + (accepted.line + end + "\n").encode("latin-1"))

    clock = accepted.line.split("(")[0].split()[-1]
    time = utc(f"2022-06-09 {clock.rjust(5, '0') if clock.count(':') == 1 else clock.rjust(8, '0')}")
    more = {Denial: (" UNSUPPORTED: " not in accepted.line,), Start: ("",), Stop: ("",)}.get(accepted.kind, ())
    assert (accepted.kind, (time, HERE, *accepted.parts, *more)) == (type(event), tuple(event))
    assert {"understood": 2} == told.tally


REFUSED = {
    # Nothing, or not enough, behind the verb.
    'OUT: "f"': "no feature name and user after the verb",
    "OUT:": "no feature name and user after the verb",
    'OUT:"f" u@h': "no feature name and user after the verb",
    'OUT: "f"u@h': "no feature name and user after the verb",
    # A page that lost every user@host.
    'OUT: "ClearQuest" [ ClearQuest#p#]': "no user@host",
    # No @, nothing behind it, or blanks in the host: it can't be said who it was.
    'IN: "f" amber': "no user@host",
    'OUT: "f" amber@': "no user@host",
    'OUT: "f" amber@ (2 licenses)': "no user@host",
    'OUT: "f" amber@ws 01': "no user@host",
    'OUT: "dc_shell" v2023.06  user john@design01  (handle 10001) 1/20': "no user@host",
    # Torn lines: a bracket too many, one line in the middle of another.
    'DENIED: "f" u@h ))': "a bracket is closed that was never opened",
    'OUT: "f" u@h 8:00:01 (d) IN: "f" u@h': "two lines run into one",
    'OUT: "f" u@8:00:01(d)OUT:"f"u@h(d)x': "two lines run into one",
    # An UPGRADE tells two counts, and nothing else does.
    'UPGRADE: "f" u@h': "(A->B licenses) belongs to an UPGRADE, and to nothing else",
    'UPGRADE: "f" u@h (5 licenses)': "(A->B licenses) belongs to an UPGRADE, and to nothing else",
    'OUT: "f" u@h (5->6 licenses)': "(A->B licenses) belongs to an UPGRADE, and to nothing else",
    # No seats are no session.
    'OUT: "f" u@h (0 licenses)': "a count of no licences",
    'UPGRADE: "f" u@h (5->0 licenses)': "a count of no licences",
}


@pytest.mark.parametrize(("message", "why"), REFUSED.items(), ids=REFUSED)
def test_a_line_that_looks_like_an_event_and_is_none_is_kept_with_its_reason(message: str, why: str) -> None:
    """Each refused line makes no event, counts as unparsed, and is kept as a sample with the sentence that it gets."""
    told = told_by(ANCHOR + f"8:00:00 (acornd) {message}  \n".encode())

    assert [(HERE, message, why)] == told.samples
    assert {"understood": 1, "unparsed": 1} == told.tally
    assert [] == told.of(Start, Stop, Change, Denial, QueueEnter, QueueLeave)


def test_nuls_at_the_end_of_a_line_are_blanks() -> None:
    """A hole in the file behind a line's text changes nothing in the line."""
    event, _ = _only(ANCHOR + (ACCEPTED[0].line + "\0\n").encode("latin-1"))

    assert (*ACCEPTED[0].parts, "") == tuple(event)[2:]


@pytest.mark.parametrize("digits", [19, 5000])
@pytest.mark.parametrize("form", ['OUT: "f" u@h (%s licenses)', 'UPGRADE: "f" u@h (1->%s licenses)'])
def test_a_count_that_the_ledger_could_not_hold_is_refused(form: str, digits: int) -> None:
    """A torn line with a number of many digits joins the samples and stops nothing."""
    told = told_by(ANCHOR + b"8:00:00 (acornd) " + (form % ("9" * digits)).encode() + b"\n")

    assert {"understood": 1, "unparsed": 1} == told.tally


NOISE = [
    b"10:25:35 (MLM) SERVER-OUT: Failed to send the message(71) <END>",
    b'21:10:48 (adskflex) Checkin failed feature "85730ACD_2012_0F": USER11 COMPUTER11 COMPUTER11',
    b'\t" (0,353:10054 "")"',
    b" (@MSC-INFO@)    16:12:08 (MSC) C:\\MSC\\licenses",
    b" ansyslmd  ansoftd  ",
    b"Shut down FlexNet MLM license server system on machine flexlm01",
    b'OUT: "f" u@h',
    b'8:00:00 (acornd) INFO: OUT: "f" u@h',
    b'8:00:00 (acornd)  OUT: "f" u@h',
    b'8:00:00 (acornd) out: "f" u@h',
    b'8:00:00 (acornd)OUT: "f" u@h',
    b'24:00:00 (acornd) OUT: "f" u@h',
    b'8:60:00 (acornd) OUT: "f" u@h',
    b'8:00:61 (acornd) OUT: "f" u@h',
    b'108:42:25 (acornd) OUT: "f" u@h',
    b'8:00:00 (acorn d) OUT: "f" u@h',
    b'8:00:00 () OUT: "f" u@h',
    b"",
    b"\xff\xfe\x80 \x81\x8d",
]  # fmt: skip


@pytest.mark.parametrize("line", NOISE, ids=repr)
def test_a_line_that_only_resembles_an_event_is_noise(line: bytes) -> None:
    """A verb that doesn't begin the message of a framed line makes no event and no sample."""
    told = told_by(ANCHOR + line + b"\n")

    assert {"understood": 1, "noise": 1} == told.tally
    assert ["Seen"] * len(told.events) == [type(event).__name__ for event in told.events]


@pytest.mark.parametrize("end", [b"", b"  ", b" \r", b"\t"], ids=repr)
@pytest.mark.parametrize("user", ["voilà", "Ё", "…", "Å"], ids=ascii)
@pytest.mark.parametrize("tail", [b"", b" (2 licenses)", b" [d]", b" (INACTIVE)"], ids=repr)
def test_bytes_of_a_name_are_no_blanks(user: str, tail: bytes, end: bytes) -> None:
    """A0 and 85 end a user's, host's, display's or feature's UTF-8 name; they stay where they are."""
    name = user.encode()
    raw = name.decode("latin-1")
    if tail == b" [d]":
        tail = b" [" + name + b"]"
    event, _ = _only(ANCHOR + b'8:00:00 (d) IN: "' + name + b'" ' + name + b"@" + name + tail + end + b"\n")

    assert isinstance(event, Stop)
    assert (raw, f"{raw}@{raw}") == (event.feature, event.who)
    assert (raw if b"[" in tail else "") == event.display


CODES = {
    ("DENIED", "Licensed number of users already reached. (-4,342)"): (-4, "capacity"),
    ("DENIED", "Users are queued for this feature. (-24,332)"): (-24, "capacity"),
    ("DENIED", "No such feature exists. (-5,346)"): (-5, "unsupported"),
    ("DENIED", "License server system does not support this feature. (-18,327)"): (-18, "unsupported"),
    ("DENIED", "Feature has expired. (-10,32)"): (-10, "expired"),
    ("DENIED", "User/host on EXCLUDE list for feature. (-38,348)"): (-38, "excluded"),
    ("DENIED", "User/host not on INCLUDE list for feature. (-39,349)"): (-39, "excluded"),
    ("DENIED", "License server system does not support this version of this feature. (-21,126)"): (-21, "version"),
    ("DENIED", "License server system does not support this version of this feature. (-25,334)"): (-25, "version"),
    ("DENIED", "Request was denied. (-97,121)"): (-97, "other"),
    ("DENIED", "-4,342"): (-4, "capacity"),
    ("DENIED", "Licensed number of users already reached. (-4)"): (-4, "capacity"),
    ("UNSUPPORTED", "Licensed number of users already reached. (-4,342)"): (-4, "unsupported"),
    ("UNSUPPORTED", ""): (None, "unsupported"),
    # Old daemons write no code.
    ("DENIED", "Licensed number of users already reached"): (None, "capacity"),
    ("DENIED", "Users are queued for this feature"): (None, "capacity"),
    ("DENIED", "USER/HOST ON EXCLUDE LIST FOR FEATURE"): (None, "excluded"),
    ("DENIED", "User/host not on INCLUDE list for feature"): (None, "excluded"),
    ("DENIED", "Feature has expired"): (None, "expired"),
    ("DENIED", "No such feature exists"): (None, "unsupported"),
    ("DENIED", "License server does not support this feature"): (None, "unsupported"),
    ("DENIED", "License server does not support this version of this feature"): (None, "version"),
    ("DENIED", "it is Tuesday"): (None, "other"),
    ("DENIED", ""): (None, "other"),
    # Numbers that are no code.
    ("DENIED", "more than 5 of (5 or 6) seats"): (None, "other"),
}


@pytest.mark.parametrize(("denied", "expected"), CODES.items(), ids=str)
def test_a_denial_has_the_class_of_its_code_or_else_of_its_words(
    denied: tuple[str, str], expected: tuple[int | None, str]
) -> None:
    """The first number of the code decides the class, the words where there is none, and UNSUPPORTED always."""
    assert expected == grammar.denial(*denied)


REASONS = {
    "(Licensed number of users already reached. (-4,342))": "Licensed number of users already reached. (-4,342)",
    '(a (b (c "d)") e) f)': 'a (b (c "d)") e) f',
    "(a) (b)": "a) (b",
    "(3 licenses) (a (b) c)": "a (b) c",
    "()": "",
}


@pytest.mark.parametrize(("tail", "reason"), REASONS.items(), ids=REASONS)
def test_the_brackets_inside_a_reason_belong_to_it(tail: str, reason: str) -> None:
    """The reason is all that stands between its outermost brackets."""
    parts = grammar.event(f'DENIED: "f" u@h  {tail}')

    assert isinstance(parts, EventText)
    assert reason == parts.reason
