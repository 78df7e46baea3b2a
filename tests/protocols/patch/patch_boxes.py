"""Boxes in memory in which a patch is staged, built and tested as a test says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeBackend, FakeStream
from boxscore.errors import LossCause
from boxscore.images.records import InstanceImage
from boxscore.protocols.blind.learn import BlindTests
from boxscore.protocols.blind.observations import Observations
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.blind import BlindLayer, BlindPatchRun
from boxscore.protocols.patch.boxes import CHECK, READY, Boxes
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.log_program import OUTPUT
from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.patch.planted import PlantedRun, Planting, PlantingLayer
from boxscore.protocols.patch.run import SuiteRun
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.patch.test_files import rules
from boxscore.protocols.patch.tree import Staged
from boxscore.protocols.trusted import PYTHON
from boxscore.records import Applied, Limits, Trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.contract import BatchGrader
    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.records import Result

    Step = Completed | Exception | Callable[[FakeRun], Completed]

REPORT = "/scratch/report.xml"
PATCH = "diff --git a/f.py b/f.py\n--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-1\n+2\n"
TASK = PatchTask(
    image=InstanceImage(name="toy/f"),
    fail_to_pass=("t.py::mends",),
    pass_to_pass=("t.py::keeps", "t.py::stays"),
    commands=("run the tests",),
    parser="pytest",
    limits=Limits(cpu_s=5.0, wall_s=50.0),
)
PASSING = "PASSED t.py::mends\nPASSED t.py::keeps\nPASSED t.py::stays\n"
TREE: dict[str, dict[str, object]] = {
    "stage": {
        "step": "git apply --verbose",
        "message": "",
        "changes": [
            {
                "path": "f.py",
                "before": {"kind": "file", "size": 2, "executable": False, "target": ""},
                "after": {"kind": "file", "size": 2, "executable": False, "target": ""},
            }
        ],
        "undone": ["conftest.py"],
        "strays": [],
    },
    "restore": {"message": "", "restored": [["t.py", "digest"]], "undone": []},
    "verify": {"changed": []},
}


def ended(text: str | bytes = "", code: int | None = 0, **fields: object) -> Completed:
    data = text.encode() if isinstance(text, str) else text
    return Completed(exit_code=code, stdout=data, **{"wall_s": 0.25, "cpu_s": 0.2, **fields})  # type: ignore[arg-type]


def junit(*cases: tuple[str, str]) -> bytes:
    inner = "".join(f'<testcase classname="t" name="{name}">{inside}</testcase>' for name, inside in cases)
    return f'<?xml version="1.0"?><testsuites><testsuite>{inner}</testsuite></testsuites>'.encode()


STAGED = Staged(applied=Applied(rung="git apply --verbose", changed=("f.py",)), rules=rules(TASK, ()))


def suite_of(log: str, **fields: object) -> SuiteRun:
    usual: dict[str, object] = {"truncated": False, "exit_code": 0, "limit": None}
    return SuiteRun(log=log, statuses=parse_log(TASK.parser, log), **usual | fields)  # type: ignore[arg-type]


class StubPlanting(PlantingLayer):
    def __init__(self, *shown: PlantedRun | Refused, error: Exception | None = None) -> None:
        self.shown, self.error, self.asked = list(shown), error, 0

    def known(self, task: PatchTask, *, image: str, open_box: OpenBox) -> Planting:
        if self.error is not None:
            raise self.error
        return Planting(kinds={"t.py": ("throw", "assert")}) if self.shown else Planting(reason="nothing grows here")

    def run(self, task: PatchTask, patch: str, known: Planting, *, open_box: OpenBox) -> PlantedRun | Refused:
        shown = self.shown[min(self.asked, len(self.shown) - 1)]
        self.asked += 1
        return shown


class StubBlind(BlindLayer):
    def __init__(self, *right: str | Refused, log: str = PASSING, reason: str = "") -> None:
        self.right, self.log, self.reason = list(right), log, reason
        self.asked = 0

    def known(self, task: PatchTask, *, image: str, open_box: OpenBox) -> BlindTests:
        return (
            BlindTests(reason=self.reason) if self.reason else BlindTests(files=(("t.py", ""),), checked=2, expected=3)
        )

    def run(self, task: PatchTask, patch: str, tests: BlindTests, *, open_box: OpenBox) -> BlindPatchRun | Refused:
        right = self.right[min(self.asked, len(self.right) - 1)]
        self.asked += 1
        if isinstance(right, Refused):
            return right
        return BlindPatchRun(staged=STAGED, suite=suite_of(self.log), observations=Observations(whole=bool(right)))


class SaidStream(FakeStream):
    def __init__(self, said: bytes, fate: LossCause) -> None:
        super().__init__()
        self._waiting += said
        self._cause = fate


class FakeBoxes:
    """A backend whose boxes do the steps of a patch: a result, an exception, or a function for each.

    `tree` holds the answers of the tree program, `report` the JUnit file that the tests leave, `served` is what a
    service says when it starts and `fate` who ended it. `steps` lists what was done, in order, over all boxes.
    """

    def __init__(
        self, log: str = PASSING, *, served: bytes = READY, fate: LossCause = LossCause.UNKNOWN, **steps: Step
    ) -> None:
        self.backend = FakeBackend(run=self._run, stream=lambda _: SaidStream(served, fate))
        self.todo: dict[str, Step] = {
            "test": ended(log),
            "build": ended(),
            "parse": ended("{}"),
            "control": ended(),
            "check": ended(),
            "reach": ended(),
            "standing": ended(json.dumps([[], True])),
        }
        self.todo |= steps
        self.tree = {name: dict(answer) for name, answer in TREE.items()}
        self.report: bytes | None = None
        self.steps: list[str] = []
        self.slept: list[float] = []

    def _run(self, asked: FakeRun) -> Completed:
        step = _step(asked)
        self.steps.append(step)
        if step == "test" and self.report is not None:
            self.backend.boxes[-1].files[REPORT] = self.report
        todo = self.todo.get(step)
        if isinstance(todo, Exception):
            raise todo
        if isinstance(todo, Completed):
            return todo
        return self._answer(step, asked) if todo is None else todo(asked)

    def _answer(self, step: str, asked: FakeRun) -> Completed:
        answer = self.tree[step]
        if step == "stage" and json.loads(asked.stdin)["restore"] and answer["step"]:
            answer = {**answer, "restored": self.tree["restore"]}
        return ended(json.dumps(answer))

    def boxes(self, find_image: Callable[[InstanceImage], str] = lambda _: "image") -> Boxes:
        return Boxes(self.backend, find_image, sleep=self.slept.append)

    def grade(
        self,
        task: PatchTask = TASK,
        patch: str = PATCH,
        *,
        planting: PlantingLayer | None = None,
        blind: BlindLayer | None = None,
        find_image: Callable[[InstanceImage], str] = lambda _: "image",
    ) -> Result:
        grader = PatchGrader(self.boxes(find_image), planting or StubPlanting(), blind=blind)
        (result,) = grade_all(grader, patch, task=task)
        return result


def grade_all(grader: BatchGrader, *patches: str, task: PatchTask = TASK) -> list[Result]:
    candidates = tuple(Candidate(sample_id=str(number), code=patch) for number, patch in enumerate(patches))
    batch = Batch(instance_id="toy/f", task=task, trust=Trust.WATCHED, candidates=candidates)
    return list(grader.grade(batch))


def _step(asked: FakeRun) -> str:
    if asked.argv == (CHECK,):
        return "check"
    if asked.argv[0] == PYTHON and asked.stdin.startswith(b"["):
        return "reach"
    if asked.argv[0] == PYTHON and asked.argv[-1] == OUTPUT:
        return "program"
    if asked.argv[0] == PYTHON:
        request = json.loads(asked.stdin)
        by_what_they_read = {"words": "standing", "paths": "read"}
        found = (step for name, step in by_what_they_read.items() if name in request)
        return next(found, str(request.get("do", "parse")))
    script = asked.argv[2]
    return "control" if script == "exit 0" else "build" if "build it" in script else "test"
