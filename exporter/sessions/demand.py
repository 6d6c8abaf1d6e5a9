"""
Demand that was not met: raw denials, waits in the queue, and the denial episodes that tell what a person felt.

Denials are kept raw, one fact a line. A wait (design rule 3.13) goes by the key of a session and ends at the first of a
check-out, a line that leaves the queue, and a reset.

An episode (rule 3.12) is a run of raw capacity denials of one (feature, user, host). It ends at a check-out of the
same, at a reset, or when the next denial comes more than the retry window after the last. Its outcome is `granted`
(check-out within the grant window of its first line), `waited` (a later one, within the retry window of the last line
or while a wait in the queue is open) or `refused`. Both windows include their ends.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from exporter.facts import EFFECTIVE, DenialFact, Episode, Wait
from exporter.sessions.activity import DayCounts
from exporter.sessions.products import ProductState

Line = tuple[int, int]
"""Where a line is: generation, byte offset."""


class EpisodeRule(NamedTuple):
    """The two spans of the rule, in seconds."""

    grant_window: int = 10
    retry_window: int = 20 * 60


class UnmetDemand:
    """Follows the denials, waits and episodes of one stream; the open ones are kept in their `ProductState`."""

    def __init__(self, rule: EpisodeRule, days: DayCounts | None = None) -> None:
        """Begin with none; *days* are told of the time that passes, for the price of one comparison a line for both."""
        self._rule = rule
        self._days = days
        self._denials: list[DenialFact] = []
        self._waits: dict[int, Wait] = {}
        self._episodes: dict[int, Episode] = {}
        self._open: dict[int, tuple[ProductState, Episode]] = {}
        """Open episodes, the one denied longest ago first."""
        self._parked: dict[int, tuple[ProductState, Episode]] = {}
        """Open episodes past their retry window, kept open by a wait."""
        self.next_stop: float = days.last if days else inf
        """UTC second after which `pass_time` may have something to do."""

    def restore(self, product: ProductState, episode: Episode) -> None:
        """Take up an episode that was open at the last commit; the one denied longest ago comes first."""
        product.episodes[episode.holder] = episode
        self._open[id(episode)] = (product, episode)
        self.look_out()

    def deny(self, product: ProductState, plain: int, denial: DenialFact) -> None:
        """Take a denial of the user and host *plain*."""
        self._denials.append(denial)
        if denial.kind != "capacity":
            return
        time = denial.time
        episode = product.episodes.get(plain)
        if episode is not None and time - episode.last > self._rule.retry_window:
            self._decide(product, episode, "refused")
            episode = None
        if episode is None:
            episode = product.episodes[plain] = Episode(denial.generation, denial.at, product.id, plain, time, time, 0)
        episode.last = max(episode.last, time)
        episode.lines += 1
        self._episodes[id(episode)] = episode
        self._let_go(episode)
        self._open[id(episode)] = (product, episode)
        self.look_out()

    def enqueue(self, product: ProductState, plain: int, wait: Wait) -> None:
        """Take a wait of the user and host *plain* that begins."""
        product.enqueue(plain, wait)
        self._waits[id(wait)] = wait

    def leave(self, product: ProductState, plain: int, wait: Wait | None, time: int, line: Line) -> None:
        """Take a *line* that leaves the queue; one that was never entered has no effect."""
        self._end_wait(wait, time, "given_up", line)
        episode = product.episodes.get(plain)
        if episode is not None and plain not in product.waits and id(episode) in self._parked:
            self._decide(product, episode, "refused")

    def start(self, product: ProductState, plain: int, holder: int, seats: int, time: int, line: Line) -> None:
        """Take a check-out of *holder*, who is the user and host *plain*: it ends his episode and his wait."""
        episode = product.episodes.get(plain)
        if episode is not None:
            if time - episode.first <= self._rule.grant_window:
                outcome = "granted"
            elif plain in product.waits or time - episode.last <= self._rule.retry_window:
                outcome = "waited"
            else:
                outcome = "refused"
            self._decide(product, episode, outcome)
        self._end_wait(product.dequeue(plain, holder, seats), time, "granted", line)

    def reset(self, product: ProductState, last: int, line: Line) -> None:
        """End all of a product whose daemon went down after *last*, as *line* tells."""
        for wait in [wait for held in product.waits.values() for wait in held]:
            self._end_wait(wait, last, "reset", line)
        product.waits.clear()
        product.queued = 0
        for episode in list(product.episodes.values()):
            self._decide(product, episode, "refused")

    def pass_time(self, time: int) -> None:
        """Take the time of the line that comes next."""
        if self._days:
            self._days.pass_time(time)
        self._refuse(time)

    def _refuse(self, time: int) -> None:
        """Refuse what no check-out from *time* on can end any more."""
        while self._open:
            key, (product, episode) = next(iter(self._open.items()))
            if episode.last + self._rule.retry_window >= time:
                break
            if episode.holder in product.waits:
                self._parked[key] = self._open.pop(key)
            else:
                self._decide(product, episode, "refused")
        self.look_out()

    def take(
        self, frontier: int | None, newest: int | None = None
    ) -> tuple[list[DenialFact], list[Wait], list[Episode]]:
        """
        Decide what *frontier* has passed; return and forget what is new or changed.

        After a step back of the log's clock it is not the frontier that decides, but the *newest* line.
        """
        if frontier is not None:
            self._refuse(frontier - 1 if newest is None else newest)  # the last dated second may still get lines
            self._tell_again(frontier)
        taken = self._denials, list(self._waits.values()), list(self._episodes.values())
        self._denials, self._waits, self._episodes = [], {}, {}
        return taken

    def _tell_again(self, frontier: int) -> None:
        """Hand out the open episodes that count as refused from *frontier* on, as things stand: windows hold them."""
        for key, (_, episode) in self._open.items():
            if episode.last + self._rule.retry_window < frontier:
                self._episodes[key] = episode

    def look_out(self) -> None:
        """Work out `next_stop` anew."""
        _, first = next(iter(self._open.values()), (None, None))
        day_ends = self._days.last if self._days else inf
        self.next_stop = min(day_ends, inf if first is None else first.last + self._rule.retry_window)

    def _end_wait(self, wait: Wait | None, time: int, outcome: str, line: Line) -> None:
        if wait is not None:
            wait.end, wait.outcome = max(wait.start, time), outcome
            wait.end_generation, wait.end_at = line
            self._waits[id(wait)] = wait

    def _decide(self, product: ProductState, episode: Episode, outcome: str) -> None:
        episode.outcome = outcome
        product.totals.effective += outcome in EFFECTIVE
        del product.episodes[episode.holder]
        self._let_go(episode)
        self._episodes[id(episode)] = episode

    def _let_go(self, episode: Episode) -> None:
        self._open.pop(id(episode), None)
        self._parked.pop(id(episode), None)
