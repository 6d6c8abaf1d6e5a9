"""OpenMetrics text: families one after the other, and memory that doesn't grow with the windows."""

from __future__ import annotations

import io
import tempfile
import tracemalloc
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.catalog.windows import WINDOW_FIELDS
from exporter.errors import ExportFailed
from exporter.exports import openmetrics
from exporter.exports.openmetrics import write_openmetrics
from exporter.records import WindowRow
from tests.unit.exports.conftest import NOON, ODD_NAMES, window

UNITS = {
    "seat_seconds": "seat_seconds",
    "covered_seconds": "seconds",
    "saturated_seconds": "seconds",
    "over_issued_seconds": "seconds",
    "users": "users",
    "suspect_seats": "seats",
}


def text(rows: Sequence[WindowRow], *, product: bool = False) -> str:
    """Return the text of hourly windows."""
    out = io.StringIO()
    write_openmetrics(out, "hourly", rows, product=product)
    return out.getvalue()


def test_one_window() -> None:
    """The first families look as they should, to the letter."""
    expected = """\
# TYPE licence_window_in_use_mean gauge
# HELP licence_window_in_use_mean Mean of the seats in use over the covered time.
licence_window_in_use_mean{tier="hourly",server="s",vendor="v",feature="f"} 1.500000 1709640000
# TYPE licence_window_in_use_max gauge
# HELP licence_window_in_use_max Most seats in use at once, however briefly.
licence_window_in_use_max{tier="hourly",server="s",vendor="v",feature="f"} 0 1709640000
"""
    written = text([window(("s", "v", "f"), NOON)])
    assert written.startswith(expected)
    assert written.endswith(" 19 1709640000\n# EOF\n")


def test_every_field_is_a_family_with_all_subjects() -> None:
    """An independent parser finds a family a field, with its unit if its name has one, and each sample at its start."""
    subjects = [("s", "v", "f"), ("s", "v", "g"), ("t", "v", "f")]
    rows = [window(subject, NOON + 3600 * hour, whole=hour) for subject in subjects for hour in range(3)]
    families = list(text_string_to_metric_families(text(rows)))
    assert [f"licence_window_{field.name}" for field in WINDOW_FIELDS] == [family.name for family in families]
    assert UNITS == {family.name.removeprefix("licence_window_"): family.unit for family in families if family.unit}
    for at, family in enumerate(families):
        expected = [(*row.subject, row.start, row.fields[at]) for row in rows]
        assert expected == [
            (*(sample.labels[name] for name in ("server", "vendor", "feature")), sample.timestamp.sec, sample.value)
            for sample in family.samples
        ]
        assert {"hourly"} == {sample.labels["tier"] for sample in family.samples}


def test_products_have_families_of_their_own() -> None:
    """A sum over features never counts a product as well: its families have another name, and one label."""
    (family, *_) = text_string_to_metric_families(text([window(("Draft",), NOON)], product=True))
    assert "licence_product_window_in_use_mean" == family.name
    assert [{"tier": "hourly", "product": "Draft"}] == [sample.labels for sample in family.samples]


def test_odd_names_are_escaped() -> None:
    """An independent parser finds every name as it was."""
    (family, *_) = text_string_to_metric_families(text([window(("s", "v", name), NOON) for name in ODD_NAMES]))
    assert list(ODD_NAMES) == [sample.labels["feature"] for sample in family.samples]


def test_nothing_to_write() -> None:
    """Without windows there are families without samples, and the end."""
    written = text([])
    assert all(line.startswith("#") for line in written.splitlines())
    assert written.endswith("\n# EOF\n")


def test_more_windows_than_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that pass through the files in many pieces come out as those that pass in one."""
    rows = [window(("s", "v", name), NOON + 3600 * hour, whole=hour) for name in "fgh" for hour in range(11)]
    expected = text(rows)
    monkeypatch.setattr(openmetrics, "AT_ONCE", 4)
    assert expected == text(rows)


class _Nowhere(io.TextIOBase):
    """Takes text and keeps none."""

    def write(self, text: str) -> int:
        return len(text)


def _peak(hours: int) -> int:
    """Return the most bytes held while so many windows are written."""

    def rows() -> Generator[WindowRow, None, None]:
        for hour in range(hours):
            yield window(("s", "v", "f"), NOON + 3600 * hour, whole=1000 + hour)  # beyond the ints that Python keeps

    tracemalloc.start()
    write_openmetrics(_Nowhere(), "hourly", rows(), product=False)  # type: ignore[arg-type]  # takes text, which is enough
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_is_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen times the windows need about the same memory."""
    monkeypatch.setattr(openmetrics, "AT_ONCE", 256)
    few = _peak(2 * openmetrics.AT_ONCE)
    assert _peak(32 * openmetrics.AT_ONCE) < 2 * few  # the collector of garbage is free to come later


def test_no_room_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The message names the folder and what to set, when the files can't be made and when they can't grow."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    sentence = f"in {tmp_path / 'gone'}: .*Set TMPDIR"
    with pytest.raises(ExportFailed, match=sentence):
        text([])

    def full(**_: Any) -> Any:
        return Path("/dev/full").open("wb", buffering=0)

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(ExportFailed, match="No space left on device"):
        text([window(("s", "v", "f"), NOON)])
