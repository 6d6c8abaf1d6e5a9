"""The reference windows against the worked examples, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.reference.flexlm_reader import read
from tests.reference.site_facts import Site, site_of
from tests.reference.window_facts import Stream
from tests.reference.window_grid import stamp_to_second
from tests.reference.window_tables import features_csv, products_csv
from tests.reference.windows import feature_windows, product_windows

VECTORS = Path(__file__).parents[1] / "vectors"
LATER = 1_800_000_000
"""A moment after every line of the examples."""

HOURLY = sorted(path.parent.name for path in VECTORS.glob("*/windows-hourly.csv"))
LONGTERM = sorted(path.parent.name for path in VECTORS.glob("*/windows-longterm.csv"))
LIVE = sorted(path.parent.name for path in VECTORS.glob("*/windows-live.csv"))


def example(case: str) -> tuple[list[Stream], Site]:
    """Read a case: its only stream, and its configuration."""
    folder = VECTORS / case
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    older = sorted(folder.glob("input.log.*"), key=lambda path: -int(path.suffix[1:]))
    files = [path.read_bytes() for path in [*older, folder / "input.log"]]
    site = site_of(config)
    (source,) = config["sources"]
    return [Stream(source["server"], read(files, source["timezone"], None, LATER, rule=site.rule))], site


def expected(case: str, table: str) -> str:
    """Return the text of a case's table."""
    return (VECTORS / case / table).read_bytes().decode("utf-8")


def test_all_examples_have_their_windows() -> None:
    """Every example without a gap has hours, and those that show days, minutes or a product have these."""
    assert [26, 2, 4] == [len(HOURLY), len(LONGTERM), len(LIVE)]
    assert ["15-package-product"] == [path.parent.name for path in VECTORS.glob("*/windows-hourly-product.csv")]


@pytest.mark.parametrize("case", HOURLY)
def test_hours(case: str) -> None:
    """The reference computes every hour of the worked example and no other."""
    assert expected(case, "windows-hourly.csv") == features_csv(feature_windows(*example(case), "hourly"))


@pytest.mark.parametrize("case", LONGTERM)
def test_days(case: str) -> None:
    """The reference computes the days of 23 and 25 hours as the worked example has them."""
    assert expected(case, "windows-longterm.csv") == features_csv(feature_windows(*example(case), "longterm"))


@pytest.mark.parametrize("case", LIVE)
def test_minutes(case: str) -> None:
    """The reference computes the minutes that the worked example asks for."""
    _, begin, _, end = expected(case, "windows-live.args").split()
    found = feature_windows(*example(case), "live", stamp_to_second(begin), stamp_to_second(end))
    assert expected(case, "windows-live.csv") == features_csv(found)


def test_hours_of_a_product() -> None:
    """Of a package and its components the reference counts the package alone."""
    found = product_windows(*example("15-package-product"), "hourly")
    assert expected("15-package-product", "windows-hourly-product.csv") == products_csv(found)
