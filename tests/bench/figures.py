"""The figures of a run: how they are shown, and how they get into a page."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.bench.measuring import BenchFault

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; None where it could not be had. At most one of *at_least*, *at_most* and *below* is its target."""

    key: str
    """Its name for machines."""
    what: str
    value: float | None
    unit: str
    digits: int = 0
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None without target or number."""
        if self.value is None:
            return None
        if self.below is not None:
            return self.value < self.below
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    @property
    def measured(self) -> str:
        """The number with its unit."""
        return "not measured" if self.value is None else f"{self.value:,.{self.digits}f} {self.unit}".rstrip()

    @property
    def target(self) -> str:
        """The target, '' without one."""
        if self.below is not None:
            return f"< {self.below:g} {self.unit}".rstrip()
        if self.at_most is not None:
            return f"≤ {self.at_most:g} {self.unit}".rstrip()
        return "" if self.at_least is None else f"≥ {self.at_least:g} {self.unit}".rstrip()

    @property
    def verdict(self) -> str:
        """``ok`` or ``missed``, '' where nothing can be said."""
        return {True: "ok", False: "missed", None: ""}[self.met]


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    cpu = _entry("/proc/cpuinfo", "model name") or platform.machine()
    memory = int((_entry("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) * 1024 / 1e9
    return {
        "cpu": f"{os.cpu_count()} cores of {cpu}",
        "memory": f"{memory:.1f} GB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "python": platform.python_version(),
        "load at the start": f"{os.getloadavg()[0]:.2f}",
    }


def show(figures: Iterable[Figure], about: str, console: Console) -> None:
    """Print a table to read."""
    table = Table(title=about, title_justify="left")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    colours = {"ok": "green", "missed": "red", "": ""}
    for figure in figures:
        verdict = Text(figure.verdict, style=colours[figure.verdict])
        table.add_row(figure.what, figure.measured, figure.target, verdict)
    console.print(table)


def block(figures: Iterable[Figure], about: str, where: Mapping[str, str], command: str) -> str:
    """Return the figures as Markdown."""
    rows = "\n".join(f"| {one.what} | {one.measured} | {one.target} | {one.verdict} |" for one in figures)
    machine_rows = "\n".join(f"- {what}: {value}" for what, value in where.items())
    head = "| what | measured | target | |\n|---|--:|--:|---|"
    return f"Made by `{command}`. {about}\n\n{head}\n{rows}\n\nThe machine:\n\n{machine_rows}"


def write_block(page: Path, text: str) -> None:
    """Put *text* between the marks in *page* and leave the rest. Raises BenchFault as `place` does."""
    before, after = place(page)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def place(page: Path) -> tuple[str, str]:
    """Return the texts before and after the marks in *page*. Raises BenchFault when they aren't there, in order."""
    before, begin, rest = (page.read_text("utf-8") if page.is_file() else "").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise BenchFault(f"{page} has no place for figures: put the lines {BEGIN} and {END} where they belong.")
    return before, after


def _entry(path: str, key: str) -> str | None:
    """Return the first value of *key* in a file of ``key: value`` lines."""
    for line in Path(path).read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return None
