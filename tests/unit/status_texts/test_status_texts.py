"""What each kind of licence server says of itself, as it prints it; names are made up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from exporter.errors import UsageError
from exporter.status_texts.kinds import KINDS, read_status, text_of
from exporter.status_texts.told import Holder, StatusText

TEXTS = Path(__file__).parent / "texts"
NEAR = datetime.fromisoformat("2024-03-04 08:10")
"""About when the texts were written; some tell so themselves."""
LMSTAT_DOWN = 'Error getting status: Cannot connect to license server (-15,570:111 "Connection refused")'
BAD = {
    "lmstat": (f"lmstat - Copyright (c) 1989-2021 Flexera. All Rights Reserved.\n{LMSTAT_DOWN}\n", LMSTAT_DOWN),
    "rlmstat": (
        'rlmutil v14.2\n\nError connecting to "rlm" server\n\nConnection attempted to host: "" on port 5053\nNo error',
        'Error connecting to "rlm" server (attempted to host: "" on port 5053)',
    ),
    "lmx": (
        "LM-X End-user Utility v3.32\nLM-X license server(s):\n-----\nThere are no license server(s) available.\n",
        "There are no license server(s) available.",
    ),
    "dsls": (
        "License Administration Tool Version 6.425.4 Built on May 2.\nCannot connect to server cedar on port 1234\n",
        "Cannot connect to server cedar on port 1234",
    ),
    "lsdyna": (
        "Using default server 31010@localhost\n*** ERROR failed to open server localhost\n",
        "failed to open server localhost",
    ),
    "olicense": (
        "olixtool 4.8.0 - x\n\nServer: <123:80:0> (Proxy: <>)\n\nOlComm 454 Request cannot connect to target\n",
        "OlComm 454 Request cannot connect to target",
    ),
}
"""By kind, what the command prints when no server answers, and the fault in it."""


def as_data(told: StatusText) -> Mapping[str, Any]:
    """Return a text as JSON has it."""
    return json.loads(json.dumps(asdict(told), default=str))


@pytest.mark.parametrize("text", sorted(TEXTS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_status_text_is_read(text: Path) -> None:
    """Every line of a text of each kind is understood, but one that is of no grammar, and says what is expected."""
    told = read_status(text_of(text.read_bytes()), NEAR)

    assert json.loads(text.with_suffix(".json").read_text()) == as_data(told)


def test_every_kind_has_its_text() -> None:
    """No kind of status text is without an example here, well and ill."""
    assert set(KINDS) == {path.stem.partition("-")[0] for path in TEXTS.glob("*.txt")} == set(BAD)


@pytest.mark.parametrize("kind", BAD)
def test_a_server_that_does_not_answer_is_a_fault_in_its_own_words(kind: str) -> None:
    """Where the command reached no server, the text has no feature, one fault, and no line that isn't understood."""
    text, fault = BAD[kind]
    told = read_status(text, NEAR)

    assert (kind, (), [fault]) == (told.kind, told.unknown, [said for one in told.servers for said in one.faults])
    assert [] == [feature for one in told.servers for feature in one.features]


def test_a_text_of_no_kind_is_refused() -> None:
    """A file that no licence server wrote is answered with what to do, and read when the user insists."""
    with pytest.raises(UsageError, match=r"--kind lmstat, rlmstat"):
        read_status("hello\nworld\n", NEAR)
    assert [1, 2] == [line.number for line in read_status("hello\nworld\n", NEAR, "lmx").unknown]


def test_years_are_told_by_weekdays() -> None:
    """A start of last December is of last year; where the weekday says so, of an earlier year."""
    text = "Users of f:  (Total of 9 licenses issued;  Total of 2 licenses in use)\n" + "".join(
        f"    u h h (v1) (s/1 1), start {start}\n" for start in ("Sun 12/31 23:59", "Mon 12/31 23:59", "Thu 2/29 1:00")
    )
    (server,) = read_status(text, NEAR).servers
    starts = [holder.start for feature in server.features for holder in feature.holders]

    assert ["2023-12-31 23:59:00", "2018-12-31 23:59:00", "2024-02-29 01:00:00"] == [str(start) for start in starts]


def test_bytes_of_windows_are_read() -> None:
    """UTF-16 with its mark, UTF-8 with one, and cp1252 give the same text."""
    text = "Users of Höhe: (Uncounted, node-locked)\r\n"
    coded = [text.encode("utf-16"), text.encode("utf-8-sig"), text.encode("cp1252")]

    assert [text] * 3 == [text_of(data) for data in coded]


def test_names_with_blanks_are_read_in_every_way() -> None:
    """Where only blanks stand between user and host, each place may be where one ends; else there is one reading."""
    unsure = Holder("Jane", "Doe", "Jr. jane pts/1", 1, None, sure=False)

    assert ("Jane Doe Jr.", "jane") in list(unsure.readings())
    assert [("Mary Ann", "pc1")] == list(Holder("Mary Ann", "pc1", "", 1, None).readings())


def test_control_characters_of_names_are_not_kept() -> None:
    """A name can't steer a terminal: what controls one becomes U+FFFD."""
    (server,) = read_status("Users of a\x1b[31mb:  (Uncounted, node-locked)\n", NEAR).servers

    assert ["a\ufffd[31mb"] == [feature.feature for feature in server.features]


def test_a_group_that_is_not_the_sum_of_its_programs_is_a_fault() -> None:
    """LS-Dyna tells the seats of all programs once more; where both don't agree, a program is missing."""
    text = (TEXTS / "lsdyna.txt").read_text().replace("LICENSE GROUP   400", "LICENSE GROUP   480")
    (server,) = read_status(text, NEAR).servers

    assert ("The licence group tells 480 seats in use, its programs 400",) == server.faults


def test_daemons_that_are_listed_together_do_not_tell_whose_a_feature_is() -> None:
    """Old servers list all daemons first: then only the line of a pool tells the vendor."""
    text = (
        "Vendor daemon status (on s):\n  one: UP v9.2\n  two: UP v9.2\nFeature usage info:\n"
        "Users of a:  (Total of 2 licenses issued;  Total of 0 licenses in use)\n"
        'Users of b:  (Total of 2 licenses issued;  Total of 1 license in use)\n  "b" v1, vendor: two\n'
    )
    (server,) = read_status(text, NEAR).servers

    assert [("", "a"), ("two", "b")] == [(one.vendor, one.feature) for one in server.features]
