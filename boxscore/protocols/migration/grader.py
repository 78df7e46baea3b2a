"""The *migration* protocol: a patch of a Maven project, with the checks of MigrationBench and the original tests.

Theory of operation
-------------------
Each build has a fresh box of the instance's image, in which the patch is applied anew. What Maven printed and left in
a box is read as bounded data:

1. *build*: `mvn clean verify` of the tree as the patch leaves it, as the benchmark runs it. It must succeed; its class
   files must all be of the release's version; at `maximal` its dependencies must have the wanted major versions. The
   benchmark's own verdict is worked out from it as well (`official`).
2. *tests*: the same with the original test files restored, beside tests that must fail. Where the patch changed tests,
   this build decides; where it did not, the first one has run them as they are, and the second only says what that is
   worth. Where the original tests no longer compile against the migrated project, those of the patch count, as long as
   none of them checks less than before: a claim.

The code under test can rewrite its runner's reports, so a pass is `watched` where every planted test failed, no test
file changed, and no line of the patch is flagged; else it is a `claim`. What the project as it was has is found out
once, with Java 8, without any candidate: trouble there is ours.
"""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from boxscore.checks import first_of
from boxscore.errors import BoxError
from boxscore.flags.scan import flags_of
from boxscore.images.watch import current_watch
from boxscore.log import sample_lost_box
from boxscore.maven.mirror import configured_source
from boxscore.protocols.contract import narrowed
from boxscore.protocols.jvm.protection import FAILING, Planted, Suite, planted_class
from boxscore.protocols.migration.builds import SPLIT, Builds, is_test_path, test_sources
from boxscore.protocols.migration.inventory import read_sources, weakened_tests
from boxscore.protocols.migration.official import Official, OfficialFacts, official_verdict
from boxscore.protocols.migration.original import Originals, renamed_tests
from boxscore.protocols.migration.task import MigrationDetail, MigrationTask
from boxscore.protocols.patch.admission import Refused, read_patch
from boxscore.protocols.patch.diff import hunks_of
from boxscore.protocols.patch.verdict import LIMITS
from boxscore.protocols.retry import at_code
from boxscore.protocols.statuses import Status, watched
from boxscore.records import Evidence, LimitName, Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.migration.builds import Built
    from boxscore.protocols.migration.inventory import SourceReading
    from boxscore.protocols.migration.original import Original
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.retry import Tried

MISSING = "MISSING"
MAX_REASON_CHARS, LOG_CHARS, ERROR_CHARS = 2000, 64 << 10, 400


class Tested(Struct, frozen=True, kw_only=True):
    """What the required tests came to: the check that fails, and why ("" where they passed), and what that is worth."""

    statuses: Mapping[str, str] = {}
    check: str = "tests"
    reason: str = ""
    tampered: bool = False
    limit: LimitName | None = None
    trust: Trust = Trust.CLAIM
    evidence: Evidence = Evidence()
    output: str = ""


class MigrationVerdict(Struct, frozen=True, kw_only=True):
    """What became of one attempt."""

    outcome: Outcome
    reason: str
    detail: MigrationDetail | None = None
    trust: Trust | None = None
    limit: LimitName | None = None
    built: Built | None = None
    output: str = ""
    wall_s: float | None = None


class MigrationGrader:
    """Grades migrations, one after the other."""

    def __init__(self, boxes: Boxes, builds: Builds, originals: Originals, rng: random.Random | None = None) -> None:
        self._boxes, self._builds, self._originals = boxes, builds, originals
        self._rng = rng or random.SystemRandom()

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        task = narrowed(batch.task, MigrationTask, batch.instance_id)
        for candidate in batch.candidates:
            tried = self._tried(batch, task, candidate)
            yield self._result(batch, candidate, tried)

    def _tried(self, batch: Batch, task: MigrationTask, candidate: Candidate) -> Tried[MigrationVerdict]:
        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            shown = current_watch().has_reported(str(error))
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome, shown=shown)

        return self._boxes.tried(task, partial(self._verdict, task, candidate.code), on_loss)

    def _verdict(self, task: MigrationTask, code: str) -> MigrationVerdict:
        patch = None if task.observed and not code else code
        read = None if patch is None else read_patch(patch)
        if isinstance(read, Refused):  # which needs no box
            return MigrationVerdict(outcome=read.outcome, reason=read.reason, wall_s=0.0)
        self._boxes.find_image(task.image)  # which may build it: no time of the sample's
        original = self._originals.of(task)
        began = time.monotonic()
        built = self._builds.build(task, patch, original.test_paths, java=task.release, during=at_code)
        if isinstance(built, Refused):
            verdict = MigrationVerdict(outcome=built.outcome, reason=built.reason)
        else:
            verdict = self._checked(task, patch, original, built)
        return replace(verdict, wall_s=round(time.monotonic() - began, 3))

    def _checked(self, task: MigrationTask, patch: str | None, original: Original, built: Built) -> MigrationVerdict:
        """Make the checks in their order, up to the first that fails."""
        tests = _readings(original, built)
        official = _official(task, built, original, tests)
        checks: dict[str, str] = {}
        tested = Tested()
        for check, reason in (
            ("build", _build_fault(built)),
            ("modules", _module_fault(original, built)),
            ("release", official.steps.get("class_version", "")),
            ("dependencies", official.steps.get("dependency_versions", "")),
        ):
            checks[check] = reason
            if reason:
                break
        else:
            tested = self._tested(task, patch, original, built, tests)
            checks[tested.check] = tested.reason
        failed = next((check for check, reason in checks.items() if reason), "")
        outcome = Outcome.PASSED
        limit = tested.limit or (built.limit if failed == "build" else None)
        if failed:
            outcome = Outcome.BUILD_FAILED if failed == "build" else Outcome.WRONG
            outcome = Outcome.TAMPERED if tested.tampered else LIMITS[limit] if limit is not None else outcome
        flags = () if patch is None else flags_of(hunks_of(patch), hunks_of(task.reference or ""))
        if flags and tested.trust is Trust.WATCHED:
            trust, evidence = watched(tested.evidence.planted or 0, flags)
            tested = replace(tested, trust=trust, evidence=evidence)
        return MigrationVerdict(
            outcome=outcome,
            reason=f"{failed}: {checks[failed]}" if failed else "",
            detail=MigrationDetail(
                checks=checks,
                official=dict(official.steps),
                official_passed=official.passed,
                disagreement=_disagreement(official, failed, checks),
                tests=dict(tested.statuses),
                fetched=built.fetched,
                log=built.log[-LOG_CHARS:],
                applied=built.applied,
                evidence=tested.evidence,
                flags=flags,
            ),
            trust=tested.trust if outcome is Outcome.PASSED else None,
            limit=limit,
            built=built,
            output=tested.output or built.log[-LOG_CHARS:],
        )

    def _tested(
        self,
        task: MigrationTask,
        patch: str | None,
        original: Original,
        built: Built,
        tests: Mapping[str, SourceReading],
    ) -> Tested:
        """Say what the required tests come to, and what that is worth."""
        if not original.tests:
            return Tested(evidence=Evidence(reason="its build runs no tests"))
        before = test_sources(original.sources)
        renamed = renamed_tests(before, (data for path, data in built.sources.items() if path.endswith(".java")))
        changed = set(built.applied.changed)
        as_patched = _as_built(original, built)
        planted = self._planted(original.tests, {**_decoded(before), **renamed})
        beside = {one.path: one.source for one in planted.values()}
        ran = self._with_original_tests(task, patch, original, {**renamed, **beside})
        restored = _as_built(original, ran)
        on_planted = {
            f"{module}{SPLIT}{test}": ran.statuses.get(f"{module}{SPLIT}{test}")
            for module, one in planted.items()
            for test in one.tests
        }
        if Status.PASSED in on_planted.values():
            return replace(restored, reason="a test planted to fail was reported as passed", tampered=True)
        why = _why_claim(original, changed, ran, on_planted)
        if not changed.intersection(original.test_paths):  # the first build has run the tests as they are
            decides = as_patched
            why = why or (f"among planted tests it does otherwise: {restored.reason}" if restored.reason else "")
        else:
            decides = restored
            if _only_missing(restored) and planted:
                why = "its tests cannot be run among planted ones"
                ran = self._with_original_tests(task, patch, original, renamed)
                decides = _as_built(original, ran)
            if _only_missing(decides):
                why = "the original tests do not compile against it: those of the patch were run"
                decides = _own_tests(as_patched, tests, original)
        if decides.reason:
            return decides
        trust, evidence = (Trust.CLAIM, Evidence(reason=why)) if why else watched(len(on_planted))
        return replace(decides, trust=trust, evidence=evidence)

    def _with_original_tests(
        self, task: MigrationTask, patch: str | None, original: Original, instead: Mapping[str, str]
    ) -> Built:
        built = self._builds.build(task, patch, original.test_paths, java=task.release, during=at_code, instead=instead)
        if isinstance(built, Refused):
            raise BoxError(f"a patch that was applied before is refused now: {built.reason}")
        return built

    def _planted(self, tests: Sequence[str], sources: Mapping[str, str]) -> dict[str, Planted]:
        """A test class that must fail for each module, beside the first of its tests whose framework is known."""
        found: dict[str, Planted] = {}
        for test in tests:
            module, _, name = test.partition(SPLIT)
            if module not in found:
                head = f"{module}/src/test/" if module else "src/test/"
                files = tuple((path, text) for path, text in sources.items() if path.startswith(head))
                planted = planted_class(Suite(files=files, required=(name,)), self._rng)
                if planted is not None:
                    found[module] = planted
        return found

    def _result(self, batch: Batch, candidate: Candidate, tried: Tried[Any]) -> Result:
        verdict = tried.found or MigrationVerdict(outcome=tried.outcome, reason=tried.reason)
        built = verdict.built
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=verdict.outcome,
            trust=verdict.trust or batch.trust,
            reason=verdict.reason[:MAX_REASON_CHARS],
            limit=verdict.limit,
            cpu_s=None if built is None else built.cpu_s,
            wall_s=verdict.wall_s,
            memory_bytes=None if built is None else built.memory_bytes,
            output=verdict.output,
            output_truncated=built is not None and (built.truncated or len(built.log) > LOG_CHARS),
            layers=self._boxes.layers,
            attempts=tried.attempts,
            lost_boxes=tried.lost_boxes,
            detail=verdict.detail,
        )


def _readings(original: Original, built: Built) -> dict[str, SourceReading]:
    """What the test sources of a tree hold; those that a patch changed are read in a process of their own."""
    now = test_sources(built.sources)
    changed = {path: data for path, data in now.items() if original.sources.get(path) != data}
    return {**{path: original.readings[path] for path in now if path not in changed}, **read_sources(changed)}


def _decoded(sources: Mapping[str, bytes]) -> dict[str, str]:
    return {path: data.decode(errors="replace") for path, data in sources.items()}


def _official(task: MigrationTask, built: Built, original: Original, tests: Mapping[str, SourceReading]) -> Official:
    """Judge as the benchmark does. Of a build that was not seen whole there is a verdict only on what was."""
    facts = OfficialFacts(
        build_exit=built.exit_code,
        classes=built.majors,
        poms={path: data for path, data in built.sources.items() if path.endswith("pom.xml")},
        dependency_tree=built.dependencies,
        log=built.log,
        base_tests={path: one.listed for path, one in original.readings.items() if path.startswith("src/test/")},
        tests={path: one.listed for path, one in tests.items() if path.startswith("src/test/")},
        num_test_cases=task.num_test_cases,
    )
    found = official_verdict(facts, maximal=task.level == "maximal", release=task.release, table=task.versions)
    return Official(steps=found.steps) if built.truncated or built.unread else found


def _build_fault(built: Built) -> str:
    """Why the build is no success, by a log: a compiler's first error, the goal that failed; else its last words."""
    if built.limit is not None:
        return f"the {built.limit} limit ended it"
    if built.exit_code == 0:
        return f"what the build left cannot be read: {built.unread}" if built.unread else ""
    lines = [line.strip() for line in built.log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("[ERROR]")]
    signs = (".java:[", "Failed to execute goal", "")
    first = next((line for sign in signs for line in errors if sign in line), lines[-1] if lines else "no output")
    how = f"signal {built.signal}" if built.exit_code is None else f"exit code {built.exit_code}"
    return f"the build ended with {how}: {first[:ERROR_CHARS]}"


def _module_fault(original: Original, built: Built) -> str:
    gone = [module or "the root" for module in original.modules if module not in built.modules]
    return f"the build makes no classes of what was a module: {first_of(gone, 3)}" if gone else ""


def _as_built(original: Original, built: Built) -> Tested:
    """What a build's reports say of the required tests: each must have run and passed; a skipped one did not."""
    statuses = {test: str(built.statuses.get(test, MISSING)) for test in original.tests}
    failing = [f"{test}: {status}" for test, status in statuses.items() if status != Status.PASSED]
    reason = f"{len(failing)} of {len(statuses)} tests did not pass; {first_of(failing, 3)}" if failing else ""
    if reason and built.limit is not None:
        reason = f"the {built.limit} limit ended the tests"
    output = built.log[-LOG_CHARS:]
    return Tested(statuses=statuses, reason=reason, limit=built.limit if reason else None, output=output)


def _why_claim(
    original: Original, changed: AbstractSet[str], ran: Built, on_planted: Mapping[str, Status | None]
) -> str:
    """Why a pass is no more than a claim, by the build among planted tests and what these came to; "" if it may be."""
    modules = {test.partition(SPLIT)[0] for test in original.tests}
    if modules - {test.partition(SPLIT)[0] for test in on_planted}:
        return "no test that must fail is known for the framework of a module's tests"
    if not all(status in FAILING for status in on_planted.values()):
        return "a test planted to fail was not reported as failed"
    if ran.changed_tests:
        return "its build changes files of the tests"
    added = sorted(path for path in changed if is_test_path(path) and path not in original.test_paths)
    return f"it adds files beside the tests: {first_of(added, 3)}" if added else ""


def _only_missing(tested: Tested) -> bool:
    """Whether tests are missing, and none of those that ran did anything but pass: they may not compile."""
    return bool(tested.reason) and tested.limit is None and set(tested.statuses.values()) <= {"PASSED", MISSING}


def _own_tests(built: Tested, now: Mapping[str, SourceReading], original: Original) -> Tested:
    """Judge by the tests that the patch rewrote, as long as no required one of them checks less than before."""
    required = {test.partition(SPLIT)[2]: test for test in original.tests}
    weakened = weakened_tests(required, original.readings.values(), now.values())
    if not weakened:
        return built
    name, reason = next(iter(weakened.items()))
    return replace(built, check="inventory", reason=f"{required[name]}: {reason}")


def _disagreement(official: Official, failed: str, checks: Mapping[str, str]) -> str:
    """Say why the benchmark's own program and ours differ, where they do."""
    if official.passed is None or official.passed == (not failed):
        return ""
    if official.passed:
        return f"the benchmark's own program does not check this: {failed}: {checks[failed]}"
    return f"the benchmark's own program refuses it: {official.failed}"


@contextmanager
def open_migration_grader(boxes: Boxes, *, cache: Path) -> Iterator[BatchGrader]:
    """Open a grader for migrations. `cache` keeps what is known of the projects as they were."""
    builds = Builds(boxes, configured_source())
    yield MigrationGrader(boxes, builds, Originals(cache, boxes, builds))
