"""A `seatwatch run` of our own, and what it shows."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from tests.bench.collecting import SEATWATCH
from tests.bench.measuring import ROOT, BenchFault

PATIENCE = 60.0
"""Seconds that anything may take before it counts as failed."""


class Running:
    """The process, and a connection to its endpoint."""

    def __init__(self, process: subprocess.Popen[bytes], told: Path) -> None:
        """Wait until *process*, whose stderr goes to the file *told*, serves. Raises BenchFault when it doesn't."""
        self._process = process
        self._told = told
        self._until(lambda: bool(self._address() or process.poll() is not None), "does not serve")
        address = urlsplit(self._address())
        if not address.port:
            raise BenchFault(f"`run` ended before it served: {told.read_text('utf-8').strip()}")
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def get(self, path: str) -> tuple[int, bytes]:
        """Return the status and body of a page; the connection is kept where the server keeps it."""
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def wait_until_ready(self) -> None:
        """Wait until every log has been read to its end. Raises BenchFault when that takes too long."""
        self._until(lambda: self.get("/readyz")[0] == HTTPStatus.OK, "has not read its logs")

    def leave_alone(self, seconds: float) -> None:
        """Let *seconds* pass. Raises BenchFault when the process ends meanwhile."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise BenchFault(f"`run` ended by itself, with status {status}: {self._told.read_text('utf-8').strip()}")

    def stop(self) -> None:
        """Ask it to end. Raises BenchFault when it doesn't end well."""
        self._connection.close()
        self._process.terminate()
        if status := self._process.wait(PATIENCE):
            raise BenchFault(f"`run` ended with status {status} when asked to: {self._told.read_text('utf-8').strip()}")

    def _address(self) -> str:
        """Return the address it logged, '' before it has."""
        for line in self._told.read_text("utf-8").splitlines(keepends=True):
            if '"Serving."' in line and line.endswith("\n"):
                return str(json.loads(line)["metrics"])
        return ""

    def _until(self, reached: Callable[[], bool], otherwise: str) -> None:
        pause, begun = Event(), time.monotonic()
        while not reached():
            if time.monotonic() - begun > PATIENCE:
                raise BenchFault(f"`run` {otherwise} after {PATIENCE:.0f} s.")
            pause.wait(0.5)  # each answer holds up, for a while, what is waited for


@contextmanager
def running(config: Path) -> Iterator[Running]:
    """Give a `run` on *config*. Raises BenchFault when it doesn't begin or doesn't end well."""
    told = config.with_name("stderr")
    command = [*SEATWATCH, "run", "--config", str(config)]
    with told.open("wb") as stderr, subprocess.Popen(command, stderr=stderr, cwd=ROOT) as process:
        try:
            served = Running(process, told)
            yield served
            served.stop()
        finally:
            process.kill()
