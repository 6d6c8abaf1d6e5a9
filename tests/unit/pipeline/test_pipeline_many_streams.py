"""Many streams: they are found in portions, quiet ones are passed over, and hints can't keep a processor busy."""

from __future__ import annotations

from threading import Event as Signal

from exporter.pipeline import HINT_SHARE, RESCAN_SECONDS, Found

ANCHOR = b" 9:00:00 (lmgrd) TIMESTAMP 3/5/2024\n"
OUT = b'10:00:00 (acornd) OUT: "acorn_base" amber@ws-01  \n'


def test_streams_come_in_portions(site, monkeypatch) -> None:
    """While there are more the next look comes at once; each portion is shown, and only with the last it is ready."""
    for name in "abc":
        site.log(f"/{name}.log", ANCHOR + OUT, server=name)
    new, site._new = site._new, []

    def portion() -> Found:
        return Found([new.pop(0)], {}, bool(new))

    monkeypatch.setattr(site.pipeline, "_discover", portion)
    seen = [(site.pipeline.cycle(), len(site.pipeline.view.streams), site.pipeline.view.ready) for _ in range(3)]

    assert [(True, 1, False), (True, 2, False)] == seen[:2]
    site.cycle_to_the_end()
    assert site.pipeline.view.ready
    assert [1, 1, 1] == [sum(feature.in_use for feature in s.features.values()) for s in site.pipeline.view.streams]


def test_a_still_log_is_not_asked_again(site, monkeypatch) -> None:
    """Of a log that is as it was, neither its generations nor its lag are asked for, and its view stays the same."""
    lines = site.log("/a.log", ANCHOR + OUT)
    site.cycle_to_the_end()
    view = site.pipeline.view
    lines.still = True
    monkeypatch.setattr(lines, "moved", None)
    monkeypatch.setattr(lines, "lag", None)

    assert not site.pipeline.cycle()
    assert site.pipeline.view is view


def test_long_looks_are_far_apart(site) -> None:
    """A look that takes long is followed by a pause of several times that, however many hints come."""
    stop, wake = Signal(), Signal()
    site.log("/a.log", ANCHOR)
    cycle = site.pipeline.cycle

    def slow(stopping: Signal | None = None) -> bool:
        site.clock.time += 0.25
        wake.set()
        return cycle(stopping) and False

    def on_wait(number: int) -> None:
        if number == 4:
            stop.set()

    site.pipeline.cycle = slow
    site.clock.on_wait = on_wait
    site.pipeline.run(stop, wake)

    assert [(wake, RESCAN_SECONDS), (stop, 0.25 * (HINT_SHARE - 1))] * 2 == site.clock.waits
