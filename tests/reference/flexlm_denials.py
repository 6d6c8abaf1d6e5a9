"""
Denials, their episodes and the queue, for the reference reader.

Choice: -22 is RLM's; in a FlexNet log it is ``other``. A DENIED without a code is ``other``, too.
Choice: the key of a wait is that of a session, display included; one Start, one QueueLeave ends one wait: of the same
seats first, then the oldest. An UPGRADE ends none.
Choice: an episode is decided in reading order: by the first line read that is later than its last line + 20 min while
no wait of its (feature, user, host) is open. A wait begun after that point comes too late to keep it.
Choice: "a queue wait of the key" is one of the episode's (feature, user, host), whatever its display.
Choice: a clock step back does not move the last line of an episode back. A Start before its first line is
``granted``.
Choice: at the end of the log an episode is refused when the frontier is more than 20 min after its last line and
nobody waits.
Choice: a DEQUEUED without a wait does nothing.
"""

from __future__ import annotations

import re

from tests.reference.flexlm_lines import Said
from tests.reference.flexlm_result import Denial, Episode, Result, Wait

GRANT_WINDOW = 10
RETRY_WINDOW = 20 * 60

CODE = re.compile(rb"\((-?\d+),")
KINDS = {-4: "capacity", -24: "capacity", -5: "unsupported", -18: "unsupported", -10: "expired"}
KINDS |= {-38: "excluded", -39: "excluded", -21: "version", -25: "version"}


class Denied:
    """Who was turned away and who waits, between two lines; writes into *result*."""

    def __init__(self, result: Result) -> None:
        """Begin with nobody."""
        self.result = result
        self.open_episodes: list[Episode] = []
        self.open_waits: list[Wait] = []

    def deny(self, vendor: bytes, said: Said, time: int) -> None:
        """Take a raw denial, and put it into an episode when seats were lacking."""
        codes = CODE.findall(said.reason)
        code = int(codes[-1]) if codes else None
        kind = "unsupported" if said.verb == "UNSUPPORTED" else KINDS.get(code or 0, "other")
        names = (said.feature, said.user, said.host)
        self.result.denials.append(Denial(vendor, *names, said.display, said.seats, time, code, kind))
        if kind != "capacity":
            return
        episode = self.find_episode(vendor, said)
        if episode is not None and time - episode.last > RETRY_WINDOW:
            self.end_episode(episode, "refused")
            episode = None
        if episode is None:
            episode = Episode(vendor, *names, first=time, last=time)
            self.result.episodes.append(episode)
            self.open_episodes.append(episode)
        else:
            episode.last = max(episode.last, time)
            episode.lines += 1

    def queue(self, vendor: bytes, said: Said, time: int) -> None:
        """Begin a wait."""
        wait = Wait(vendor, said.feature, said.user, said.host, said.display, said.seats, time)
        self.result.waits.append(wait)
        self.open_waits.append(wait)

    def granted(self, vendor: bytes, said: Said, time: int) -> None:
        """Take a check-out: it decides the episode of its names, then ends a wait of its key."""
        episode = self.find_episode(vendor, said)
        if episode is not None:
            if time - episode.first <= GRANT_WINDOW:
                self.end_episode(episode, "granted")
            elif time - episode.last <= RETRY_WINDOW or self.is_waiting(episode):
                self.end_episode(episode, "waited")
            else:
                self.end_episode(episode, "refused")
        self.end_wait(vendor, said, time, "granted")

    def reset(self, vendor: bytes, last_line: int) -> None:
        """End all waits and episodes of a daemon."""
        for wait in list(self.open_waits):
            if wait.vendor == vendor:
                self.close_wait(wait, last_line, "reset")
        for episode in list(self.open_episodes):
            if episode.vendor == vendor:
                self.end_episode(episode, "refused")

    def decide_refused(self, time: int) -> None:
        """Refuse the episodes whose time is over at *time*."""
        for episode in list(self.open_episodes):
            if time > episode.last + RETRY_WINDOW and not self.is_waiting(episode):
                self.end_episode(episode, "refused")

    def find_episode(self, vendor: bytes, said: Said) -> Episode | None:
        """Return the episode of (feature, user, host) that is not decided yet."""
        for it in self.open_episodes:
            if (it.vendor, it.feature, it.user, it.host) == (vendor, said.feature, said.user, said.host):
                return it
        return None

    def is_waiting(self, episode: Episode) -> bool:
        """Whether a wait of the episode's (feature, user, host) is open, with any display."""
        names = (episode.vendor, episode.feature, episode.user, episode.host)
        return any((it.vendor, it.feature, it.user, it.host) == names for it in self.open_waits)

    def end_episode(self, episode: Episode, outcome: str) -> None:
        """Decide an episode."""
        episode.outcome = outcome
        self.open_episodes.remove(episode)

    def end_wait(self, vendor: bytes, said: Said, time: int, outcome: str) -> None:
        """End the oldest wait of the key with these seats, else the oldest of the key, if there is one."""
        key = (vendor, said.feature, said.user, said.host, said.display)
        of_key = []
        for it in self.open_waits:
            if (it.vendor, it.feature, it.user, it.host, it.display) == key:
                of_key.append(it)
        for it in of_key:
            if it.seats == said.seats:
                self.close_wait(it, time, outcome)
                return
        if of_key:
            self.close_wait(of_key[0], time, outcome)

    def close_wait(self, wait: Wait, time: int, outcome: str) -> None:
        """End a wait, not before it began."""
        wait.end, wait.outcome = max(wait.start, time), outcome
        self.open_waits.remove(wait)
