"""The life of the licence server: lmgrd and its vendor daemons start, crash, stop, reread and show the date."""

from __future__ import annotations

from random import Random

from exporter.simulate import banners
from exporter.simulate.agenda import Agenda
from exporter.simulate.daemon import Claim, VendorDaemon
from exporter.simulate.journal import Journal
from exporter.simulate.site import Site

_MANAGER = "lmgrd"
_STAMP = 6 * 3600
_DAEMON_STAMP = 6 * 3600 + 300
_STATISTICS = 4 * 3600


class LicenceServer:
    """lmgrd with the vendor daemons of a site."""

    def __init__(self, site: Site, daemons: list[VendorDaemon], journal: Journal, agenda: Agenda, rng: Random) -> None:
        """Take the parts; nothing runs before `start`."""
        self.up = False
        self._site = site
        self._daemons = daemons
        self._journal = journal
        self._agenda = agenda
        self._rng = rng
        self._life = 0

    def start(self, time: float) -> list[Claim]:
        """Start lmgrd, which starts the daemons a second later; return the claims that this loses."""
        self.up = True
        self._life += 1
        lost = [claim for daemon in self._daemons for claim in daemon.reset()]
        now = self._journal.local.moment(self._journal.now)
        self._journal.write(_MANAGER, *banners.manager_start(now, self._site.host, self._pid()))
        for daemon in self._daemons:
            self._bring_up(time, daemon, "Started")
        self._agenda.at(time + _STAMP, self._stamp, self._life)
        return lost

    def crash(self, time: float, daemon: VendorDaemon) -> list[Claim]:
        """Let a vendor daemon die and be started again by lmgrd; return the claims that this loses."""
        if not daemon.up:
            return []
        daemon.up = False
        lost = daemon.reset()
        self._journal.write(
            _MANAGER,
            f"{daemon.vendor.name} exited with status 139 signal = 11",
            "Since this is an unknown status, license server",
            "manager (lmgrd) will attempt to re-start the vendor daemon.",
        )
        self._bring_up(time, daemon, "REStarted")
        return lost

    def cut_power(self) -> None:
        """Stop everything without a word; the sessions end when the next `start` is read."""
        self.up = False
        self._life += 1
        for daemon in self._daemons:
            daemon.up = False
            daemon.life += 1

    def shut_down(self, time: float) -> None:
        """
        Stop everything in order.

        The daemons write their check-ins after lmgrd's last line, and don't reach every client.
        """
        administrator = f"Shutdown requested from root@{self._site.host} IP=192.0.2.10"
        self._journal.write(_MANAGER, "lmgrd will now shut down all the vendor daemons")
        for daemon in self._daemons:
            self._journal.write(_MANAGER, f"Shutting down {daemon.vendor.name} pid={self._pid()} because of signal 15")
            daemon.noise([administrator, "daemon shutdown requested - shutting down"])
        self.cut_power()
        self._agenda.at(time + 1, self._exit)
        for daemon in self._daemons:
            reached = [claim for claim in daemon.held() if self._rng.random() < 0.8]
            half = len(reached) // 2
            self._agenda.at(time + 2, self._check_in, daemon, reached[:half], False)
            self._agenda.at(time + 3, self._check_in, daemon, reached[half:], True)

    def reread(self) -> None:
        """Reread the licence file: the feature lists are printed again and nothing else changes."""
        if not self.up:
            return
        self._journal.write(_MANAGER, f"Rereading license file... Requested from root@{self._site.host}")
        for daemon in self._daemons:
            daemon.noise(banners.reread(daemon.vendor, self._site.host))
        self._journal.write(_MANAGER, "Done rereading", "...Finished rereading")

    def mark(self, _time: float) -> None:
        """
        Write a line of noise, whatever happens otherwise.

        Asked for in the last second before and the first second after the clock is set back in autumn: a reader knows
        the second pass of the repeated hour only by a line that steps back by half an hour or more.
        """
        self._journal.write(_MANAGER, "TCP_NODELAY NOT enabled")

    def _bring_up(self, time: float, daemon: VendorDaemon, verb: str) -> None:
        pid = self._pid()
        vendor = daemon.vendor
        self._journal.write(_MANAGER, f"{verb} {vendor.name} (internet tcp_port {vendor.port} pid {pid})")
        self._agenda.at(time + 1, self._serve, daemon, daemon.life, pid)

    def _serve(self, time: float, daemon: VendorDaemon, life: int, pid: int) -> None:
        if life != daemon.life:
            return
        daemon.up = True
        now = self._journal.local.moment(self._journal.now)
        daemon.noise(banners.daemon_start(now, self._site.host, daemon.vendor, pid))
        self._journal.write(_MANAGER, f"{daemon.vendor.name} using TCP-port {daemon.vendor.port}")
        self._agenda.at(time + _DAEMON_STAMP, self._daemon_stamp, daemon, life)
        self._agenda.at(time + _STATISTICS, self._statistics, daemon, life)

    def _stamp(self, time: float, life: int) -> None:
        if life == self._life:
            self._journal.write(_MANAGER, self._timestamp())
            self._agenda.at(time + _STAMP, self._stamp, life)

    def _daemon_stamp(self, time: float, daemon: VendorDaemon, life: int) -> None:
        if life == daemon.life:
            daemon.noise([self._timestamp()])
            self._agenda.at(time + _DAEMON_STAMP, self._daemon_stamp, daemon, life)

    def _statistics(self, time: float, daemon: VendorDaemon, life: int) -> None:
        if life == daemon.life:
            local = self._journal.local
            now, earlier = (local.moment(self._journal.now - back) for back in (0, self._rng.randint(60, 14_000)))
            daemon.noise(banners.statistics(now, daemon.vendor.name, earlier, self._rng.randint(2, 40)))
            self._agenda.at(time + _STATISTICS, self._statistics, daemon, life)

    def _exit(self, _time: float) -> None:
        self._journal.write(_MANAGER, "EXITING DUE TO SIGNAL 15")

    def _check_in(self, _time: float, daemon: VendorDaemon, claims: list[Claim], last: bool) -> None:
        daemon.check_in_at_shutdown(claims)
        if last:
            self._journal.write(daemon.vendor.name, "EXITING DUE TO SIGNAL 15")

    def _timestamp(self) -> str:
        return f"TIMESTAMP {banners.day(self._journal.local.moment(self._journal.now))}"

    def _pid(self) -> int:
        return self._rng.randint(1000, 32_000)
