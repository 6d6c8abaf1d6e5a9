"""
`seatwatch run`: collects and serves until it is told to stop.

SIGTERM and SIGINT end it after the commit under way. SIGHUP reads the configuration again: it is validated first, and
a faulty one changes nothing.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from shutil import disk_usage
from threading import Event as Signal
from threading import Thread
from types import FrameType

from exporter import __version__
from exporter.clock import SystemClock
from exporter.config.rules import licences_of
from exporter.config.settings import Settings
from exporter.errors import ConfigError, ListenError, SeatwatchError
from exporter.health import Health
from exporter.logs import configure
from exporter.publish.board import Board
from exporter.publish.prometheus import Exposition
from exporter.publish.server import Server
from exporter.systemd import ServiceManager
from exporter.views import View
from exporter.wiring import Collector, ledger_size, rules_now

_log = logging.getLogger(__name__)


class Service:
    """The long-running process."""

    def __init__(self, load: Callable[[], Settings]) -> None:
        """Take what reads the configuration; it may raise ConfigError."""
        self._load = load
        self._settings = load()
        self._stop = Signal()
        self._reload = self._ending = False
        self._collector: Collector | None = None
        self._server: Server | None = None
        self._board = Board(SystemClock())
        self._board.use(licences_of(self._settings))
        self._manager = ServiceManager(os.environ, os.getpid(), SystemClock())
        self._health = Health(lambda: ledger_size(self._ledger), lambda: disk_usage(self._ledger.parent).free)

    def run(self) -> None:
        """Collect and serve. Raises LedgerError, ListenError at the start."""
        configure(self._settings.log.level, self._settings.log.format)
        self._collector = self._collect(self._settings)
        try:
            self._server = self._serve(self._settings)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, self._on_signal)
            _log.info("Collecting.", extra={"version": __version__, "ledger": self._settings.ledger.path})
            self._manager.ready()
            while not self._ending:
                self._collector.pipeline.run(self._stop, self._collector.wake, self._manager.alive)
                # First cleared, then looked at: a request that comes in between is not lost.
                self._stop.clear()
                if self._reload and not self._ending:
                    self._reload = False
                    self._manager.reloading()
                    self._take_over()
                    self._manager.ready()
            self._manager.stopping()
            if self._collector.pipeline.unfinished:
                _log.error("Stopped, with lines read that could not be committed; the next start reads them again.")
            else:
                _log.info("Stopped; everything read is committed.")
        finally:
            if self._server:
                self._server.stop()
            if self._collector:
                self._collector.close()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        # A thread of its own sets the signals: this one may hold their locks just now.
        Thread(target=self._ask, args=(number == signal.SIGHUP,), name="asked").start()

    def _ask(self, reload: bool) -> None:
        if reload:
            self._reload = True
        else:
            self._ending = True
        self._stop.set()
        if self._collector:
            self._collector.wake.set()

    def _take_over(self) -> None:
        """Go on with the configuration as it is now, or with the old one where that can't be used."""
        old = self._settings
        try:
            new = self._load()
            rules_now(new)  # what would only come up when the old collector is gone
        except ConfigError as error:
            self._refuse(error)
            return
        try:
            self._rebuild(new)
        except SeatwatchError as error:
            self._rebuild(old)
            self._refuse(error)
            return
        configure(new.log.level, new.log.format)
        self._health.reloaded(successful=True)
        _log.info("Configuration read again.")

    def _rebuild(self, settings: Settings) -> None:
        if self._collector:
            self._collector.close()
            self._collector = None
            self._board.show(View())
        self._collector = self._collect(settings)
        self._board.use(licences_of(settings))
        if settings.prometheus != self._settings.prometheus:
            # Stopped first: the new address may hold the old one. Where the new one can't be had, the old comes back.
            if self._server:
                self._server.stop()
            try:
                self._server = self._serve(settings)
            except ListenError:
                self._server = self._serve(self._settings)
                raise
        self._settings = settings

    def _collect(self, settings: Settings) -> Collector:
        return Collector(
            settings,
            SystemClock(),
            self._health,
            importing=False,
            show=self._board.show,
            use=self._board.use,
            audit=self._board.audit,
        )

    def _refuse(self, error: SeatwatchError) -> None:
        self._health.reloaded(successful=False)
        _log.error("The new configuration can't be used; the old one stays.", extra={"faults": str(error)})

    def _serve(self, settings: Settings) -> Server | None:
        """Begin to serve where the configuration says. Raises ListenError."""
        if settings.prometheus.listen is None:
            return None
        host, port = settings.prometheus.listen
        exposition = Exposition(self._board, self._health, __version__)
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        server = Server(address, exposition.scrape, self._board, __version__)
        server.start()
        _log.info("Serving.", extra={"metrics": f"http://{server.address}/metrics"})
        return server

    @property
    def _ledger(self) -> Path:
        return Path(self._settings.ledger.path)
