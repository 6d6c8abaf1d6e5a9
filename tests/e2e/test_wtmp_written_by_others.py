"""What the C library and `utmpdump` write as a wtmp is what the tests' own records are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from exporter.formats.wtmp import WtmpReader
from exporter.records import Block, Position, Reading
from tests.reference.wtmp_life import lived
from tests.reference.wtmp_records import SIZE, Record, packed, read_dump
from tests.servers.installed import installed

RECORDS = lived(11, 300)
PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#include <utmp.h>

/* Appends a record for each line of stdin to the file that is its argument: type pid time line user host; - is none. */
static void put(char *field, size_t size, const char *name) {
    if (strcmp(name, "-")) strncpy(field, name, size);
}

int main(int argc, char **argv) {
    int type, pid, time;
    char line[40], user[40], host[300];
    if (argc != 2 || sizeof(struct utmp) != 384) return 2;
    while (scanf("%d %d %d %39s %39s %299s", &type, &pid, &time, line, user, host) == 6) {
        struct utmp record;
        memset(&record, 0, sizeof record);
        record.ut_type = type;
        record.ut_pid = pid;
        record.ut_tv.tv_sec = time;
        put(record.ut_line, sizeof record.ut_line, line);
        put(record.ut_user, sizeof record.ut_user, user);
        put(record.ut_host, sizeof record.ut_host, host);
        updwtmp(argv[1], &record);
    }
    return 0;
}
"""


def read(data: bytes) -> Reading:
    """Return what a reader makes of a wtmp."""
    block = Block(Position(1, 0), data, Position(1, len(data)), 4_000_000_000)
    return WtmpReader("login", "alder").read(block)


def test_the_c_library_writes_such_records(tmp_path: Path) -> None:
    """A program that appends with glibc's updwtmp writes, byte for byte, what the tests pack."""
    compiler = shutil.which("cc") or pytest.skip("there is no compiler")
    (tmp_path / "writer.c").write_text(PROGRAM)
    subprocess.run([compiler, "-o", "writer", "writer.c"], cwd=tmp_path, check=True)
    (tmp_path / "wtmp").touch()

    lines = [
        f"{one.type} {one.pid} {one.time} {one.line or '-'} {one.user or '-'} {one.host or '-'}\n" for one in RECORDS
    ]
    subprocess.run([tmp_path / "writer", tmp_path / "wtmp"], input="".join(lines), text=True, check=True)

    assert packed(one._replace(id="") for one in RECORDS) == (tmp_path / "wtmp").read_bytes()


def test_utmpdump_prints_such_records(tmp_path: Path) -> None:
    """`utmpdump` prints of the tests' records the text that the tests read and write."""
    (tmp_path / "wtmp").write_bytes(packed(RECORDS))
    printed = dumped(tmp_path / "wtmp")

    assert "".join(f"{record.dumped()}\n" for record in RECORDS) == printed
    assert RECORDS == read_dump(printed)


def test_what_utmpdump_makes_of_text_is_read_alike(tmp_path: Path) -> None:
    """A wtmp that `utmpdump -r` made of text gives the events of the one that the text was printed from."""
    program = installed("utmpdump", "util-linux")
    text = "".join(f"{record.dumped()}\n" for record in RECORDS)

    made = subprocess.run([program, "-r"], input=text.encode(), capture_output=True, check=True).stdout

    assert len(RECORDS) * SIZE == len(made)
    assert read(packed(RECORDS)).events == read(made).events


def test_names_that_fill_their_fields_are_printed_alike(tmp_path: Path) -> None:
    """A name without a NUL behind it is read to the end of its field, and no further."""
    record = Record(7, 1_709_625_600, "l" * 32, "u" * 32, "h" * 256, 7, "i" * 4)
    (tmp_path / "wtmp").write_bytes(record.packed())

    assert record.dumped() == dumped(tmp_path / "wtmp").removesuffix("\n")
    (start,) = (event for event in read(record.packed()).events if hasattr(event, "seats"))
    assert (f"{'u' * 32}@{'h' * 256}", f"remote {'l' * 32}") == (start.who, start.display)


def dumped(wtmp: Path) -> str:
    """Return what `utmpdump` prints of a *wtmp*."""
    program = installed("utmpdump", "util-linux")
    return subprocess.run([program, wtmp], capture_output=True, text=True, check=True).stdout
