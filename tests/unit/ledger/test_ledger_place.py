"""Where a ledger lies: local disks only, and files that the group can read whatever the umask."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.errors import LedgerPlace
from exporter.ledger import place
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch

MOUNTS = """\
22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
30 22 0:40 / /srv/with\\040blank rw - nfs4 nas:/export rw
31 22 0:41 / /srv rw shared:5 - xfs /dev/vdb rw
32 31 0:42 / /srv/logs rw - ext4 /dev/vdc rw
33 31 0:43 / /srv/logs rw - cifs //nas/logs rw
34 22 0:44 / /data/far rw - fuse.sshfs amber@far: rw
"""

AS_NOBODY = """
import os, sys
from exporter.errors import LedgerError
from exporter.ledger import schema
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger

schema.newest()  # loads what nobody may not, when Python itself lies in a closed folder
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(65534)
try:
    {}
except LedgerError as error:
    print(type(error).__name__, error)
"""
READ = AS_NOBODY.format('print(list(LedgerReader(sys.argv[1]).ask("SELECT count(*) FROM session"))[0][0])')
OPEN = AS_NOBODY.format("SqliteLedger.open(sys.argv[1], None, None)")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/srv", "xfs"),
        ("/srvx", "ext4"),
        ("/srv/with blank/deep", "nfs4"),
        ("/srv/logs/a", "cifs"),
        ("/data/far", "fuse.sshfs"),
    ],
)
def test_the_deepest_and_latest_mount_tells_the_file_system(folder: str, kind: str) -> None:
    """The file system is that of the deepest mount point; of two on one point, the later; escapes are undone."""
    assert kind == place.file_system(Path(folder), MOUNTS)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"])
def test_a_network_file_system_is_refused(
    opened: Callable[[], SqliteLedger], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Where locks can't be relied on the ledger is refused with the type of the file system and the key to change."""
    monkeypatch.setattr(place, "file_system", lambda *_: kind)
    with pytest.raises(LedgerPlace, match=rf"network file system \({kind}\).*set ledger\.path to a local disk"):
        opened()


@pytest.fixture
def strict_umask() -> Iterator[None]:
    """Let new files be for their owner only, as far as the umask goes."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_the_group_may_read_whatever_the_umask(
    path: Path, opened: Callable[[], SqliteLedger], full_batch: Callable[[SqliteLedger], Batch]
) -> None:
    """The folder is 2770 and every file in it 0660 though the umask is 077."""
    ledger = opened()
    ledger.commit([full_batch(ledger)])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    names = ("seatwatch.db", "seatwatch.db-shm", "seatwatch.db-wal", "seatwatch.db.id", "seatwatch.db.lock")
    assert dict.fromkeys(names, 0o660) == modes
    assert 0o2770 == stat.S_IMODE(path.parent.stat().st_mode)


def _run_as_nobody(script: str, path: Path, group: int) -> str:
    for folder in path.parents[1:]:  # pytest's own folders are for their owner only
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)
    # Who measures the coverage writes beside the project, where nobody may not.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", script, path, str(group)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=unmeasured)
    return (done.stdout + done.stderr).strip()


@as_root
def test_a_group_reader_reads_while_the_writer_runs_and_after(
    path: Path, opened: Callable[[], SqliteLedger], full_batch: Callable[[SqliteLedger], Batch]
) -> None:
    """A user who only shares the folder's group reads all that is committed, before and after the writer has gone."""
    ledger = opened()
    ledger.commit([full_batch(ledger)])
    assert "3" == _run_as_nobody(READ, path, 0)
    ledger.close()
    assert "3" == _run_as_nobody(READ, path, 0)
    after = opened()  # what the reader left behind is no hindrance
    after.commit([full_batch(after)])
    assert "6" == _run_as_nobody(READ, path, 0)


@as_root
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    """A user who may not write in the ledger's folder is told which, with its mode and owner."""
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    said = _run_as_nobody(OPEN, folder / "seatwatch.db", 65534)
    assert said.startswith(f"LedgerPlace User 65534 may not write in {folder} (drwxr-xr-x, owner 0, group 0): give it")


@as_root
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The same when the folder is missing and can't be made."""
    tmp_path.chmod(0o755)
    said = _run_as_nobody(OPEN, tmp_path / "var" / "seatwatch.db", 65534)
    assert said.startswith(
        f"LedgerPlace The ledger's folder {tmp_path / 'var'} can't be made or looked at (Permission denied"
    )


@as_root
def test_a_reader_without_permission_is_told(path: Path, opened: Callable[[], SqliteLedger]) -> None:
    """A user outside the group is told that the ledger is closed to them, not that there is none."""
    opened().close()
    assert "LedgerPlace" == _run_as_nobody(READ, path, 65534).partition(" ")[0]
