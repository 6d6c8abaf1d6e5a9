"""Programs that run while a test looks at them, and how the test waits for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from threading import Event as Signal
from typing import Any, NamedTuple, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from exporter.clock import SystemClock

T = TypeVar("T")
DEADLINE = 60.0
"""Seconds that anything may take before a test gives up."""


def until(what: str, look: Callable[[], T | None], seconds: float = DEADLINE) -> T:
    """Look again and again until *look* returns something true; return that, or fail saying *what* never came."""
    clock, never = SystemClock(), Signal()
    end = clock.monotonic() + seconds
    while not (found := look()):
        assert clock.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        never.wait(0.05)
    return found


class Answer(NamedTuple):
    """What an HTTP server answered; status 0: nothing."""

    status: int
    text: str


def fetch(url: str) -> Answer:
    """Ask for *url*."""
    try:
        with urlopen(url, timeout=DEADLINE) as answer:  # noqa: S310  # of servers on this machine
            return Answer(answer.status, answer.read().decode())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode())
    except (URLError, HTTPException, ConnectionError):
        return Answer(0, "")


class Program:
    """A process of its own, in a process group of its own; what it writes goes to *name*.out and *name*.err."""

    def __init__(self, folder: Path, name: str, *words: str | Path, env: Mapping[str, str] | None = None) -> None:
        """Start the program *words* in *folder*."""
        self._errors = folder / f"{name}.err"
        with (folder / f"{name}.out").open("w") as out, self._errors.open("w") as err:
            self._process = subprocess.Popen(
                words, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        self.pid = self._process.pid

    @property
    def errors(self) -> str:
        """What it has written to stderr."""
        return self._errors.read_text()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end; return the exit status."""
        return self._process.wait(DEADLINE)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def peak_memory(self) -> int:
        """The most memory it has had so far, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024

    def stop(self) -> int:
        """End it, kindly first; return the exit status."""
        if self.runs:
            self.send(signal.SIGTERM)
        try:
            return self.ended()
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            return self.ended()


class Service(Program):
    """A program that logs JSON to stderr, as `seatwatch run` does when its configuration asks for it."""

    def lines(self, message: str) -> list[dict[str, Any]]:
        """Return the whole log lines with this message."""
        whole = self.errors.rpartition("\n")[0].splitlines()
        return [line for text in whole if (line := json.loads(text))["message"] == message]

    def awaited(self, message: str, times: int = 1) -> dict[str, Any]:
        """Wait until *message* was logged so many times; return the last line."""

        def look() -> list[dict[str, Any]]:
            assert self.runs, self.errors
            found = self.lines(message)
            return found if len(found) >= times else []

        return until(f"the log line {message!r}", look)[-1]

    def ask(self, page: str) -> Answer:
        """Ask for a page of the newest address."""
        url = str(self.awaited("Serving.")["metrics"])
        return fetch(url.removesuffix("metrics") + page)

    def shown(self) -> Mapping[str, float]:
        """Return the samples of a scrape, by ``name{label values}`` in the order of the labels' names."""
        samples = {}
        for family in text_string_to_metric_families(self.ask("metrics").text):
            for sample in family.samples:
                labels = ",".join(value for _, value in sorted(sample.labels.items()))
                samples[f"{sample.name}{{{labels}}}"] = sample.value
        return samples

    def shows(self, sample: str, value: float) -> None:
        """Wait until *sample* (see `shown`) has *value*."""
        until(f"{sample} {value}", lambda: self.shown().get(sample) == value)
