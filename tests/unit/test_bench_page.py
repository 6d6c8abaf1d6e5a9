"""The figures of the benchmark: verdicts, and their place in docs/performance.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.figures import BEGIN, END, Figure, block, place, write_block
from tests.bench.measuring import BenchFault, percentile


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (Figure("a", "speed", 0.25, "M lines/s", 2, at_least=0.25), ("0.25 M lines/s", "≥ 0.25 M lines/s", "ok")),
        (Figure("a", "speed", 0.249, "M lines/s", 3, at_least=0.25), ("0.249 M lines/s", "≥ 0.25 M lines/s", "missed")),
        (Figure("a", "delay", 249.9, "ms", below=250), ("250 ms", "< 250 ms", "ok")),
        (Figure("a", "delay", 250, "ms", below=250), ("250 ms", "< 250 ms", "missed")),
        (Figure("a", "rows", 1, "", at_most=1), ("1", "≤ 1", "ok")),
        (Figure("a", "growth", 10.01, "MB", 2, at_most=10), ("10.01 MB", "≤ 10 MB", "missed")),
        (Figure("a", "ratio", None, "", at_least=0.6), ("not measured", "≥ 0.6", "")),
        (Figure("a", "bytes", 1234, "B"), ("1,234 B", "", "")),
    ],
    ids=["met", "missed", "under", "not under", "at most", "above", "unknown", "no target"],
)
def test_a_figure_is_held_against_its_target(figure: Figure, told: tuple[str, str, str]) -> None:
    """What is said to be at least or at most may be reached; what wasn't measured is neither ok nor missed."""
    assert told == (figure.measured, figure.target, figure.verdict)


def test_figures_replace_those_of_the_last_run_and_nothing_else(tmp_path: Path) -> None:
    """A second run leaves the text around the marks as it was and none of the first run's figures."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    text = block([Figure("a", "speed", 2, "MB/s")], "A log.", {"cpu": "one"}, "run.py")

    write_block(page, "first")
    write_block(page, text)

    assert f"before\n{BEGIN}\n\n{text}\n\n{END}\nafter\n" == page.read_text()
    assert "| speed | 2 MB/s |  |  |" in text


@pytest.mark.parametrize("text", ["", f"{END}\n{BEGIN}\n", BEGIN])
def test_a_page_without_a_place_for_figures_is_refused(tmp_path: Path, text: str) -> None:
    """Where a mark is missing, or the marks are turned round, the fault names the page."""
    page = tmp_path / "page.md"
    page.write_text(text)

    with pytest.raises(BenchFault, match=r"page\.md has no place for figures"):
        write_block(page, "figures")
    assert text == page.read_text()


def test_the_page_on_performance_has_a_place_for_figures(root: Path) -> None:
    """docs/performance.md can be filled by a run."""
    before, after = place(root / "docs" / "performance.md")

    assert before
    assert after


def test_a_percentile_is_a_value_that_was_measured() -> None:
    """Of 500 values, 99 % are within the 495th; of one, that one is every percentile."""
    values = [float(number) for number in range(500, 0, -1)]

    assert [250.0, 495.0, 500.0] == [percentile(values, share) for share in (0.5, 0.99, 1.0)]
    assert [7.0, 7.0] == [percentile([7.0], 0), percentile([7.0], 0.99)]
