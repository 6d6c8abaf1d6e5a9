"""Lines of licence files: what they say, where they go on, and what is wrong with those that can't be used."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from time import process_time

import pytest

from exporter.licences.grants import Component, Daemon, Grant, Upgrade
from exporter.licences.licence_text import parse_licences
from exporter.licences.words import decoded

HEAD = "INCREMENT acorn_base acornd 2.5"


def grant(text: str) -> Grant:
    """Return what the one line of a text grants."""
    said = parse_licences(text)
    assert [] == said.faults
    (found,) = said.grants
    return found


def faults(text: str) -> list[tuple[int, str]]:
    """Return what is wrong with a text."""
    return [(line, sentence) for line, sentence in parse_licences(text).faults]


def test_a_line_with_all_attributes() -> None:
    """Number, dates, overdraft and what makes a pool are read, whatever else stands in the line."""
    found = grant(
        f'{HEAD} 31-dec-2026 20 VENDOR_STRING="a b;c=d" ISSUED=06-Jul-2025 START=1-aug-2025 OVERDRAFT=3 HOSTID=ANY '
        'DUP_GROUP=UH BORROW=120 SUPERSEDE="old older" NOTICE="to the Acorn site" ck=42 SIGN="00 11 22"'
    )
    assert ("acorn_base", "acornd", "2.5", 23, True) == (*found[2:5], found.seats, found.adds)
    assert (date(2025, 8, 1), date(2025, 7, 6), date(2026, 12, 31)) == (found.start, found.issued, found.expires)
    assert ("2.5", "BORROW=120", "DUP_GROUP=UH", "HOSTID=ANY", "VENDOR_STRING=a b;c=d") == found.pool
    assert {"old", "older", "acorn_base"} == found.supersedes


@pytest.mark.parametrize("written", ["permanent", "PERMANENT", "1-jan-0", "01-jan-0000", "31-DEC-00", "1-jan-9999"])
def test_what_is_permanent(written: str) -> None:
    """The year 0 is for ever, however it is written, and so is one that nobody lives to see."""
    assert grant(f"{HEAD} {written} 1").expires is None


@pytest.mark.parametrize(("written", "day"), [("5-Feb-2027", date(2027, 2, 5)), ("05-FEB-99", date(1999, 2, 5))])
def test_days(written: str, day: date) -> None:
    """Months in any case, days with or without zero; years of two digits are of the last century."""
    assert day == grant(f"{HEAD} {written} 1").expires


@pytest.mark.parametrize("number", ["0", "uncounted", "UNCOUNTED"])
def test_uncounted(number: str) -> None:
    """A number of 0 stands for licences that nobody counts; an overdraft doesn't make them counted."""
    assert grant(f"{HEAD} permanent {number} OVERDRAFT=2").seats is None


def test_the_older_form() -> None:
    """A key in hexadecimal digits and a bare vendor string follow the number."""
    found = grant('FEATURE acorn_base acornd 2.5 1-jan-0 7 1A2B3C4D5E6F70819203 "our site" ANY')
    assert (7, False, ("2.5", "VENDOR_STRING=our site")) == (found.seats, found.adds, found.pool)


def test_a_list_is_no_vendor_string() -> None:
    """What is in braces, as signatures of replaced lines are, is no bare vendor string, and so makes no pool."""
    found = grant(f'{HEAD} permanent 7 SUPERSEDE_SIGN={{"acorn_base:00 11" "acorn_mesh:22 33"}} SIGN="44 55"')
    assert ("2.5",) == found.pool


def test_lines_go_on() -> None:
    """After a backslash, with blanks behind it, and inside of quotation marks; carriage returns are no matter."""
    text = f'# head\r\n{HEAD} permanent \\\r\n  20 \\ \r\n\tSIGN="00 11\r\n 22 33"\r\n{HEAD} permanent 5\r\n'
    said = parse_licences(text)
    assert [] == said.faults
    assert [(2, 20), (6, 5)] == [(one.line, one.seats) for one in said.grants]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
def test_ends_of_lines_of_any_system(end: str) -> None:
    """Lines end as they do on Unix, Windows and old Macs, and as they do when the wrong one of these is converted."""
    text = end.join((f"{HEAD} permanent \\", "  20 SIGN=00", f"{HEAD} permanent 5", ""))
    assert [(1, 20), (3, 5)] == [(one.line, one.seats) for one in parse_licences(text).grants]


@pytest.mark.parametrize("begin", ['x "', "x \\"])
def test_a_file_that_is_none_is_read_in_no_time(begin: str) -> None:
    """A line that goes on through three megabytes takes time by its length, not by the square of it."""
    end = begin.removeprefix("x ").replace('"', "")
    text = f"{begin}\n" + f"abcdefgh ijklmnop qrstuvw xyz 0123456789 {end}\n" * 60_000
    began = process_time()
    assert 1 == len(faults(text))
    assert process_time() - began < 2


def test_blanks_that_do_not_break() -> None:
    """Copies from Windows hold non-breaking spaces, in cp1252 and in UTF-8, and marks at the beginning and the end."""
    line = f"{HEAD} permanent 20\n".replace(" ", "\xa0")
    for data in (
        line.encode("cp1252"),
        b"\xef\xbb\xbf" + line.encode(),
        line.encode("utf-16"),
        line.encode() + b"\x1a",
    ):
        assert 20 == grant(decoded(data)).seats


def test_other_lines() -> None:
    """Servers and keys of whole files are passed over; daemons tell their options files, in both forms."""
    said = parse_licences(
        'SERVER this_host ANY 27000\nUSE_SERVER\nVENDOR acornd port=41001 options="/srv/my options/a.opt"\n'
        "DAEMON brookd /opt/brook/brookd /opt/brook/b.opt\nDAEMON cedard /opt/cedard 41003\nvendor elmd\n"
        "FEATURESET elmd 1A2B3C4D5E6F70819203\n"
    )
    assert [] == said.faults
    assert [
        Daemon(3, "acornd", "/srv/my options/a.opt"),
        Daemon(4, "brookd", "/opt/brook/b.opt"),
        Daemon(5, "cedard", ""),
        Daemon(6, "elmd", ""),
    ] == said.daemons


def test_packages_and_upgrades() -> None:
    """A package tells its components with version and number, and whether it is a suite; an upgrade what it moves."""
    said = parse_licences(
        'PACKAGE suite acornd 3.0 COMPONENTS="base view:2.0 mesh:2.0:4" OPTIONS=SUITE SIGN=0\n'
        "PACKAGE plain acornd COMPONENTS=base\nUPGRADE acorn_base acornd 2.0 3.0 1-jun-2027 4 SIGN=0\n"
    )
    suite, plain = said.packages
    assert [Component("base", "", 1), Component("view", "2.0", 1), Component("mesh", "2.0", 4)] == suite.components
    assert ("3.0", True, "", False) == (suite.version, suite.suite, plain.version, plain.suite)
    assert [Upgrade(3, "acorn_base", "acornd", "2.0", "3.0", 4, None, date(2027, 6, 1))] == said.upgrades


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("UNKNOWN KEYWORD", 1, 'begins with "UNKNOWN"'),
        (f"\n{HEAD} permanent", 2, "lacks some of name, vendor, version, expiry date and number"),
        (f"{HEAD} permanent 20x", 1, '"20x" where a number of licences must stand'),
        (f"{HEAD} permanent -1", 1, '"-1" where a number'),
        (f"{HEAD} permanent 9999999999", 1, '"9999999999" where a number'),
        (f"{HEAD} 31-dez-2026 20", 1, '"31-dez-2026" where a date such as 31-dec-2026 must stand'),
        (f"{HEAD} 31-jun-2026 20", 1, "a day that is not in the calendar"),
        (f"{HEAD} permanent 20 START=now", 1, '"now" where a date'),
        (f"{HEAD} permanent 20 \\\n\nUSE_SERVER", 1, "ends with a backslash, and line 2 does not continue it"),
        (f"{HEAD} permanent 20 \\\n# SIGN=0", 1, "ends with a backslash, and line 2 does not continue it"),
        (f"{HEAD} permanent 20 \\\nINCREMENT a b 1 permanent 1", 1, "and line 2 does not continue it"),
        (f'{HEAD} permanent 20 SIGN="00\n\n', 1, "has a quotation mark that is not closed, and line 2"),
        (f'{HEAD} permanent 20 SIGN="00', 1, "and the file ends there"),
        ("PACKAGE p v 1.0 SIGN=0", 1, 'tells no COMPONENTS of the package "p"'),
        ("UPGRADE f v 1 2 permanent uncounted", 1, "uncounted number"),
        ("VENDOR", 1, "lacks some of name of its daemon"),
    ],
)
def test_what_can_not_be_used_is_named(text: str, line: int, part: str) -> None:
    """Each fault tells its line and what is wrong; the line grants nothing."""
    said = parse_licences(text)
    (fault,) = said.faults
    assert line == fault.line
    assert part in fault.sentence
    assert all(one.feature == "a" for one in said.grants)


def test_the_rest_goes_on() -> None:
    """A broken line takes no other with it, neither before nor after it."""
    text = f"{HEAD} permanent 1\nJUNK\n{HEAD} permanent \\\n{HEAD} permanent 2\nFEATURE x\n{HEAD} permanent 3\n"
    assert [1, 2, 3] == [one.seats for one in parse_licences(text).grants]
    assert [2, 3, 5] == [line for line, _ in faults(text)]


def test_a_line_cut_without_a_backslash() -> None:
    """A part that nothing continues in shows that the line before it is not whole: it grants nothing."""
    text = f'{HEAD} permanent 1 OVERDRAFT=2\n  START=1-jan-2030 SIGN="00"\n{HEAD} permanent 3\n'
    assert [3] == [one.seats for one in parse_licences(text).grants]
    (cut, told), (orphan, also) = faults(text)
    assert (1, 2) == (cut, orphan)
    assert told.startswith("is cut: line 2 is a part of it")
    assert also.startswith("is a part of another line")


def test_samples_have_no_unexplained_line(shared: Path) -> None:
    """Of the good file all lines grant something; of the broken one each line that doesn't is told."""
    folder = shared / "samples" / "licence-files"
    good, broken = (parse_licences(decoded((folder / name).read_bytes())) for name in ("good.lic", "broken.lic"))

    assert [] == good.faults
    counted = [("PROD_ESX_FULL", 32), ("VC_ESXHOST", 32), ("PROD_ESX_FULL", None), ("PROD_ESX_FULL", 32)]
    assert [*counted, ("PROD_ESX_FULL", None), ("ESX_FULL_BACKUP", None)] == [
        (one.feature, one.seats) for one in good.grants
    ]
    assert [*counted, ("ESX_FULL_BACKUP", None)] == [(one.feature, one.seats) for one in broken.grants]
    assert [34, 36, 39, 42] == [fault.line for fault in broken.faults]
