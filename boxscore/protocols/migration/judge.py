"""Judge the expected tests of a migration, module by module, each beside tests that must fail."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.jvm.layer import Suite
from boxscore.protocols.jvm.protection import judge
from boxscore.protocols.migration.java_compiler import encoding_of
from boxscore.protocols.migration.material import all_of_tests, below, test_resources, tests_folder
from boxscore.protocols.migration.steps import Tested
from boxscore.protocols.migration.study import place_of, staged
from boxscore.protocols.migration.tests import run_module
from boxscore.records import Evidence, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Box
    from boxscore.protocols.jvm.layer import Files, Judged, Run
    from boxscore.protocols.jvm.run import TestRun
    from boxscore.protocols.migration.material import Material
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.migration.tests import Testable
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.retry import During
    from boxscore.records import Limits

    JudgeSuite = Callable[[Suite, Run, Run | None], Judged]
    OpenStaged = Callable[[], AbstractContextManager[Box]]

SPLIT = ":"


class StagedBoxes(Struct, frozen=True, kw_only=True):
    """Boxes in which tests are run: a patch has been put into the tree, with the tests as they were.

    Code of the candidate runs `during`.
    """

    open_staged: OpenStaged
    during: During
    limits: Limits

    @classmethod
    def of(cls, boxes: Boxes, task: MigrationTask, patch: str | None, base: Material, *, during: During) -> StagedBoxes:
        """Boxes of a task with a patch in their tree, whose tests are the files of the project as it was."""
        folders = [folder for one in base.model.projects for folder in (all_of_tests(one), *test_resources(one))]
        place = place_of(task, protected=tuple(dict.fromkeys(filter(None, folders))))

        @contextmanager
        def opened() -> Iterator[Box]:
            with boxes.open(task, during=during) as box:
                staged(box, task, patch, place)
                yield box

        return cls(open_staged=opened, during=during, limits=task.limits)

    def run_of(self, under: Testable, module: str) -> Run:
        """How a module's tests are run: in a fresh box each time."""
        return partial(self._run, under, module)

    def run_classes(self, under: Testable, module: str, files: Files, classes: Sequence[str]) -> TestRun:
        """Run all tests of some classes of a module."""
        with self.open_staged() as box:
            return run_module(box, module, under, files, (), self.limits, self.during, classes=classes)

    def _run(self, under: Testable, module: str, files: Files, required: Sequence[str]) -> TestRun:
        with self.open_staged() as box:
            return run_module(box, module, under, files, required, self.limits, self.during)


def judge_modules(
    place: StagedBoxes,
    under: Testable,
    tests: Sequence[str],
    reference: Callable[[str], Run | None],
    judge_suite: JudgeSuite = judge,
) -> Tested:
    """Run the expected tests of all modules; the weakest level of them counts.

    `reference` gives the way to run those of one module with the reference, `judge_suite` judges one module. Raises
    what boxes raise.
    """
    found: list[tuple[str, Judged]] = []
    for module, required in by_module(tests).items():
        if under.material.model.at(module) is None:
            continue  # whose tests are then missing
        suite = Suite(files=texts_of_tests(under.material, module), required=required)
        judged = judge_suite(suite, place.run_of(under, module), reference(module))
        found.append((module, judged))
        if judged.outcome is not Outcome.PASSED:
            break
    return combined(found)


def by_module(tests: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Tests by the folder of their module, their ids without it."""
    found: dict[str, list[str]] = {}
    for test in tests:
        module, _, rest = test.partition(SPLIT)
        found.setdefault(module, []).append(rest)
    return {module: tuple(some) for module, some in found.items()}


def texts_of_tests(material: Material, module: str) -> Files:
    """The sources of a module's tests, by their paths below its folder of them."""
    project = material.model.at(module)
    if project is None:
        return ()
    files = below(material.tests, tests_folder(project))
    written = (material.before or material.model).at(module) or project
    return tuple((path, _text(data, encoding_of(written))) for path, data in sorted(files.items()))


def _text(data: bytes, encoding: str) -> str:
    """A source as text, which is compiled as UTF-8."""
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return data.decode("utf-8", "replace")


def combined(judged: Sequence[tuple[str, Judged]]) -> Tested:
    """What several modules come to together: the statuses of all, and the least of what protects them."""
    statuses: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for module, one in judged:
        statuses |= {f"{module}{SPLIT}{test}": str(status) for test, status in one.ran.statuses.items()}
        reasons |= {f"{module}{SPLIT}{test}": reason for test, reason in one.ran.reasons.items()}
    every = [one for _, one in judged]
    bad = next((one for one in every if one.outcome is not Outcome.PASSED), None)
    return Tested(
        statuses=statuses,
        reasons=reasons,
        trust=max((one.trust for one in every), key=list(Trust).index, default=Trust.CLAIM),
        refused="" if bad is None else bad.reason or str(bad.outcome),
        forged=bad is not None and bad.outcome is Outcome.TAMPERED,
        limit=None if bad is None else bad.ran.limit,
        output="".join(one.ran.output for one in every),
        evidence=_together([one.evidence for one in every]),
    )


def _together(every: Sequence[Evidence]) -> Evidence:
    """What stands behind all of some passes."""
    planted = [one.planted for one in every]
    known = [one for one in planted if one is not None]
    return Evidence(
        planted=sum(known) if known and len(known) == len(planted) else None,
        reason=next((one.reason for one in every if one.reason), ""),
    )
