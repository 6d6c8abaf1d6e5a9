"""
The door of the ledger: one writer, the right file, whole; anything else is refused with a sentence and a way out.

A ledger that can't be used never means "begin from zero". Beside ``seatwatch.db`` lie ``seatwatch.db.lock``, whose lock
the writer holds (the kernel drops it with the process, however that ends), and ``seatwatch.db.id``, which holds the
ledger's uuid and outlives it: with it there, a missing ledger is a loss and not a first start.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import struct
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from exporter.errors import LedgerBroken, LedgerBusy, LedgerError, LedgerPlace
from exporter.ledger import schema
from exporter.ledger.connection import connect, connect_writer, is_damage, way_out
from exporter.ledger.place import FILE_MODE, make_file, not_allowed, prepare_folder, sync
from exporter.ports import Failpoint

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_FIELDS = ((">H", 16), (">I", 28), (">I", 60), (">I", 68))
"""Form and place of the page size, the pages, the user_version and the application_id in the header."""


def open_writer(path: Path, hit: Failpoint) -> tuple[sqlite3.Connection, int]:
    """
    Open the ledger for writing, made when there never was one; return it and the descriptor that holds its lock.

    Raises LedgerPlace, LedgerBusy, LedgerBroken, and sqlite3.Error or OSError when the disk fails.
    """
    prepare_folder(path.parent)
    lock = lock_writer(path)
    try:
        return _open_locked(path, hit), lock
    except BaseException:
        os.close(lock)
        raise


def check_header(path: Path, advice: str = "") -> None:
    """
    See by its first bytes and its size that *path* is a ledger; *advice* says what to do when it isn't.

    Raises LedgerBroken, OSError.
    """
    way = advice or way_out(path)
    elsewhere = f". {advice}" if advice else ": set ledger.path to a file of seatwatch's own."
    if not path.is_file():
        raise LedgerBroken(f"{path} is no file, so no ledger{elsewhere}")
    size = path.stat().st_size
    log = Path(f"{path}-wal")
    logged = log.exists() and log.stat().st_size > 0
    if size == 0:
        beside = f", but its write-ahead log {log} is not" if logged else ""
        raise LedgerBroken(f"The ledger {path} is empty (0 bytes){beside}. {way}")
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise LedgerBroken(f"{path} is no ledger: it doesn't begin as a SQLite file does. {way}")
    page_size, pages, version, application = (struct.unpack_from(form, header, at)[0] for form, at in _FIELDS)
    if application != schema.APPLICATION_ID:
        raise LedgerBroken(
            f"{path} is a SQLite database of another program (application_id {application:#x}){elsewhere}"
        )
    if version < 1:
        raise LedgerBroken(f"The ledger {path} holds no schema. {way}")
    whole = pages * page_size
    if size < whole and not logged:  # with a log, pages may still be on their way from it into the file
        raise LedgerBroken(f"The ledger {path} is cut off: it has {size} of {whole} bytes. {way}")


def check_version(path: Path, db: sqlite3.Connection) -> None:
    """See that this program knows the ledger's schema. Raises LedgerBroken."""
    found = schema.version(db)
    if found > schema.newest():
        raise LedgerBroken(
            f"The ledger {path} was written by a newer seatwatch (schema {found}, this one knows {schema.newest()}): "
            "install that version again."
        )


def remains(path: Path) -> list[Path]:
    """Return what an earlier ledger at *path* left behind."""
    return [file for file in (Path(f"{path}.id"), Path(f"{path}-wal")) if file.exists()]


def refuse_missing(path: Path) -> None:
    """See that there is a ledger. Raises LedgerBroken when one was lost, LedgerError when there never was one."""
    if path.exists():
        return
    if lost := remains(path):
        raise LedgerBroken(
            f"The ledger {path} is missing, but it was here before ({lost[0]} is left): "
            "restore it from a backup (`seatwatch restore`)."
        )
    raise LedgerError(
        f"There is no ledger at {path}: run `seatwatch collect` first, or see ledger.path in the configuration."
    )


def lock_writer(path: Path) -> int:
    """
    Take the writer's lock, leave our pid in its file, and return the descriptor that holds it.

    Raises LedgerPlace, LedgerBusy.
    """
    file = Path(f"{path}.lock")
    try:
        fd = make_file(file, os.O_RDWR)
    except OSError as error:
        raise LedgerPlace(
            f"The ledger's lock file {file} can't be opened ({error.strerror}): give this user write permission."
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(fd, 20, 0).decode("ascii", "replace").strip()
        os.close(fd)
        who = f" (process {pid})" if pid else ""
        raise LedgerBusy(
            f"Another seatwatch{who} writes the ledger {path}: stop it first, or use its ledger."
        ) from None
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def _open_locked(path: Path, hit: Failpoint) -> sqlite3.Connection:
    """Open the ledger for the process that holds its lock."""
    if not path.exists():
        _refuse_remains(path)
        _create(path, hit)
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        raise LedgerPlace(f"{not_allowed(path, 'write')}: give it write permission on this file.")
    check_header(path)
    db = _open_whole(path)
    try:
        check_version(path, db)
        schema.migrate(db, hit)
        _check_id(path, db)
    except BaseException:
        db.close()
        raise
    return db


def _refuse_remains(path: Path) -> None:
    left = remains(path)
    if left:
        names = " and ".join(str(file) for file in left)
        raise LedgerBroken(
            f"The ledger {path} is missing, but it was here before ({names} is left): "
            f"restore it from a backup (`seatwatch restore`), or delete {names} to begin anew."
        )


def _create(path: Path, hit: Failpoint) -> None:
    """Make the file under another name and rename it when whole: a crash leaves no half ledger."""
    new = Path(f"{path}.new")
    for file in (new, Path(f"{new}-journal"), Path(f"{new}-wal"), Path(f"{new}-shm")):
        file.unlink(missing_ok=True)
    os.close(make_file(new, os.O_RDWR))
    db = connect(new, "rw")
    try:
        schema.set_up(db, str(uuid4()), hit)
    finally:
        db.close()
    new.replace(path)
    sync(path.parent)


def _open_whole(path: Path) -> sqlite3.Connection:
    """Open the file and read all of it once. Raises LedgerBroken."""
    db = None
    try:
        db = connect(path, "ro")  # a writer would fold its log into the damaged file when it closes
        check_whole(path, db)
        return connect_writer(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise LedgerBroken(f"The ledger {path} is damaged ({error}). {way_out(path)}") from error
    finally:
        if db:
            db.close()


def check_whole(path: Path, db: sqlite3.Connection, advice: str = "") -> None:
    """Read all of an open ledger; *advice* says what to do about damage. Raises LedgerBroken, sqlite3.Error."""
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        *_, fault = verdict.splitlines()  # below a heading
        raise LedgerBroken(f"The ledger {path} is damaged ({fault}). {advice or way_out(path)}")


def _check_id(path: Path, db: sqlite3.Connection) -> None:
    """See that this is the ledger that was begun here; a new one leaves its uuid now."""
    (uuid,) = db.execute("SELECT uuid FROM meta").fetchone()
    known = expected(path)
    if known and uuid not in known:
        raise LedgerBroken(
            f"{path} is another ledger than the one that was begun here: "
            f"put that one back, or delete {path}.id to go on with this one."
        )
    if known != [uuid]:
        expect(path, [uuid])


def expected(path: Path) -> list[str]:
    """Return the uuids of which the ledger at *path* may have one; none before one was begun here."""
    marker = Path(f"{path}.id")
    return marker.read_text("ascii", "replace").split() if marker.exists() else []


def expect(path: Path, uuids: Sequence[str]) -> None:
    """Note that the ledger at *path* has one of *uuids*. Raises OSError."""
    marker = Path(f"{path}.id")
    new = Path(f"{marker}.new")
    fd = make_file(new, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write("".join(f"{uuid}\n" for uuid in uuids))
        file.flush()
        os.fsync(fd)
    new.chmod(FILE_MODE)
    new.replace(marker)
    sync(path.parent)
