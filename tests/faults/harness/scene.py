"""
One log, the pen that writes it, and the Seatwatch that reads it; quick: time is told, only files and kills are real.

A test takes the fixture `scene` (one scene, in each of the case's modes) or `make_scene` (options; see `Scene`)::

    @pytest.mark.case("R1", "The log is renamed while lines are unread.")
    def test_renamed(scene: Scene) -> None:
        '''What was unread of the old file comes first, then the new one.'''
        scene.pen.write(300)          # the truth is kept: (generation, seq) of every line
        scene.poll()                  # 2 s pass, Seatwatch looks once
        with scene.meanwhile():       # mode "down": killed with SIGKILL here, started again at the end
            scene.pen.write(500)
            scene.pen.rename()        # also: truncate, pack, leave, begin, write(to=), write(hold=); or calls of os
            scene.poll()              # nothing in mode "down"
            scene.pen.write(200)
        scene.see()                   # settles; each line once, in order; no gap; exports as of one reading (E1-E3)

`see(lost=lines, gaps=[(start, end, reason)])` is for losses: `pen.write` returns the lines it wrote, `pen.size()` is
the offset behind the last one. `see` also kills Seatwatch, starts it again, and sees that nothing comes twice.

- Mark with ``case(id, "what happens", only="alive" | "down", how="shim", undecidable=True)``; all but the id may be
  left out, the sentence is needed once a case. ``mode=`` is for tests without `scene`: which of the modes it is about.
- `scene.advance(seconds)` lets time pass unobserved; `scene.step_clock(seconds)` moves the wall clock alone.
- `scene.view` is what is shown of the one stream (`StreamView`), `scene.views` of all, `scene.told` the operator's log,
  `scene.complaints` what of it says why something can't be read.
- `scene.behave(Quirks(...))` changes how the file system behaves (see `shim`), now and after a restart.
- `scene.start(failpoint="after-read:2")` kills itself there; the next command starts it again and counts `deaths`.
- `scene.start()` raises `Refused` with the sentence when Seatwatch doesn't start.
- `make_scene(server="{server}", paths=["logs/{server}.log*"])` and `scene.another_pen("b.log")` are for several logs.
- `make_scene(before=[obey_permissions])` makes root obey chmod.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exporter.views import StreamView, View
from tests.faults.harness.fork import Died, Fork, Refused
from tests.faults.harness.log_lines import NOW
from tests.faults.harness.oracle import Found, Line
from tests.faults.harness.pen import Clock, Pen
from tests.faults.harness.shim import Quirks
from tests.faults.harness.verdict import read_at_one_go, see_gaps, see_lines

__all__ = ["LOOK", "Refused", "Scene"]

LOOK = 2.0
"""Seconds between two looks of a running Seatwatch."""
_SETTLING = (LOOK, 3.0, 3.0, 3.0, 3.0, 60.0, 60.0, 3.0)
"""Seconds between the looks after which all rules of quiet have passed."""


class Scene:
    """A log in ``logs/``, its pen, and Seatwatch, which runs from the start."""

    def __init__(
        self,
        folder: Path,
        mode: str = "alive",
        *,
        paths: Sequence[str] = ("logs/debug.log*",),
        server: str = "srv",
        log: str = "debug.log",
        source: str = "",
        timezone: str = "UTC",
        before: Sequence[Callable[[], None]] = (),
        started: bool = True,
        **pen: Any,
    ) -> None:
        """
        Build it in *folder*, which is made; *mode* is what `meanwhile` does.

        *source* is more YAML for the source, such as ``archive: [old]``; *timezone* is the log's; *before* is called
        in Seatwatch's process before it begins; *pen* are the options of `Pen`.
        """
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True)
        self.mode = mode
        self.clock = Clock(NOW, 1_000.0)
        self.ledger = folder / "ledger" / "seatwatch.db"
        self.deaths = 0
        """How often Seatwatch died at a failpoint."""
        self._server, self._source, self._timezone, self._paths = server, source, timezone, paths
        self.before = before
        """What is called in each new process of Seatwatch before it begins."""
        self._quirks = Quirks()
        self._fork: Fork | None = None
        self._failpoint = ""
        self.config = self._configure(folder, paths)
        self.log = self.logs / log
        self.pen = Pen(self.log, self.clock, **pen)
        self.pens = [self.pen]
        if started:
            self.start()

    # Seatwatch's life

    @property
    def alive(self) -> bool:
        """Whether Seatwatch runs."""
        return self._fork is not None and self._fork.alive

    @property
    def pid(self) -> int:
        """Seatwatch's process id."""
        assert self._fork is not None, "Seatwatch doesn't run"
        return self._fork.pid

    def start(self, failpoint: str = "") -> None:
        """Start Seatwatch, to die at *failpoint* (``name:n``). Raises Refused."""
        assert self._fork is None, "it runs already"
        self._failpoint = failpoint
        try:
            self._fork = Fork(self.config, failpoint, self._quirks, self.before, self.clock.both)
        except Died:
            self._has_died()

    def kill(self) -> None:
        """Kill Seatwatch with SIGKILL, if it runs."""
        fork, self._fork = self._fork, None
        if fork is not None:
            fork.kill()

    def stop(self) -> None:
        """End Seatwatch well."""
        self._ask("stop")
        self.kill()

    def restart(self) -> None:
        """Kill Seatwatch and start it again."""
        self.kill()
        self.start()

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """Do something while Seatwatch lives, or in mode ``down`` between its death and its next start."""
        if self.mode == "down":
            self.kill()
        yield
        if self._fork is None:
            self.start()

    # time

    def advance(self, seconds: float) -> None:
        """Let time pass while nobody looks."""
        self.clock.now += seconds
        self.clock.monotonic += seconds

    def step_clock(self, seconds: float) -> None:
        """Set the wall clock, and it alone."""
        self.clock.now += seconds

    def poll(self, times: int = 1, *, after: float = LOOK) -> None:
        """Let *after* seconds pass and Seatwatch look, so many *times*; where it is down the time passes only."""
        for _ in range(times):
            self.advance(after)
            if self._fork is not None:
                self._ask("poll")

    def settle(self) -> None:
        """Let it look until everything is read, and every rule of quiet has passed."""
        for after in _SETTLING:
            self.poll(after=after)

    # what there is to see

    @property
    def views(self) -> View:
        """What is shown now."""
        view: View = self._ask("view")
        return view

    @property
    def view(self) -> StreamView:
        """What is shown of the one stream."""
        (stream,) = self.views.streams
        return stream

    @property
    def told(self) -> list[str]:
        """The lines of the operator's log since the start of Seatwatch."""
        return list(self._ask("told"))

    @property
    def complaints(self) -> list[str]:
        """Those of them that say why something can't be read."""
        return [line for line in self.told if " warning " in line and " why=" in line]

    def found(self) -> Found:
        """Return what the ledger holds now."""
        return Found(self.ledger)

    def memory(self) -> int:
        """Return the resident bytes of Seatwatch's process."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096

    def open_files(self) -> list[str]:
        """Return what Seatwatch has open of the logs."""
        fds = Path(f"/proc/{self.pid}/fd").iterdir()
        targets = [str(fd.readlink()) for fd in fds if fd.is_symlink()]
        return [target for target in targets if target.startswith(str(self.logs))]

    def see(
        self,
        *,
        lost: Sequence[Line] = (),
        gaps: Sequence[tuple[object, ...]] = (),
        others: int = 0,
        in_order: bool = True,
        same: bool | None = None,
        again: bool = True,
    ) -> Found:
        """
        Settle, and see that each line that isn't *lost* was read once and in order, and each loss told once.

        *gaps* are (start, end) or (start, end, reason); *others* so many lines that the pen doesn't know. Without
        *in_order* the order holds within each generation only. *same* (the default where nothing is lost): the exports
        are those of one reading of all lines that aren't lost. *again*: after a kill and a start it is the same.
        """
        found = self._settled(lost, gaps, others, in_order=in_order)
        if same or (same is None and not lost and not others):
            once = dict(self.read_at_one_go(lost).exports)
            if gaps:  # a gap ends an interval where quiet has brought it, of which one reading knows nothing
                once["coverage"] = found.exports["coverage"]
            assert once == found.exports, "the exports differ from those of one reading"
        if again:
            self.restart()
            self._settled(lost, gaps, others, in_order=in_order)
        return found

    def _settled(
        self, lost: Sequence[Line], gaps: Sequence[tuple[object, ...]], others: int, *, in_order: bool
    ) -> Found:
        self.settle()
        found = self.found()
        see_lines(found, self.pens, lost, others, in_order=in_order)
        see_gaps(found, gaps)
        return found

    def read_at_one_go(self, lost: Sequence[Line] = (), text: bytes | None = None) -> Found:
        """Return what a fresh ledger holds that read all lines (or *text*) at one go, generation after generation."""
        fresh = self.folder / f"fresh-{len(list(self.folder.glob('fresh-*')))}"
        (fresh / "logs").mkdir(parents=True)
        many = "{" in self._server
        assert many or len(self.pens) == 1, "one server has one log"
        for pen in self.pens:
            path = fresh / "logs" / (pen.log.name if many else "truth.log")
            path.write_bytes(pen.text(lost) if text is None else text)
        return read_at_one_go(self._configure(fresh, self._paths if many else ["logs/truth.log"]), self.clock.both)

    # the world

    def another_pen(self, log: str, **options: Any) -> Pen:
        """Return a pen for one more log, with generations numbered from the next hundred on."""
        self.pens.append(Pen(self.logs / log, self.clock, first=100 * len(self.pens), **options))
        return self.pens[-1]

    def behave(self, quirks: Quirks | None = None) -> None:
        """Change how the file system behaves, for Seatwatch; without *quirks* it is a local one again."""
        self._quirks = quirks or Quirks()
        if self._fork is not None:
            self._ask("behave", self._quirks)

    def close(self) -> None:
        """End everything."""
        self.kill()
        for pen in self.pens:
            pen.close_all()

    def _configure(self, folder: Path, paths: Sequence[str]) -> Path:
        config = folder / "config.yaml"
        source = (
            f"{{name: lic, format: flexlm, server: {self._server!r}, timezone: {self._timezone}, paths: {list(paths)!r}"
        )
        config.write_text(
            "site: {name: faults, timezone: UTC}\nledger: {path: ledger/seatwatch.db}\n"
            f"sources:\n  - {source}{', ' if self._source else ''}{self._source}}}\nprometheus: {{listen: null}}\n"
        )
        return config

    def _ask(self, name: str, *arguments: object) -> Any:
        """Tell Seatwatch to do something; where it dies at its failpoint, start it again and ask that one."""
        fork = self._fork
        assert fork is not None, "Seatwatch doesn't run"
        try:
            return fork.ask(self.clock.both, name, *arguments)
        except Died:
            self._has_died()
            return self._ask(name, *arguments)
        except AssertionError:
            self._fork = None
            raise

    def _has_died(self) -> None:
        assert self._failpoint, "Seatwatch died"
        self._fork = None
        self.deaths += 1
        self.start()
