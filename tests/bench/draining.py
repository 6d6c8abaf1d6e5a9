"""
Ships all that is due by a configuration, as `collect` does when it has read the logs; prints the seconds that it took.

A process of its own, so that its memory is that of shipping: ``python -m tests.bench.draining CONFIG``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from exporter.commands.collecting import _look_for_garbage_less
from exporter.config.loading import load
from exporter.watching import FORMATS
from exporter.wiring import collector


def main(config: Path) -> int:
    """Ship, and return the exit status."""
    _look_for_garbage_less()
    with collector(load(config, FORMATS), only=(), dry_run=False) as collecting:
        collecting.pipeline.drain(lambda: None)
        (sink,) = collecting.sinks
        begun = time.perf_counter()
        sink.drain(lambda _, __: None)
        seconds = time.perf_counter() - begun
    print(sink.problem or seconds)
    return 1 if sink.problem else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
