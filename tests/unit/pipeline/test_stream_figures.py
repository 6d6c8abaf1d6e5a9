"""What a stream shows beside its levels: durations, packages, effective denials, the highest level in between."""

from __future__ import annotations

from exporter.views import StreamView

ANCHOR = b" 9:00:00 (lmgrd) TIMESTAMP 3/5/2024\n 9:00:00 (acornd) Server started on h for:\tP\n"
PACKAGE = b" 9:00:01 (acornd) P (consisting of:\tA\tB)\n"
OUT = b'10:00:00 (acornd) OUT: "P" amber@ws-01  \n'
IN = b'10:10:00 (acornd) IN: "P" amber@ws-01  \n'
DENIED = b'11:00:00 (acornd) DENIED: "P" birch@ws-02  (Licensed number of users already reached. (-4,342))\n'
LATER = b"12:00:00 (lmgrd) TIMESTAMP 3/5/2024\n"

P, A, B = (("srv", "acornd", name) for name in "PAB")


def _shown(site) -> StreamView:
    """Read all there is and return what is shown of the one log."""
    site.cycle_to_the_end()
    return site.shown[-1].streams[0]


def test_every_view_is_put_up(site) -> None:
    """Whoever meters what is shown gets each view as it comes, the last of them the one that is shown."""
    lines = site.log("/a.log", ANCHOR + OUT)
    _shown(site)
    before = len(site.shown)
    lines.grow(IN)
    _shown(site)

    assert before + 1 == len(site.shown)
    assert site.pipeline.view is site.shown[-1]
    assert [1, 0] == [sum(one.in_use for one in view.streams[0].features.values()) for view in site.shown[-2:]]


def test_durations_are_shown_and_stay(site) -> None:
    """They are counted on from commit to commit and over a restart."""
    lines = site.log("/a.log", ANCHOR + OUT + IN)
    assert {("acornd", "session"): {900: (1, 600)}} == _shown(site).durations
    lines.grow(OUT.replace(b"10:00", b"10:20") + IN.replace(b"10:10", b"10:21") + OUT.replace(b"10:00", b"10:22"))
    expected = {("acornd", "session"): {900: (1, 600), 60: (1, 60)}}
    assert expected == _shown(site).durations
    site.die()
    assert expected == _shown(site).durations


def test_packages_are_shown_and_stay(site) -> None:
    """What a daemon lists is known at once, and after a restart without the list being printed again."""
    lines = site.log("/a.log", ANCHOR)
    assert frozenset() == _shown(site).packages
    lines.grow(PACKAGE)
    assert {(P, A), (P, B)} == _shown(site).packages
    site.die()
    assert {(P, A), (P, B)} == _shown(site).packages


def test_a_denial_is_effective_once_time_has_passed(site) -> None:
    """No line of the feature decides it: it is refused when another line shows that the time for a retry is over."""
    lines = site.log("/a.log", ANCHOR + DENIED)
    (feature,) = _shown(site).features.values()
    assert (1, 0) == (feature.denials["capacity"], feature.effective)
    lines.grow(LATER)
    (feature,) = _shown(site).features.values()
    assert feature.effective == 1
    site.die()
    (feature,) = _shown(site).features.values()
    assert feature.effective == 1


def test_a_level_in_between_is_told(site) -> None:
    """A check-out and its check-in that are read together leave the level as it was, and are told as its highest."""
    lines = site.log("/a.log", ANCHOR)
    _shown(site)
    lines.grow(OUT + IN)
    (feature,) = _shown(site).features.values()

    assert (0, 1) == (feature.in_use, feature.high)
