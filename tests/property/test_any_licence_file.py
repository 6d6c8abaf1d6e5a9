"""A written licence file is read as what it was written from, and whatever is done to its lines, reading goes on."""

from __future__ import annotations

import random
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from exporter.licences.dated import expiries_of, pools_at, rows_of
from exporter.licences.force import LicenceFile, in_force
from exporter.licences.licence_text import parse_licences
from exporter.licences.options_text import parse_options
from exporter.licences.words import decoded

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMES = st.text("abcXYZ019_-.ñ本", min_size=1, max_size=12)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
VALUES = st.text("ab 01;=:,.#'()", max_size=20)
ATTRIBUTES = st.dictionaries(st.sampled_from(["HOSTID", "VENDOR_STRING", "NOTICE", "DUP_GROUP", "ck"]), VALUES)
GRANT = st.fixed_dictionaries(
    {
        "adds": st.booleans(),
        "feature": NAMES,
        "vendor": NAMES,
        "version": st.from_regex(r"[0-9]{1,4}\.[0-9]{1,4}", fullmatch=True),
        "expires": st.none() | DAYS,
        "seats": st.none() | st.integers(1, 999_999),
        "overdraft": st.integers(0, 9),
        "start": st.none() | DAYS,
        "issued": st.none() | DAYS,
        "others": ATTRIBUTES,
    }
)
BLANKS = st.sampled_from([" ", "\t", "  ", "\xa0", " \\\n  ", " \\\r\n\t"])
MUTATIONS = 10_000


def day(value: date | None, blank: str = "permanent") -> str:
    """Return a day as licence files write it."""
    return blank if value is None else f"{value.day}-{MONTHS[value.month - 1]}-{value.year}"


def words(one: dict) -> list[str]:
    """Return the words of the line that grants this."""
    said = [
        *("INCREMENT" if one["adds"] else "FEATURE", one["feature"], one["vendor"], one["version"]),
        *(day(one["expires"]), "uncounted" if one["seats"] is None else str(one["seats"])),
        *([f"OVERDRAFT={one['overdraft']}"] if one["overdraft"] else []),
        *([f"START={day(one['start'])}"] if one["start"] else []),
        *([f"ISSUED={day(one['issued'])}"] if one["issued"] else []),
        *(f'{key}="{value}"' for key, value in one["others"].items()),
    ]
    return [*said, 'SIGN="00 11"']


@st.composite
def files(draw: st.DrawFn) -> tuple[list[dict], str]:
    """Give lines, and the text of a file with them, broken where it may be, among comments and servers."""
    grants = draw(st.lists(GRANT, max_size=8))
    text = "SERVER this_host ANY\n"
    for one in grants:
        text += "".join(word + draw(BLANKS) for word in words(one)[:-1]) + words(one)[-1] + "\n"
        text += draw(st.sampled_from(["", "\n", "# a comment \\\n", "USE_SERVER\n", "\r\n"]))
    return grants, text


@given(files())
def test_what_is_written_is_read(written: tuple[list[dict], str]) -> None:
    """Every line grants what it was written from, however it is broken and spaced."""
    grants, text = written
    said = parse_licences(decoded(text.encode()))

    assert [] == said.faults
    assert [
        (
            *(one["adds"], one["feature"], one["vendor"], one["version"], one["expires"], one["start"], one["issued"]),
            None if one["seats"] is None else one["seats"] + one["overdraft"],
        )
        for one in grants
    ] == [
        (one.adds, one.feature, one.vendor, one.version, one.expires, one.start, one.issued, one.seats)
        for one in said.grants
    ]


@given(st.lists(GRANT, max_size=12), DAYS)
def test_rows_are_the_sum_of_what_is_in_force(grants: list[dict], today: date) -> None:
    """On any day the last row before it is the seats of the lines that hold then, one of the plain ones alone."""
    lines = [{**one, "feature": "f", "vendor": "v", "others": {"SN": str(at)}} for at, one in enumerate(grants)]
    text = "\n".join(" ".join(words(one)) for one in lines)
    noon = midnight(today) + 43_200
    force = in_force([LicenceFile("a.lic", parse_licences(text), midnight(date(2000, 1, 1)))], midnight)
    rows = rows_of(force.lines.get(("v", "f"), ()))

    holding = [one for one in lines if begin(one) <= today and (one["expires"] is None or today <= one["expires"])]
    counting = [one for one in holding if one["adds"]] + [one for one in holding if not one["adds"]][:1]
    expected = sum(one["seats"] + one["overdraft"] for one in counting if one["seats"])
    assert expected == next((row.seats for row in reversed(rows) if row.start <= noon), 0)
    assert [row.start for row in rows] == sorted({row.start for row in rows})
    assert expected == sum(pool.seats or 0 for pool in pools_at(force.lines.get(("v", "f"), ()), noon)) or any(
        one["seats"] is None for one in counting
    )


def begin(one: dict) -> date:
    """Return the day on which a line begins, of a file that was written when the century began."""
    first = one["start"] or date(2000, 1, 1)
    return min(first, one["expires"]) if one["expires"] else first


def midnight(value: date) -> int:
    """Return a second at which a day begins."""
    return (value - date(1970, 1, 1)) // timedelta(days=1) * 86_400


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    """Whatever a file holds, it is read, and what can't be used is told by its line."""
    text = decoded(data)
    number = max(text.count("\n"), text.count("\r")) + 1
    for said in (parse_licences(text), parse_options(text)):
        assert all(1 <= fault.line <= number for fault in said.faults)


def test_ten_thousand_mutated_lines_raise_nothing() -> None:
    """Letters that are lost, doubled, or others, anywhere in a file with lines of all kinds: reading goes on."""
    seed = (
        'SERVER host ANY 27000\nVENDOR v /opt/v options="/srv/v.opt" port=2\nUSE_SERVER\n'
        'PACKAGE p v 1.0 COMPONENTS="f g:2.0 h:2.0:3" OPTIONS=SUITE SIGN="00"\nPACKAGE q v COMPONENTS="f h"\n'
        'INCREMENT p v 1.0 31-dec-2026 5 ISSUED=1-jan-2020 SUPERSEDE="f g" \\\n  SIGN="00 11 \\\n  22"\n'
        "FEATURE q v 1.0 permanent 5 OVERDRAFT=2 START=1-jan-2020 1A2B3C4D5E6F\nUPGRADE f v 1.0 2.0 permanent 2\n"
        "RESERVE 2 f GROUP g\nGROUP g a b \\\n c\nNOLOG IN OUT\nTIMEOUTALL 60\nMAX 2 f USER a\n"
    )
    chance = random.Random(7)  # noqa: S311 -- no secret
    letters = 'aZ0 -="\\\n#:\xa0\x00é'
    whole = 0
    for _ in range(MUTATIONS // seed.count("\n") + 1):
        text = list(seed)
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(text))
            text[at] = chance.choice(["", text[at] * 2, chance.choice(letters)])
        said = parse_licences(decoded("".join(text).encode()))
        force = in_force([LicenceFile("a.lic", said, 0)], midnight)
        for lines in force.lines.values():
            rows_of(lines), expiries_of(lines, force.expiries), pools_at(lines, 1_600_000_000)
        parse_options("".join(text))
        whole += len(said.grants)
    assert whole > MUTATIONS // 20, "most lines are whole still"
