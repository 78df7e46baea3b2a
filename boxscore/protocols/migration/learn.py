"""Learn which tests a project had: those that its build ran under the old Java, and that our runner passes there."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import BoxLost, HarnessError, LossCause, ProtocolError
from boxscore.images.watch import current_watch
from boxscore.protocols.jvm.own_limits import late_tests
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.losses import at_reference
from boxscore.protocols.migration.base import OLD
from boxscore.protocols.migration.build import GOALS, built_of
from boxscore.protocols.migration.class_difference import Level, comparable_level
from boxscore.protocols.migration.compile import compile_modules
from boxscore.protocols.migration.files import read_tree
from boxscore.protocols.migration.judge import SPLIT, StagedBoxes, texts_of_tests
from boxscore.protocols.migration.material import below, build_folder, classes_folder, classes_only
from boxscore.protocols.migration.processors import all_processors
from boxscore.protocols.migration.study import place_of, staged
from boxscore.protocols.migration.tests import Testable
from boxscore.protocols.migration.workplace import bring
from boxscore.protocols.patch.logs.junit import read_junit
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.jvm.run import TestRun
    from boxscore.protocols.migration.base import Base
    from boxscore.protocols.migration.maven_box import MavenBox
    from boxscore.protocols.migration.steps import Built
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.boxes import Boxes

_RAN = re.compile(r"Tests run: [1-9]")
REPORTS = ("/surefire-reports/TEST-",)
MOST_RUNS = 3  # of the tests of a module, as long as some are late


class Learned(Struct, frozen=True, kw_only=True):
    """The tests of a project as it was. `left_out` are others that its build ran, and why they are not among them.

    `levels` say how far the classes of its build and the grader's agree, by module.
    """

    tests: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    levels: dict[str, Level] = {}


class LearnedTests:
    """Finds out which tests projects had, with the old Java, and keeps that below a folder of the cache.

    Where a test never passes in runs with late ones, nothing is learned: on another day it would be required of
    candidates, so no verdict may rest on a list without it.
    """

    def __init__(self, folder: Path, boxes: Boxes, maven: MavenBox) -> None:
        self._folder, self._boxes, self._maven = folder, boxes, maven
        self._records = LearnedRecords()

    def of(self, task: MigrationTask, base: Base, key: str) -> Learned:
        """The tests of a task's project.

        Raises HarnessError where it cannot be built or compiled as it was, BoxLost where tests are late, what a box
        raises.
        """

        def learn() -> tuple[Learned, bool]:
            what = f"learning which tests {task.image.name} passes under Java {OLD}"
            with current_watch().work(what), at_reference():
                return _learned(self._boxes, self._maven, task, base), False

        return self._records.found(self._folder / f"{key}-tests.json", Learned, learn)


def _learned(boxes: Boxes, maven: MavenBox, task: MigrationTask, base: Base) -> Learned:
    with boxes.open(task) as box:
        staged(box, task, None, place_of(task))
        built = built_of(box, task, maven.run(box, GOALS, task=task, java=OLD, during=at_reference))
        classes = _tested_classes(box, task, base)
    if built.limit is not None or (not classes and built.exit_code != 0):
        raise HarnessError(f"{task.image.name} cannot be built as it was: {built.log[-400:].strip()}")
    if built.unread:
        raise HarnessError(f"{task.image.name} is too large to be graded: what its build left: {built.unread}")
    if not classes and _RAN.search(built.log) is not None:  # which must not look like a project without any
        raise HarnessError(
            f"{task.image.name} as it was: tests were run, and their reports are not where they should be"
        )
    under = testable_base(boxes, maven, task, base, built)
    tests: list[str] = []
    left_out: list[tuple[str, str]] = []
    for module, names in classes.items():
        place = StagedBoxes.of(boxes, task, None, base.material, during=at_reference)
        run = partial(place.run_classes, under, module, texts_of_tests(base.material, module), names)
        ran = _in_time(run, f"{task.image.name} as it was")
        for test, status in ran.statuses.items():
            name = f"{module}{SPLIT}{test}"
            if status is Status.PASSED:
                tests.append(name)
            else:
                left_out.append((name, ran.reasons.get(test, str(status))[:200]))
        left_out += [(f"{module}{SPLIT}{name}", why[:200]) for name, why in ran.unloaded.items()]
        if ran.limit is not None:  # else what is asked of candidates would depend on how busy this machine is
            raise HarnessError(f"{task.image.name} as it was: the {ran.limit} limit ended its tests")
        if ran.outcome is not None:
            left_out.append((module, f"{ran.outcome}: {ran.reason}"[:300]))
    if classes and not tests:  # else it would look like a project without any
        why = f"{left_out[0][0]}: {left_out[0][1]}" if left_out else "none was reported"
        raise HarnessError(f"{task.image.name} as it was: none of its tests passes by our runner: {why}")
    return Learned(tests=tuple(tests), left_out=tuple(left_out), levels=_levels(under))


def _in_time(run: Callable[[], TestRun], what: str) -> TestRun:
    """Run tests until none of them exceeds a limit of its own, a few times at most; what passed once, passes.

    Raises BoxLost if a late test passes in no run, or if each run has late ones and another passes in none: it may
    depend on them.
    """
    runs: list[TestRun] = []
    late = set[str]()
    for _ in range(MOST_RUNS):
        runs.append(run())
        now = late_tests(runs[-1], tuple(runs[-1].statuses))
        late |= {*now}
        if not now:
            break
    passed = {test for ran in runs for test, status in ran.statuses.items() if status is Status.PASSED}
    doubted = late if not now else {test for ran in runs for test in ran.statuses}
    if never := sorted(doubted - passed, key=lambda test: (test not in late, test)):
        text = f"{what}: this machine may be too busy: its tests exceed their time limits, and {never[0]} never passes"
        raise BoxLost(text, cause=LossCause.OUTSIDE)
    statuses = {test: status for ran in runs for test, status in ran.statuses.items()}
    reasons = {test: reason for ran in runs for test, reason in ran.reasons.items()}
    return replace(runs[-1], statuses={**statuses, **dict.fromkeys(passed, Status.PASSED)}, reasons=reasons)


def _levels(under: Testable) -> dict[str, Level]:
    """How far the classes of a build and the grader's agree, by module."""
    found: dict[str, Level] = {}
    for project in under.material.compiled_modules():
        own = classes_only(under.classes.get(project.folder, {}))
        found[project.folder] = comparable_level(classes_only(below(under.built, classes_folder(project))), own)
    return found


def testable_base(boxes: Boxes, maven: MavenBox, task: MigrationTask, base: Base, built: Built) -> Testable:
    """The project as it was, compiled by the grader. Raises HarnessError where that cannot be done."""
    material = base.material
    needed = (*material.needed(), *all_processors(material.model))
    jars, missing = bring(needed, material.in_image, maven.fetch)
    if missing:
        raise HarnessError(f"{task.image.name} as it was needs what no repository has: {', '.join(missing[:3])}")
    generated = {path: data for path, data in built.files.items() if path.endswith(".java")}
    with boxes.open(task) as box:
        compiled = compile_modules(box, material, generated, jars, task.limits)
    if compiled.why:
        raise HarnessError(f"{task.image.name}: the grader cannot compile it as it was: {compiled.why}")
    return Testable(material=material, jars=jars, classes=compiled.classes, built=built.files, tree=task.image.tree)


def _tested_classes(box: Box, task: MigrationTask, base: Base) -> dict[str, tuple[str, ...]]:
    """The classes whose tests a build ran by surefire, by module, as its reports name them."""
    reports = read_tree(box, task.image.tree, task.limits, ends=(".xml",), within=REPORTS)
    if reports.problem:
        raise HarnessError(f"{task.image.name} is too large to be graded: the reports of its tests: {reports.problem}")
    modules = {f"{build_folder(project)}{REPORTS[0]}": project.folder for project in base.model.projects}
    found: dict[str, dict[str, None]] = {}
    for path, data in reports.files.items():
        module = next((folder for start, folder in modules.items() if path.startswith(start)), None)
        if module is None:  # something that the tree holds, which is nobody's report
            continue
        try:
            cases = read_junit(data)
        except ProtocolError as error:
            raise HarnessError(f"{task.image.name}: a report of its tests cannot be read: {error}") from error
        found.setdefault(module, {}).update(dict.fromkeys(case.classname for case in cases if case.classname))
    return {module: tuple(names) for module, names in found.items()}
