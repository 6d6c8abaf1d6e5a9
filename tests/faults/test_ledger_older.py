"""The ledger is of the version before: it becomes one of this version, and reading goes on."""

from __future__ import annotations

import pytest

from tests.faults.harness.older_ledger import make_older
from tests.faults.harness.scene import Scene


@pytest.mark.case("K12", "Killed while the ledger of the version before is made one of this version.", only="down")
@pytest.mark.parametrize("failpoint", ["", "schema-migrate:1", "txn-begin:1", "before-commit:1", "after-commit:1"])
def test_reading_goes_on_with_an_older_ledger(scene: Scene, failpoint: str) -> None:
    """Killed there or not, the older ledger is taken over with all its rows, and each line is read once."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.rename()
    scene.pen.write(100)
    scene.poll(3)
    scene.stop()
    for file in make_older(scene.ledger, scene.folder / "older" / scene.ledger.name).parent.iterdir():
        file.rename(scene.ledger.parent / file.name)
    uuid = scene.ledger.with_name(f"{scene.ledger.name}.id").read_text()
    scene.pen.write(200)
    scene.start(failpoint)
    scene.see()

    assert bool(failpoint) == bool(scene.deaths)
    assert uuid == scene.ledger.with_name(f"{scene.ledger.name}.id").read_text()
