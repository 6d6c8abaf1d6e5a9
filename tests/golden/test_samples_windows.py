"""Every hour and every day of the real logs beside the project equals an independent reading of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.catalog.tiers import HOURLY, LONGTERM, Tier
from exporter.ledger.reader import LedgerReader
from exporter.tiers.windows import Sums
from exporter.windowing import Windowing
from tests.e2e.command_line import called, told
from tests.reference.flexlm_reader import read
from tests.reference.site_facts import Site
from tests.reference.window_facts import Stream
from tests.reference.windows import Window, feature_windows

SAMPLES = ("ansys-2017", "autodesk-2022", "autodesk-options-2016", "maple-2022")
SITE_ZONE, LOG_ZONE = "Europe/Madrid", "America/New_York"
LATER = 1_800_000_000
CONFIG = """\
site: {{name: any, timezone: {site}}}
ledger: {{path: ledger.db}}
sources: [{{name: lic, format: flexlm, server: srv, timezone: {zone}, paths: ["{log}"]}}]
"""
Row = tuple[int, Sums]


class Sample:
    """A real log, collected by the program and read by the reference."""

    def __init__(self, log: Path, folder: Path) -> None:
        """Read *log* in both ways, the program with its ledger in *folder*."""
        config = CONFIG.format(site=SITE_ZONE, zone=LOG_ZONE, log=log)
        (folder / "config.yaml").write_text(config, encoding="utf-8")
        told(called(folder, "collect"))
        self.ledger = LedgerReader(folder / "ledger.db")
        self.stream = Stream("srv", read([log.read_bytes()], LOG_ZONE, None, LATER))

    def stored(self, tier: Tier) -> dict[tuple[str, ...], list[Row]]:
        """Return the windows of every feature as the program gives them."""
        windowing = Windowing(self.ledger.ask)
        return {
            subject.names: [(start, sums) for starts, sums in windowing.windows(tier, subject) for start in starts]
            for subject in windowing.features()
        }

    def expected(self, tier: Tier) -> dict[tuple[str, ...], list[Row]]:
        """Return the same as the reference finds them."""
        found = feature_windows([self.stream], Site(SITE_ZONE), tier.name)
        return {names: [_as_row(window) for window in windows] for names, windows in found.items() if windows}


def _as_row(window: Window) -> Row:
    """Return a window of the reference; no seats are issued here."""
    assert not window.issued
    return window.start, Sums(
        issued_seconds=0, **{of: getattr(window, of) for of in Sums._fields if of != "issued_seconds"}
    )


@pytest.fixture(scope="session")
def samples() -> Iterator[dict[str, Sample]]:
    """Give what was read already."""
    read_already: dict[str, Sample] = {}
    yield read_already
    for sample in read_already.values():
        sample.ledger.close()


@pytest.fixture(params=SAMPLES)
def sample(
    request: pytest.FixtureRequest, samples: dict[str, Sample], shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Sample:
    """Give a real log, read once; without it the test is skipped."""
    log = shared / "samples" / "flexlm" / f"{request.param}.log"
    if not log.exists():
        pytest.skip(f"{log.name} is not beside the project")
    if request.param not in samples:
        samples[request.param] = Sample(log, tmp_path_factory.mktemp(request.param))
    return samples[request.param]


@pytest.mark.parametrize("tier", [HOURLY, LONGTERM], ids=lambda tier: tier.name)
def test_windows_of_a_real_log(sample: Sample, tier: Tier) -> None:
    """Every field of every window of every feature, stored or not, is what the reference finds."""
    expected, found = sample.expected(tier), sample.stored(tier)

    assert expected.keys() == found.keys()
    for names, windows in expected.items():
        assert windows == found[names], names


def test_hours_of_a_real_log_are_its_days(sample: Sample) -> None:
    """Check-outs, denials and seat seconds of all hours of a feature are those of all days."""
    hours, days = sample.stored(HOURLY), sample.stored(LONGTERM)

    assert hours.keys() == days.keys()
    for names, windows in days.items():
        for field in ("seat_seconds", "checkouts", "checkins", "denials", "denials_waited", "denials_refused"):
            total = sum(getattr(sums, field) for _, sums in windows)
            assert total == sum(getattr(sums, field) for _, sums in hours[names]), (names, field)
