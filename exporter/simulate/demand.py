"""What the people do: ask for seats, try again, wait, give up, work, forget to leave."""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from random import Random
from typing import NamedTuple

from exporter.simulate import lines
from exporter.simulate.agenda import Action, Agenda
from exporter.simulate.book import Key
from exporter.simulate.daemon import Answer, Claim, VendorDaemon
from exporter.simulate.pace import Pace
from exporter.simulate.site import Feature, Person, Site

_RE_ASK = 930
"""A queued client asks again every 15 min 30 s."""
_QUICK_LOOKS = 0.25
"""Share of sessions that last some minutes only."""
_SPREAD = 0.8
_LONGEST = 11 * 3600
_ERRNOS = ('104 "Connection reset by peer"', '10054 ""')
_OLD_KEY = "00B0 EF6E AFC6 B280"


class Patience(NamedTuple):
    """How often a program still tries after a denial, and the seconds between."""

    left: int
    least: float
    most: float


class Demand:
    """The requests of a site's people."""

    def __init__(self, site: Site, daemons: list[VendorDaemon], agenda: Agenda, pace: Pace, rng: Random) -> None:
        """Take who asks, who answers, when and how often."""
        self._site = site
        self._daemons = {daemon.vendor.name: daemon for daemon in daemons}
        self._agenda = agenda
        self._pace = pace
        self._rng = rng

    def begin(self, time: float) -> None:
        """Let requests come from *time* on."""
        for daemon in self._daemons.values():
            for feature in daemon.vendor.features:
                self._agenda.at(time + 2, self._arrive, feature, daemon)
            self._agenda.at(time + 3, self._arrive_for_retired, daemon)

    def resume(self, time: float, lost: Iterable[Claim]) -> None:
        """Let some of those who lost their seats or their place in the queue ask again soon."""
        for claim in lost:
            if self._rng.random() < 0.6:
                again = Claim(claim.feature, claim.key, claim.seats, claim.component, claim.component_first)
                self._after(time, self._rng.uniform(20, 300), self._ask, again, None)

    def _arrive(self, time: float, feature: Feature, daemon: VendorDaemon) -> None:
        mean = self._pace.seconds(3600) / (feature.hourly * self._site.scale)
        self._agenda.at(time + self._rng.expovariate(1 / mean), self._arrive, feature, daemon)
        if self._rng.random() < self._pace.activity(time):
            self._ask(time, self._claim(feature, daemon), None)

    def _arrive_for_retired(self, time: float, daemon: VendorDaemon) -> None:
        self._after(time, self._rng.expovariate(1 / 3600) / self._site.scale, self._arrive_for_retired, daemon)
        if self._rng.random() < self._pace.activity(time):
            person = self._person(0)
            daemon.refuse_unknown(person.user, person.desk, _OLD_KEY)

    def _claim(self, feature: Feature, daemon: VendorDaemon) -> Claim:
        rng = self._rng
        person = self._person(sum(map(ord, feature.name)))
        return Claim(
            feature,
            Key(
                daemon.vendor.name,
                feature.name,
                person.user,
                person.node if feature.queues else person.desk,
                rng.choice(feature.displays),
            ),
            rng.choice(feature.sizes),
            rng.choice(feature.components) if feature.components else "",
            rng.random() < 0.5,
        )

    def _person(self, shift: int) -> Person:
        """Choose someone; each feature has its own heavy users."""
        people = self._site.people
        return people[(int(len(people) * self._rng.random() ** 1.6) + shift) % len(people)]

    def _ask(self, time: float, claim: Claim, patience: Patience | None) -> None:
        rng = self._rng
        answer = self._daemon(claim).ask(claim, rng.choice(_ERRNOS) if rng.random() < 0.35 else "")
        if answer is Answer.GRANTED:
            self._work(time, [claim])
        elif answer is Answer.QUEUED:
            self._after(time, _RE_ASK, self._ask_again, claim)
            self._after(time, rng.uniform(300, 9000), self._give_up, claim)
        elif answer is Answer.DENIED:
            patience = patience or self._patience()
            if patience.left:
                pause = rng.uniform(patience.least, patience.most)
                self._after(time, pause, self._ask, claim, patience._replace(left=patience.left - 1))

    def _patience(self) -> Patience:
        """Draw between a quick second try, a script that storms, a person who comes back, and nothing."""
        rng = self._rng
        kind = rng.random()
        if kind < 0.15:
            return Patience(1, 2, 9)
        if kind < 0.21:
            return Patience(rng.randint(10, 40), 20, 40)
        if kind < 0.6:
            return Patience(rng.randint(1, 5), 60, 900)
        return Patience(0, 0, 0)

    def _ask_again(self, time: float, claim: Claim) -> None:
        if self._daemon(claim).ask_again(claim):
            self._after(time, _RE_ASK, self._ask_again, claim)

    def _give_up(self, time: float, claim: Claim) -> None:
        self._work(time, self._daemon(claim).give_up(claim))

    def _work(self, time: float, granted: Iterable[Claim]) -> None:
        """Plan the ends of sessions that began, and the changes of their seats."""
        rng = self._rng
        for claim in granted:
            length = max(self._pace.seconds(self._length(claim.feature)), 2.0)
            if len(claim.feature.sizes) > 1 and rng.random() < 0.3:
                seats = rng.choice(claim.feature.sizes)
                self._agenda.at(time + length * rng.uniform(0.3, 0.8), self._resize, claim, seats)
            if not claim.feature.queues and rng.random() < 0.03:
                self._agenda.at(time + length + self._pace.seconds(3600), self._time_out, claim)
            else:
                self._agenda.at(time + length, self._leave, claim)

    def _length(self, feature: Feature) -> float:
        rng = self._rng
        if rng.random() < _QUICK_LOOKS:
            return rng.uniform(60, 600)
        return min(rng.lognormvariate(log(feature.minutes * 60) - _SPREAD**2 / 2, _SPREAD), _LONGEST)

    def _resize(self, time: float, claim: Claim, seats: int) -> None:
        self._work(time, self._daemon(claim).resize(claim, seats))

    def _leave(self, time: float, claim: Claim) -> None:
        self._work(time, self._daemon(claim).give_back(claim) or [])

    def _time_out(self, time: float, claim: Claim) -> None:
        granted = self._daemon(claim).give_back(claim, "timeout")
        if granted is not None:
            self._work(time, granted)
            self._after(time, 3300, self._fail_to_return, claim)

    def _fail_to_return(self, _time: float, claim: Claim) -> None:
        self._daemon(claim).noise(lines.checkin_failed(claim.key))

    def _daemon(self, claim: Claim) -> VendorDaemon:
        return self._daemons[claim.key.vendor]

    def _after(self, time: float, seconds: float, action: Action, *given: object) -> None:
        self._agenda.at(time + self._pace.seconds(seconds), action, *given)
