"""What the ledger's tests share: a clock that stands still, ledgers, and batches with something of everything."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from exporter.facts import (
    Activity,
    CheckinFact,
    DenialFact,
    Episode,
    Facts,
    LifecycleFact,
    Session,
    Totals,
    TransferFact,
    TransferTotal,
    UseFact,
    UseTotal,
    Wait,
)
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Covered, Gap, Generation, Position
from tests.unit.ledger.years import commit_days

NOON = 1_709_640_000  # 2024-03-05T12:00:00Z


class StandingClock:
    """A clock that only moves when told."""

    def __init__(self, now: float = NOON) -> None:
        """Begin at *now*."""
        self.time = now

    def now(self) -> float:
        """Return the time set."""
        return self.time

    def monotonic(self) -> float:
        """Return the time set."""
        return self.time

    def wait(self, signal: Event, seconds: float) -> bool:
        """Move on without waiting."""
        self.time += seconds
        return signal.is_set()


class Failpoints:
    """Raises the error set for a place, once."""

    def __init__(self) -> None:
        """Begin harmless."""
        self.errors: dict[str, BaseException] = {}
        self.passed: list[str] = []

    def __call__(self, name: str) -> None:
        """Pass *name*."""
        self.passed.append(name)
        if name in self.errors:
            raise self.errors.pop(name)


@pytest.fixture
def clock() -> StandingClock:
    """Give a clock that stands at noon."""
    return StandingClock()


@pytest.fixture
def failpoints() -> Failpoints:
    """Give failpoints that can be armed."""
    return Failpoints()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the place of a ledger that isn't there yet."""
    return tmp_path / "var" / "seatwatch.db"


Opener = Callable[[], SqliteLedger]


@pytest.fixture
def opened(path: Path, clock: StandingClock, failpoints: Failpoints) -> Iterator[Opener]:
    """Give a function that opens the ledger; what is left open is closed in the end."""
    ledgers: list[SqliteLedger] = []

    def open_ledger() -> SqliteLedger:
        ledgers.append(SqliteLedger.open(path, clock, failpoints))
        return ledgers[-1]

    yield open_ledger
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def ledger(opened: Opener) -> SqliteLedger:
    """Give an open, empty ledger."""
    return opened()


@pytest.fixture
def full_batch() -> Callable[[SqliteLedger], Batch]:
    """Give a maker of a batch that has something of everything, for stream /logs/lic.log of source lic."""

    def make(ledger: SqliteLedger) -> Batch:
        point = ledger.checkpoint("lic", "srv", "/logs/lic.log")
        one = ledger.next_generation()
        product = ledger.names.product("srv", "brookd", "brook_cfd")
        holder = ledger.names.holder("amber@node01", "hpc:batch")
        return Batch(
            stream=point.stream,
            position=Position(one, 900),
            generations=[
                Generation(
                    one, "/logs/lic.log", 2049, 77, "ab" * 16, 900, "cd" * 16, 512, 900, 950, False, "ef" * 16, NOON
                )
            ],
            state={"format": {"day": "2024-03-05"}, "pairing": {"seen": ["brookd"]}},
            facts=Facts(
                sessions=[
                    Session(
                        one, 100, 0, product, holder, 2, 2, NOON, NOON + 60, "returned", 0, one, 200, checkin=NOON + 60
                    ),
                    Session(
                        *(one, 300, 0, product, holder, 1, 4, NOON + 70),
                        handle="1f",
                        changes=[(NOON + 80, 3, one, 350), (NOON + 90, 4, one, 360)],
                    ),
                    Session(one, 300, 1, product, holder, 1, 1, NOON, None, None, 1),
                ],
                denials=[DenialFact(one, 400, product, holder, 1, NOON + 95, -4, "capacity")],
                checkins=[CheckinFact(one, 440, product, NOON + 99)],
                waits=[
                    Wait(one, 410, product, holder, 2, NOON + 96),
                    Wait(one, 420, product, holder, 2, NOON + 96, NOON + 97, "granted", one, 420),
                ],
                episodes=[
                    Episode(one, 400, product, holder, NOON + 95, NOON + 95, 1),
                    Episode(one, 430, product, holder, NOON + 95, NOON + 98, 2, "refused"),
                ],
                lifecycle=[
                    LifecycleFact(one, 0, NOON, "brookd", "started"),
                    LifecycleFact(one, 0, NOON, "larchd", "started"),
                ],
                uses=[UseFact(one, 450, product, holder, ledger.names.path("/apps/brook.lua"), NOON + 98, 2)],
                transfers=[TransferFact(one, product, "SA", NOON + 60, 3, 900, 1, 1, 1, 2, 0, 40, 40, {-1: 1, 184: 1})],
                packages=[(product, product)],
                totals={product: Totals(3, 1, {"capacity": 1, "other": 2}, NOON, 1)},
                use_totals={product: UseTotal(5, NOON + 20)},
                transfer_totals={(product, "SA"): TransferTotal(30, 9000, 10, 10, NOON)},
                durations={("brookd", "session"): {60: (1, 60)}, ("brookd", "reset"): {0: (1, 99_999)}},
                activity=[Activity("oakd", NOON // 86_400, 3, 1, 0)],
                tally={"matched": 1, "unmatched": 2},
            ),
            frontier=NOON + 100,
            last_line=NOON + 99,
            tally={"understood": 8, "noise": 3},
            samples=[(Position(one, 500), "14:0x broken", "no time")],
            gaps=[Gap(one, 600, 650, "rotated away")],
            coverage=[Covered(0, NOON, NOON + 100)],
        )

    return make


@pytest.fixture
def hundred_days(ledger: SqliteLedger) -> SqliteLedger:
    """Give a ledger with a hundred days of a log."""
    commit_days(ledger, range(100))
    return ledger
