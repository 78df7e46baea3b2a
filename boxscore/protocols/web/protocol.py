"""The *web* protocol as the engine sees it: a project that grows task by task, looked at by a browser from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.boxes.contract import Capability
from boxscore.boxes.folders import fault
from boxscore.protocols.contract import Attackable, Gate, Grading, Schedules, Shows, scaled_limits
from boxscore.protocols.shows import Drawing, Summary
from boxscore.protocols.versions import protocol_version
from boxscore.protocols.web.boxes import BROWSER, FindImages, WebBoxes
from boxscore.protocols.web.detail import WebDetail, summary
from boxscore.protocols.web.show import drawing
from boxscore.protocols.web.task import FORWARD_PORT, WebTask
from boxscore.records import Limits, SampleKind, Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.images.records import InstanceImage
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import BatchGrader, Opening, Trial
    from boxscore.records import Conditions, Instance, Result

MOST_STEPS, MOST_TASK_BYTES = 200, 64 << 20
PORTS = range(1024, 65_536)
ATTACKED_STEPS, ATTACK_CPU_S, ATTACK_WALL_S, ATTACK_SERVE_S, ATTACK_BROWSER_S = 2, 120.0, 300.0, 30.0, 600.0
BOXES_S, STEP_S = 10.0, 3.0  # of one sample, and of one step of it, on an ordinary machine


class WebProtocol(Grading[WebTask], Attackable[WebTask], Schedules[WebTask], Shows[WebTask]):
    """Grades web projects at trust `observer`: what is judged never runs where the judge does."""

    name = "web"
    task = WebTask
    sample_kinds = frozenset({SampleKind.SOLUTION, SampleKind.ANSWER})
    sample_noun = "project"
    trust = Trust.OBSERVER
    needs = frozenset({Capability.IMAGES, Capability.NETWORKS})  # two boxes that reach each other, one with a browser

    def invalid_reason(self, task: WebTask) -> str | None:
        names = [step.name for step in task.steps]
        if not 1 <= len(names) <= MOST_STEPS or len(set(names)) != len(names):
            return f"field 'steps' holds {len(names)} names; 1 to {MOST_STEPS} different ones are needed"
        if task.port not in PORTS:
            return f"field 'port' is {task.port}; from {PORTS[0]} to {PORTS[-1]} can be served"
        if task.port == FORWARD_PORT:
            return f"field 'port' is {task.port}, at which the browser's box reaches the project's: take another"
        if task.attempts < 1:
            return f"field 'attempts' is {task.attempts}; each step is tried at least once"
        return _specs_fault(task) or _files_fault(task)

    def warnings(self, task: WebTask) -> Iterator[str]:
        if task.reference is None:
            yield "it has no reference, so nobody has seen its specs pass"

    def version(self, backend: str) -> str:
        return protocol_version(backend)

    def limits(self, task: WebTask) -> Limits:
        """Those of the project's box; the browser's has its own, which are part of the task."""
        return replace(task.limits, wall_s=max(task.limits.wall_s, task.limits.cpu_s))

    def conditions(self, task: WebTask, asked: Conditions) -> Conditions:
        """Grade in boxes of the sample's own. The browser's image counts as one of our sources."""
        from boxscore.images.layers import instance_reference  # noqa: PLC0415 - as above
        from boxscore.images.recipes import reference  # noqa: PLC0415 - as above
        from boxscore.protocols.web.boxes import BROWSER, PROJECT  # noqa: PLC0415 - as above

        found = super().conditions(task, asked)
        found = replace(found, strict=True, version=fingerprint(found.version, reference(BROWSER)))
        if task.image is None and found.image is not None:
            return found
        own = reference(PROJECT) if task.image is None else instance_reference(task.image)
        return replace(found, image=own, image_digest="")

    def with_cpu_limit(self, task: WebTask, cpu_s: float) -> WebTask:
        """Change what the project may use to be built and served."""
        return replace(task, limits=scaled_limits(task.limits, cpu_s))

    def images(self, task: WebTask) -> Sequence[InstanceImage]:
        return () if task.image is None else (task.image,)

    def recipes(self, task: WebTask) -> Sequence[str]:
        return (BROWSER,)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        from boxscore.protocols.patch.boxes import ImageFinder  # noqa: PLC0415 - as above
        from boxscore.protocols.web.grader import open_web_grader  # noqa: PLC0415 - as above

        find = ImageFinder(opening.backend)
        boxes = WebBoxes(opening.backend, opening.image, FindImages(find, find.service))
        return open_web_grader(boxes, cache=opening.cache)

    def seconds(self, task: WebTask, asked: Conditions) -> float:
        """Estimate for a finished project; a walk looks at its first tasks again and again."""
        return BOXES_S + STEP_S * len(task.steps)

    def gate(self, task: WebTask) -> Gate:
        """Look at the reference only if a sample failed and none has passed, since that takes minutes."""
        return Gate()

    def summary(self, result: Result) -> Summary:
        detail = WebDetail.of(result)
        return Summary() if detail is None else summary(detail)

    def drawing(self, result: Result, answer: str) -> Drawing:
        detail = WebDetail.of(result)
        return Drawing() if detail is None else drawing(detail, answer, result.output)

    def under_attack(self, task: WebTask) -> WebTask:
        """Judge only by the first tasks, up to the first test that fails, with short limits.

        Without pictures: on a hostile page they take as long as the verdict.
        """
        limits = replace(task.limits, cpu_s=ATTACK_CPU_S, wall_s=ATTACK_WALL_S)
        return replace(
            task,
            steps=task.steps[:ATTACKED_STEPS],
            serve=replace(task.serve, wall_s=min(ATTACK_SERVE_S, task.serve.wall_s)),
            settings=replace(task.settings, most_failures=1, pictures=False),
            limits=limits,
            browser_limits=replace(task.browser_limits, wall_s=ATTACK_BROWSER_S),
        )

    def why_not_attacked(self, task: WebTask) -> str:
        from boxscore.protocols.web.attacks import why_not  # noqa: PLC0415 - as above

        return why_not(task)

    def attack_kind(self, task: WebTask) -> str:
        from boxscore.protocols.web.attacks import kind_of  # noqa: PLC0415 - as above

        return kind_of(task)

    def attacks(
        self,
        instance: Instance,
        task: WebTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        from boxscore.protocols.web.attacks import trials  # noqa: PLC0415 - as above

        return trials(task, chosen)

    def describe(self, task: WebTask) -> Mapping[str, object]:
        shown = {
            "tasks": [f"{step.name} ({step.level})" if step.level else step.name for step in task.steps],
            "attempts": task.attempts,
            "root": task.root,
            "prepare": None if task.prepare is None else " ".join(task.prepare.argv),
            "build": None if task.build is None else " ".join(task.build.argv),
            "serve": " ".join(task.serve.argv),
            "specs": sum(len(step.specs) for step in task.steps),
        }
        return {name: value for name, value in shown.items() if value is not None}


def _specs_fault(task: WebTask) -> str | None:
    there = {path for path, _ in task.specs}
    for step in task.steps:
        if not step.specs:
            return f"field 'steps' holds {step.name!r} without a spec"
        if missing := [spec for spec in step.specs if spec not in there]:
            return f"field 'specs' has no {missing[0]!r}, which {step.name!r} adds"
    return None


def _files_fault(task: WebTask) -> str | None:
    """Say which file of a task cannot be put into a box; None if all can."""
    for field, files in (
        ("specs", task.specs),
        ("project", task.project),
        ("start", task.start),
        ("assets", task.assets),
    ):
        paths = [path for path, _ in files]
        for path in paths:
            if (why := fault(path)) is not None:
                return f"field {field!r} holds {path!r}: {why}"
        if len(set(paths)) != len(paths):
            return f"field {field!r} holds a path twice"
    if task.root != "." and (why := fault(task.root)) is not None:
        return f"field 'root' is {task.root!r}: {why}"
    total = sum(len(data) for _, data in (*task.specs, *task.project, *task.start, *task.assets))
    return (
        f"its files have {total} bytes; {MOST_TASK_BYTES} can be sent into boxes" if total > MOST_TASK_BYTES else None
    )


PROTOCOL = WebProtocol()
