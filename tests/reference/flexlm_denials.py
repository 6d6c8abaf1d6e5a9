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
from typing import NamedTuple

from tests.reference.flexlm_lines import Said
from tests.reference.flexlm_result import Denial, Entry, Episode, Result, Wait


class Rule(NamedTuple):
    """The denial rule: both in seconds, both with their ends."""

    grant_window: int = 10
    retry_window: int = 20 * 60


USUAL = Rule()

CODE = re.compile(rb"\((-?\d+),")
KINDS = {-4: "capacity", -24: "capacity", -5: "unsupported", -18: "unsupported", -10: "expired"}
KINDS |= {-38: "excluded", -39: "excluded", -21: "version", -25: "version"}


class Denied:
    """
    Who was turned away and who waits, between two lines; writes into *result*.

    With *one_subject* whatever is told is of one product: an episode is of its user and host, whatever the feature.
    """

    def __init__(self, result: Result, rule: Rule, one_subject: bool = False) -> None:
        """Begin with nobody."""
        self.result = result
        self.rule = rule
        self.one_subject = one_subject
        self.open_episodes: list[Episode] = []
        self.open_waits: list[Wait] = []

    def take(self, entry: Entry) -> None:
        """Take the next entry of the diary."""
        time, seq, what, vendor, said = entry
        if what == "LINE":
            self.decide_refused(time)
        if what == "RESET":
            self.reset(vendor, time, seq)
        if said is None:
            return
        if what == "OUT":
            self.granted(vendor, said, time, seq)
        if what in ("DENIED", "UNSUPPORTED"):
            self.deny(vendor, said, time)
        if what == "QUEUED":
            self.queue(vendor, said, time, seq)
        if what == "DEQUEUED":
            self.end_wait(vendor, said, time, seq, "given_up")

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
        if episode is not None and time - episode.last > self.rule.retry_window:
            self.end_episode(episode, "refused")
            episode = None
        if episode is None:
            episode = Episode(vendor, *names, first=time, last=time)
            self.result.episodes.append(episode)
            self.open_episodes.append(episode)
        else:
            episode.vendor, episode.last = vendor, max(episode.last, time)
            episode.lines += 1

    def queue(self, vendor: bytes, said: Said, time: int, seq: int) -> None:
        """Begin a wait."""
        wait = Wait(vendor, said.feature, said.user, said.host, said.display, said.seats, time, seq)
        self.result.waits.append(wait)
        self.open_waits.append(wait)

    def granted(self, vendor: bytes, said: Said, time: int, seq: int) -> None:
        """Take a check-out: it decides the episode of its names, then ends a wait of its key."""
        episode = self.find_episode(vendor, said)
        if episode is not None:
            if time - episode.first <= self.rule.grant_window:
                self.end_episode(episode, "granted")
            elif time - episode.last <= self.rule.retry_window or self.is_waiting(episode):
                self.end_episode(episode, "waited")
            else:
                self.end_episode(episode, "refused")
        self.end_wait(vendor, said, time, seq, "granted")

    def reset(self, vendor: bytes, last_line: int, seq: int) -> None:
        """End all waits and episodes of a daemon."""
        for wait in list(self.open_waits):
            if wait.vendor == vendor:
                self.close_wait(wait, last_line, seq, "reset")
        for episode in list(self.open_episodes):
            if episode.vendor == vendor:
                self.end_episode(episode, "refused")

    def decide_refused(self, time: int) -> None:
        """Refuse the episodes whose time is over at *time*."""
        for episode in list(self.open_episodes):
            if time > episode.last + self.rule.retry_window and not self.is_waiting(episode):
                self.end_episode(episode, "refused")

    def find_episode(self, vendor: bytes, said: Said) -> Episode | None:
        """Return the episode of (subject, user, host) that is not decided yet."""
        for it in self.open_episodes:
            same_subject = self.one_subject or (it.vendor, it.feature) == (vendor, said.feature)
            if same_subject and (it.user, it.host) == (said.user, said.host):
                return it
        return None

    def is_waiting(self, episode: Episode) -> bool:
        """Whether a wait of the episode's (subject, user, host) is open, with any display."""
        for it in self.open_waits:
            same_subject = self.one_subject or (it.vendor, it.feature) == (episode.vendor, episode.feature)
            if same_subject and (it.user, it.host) == (episode.user, episode.host):
                return True
        return False

    def end_episode(self, episode: Episode, outcome: str) -> None:
        """Decide an episode."""
        episode.outcome = outcome
        self.open_episodes.remove(episode)

    def end_wait(self, vendor: bytes, said: Said, time: int, seq: int, outcome: str) -> None:
        """End the oldest wait of the key with these seats, else the oldest of the key, if there is one."""
        key = (vendor, said.feature, said.user, said.host, said.display)
        of_key = []
        for it in self.open_waits:
            if (it.vendor, it.feature, it.user, it.host, it.display) == key:
                of_key.append(it)
        for it in of_key:
            if it.seats == said.seats:
                self.close_wait(it, time, seq, outcome)
                return
        if of_key:
            self.close_wait(of_key[0], time, seq, outcome)

    def close_wait(self, wait: Wait, time: int, seq: int, outcome: str) -> None:
        """End a wait, not before it began."""
        wait.end, wait.end_place, wait.outcome = max(wait.start, time), seq, outcome
        self.open_waits.remove(wait)
