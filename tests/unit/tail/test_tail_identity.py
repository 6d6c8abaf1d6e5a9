"""Which generation a file is: head, marker, and where it ends."""

import pytest

from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.opening import open_log

HEAD = b"".join(b"head %03d\n" % n for n in range(200))
TAIL = b"".join(b"tail %03d\n" % n for n in range(200))


def generation(path, data, offset, *, closed=False):
    """Return the record of *data*, read to *offset*."""
    path.write_bytes(data)
    status = path.stat()
    log = open_log(str(path))
    record = Generation(1, str(path), status.st_dev, status.st_ino, offset=offset, size=len(data), closed=closed)
    identity.take_head(record, log)
    identity.take_marker(record, log)
    log.close()
    return record


@pytest.mark.parametrize(
    ("content", "closed", "same"),
    [
        (HEAD + TAIL, False, True),
        (HEAD + TAIL + b"more\n", False, True),
        (HEAD + TAIL + b"more\n", True, False),
        (HEAD + TAIL, True, True),
        (b"other" + HEAD[5:] + TAIL, False, False),
        (HEAD + TAIL[:-9] + b"tail ???\n", False, False),
        (HEAD, False, False),
        (b"", False, False),
    ],
    ids=["same", "grown", "grown though closed", "closed", "other head", "other marker", "shorter", "empty"],
)
def test_known_by_content(tmp_path, content, closed, same):
    """In another inode, head and marker decide; a closed generation also has to end where it ended."""
    record = generation(tmp_path / "a.log", HEAD + TAIL, len(HEAD + TAIL), closed=closed)
    copy = tmp_path / "copy"
    copy.write_bytes(content)
    log = open_log(str(copy))

    assert same == identity.is_file_of(record, log, copy.stat().st_dev, copy.stat().st_ino)

    log.close()


def test_head_grows_only_where_it_was(tmp_path):
    """A head is taken again from a longer file that begins as before, and from no other."""
    path = tmp_path / "a.log"
    record = generation(path, HEAD[:100], 0)
    path.write_bytes(HEAD)
    log = open_log(str(path))
    identity.take_head(record, log)

    assert (identity.digest(HEAD[: identity.HEAD]), identity.HEAD) == (record.head, record.head_length)

    log.close()
    record = generation(path, HEAD[:100], 0)
    path.write_bytes(TAIL)
    log = open_log(str(path))
    identity.take_head(record, log)

    assert (identity.digest(HEAD[:100]), 100) == (record.head, record.head_length)

    log.close()


def test_generations_that_begin_alike(world):
    """Files that begin with the same lines are told apart as soon as one is longer."""
    for number in range(3, 0, -1):
        world.write("a.log", b"banner\n")
        world.settle()
        world.write("a.log", b"line %d\n" % number)
        world.settle()
        world.path.rename(world.folder / f"a.log.{number}")
    world.write("a.log", b"banner\n")
    world.settle()
    world.write("a.log", b"line 0\n")
    world.settle()

    assert world.data == b"".join(b"banner\nline %d\n" % number for number in range(3, -1, -1))
    assert world.gaps == []


def test_new_file_that_begins_like_the_current_one(world):
    """A longer file beside the current one, beginning with all of it, is a log of its own."""
    world.write("a.log", b"banner\n")
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", b"banner\n")
    world.settle()
    world.write("a.log", b"line\n")

    assert world.settle() == b"banner\nline\n"
    assert world.gaps == []
