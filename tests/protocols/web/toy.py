"""A toy project of three tasks, fake boxes that serve it, and specs that read from its page which of them pass."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore import Batch, Candidate, Trust
from boxscore.boxes import folders
from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeBackend, FakeStream
from boxscore.protocols.web.boxes import FindImages, WebBoxes
from boxscore.protocols.web.browser import SpecRun
from boxscore.protocols.web.grader import WebGrader
from boxscore.protocols.web.observer import ListedTests, Observer
from boxscore.protocols.web.specs import BETWEEN
from boxscore.protocols.web.task import WebCommand, WebStep, WebTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.boxes.fake import FakeBox, FakeRun
    from boxscore.protocols.web.browser import ToldModule
    from boxscore.records import Result

PAGE = "index.html"
STEPS = ("task-1", "task-2", "task-3")
TASK = WebTask(
    steps=tuple(WebStep(name=name, specs=(f"test/{name}.spec.js",), level="easy") for name in STEPS),
    specs=tuple((f"test/{name}.spec.js", b"test('works', () => {})") for name in STEPS),
    project=(("package.json", b"{}"),),
    start=((PAGE, b"nothing"),),
    serve=WebCommand(argv=("serve", "{root}", "{port}"), wall_s=20.0),
)
BUILT = replace(TASK, build=WebCommand(argv=("build",)))
MADE = replace(  # its first task makes the project
    TASK, steps=(replace(TASK.steps[0], tolerated=True), *TASK.steps[1:]), start=((PAGE, b"task-1"),)
)
FINE = Completed(exit_code=0, wall_s=0.1)
NOWHERE = Path(os.devnull) / "cache"  # where nothing can be written
WAIT_S = 60.0  # at the most: for what happens at once


def id_of(step: str) -> str:
    return f"{step}.spec.js{BETWEEN}works"


class Forwarder(FakeStream):
    def __init__(self, status: Callable[[], str], slowness: Callable[[], float]) -> None:
        super().__init__(lambda asked: (f"x{slowness():.2f}" if asked == b"busy\n" else status()).encode() + b"\n")
        self._waiting += b"listening\n"


class Toy:
    """Fake boxes for a grader.

    `build` and `serve` say how these programs end, None for a server that goes on; `status` and `controls` what a
    forwarder sees of a sample's server, and of a control's; `slowness` how slow the machine is at each measure.
    """

    def __init__(
        self,
        *,
        build: Callable[[FakeRun], Completed] = lambda _: FINE,
        serve: Callable[[FakeRun], Completed] | None = None,
        status: str = "200",
        controls: str = "200",
        slowness: float | Callable[[], float] = 1.0,
    ) -> None:
        self._build, self._serve, self._status, self._controls = build, serve, status, controls
        measured = slowness if callable(slowness) else lambda: slowness
        self.backend = FakeBackend(run=self._run, stream=lambda _: Forwarder(self._seen, measured))

    @property
    def projects(self) -> list[FakeBox]:
        return [box for box in self.backend.boxes if box.spec.alias == "project"]

    def page(self) -> str:
        box = self.projects[-1]
        folder = "control" if f"/scratch/project/control/{PAGE}" in box.files else "src"
        return box.files[f"/scratch/project/{folder}/{PAGE}"].decode()

    def _seen(self) -> str:
        return self._controls if f"/scratch/project/control/{PAGE}" in self.projects[-1].files else self._status

    def _run(self, asked: FakeRun) -> Completed:
        if asked.argv[0] == "build":
            return self._build(asked)
        if asked.argv[0] == "serve" and self._serve is not None:
            return self._serve(asked)
        if asked.argv[:2] == ("node", "--input-type=module"):
            return replace(FINE, stdout=b'{"path": "a.js", "exports": {"n": 1}, "text": null}\n')
        if asked.argv[0] in ("serve", "node"):
            box, until = self.projects[-1], time.monotonic() + WAIT_S
            before = box.interrupts
            while box.interrupts == before and not box.closed and time.monotonic() < until:
                time.sleep(0.01)
            return Completed(exit_code=None, signal=9, wall_s=0.1)
        if asked.argv[:2] == ("/bin/sh", "-c") and asked.stdin:
            found = folders.FolderContents("project", max_bytes=1 << 20, max_files=100)
            folders.unpack(asked.stdin, found)
            files = self.projects[-1].files
            files.clear()
            files.update({f"/scratch/project/{path}": data for path, data in found.files.items()})
        return FINE


class ToySpecs:
    """Specs of one test each, which passes if the page names its task.

    `change` makes another run of it. `asked` has the steps of each run, `seconds` the limits of its tests, `listed_by`
    the files by which tests were listed.
    """

    def __init__(self, toy: Toy, change: Callable[[SpecRun], SpecRun] = lambda run: run) -> None:
        self._toy, self._change = toy, change
        self.asked: list[tuple[str, ...]] = []
        self.seconds: list[tuple[float, float]] = []
        self.modules: dict[str, ToldModule] = {}
        self.listed = 0
        self.listed_by: list[Mapping[str, bytes] | None] = []

    def expected_ids(
        self, box: Box, task: WebTask, step_names: Sequence[str], *, files_seen: Mapping[str, bytes] | None
    ) -> tuple[str, ...]:
        self.listed += 1
        self.listed_by.append(files_seen)
        return tuple(id_of(name) for name in step_names)

    def run_specs(  # noqa: PLR0913 - as its model has it
        self,
        box: Box,
        task: WebTask,
        step_names: Sequence[str],
        *,
        expected: Sequence[str],
        port: int,
        files_seen: Mapping[str, bytes] | None,
        modules: Mapping[str, ToldModule],
    ) -> SpecRun:
        self.modules = dict(modules)
        page = self._toy.page()
        if step_names == ["control"]:
            return SpecRun(statuses={expected[0]: "PASSED" if "'answered'" in page else "FAILED"}, ended=FINE)
        self.asked.append(tuple(step_names))
        self.seconds.append((task.settings.test_s, task.settings.expect_s))
        words = page.split()
        statuses = {test: "PASSED" if test.partition(".")[0] in words else "FAILED" for test in expected}
        return self._change(SpecRun(statuses=statuses, ended=FINE, log=f"looked at {page}", test_s=1.5))


def grader(toy: Toy, specs: ToySpecs | None = None, cache: Path | None = None) -> WebGrader:
    find = FindImages(lambda image: image.name, lambda name: name)
    boxes = WebBoxes(toy.backend, "web", find)
    observer = Observer(boxes, ListedTests(cache or NOWHERE), specs or ToySpecs(toy))
    return WebGrader(boxes, observer, sleep=lambda _: None)


def batch(*codes: str, task: WebTask = TASK) -> Batch:
    candidates = tuple(Candidate(sample_id=str(number), code=code) for number, code in enumerate(codes))
    return Batch(instance_id="toy", task=task, trust=Trust.OBSERVER, candidates=candidates)


def graded(by: WebGrader, code: str, task: WebTask = TASK) -> Result:
    (result,) = by.grade(batch(code, task=task))
    return result
