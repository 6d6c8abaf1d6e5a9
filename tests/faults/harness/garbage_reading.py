"""Reads bad logs with the real parts from file to endpoint, and looks at all that comes out."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from exporter.clock import SystemClock
from exporter.config.loading import load
from exporter.health import Health
from exporter.ledger.export import EXPORTS
from exporter.ledger.reader import LedgerReader
from exporter.publish.board import Board
from exporter.publish.prometheus import Exposition
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.e2e.command_line import called, told

CONFIG = """
site: {name: faults, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - {name: lic, format: flexlm, server: "{server}", timezone: Europe/Madrid, paths: ["logs/{server}.log"]}
"""


class BadLogs:
    """A folder of logs, one a server, and the ledger that they are read into."""

    def __init__(self, folder: Path) -> None:
        """Make the folder."""
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True)
        (folder / "config.yaml").write_text(CONFIG)

    @contextmanager
    def collector(self) -> Iterator[Collector]:
        """Give what reads the logs, as a process that has just begun."""
        settings = load(self.folder / "config.yaml", FORMATS)
        with closing(Collector(settings, SystemClock(), Health(lambda: 0, lambda: 0), importing=True)) as collector:
            yield collector

    def read(self) -> str:
        """Read to the end of every log; return the scrape."""
        with self.collector() as collector:
            return read(collector)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Return the rows of a query to the ledger."""
        with closing(LedgerReader(self.folder / "ledger.db")) as reader:
            return list(reader.ask(sql))

    def tallies(self) -> dict[str, Counter[str]]:
        """Return the lines by outcome of each log, by the name of its file."""
        found: dict[str, Counter[str]] = {}
        for name, kind, number in self.ask(
            "SELECT s.name, t.kind, t.n FROM tally AS t JOIN stream AS s ON s.id = t.stream"
        ):
            found.setdefault(Path(name.decode()).name, Counter())[kind] = number
        return found

    def exported(self, what: str) -> list[list[str]]:
        """Return the rows of an export with its header."""
        told(called(self.folder, "export", what))
        with (self.folder / ".stdout").open(newline="") as file:
            return list(csv.reader(file, strict=True))


def read(collector: Collector) -> str:
    """Let *collector* read to the end of every log; return the scrape."""
    collector.pipeline.drain(lambda: None)
    board = Board(SystemClock())
    board.show(collector.pipeline.view)
    return Exposition(board, Health(lambda: 0, lambda: 0), "0").scrape("")[1].decode()


def samples(scrape: str) -> list[Sample]:
    """Return what Prometheus' own parser finds in a scrape."""
    return [sample for family in text_string_to_metric_families(scrape) for sample in family.samples]


def see_sound_ledger(logs: BadLogs) -> None:
    """See that SQLite finds no fault in the ledger, and that every export has whole rows, one for each fact."""
    assert [("ok",)] == logs.ask("PRAGMA integrity_check")
    assert [] == logs.ask("PRAGMA foreign_key_check")
    facts = {"sessions": "session", "denials": "denial", "waits": "wait"}
    for what in EXPORTS:
        header, *rows = logs.exported(what)
        assert {len(header)} >= {len(row) for row in rows}, what
        if what in facts:
            assert logs.ask(f"SELECT count(*) FROM {facts[what]}") == [(len(rows),)]


def see_safe_labels(scrape: str) -> None:
    """See that a scrape names nobody's sample twice, and that each label is one that people and programs can show."""
    found = samples(scrape)
    series = Counter((sample.name, *sorted(sample.labels.items())) for sample in found)
    labels = {text for sample in found for text in sample.labels.values()}

    assert {1} == set(series.values())
    assert [] == [text for text in labels if any(character < " " or "\x7f" <= character < "\xa0" for character in text)]
