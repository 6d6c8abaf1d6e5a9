"""The two processes of a fault: Seatwatch, and the writer of the log it reads."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.faults.harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
_SERVING = re.compile(r"Serving\. metrics=(\S+)")


def environment(failpoint: str = "") -> dict[str, str]:
    """Return the environment of a child that shall kill itself at *failpoint*, ``name:n``."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "TAIL_FP": failpoint}


class Seatwatch:
    """`seatwatch run` on one configuration, one process after the other."""

    def __init__(self, config: Path, before: Sequence[str] = ()) -> None:
        """Prepare; *before* is what the command line begins with."""
        self.command = [*before, sys.executable, "-m", "exporter", "run", "--config", str(config)]
        self._told = config.with_suffix(".stderr")
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    def start(self, failpoint: str = "") -> None:
        """Start it, and don't wait for anything."""
        self._url = None
        with self._told.open("wb") as out:
            self._process = subprocess.Popen(
                self.command, stdout=subprocess.DEVNULL, stderr=out, env=environment(failpoint)
            )

    @property
    def told(self) -> str:
        """What it said on stderr since its start."""
        return self._told.read_text("utf-8") if self._told.exists() else ""

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.poll() if self._process else 0

    def serving(self) -> str | None:
        """Return where its metrics are; None before that is known."""
        if self._url is None and (found := _SERVING.search(self.told)):
            self._url = found[1]
        return self._url

    def wait_serving(self) -> None:
        """Wait until it serves, or is dead."""
        wait_until(lambda: self.serving() is not None or self.status is not None, lambda: self.told)

    def metrics(self) -> dict[str, float]:
        """Return what it shows, by name with labels; nothing while it can't be asked."""
        if self.status is not None or (url := self.serving()) is None:
            return {}
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- our own server
                text = answer.read().decode()
        except (OSError, HTTPException):  # killed before or while it answers
            return {}
        rows = (row.rpartition(" ") for row in text.splitlines() if not row.startswith("#"))
        return {name: float(value) for name, _, value in rows}

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] == name)

    def kill(self) -> None:
        """Kill it with SIGKILL, if it runs."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; return its exit status and how many seconds it took."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(number)
        return self._process.wait(60), time.monotonic() - begun


class Writer:
    """The log writer's process (see `log_writer`), told what to do."""

    def __init__(self, log: Path, truth: Path, eol: str = "\n") -> None:
        """Start it, and wait until the log is there, empty."""
        self._pending = ["ready"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.harness.log_writer", str(log), str(truth), json.dumps(eol)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.finish()

    def begin(self, name: str, **arguments: Any) -> None:
        """Tell it to do something, and don't wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()
        self._pending.append(name)

    def finish(self) -> None:
        """Wait until it has done everything it was told."""
        assert self._process.stdout is not None
        for name in self._pending:
            assert name == self._process.stdout.readline().strip(), "the log writer has died"
        self._pending.clear()

    def do(self, name: str, **arguments: Any) -> None:
        """Tell it to do something, and wait for it."""
        self.begin(name, **arguments)
        self.finish()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
