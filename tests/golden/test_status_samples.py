"""Status texts that real licence servers printed, where they lie beside the project."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest

from exporter.status_texts.kinds import read_status, text_of
from exporter.status_texts.told import FeatureStatus, StatusText

NEAR = datetime.fromisoformat("2018-06-01")
"""When the licences of the oldest sample were valid."""
SEATS = {
    "lmstat/lmstat-i.txt": (16, 1_015, 0, 0, 0),
    "lmstat/nodelocked-uncounted.txt": (58, 110, 5, 0, 5),
    "lmstat/triad-reservations.txt": (53, 67_312, 2_250, 4_309, 2_294),
    "status/another_rlm_output.txt": (22, 1_013_048, 4, 0, 4),
    "status/dsls_output.txt": (10, 6_397, 1_561, 0, 1_561),
    "status/dsls_output_no_licenses.txt": (10, 6_397, 0, 0, 0),
    "status/dsls_output_with_warning.txt": (22, 16_430, 493, 0, 493),
    "status/lmx_output.txt": (7, 2_000_006, 95_000, 0, 95_000),
    "status/lmx_output_2.txt": (1, 2, 2, 0, 2),
    "status/lmx_output_no_licenses.txt": (7, 2_000_006, 0, 0, 0),
    "status/lsdyna_output.txt": (8, 4_000, 440, 0, 440),
    "status/lsdyna_output_no_licenses.txt": (8, 4_000, 0, 0, 0),
    "status/olicense_output.txt": (1, 4, 3, 0, 3),
    "status/olicense_output_no_licenses.txt": (1, 4, 0, 0, 0),
    "status/rlm_output.txt": (5, 1_092, 93, 0, 93),
    "status/rlm_output_no_licenses.txt": (5, 1_092, 0, 0, 0),
}
"""Features; their seats issued, in use, reserved, and held by those who are listed."""
FAULTS = {
    "status/dsls_output_bad.txt": "Cannot connect to server localhost on port 1234",
    "status/lmx_output_bad.txt": "There are no license server(s) available.",
    "status/lsdyna_output_bad.txt": "failed to open server localhost",
    "status/olicense_output_bad.txt": "OlComm 454 Request cannot connect to target",
    "status/rlm_output_bad.txt": 'Error connecting to "rlm" server (attempted to host: "" on port 5053)',
}


def sample(shared: Path, file: str) -> StatusText:
    """Return what a sample tells."""
    return read_status(text_of((shared / "samples" / file).read_bytes()), NEAR)


def features(told: StatusText) -> list[FeatureStatus]:
    """Return the features of all servers of a text."""
    return [feature for server in told.servers for feature in server.features]


def seats(found: Iterable[FeatureStatus]) -> tuple[int, int, int, int, int]:
    """Return the features, and their seats issued, in use, reserved and held."""
    listed = list(found)
    return (
        len(listed),
        sum(one.issued or 0 for one in listed),
        sum(one.in_use or 0 for one in listed),
        sum(one.reserved for one in listed),
        sum(holder.seats for one in listed for holder in one.holders),
    )


@pytest.mark.parametrize("file", SEATS)
def test_a_real_status_text_is_read_without_an_unknown_line(file: str, shared: Path) -> None:
    """Every line is understood, and the seats add up to what the text says when they are summed by hand."""
    told = sample(shared, file)

    assert () == told.unknown
    assert SEATS[file] == seats(features(told))


@pytest.mark.parametrize("file", FAULTS)
def test_a_real_server_that_did_not_answer_is_told_in_its_words(file: str, shared: Path) -> None:
    """Where the command reached no server, that is the one fault, and no line is left over."""
    told = sample(shared, file)

    assert ((), [], [FAULTS[file]]) == (told.unknown, features(told), [x for one in told.servers for x in one.faults])


def test_no_sample_is_forgotten(shared: Path) -> None:
    """Each status text beside the project is tried above."""
    folder = shared / "samples"
    there = {str(path.relative_to(folder)) for part in ("lmstat", "status") for path in (folder / part).glob("*.txt")}

    assert there == SEATS.keys() | FAULTS.keys()
