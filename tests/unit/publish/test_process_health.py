"""The process's own statistics."""

from concurrent.futures import ThreadPoolExecutor

from exporter.health import BUCKETS, Health


def test_a_duration_on_a_bound_belongs_to_its_bucket() -> None:
    """Counts are cumulative, a bound is part of its bucket, and the last bucket takes all."""
    health = Health(lambda: 0, lambda: 0)

    for seconds in (0.001, 0.0011, 10.0, 99.0):
        health.committed(seconds)

    assert {0.001: 1, 0.0025: 2, 5.0: 2, 10.0: 3, float("inf"): 4}.items() <= dict(
        zip(BUCKETS, health.view().commits, strict=True)
    ).items()
    assert 109.0021 == health.view().commit_seconds


def test_the_last_reload_counts() -> None:
    """The start is a success; a faulty reload shows until a good one."""
    health = Health(lambda: 0, lambda: 0)
    seen = [health.view().reload_successful]

    for successful in (False, True):
        health.reloaded(successful=successful)
        seen.append(health.view().reload_successful)

    assert [True, False, True] == seen


def test_nothing_is_lost_between_threads() -> None:
    """Four threads that count at the same time lose no count."""
    health = Health(lambda: 0, lambda: 0)

    def work() -> None:
        for _ in range(2000):
            health.committed(0.25)
            health.ledger_failed()

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(work) for _ in range(4)]:
            job.result(timeout=30)

    assert (8000, 2000.0, 8000) == (
        health.view().commits[-1],
        health.view().commit_seconds,
        health.view().ledger_errors,
    )
