"""A vendor daemon: gives its seats, lets requests wait or turns them away, and writes what it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from exporter.simulate import lines
from exporter.simulate.book import Book, Key
from exporter.simulate.journal import Journal
from exporter.simulate.site import Feature, Vendor


class Answer(Enum):
    """What became of a request."""

    GRANTED = "granted"
    DENIED = "denied"
    QUEUED = "queued"
    SILENT = "silent"
    """Nothing was written: the daemon is down, or the same request waits already."""


@dataclass(eq=False, slots=True)
class Claim:
    """A program's request, and what it holds once it is granted."""

    feature: Feature
    key: Key
    seats: int
    component: str = ""
    """Of a package: the component that is taken with it."""
    component_first: bool = False
    """Which of the two is returned first."""

    def holdings(self) -> list[Key]:
        """Return the keys of its check-outs, the package before the component."""
        return [self.key, self.key._replace(feature=self.component)] if self.component else [self.key]


class VendorDaemon:
    """One vendor daemon; all that it does carries the second ``journal.now``."""

    def __init__(self, vendor: Vendor, journal: Journal, book: Book) -> None:
        """Take the vendor, the log and the truth."""
        self.vendor = vendor
        self.up = False
        self.life = 0
        """Counts the processes of this daemon; what was planned for an older one is void."""
        self._journal = journal
        self._book = book
        self._held: dict[Claim, None] = {}
        self._queues: dict[str, list[Claim]] = {feature.name: [] for feature in vendor.features}

    def ask(self, claim: Claim, errno: str = "") -> Answer:
        """Answer a request; with *errno* a denial is written twice, as some clients cause it."""
        if not self.up or self._book.waits(claim.key):
            return Answer.SILENT
        if claim.key.user in claim.feature.excluded:
            self._deny(claim, lines.EXCLUDED)
            return Answer.DENIED
        queue = self._queues[claim.feature.name]
        if not queue and self._fits(claim):
            self._grant(claim)
            return Answer.GRANTED
        if claim.feature.queues:
            self._write(lines.event("QUEUED", claim.key, claim.seats))
            self._book.wait(claim.key, claim.seats, self._journal.now)
            self._deny(claim, lines.QUEUED_BEHIND if queue else lines.ALL_IN_USE)
            queue.append(claim)
            return Answer.QUEUED
        self._deny(claim, lines.ALL_IN_USE)
        if errno:
            self._deny(claim, lines.ALL_IN_USE, errno)
        return Answer.DENIED

    def ask_again(self, claim: Claim) -> bool:
        """Deny a waiting request once more, as its client re-asks; tell whether it waits still."""
        if not self.up or claim not in self._queues[claim.feature.name]:
            return False
        self._deny(claim, lines.QUEUED_BEHIND)
        return True

    def give_up(self, claim: Claim) -> list[Claim]:
        """Take a request out of the queue, if it is there; return those behind it that are granted now."""
        queue = self._queues[claim.feature.name]
        if not self.up or claim not in queue:
            return []
        queue.remove(claim)
        self._write(lines.event("DEQUEUED", claim.key, claim.seats))
        self._book.give_up(claim.key, self._journal.now)
        return self._serve_queue(claim.feature)

    def give_back(self, claim: Claim, reason: str = "returned") -> list[Claim] | None:
        """End a claim (*reason* returned, timeout, shutdown); return who is granted then, None if it isn't held."""
        if not self.up or claim not in self._held:
            return None
        self._check_in(claim, reason)
        return self._serve_queue(claim.feature)

    def resize(self, claim: Claim, seats: int) -> list[Claim]:
        """Change the seats of a claim, if it is held and they are free; return who is granted then."""
        more = seats - claim.seats
        if not self.up or claim not in self._held or more == 0:
            return []
        if more > 0 and (self._queues[claim.feature.name] or more > self._free(claim.feature)):
            return []
        self._write(lines.upgrade(claim.key, claim.seats, seats))
        self._book.change(claim.key, claim.seats, seats, self._journal.now)
        claim.seats = seats
        return self._serve_queue(claim.feature)

    def refuse_unknown(self, user: str, host: str, code_key: str) -> None:
        """Turn away a request for the retired feature."""
        if self.up:
            key = Key(self.vendor.name, self.vendor.retired, user, host)
            self._write(lines.unsupported(key, code_key))
            self._book.deny(key, lines.UNKNOWN, 1, self._journal.now)

    def noise(self, messages: Iterable[str]) -> None:
        """Write lines that mean nothing."""
        if self.up:
            self._write(*messages)

    def held(self) -> list[Claim]:
        """Return the claims that hold seats, oldest first."""
        return list(self._held)

    def check_in_at_shutdown(self, claims: Iterable[Claim]) -> None:
        """Check in what a daemon that goes down still reaches."""
        for claim in claims:
            self._check_in(claim, "shutdown")

    def reset(self) -> list[Claim]:
        """Lose everything: called as the line that shows a new process is about to be written; return what was lost."""
        lost = [*self._held, *(claim for queue in self._queues.values() for claim in queue)]
        self._book.reset(self.vendor.name, self._journal.last(self.vendor.name))
        self._held.clear()
        for queue in self._queues.values():
            queue.clear()
        self.life += 1
        return lost

    def _free(self, feature: Feature) -> int:
        return feature.seats - self._book.used(self.vendor.name, feature.name)

    def _fits(self, claim: Claim) -> bool:
        return claim.seats <= self._free(claim.feature)

    def _grant(self, claim: Claim) -> None:
        for key in claim.holdings():
            self._write(lines.event("OUT", key, claim.seats))
            self._book.start(key, claim.seats, self._journal.now)
        self._held[claim] = None

    def _check_in(self, claim: Claim, reason: str) -> None:
        tail = {"returned": "", "timeout": "(INACTIVE)", "shutdown": "(SHUTDOWN)"}[reason]
        holdings = claim.holdings()
        for key in reversed(holdings) if claim.component_first else holdings:
            self._write(lines.event("IN", key, claim.seats, tail))
            self._book.stop(key, claim.seats, self._journal.now, reason)
        del self._held[claim]

    def _serve_queue(self, feature: Feature) -> list[Claim]:
        queue = self._queues[feature.name]
        granted = []
        while queue and self._fits(queue[0]):
            claim = queue.pop(0)
            self._grant(claim)
            granted.append(claim)
        return granted

    def _deny(self, claim: Claim, code: int, errno: str = "") -> None:
        self._write(lines.event("DENIED", claim.key, claim.seats, lines.reason(code, errno)))
        self._book.deny(claim.key, code, claim.seats, self._journal.now)

    def _write(self, *messages: str) -> None:
        self._journal.write(self.vendor.name, *messages)
