"""Records of a wtmp that are harmed in every way, on their whole way from the file to the ledger and the exports."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from random import Random
from unicodedata import category

import pytest

from tests.e2e.command_line import called, told
from tests.reference.wtmp_life import lived
from tests.reference.wtmp_records import SIZE

RECORDS = 10_000
CONFIG = """
site: {name: here, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - {name: logins, format: wtmp, server: alder, paths: ["wtmp*"]}
prometheus: {listen: null}
"""
_ODD = (b"\n", b"@", b"\xff", b'"', b"\0", b";", b"\x1b[31m", b"{}", b"=cmd|", b"\xc3\xa9", b"../", b"<b>")
"""What breaks lines, labels, queries, terminals, spreadsheets, paths and pages."""


def harmed(chance: Random, record: bytes) -> bytes:
    """Return a record with something wrong in it."""
    data = bytearray(record)
    match chance.randrange(6):
        case 0:  # some bits
            for _ in range(chance.randrange(1, 20)):
                data[chance.randrange(SIZE)] ^= 1 << chance.randrange(8)
        case 1:  # another type
            data[0:2] = chance.randrange(-20, 40).to_bytes(2, "little", signed=True)
        case 2:  # another time
            data[340:344] = chance.randbytes(4)
        case 3:  # odd names
            at = chance.choice((8, 44, 76))
            name = b"".join(chance.choices(_ODD, k=9))[:32]
            data[at : at + len(name)] = name
        case 4:  # a part of it was never written
            begin = chance.randrange(SIZE)
            data[begin:] = bytes(SIZE - begin)
        case _:  # nothing of it is a record
            data[:] = chance.randbytes(SIZE)
    return bytes(data)


def garbage(seed: int) -> Iterator[bytes]:
    """Yield the records of a host's life, one of two harmed; the first one is whole."""
    chance = Random(seed)  # noqa: S311 -- no secret is made of it
    for number, record in enumerate(lived(seed, RECORDS)):
        yield harmed(chance, record.packed()) if number and chance.random() < 0.5 else record.packed()


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))])
def test_every_harmed_record_is_counted_once(tmp_path: Path, seed: int) -> None:
    """10,000 records, half of them harmed, in two collections: each has one outcome, and the exports stay readable."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    records = list(garbage(seed))
    for part in (records[: RECORDS // 2], records[RECORDS // 2 :]):
        with (tmp_path / "wtmp").open("ab") as wtmp:
            wtmp.writelines(part)
        told(called(tmp_path, "collect"))

    status = " ".join(told(called(tmp_path, "status")).split())
    understood, noise, unparsed = (_count(status, what) for what in ("understood", "noise", "unparsed"))
    assert len(records) == understood + noise + unparsed
    assert unparsed > RECORDS // 20
    rows = list(csv.DictReader(StringIO(told(called(tmp_path, "export", "sessions")))))
    ends = Counter(row["end_reason"] for row in rows)
    assert len(rows) > RECORDS // 10
    assert {"returned", "superseded", "shutdown", "reset"} <= set(ends) <= {
        "", "returned", "superseded", "shutdown", "reset", "expired"
    }  # fmt: skip
    for row in rows:
        assert row["start"].endswith("Z")
        assert not any(category(letter) == "Cc" for name in row.values() for letter in name)
    told(called(tmp_path, "export", "windows", "--tier", "longterm"))


def test_sound_records_say_the_same_among_garbage(tmp_path: Path) -> None:
    """Records of no type that there is, thrown in anywhere, change no session of those that are sound."""
    chance = Random(5)  # noqa: S311 -- no secret is made of it
    found = []
    for name in ("sound", "mixed"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.yaml").write_text(CONFIG)
        with (folder / "wtmp").open("wb") as wtmp:
            for record in lived(3, 2_000):
                wtmp.write(record.packed())
                if name == "mixed" and chance.random() < 0.3:
                    wtmp.write(b"\xff\x40" + chance.randbytes(SIZE - 2))
        told(called(folder, "collect"))
        found.append(told(called(folder, "export", "sessions")))

    assert found[0] == found[1]


def _count(status: str, outcome: str) -> int:
    before = status.partition(f" {outcome}")[0].split()[-1]
    return int(before.replace(",", ""))


def test_a_file_of_garbage_alone_is_refused(tmp_path: Path) -> None:
    """A file none of whose records is one is no wtmp: it is refused, and nothing of it counts."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "wtmp").write_bytes(b"\x99\x01" * SIZE * 3)

    ran = called(tmp_path, "collect")

    assert 1 == ran.status
    assert "None of its first records is one of a wtmp" in ran.err
    assert 1 == len(told(called(tmp_path, "export", "sessions")).splitlines())
