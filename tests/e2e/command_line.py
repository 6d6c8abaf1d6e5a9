"""The real command line, for tests: run to its end in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from exporter.cli import main
from tests.e2e.running import DEADLINE

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """What a command left: its exit status, and what it wrote to stdout and stderr."""

    status: int
    out: str
    err: str


Command = Callable[..., Ran]
"""Takes the words behind `seatwatch`, paths too, runs the command in the test's folder, and returns what it left."""


def environment() -> Mapping[str, str]:
    """Return the environment of a process: this one's, with the project on its path and nothing of the user's."""
    kept = {name: value for name, value in os.environ.items() if name not in ("SEATWATCH_CONFIG", "TAIL_FP")}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200"}


def spawned(folder: Path, *words: str | Path, measured: bool = True) -> Ran:
    """Run `seatwatch` with *words* in *folder* as a process of its own; *measured* costs time when coverage is on."""
    env = environment()
    if not measured:
        env = {name: value for name, value in env.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "exporter", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def called(folder: Path, *words: str | Path) -> Ran:
    """Run `seatwatch` with *words* in *folder* inside this process: the same way in, without a start of Python."""
    status = 0
    written = folder / ".stdout", folder / ".stderr"
    with (
        written[0].open("w") as out,
        written[1].open("w") as err,
        redirect_stdout(out),
        redirect_stderr(err),
        chdir(folder),
        patch.dict(os.environ, environment(), clear=True),
        patch.object(sys, "argv", ["seatwatch", *map(str, words)]),
    ):
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
    return Ran(status, *(file.read_text() for file in written))


def told(ran: Ran) -> str:
    """Return stdout of a command that must have gone well."""
    assert ran.status == 0, ran.err
    return ran.out
