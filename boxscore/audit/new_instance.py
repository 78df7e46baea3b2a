"""Make an instance of a draft: build its image, test it before and after the fix, and grade it as its row says."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec resolves the annotations
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from msgspec.structs import replace

from boxscore.audit.grading import observe
from boxscore.checks import first_of
from boxscore.data.plugin_calls import make_task
from boxscore.errors import BoxError, SandboxUnavailable, UsageError
from boxscore.images import instances as images
from boxscore.instances.draft import InstanceDraft, archive_name, lines_of, objects_of, of_the_future, row_of, write_row
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.boxes import Boxes, ImageFinder
from boxscore.protocols.patch.observe import BEFORE, GOLD, PatchLists, observed_task
from boxscore.protocols.patch.task import PatchDetail, PatchTask
from boxscore.records import Evidence, Outcome, Trust
from boxscore.report.numbers import counted
from boxscore.run.prepare import choose_backend, load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.audit.grading import Observation
    from boxscore.interrupt import Stop
    from boxscore.run.prepare import Benchmark

LISTED = 5


class NewInstance(Struct, frozen=True, kw_only=True):
    """A new instance, as it is reported."""

    instance_id: str
    file: str
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    flaky: tuple[str, ...]
    evidence: Evidence
    trust: Trust | None
    image: str
    objects: int
    objects_of_the_future: int
    rounds: int


class NewRow(Struct, frozen=True, kw_only=True):
    """Where the row of a new instance is written, and how often its tests are run before and after."""

    file: Path
    repeat: int
    replaces: bool = False


def make_instance(  # noqa: PLR0913 - a draft, what is asked, and where
    draft: InstanceDraft, asked: NewRow, request: Request, scratch: Path, stop: Stop, *, say: Callable[[str], None]
) -> tuple[NewInstance, PatchLists] | None:
    """Build, run the tests and write the row; return also what grading it has shown. None if that was interrupted.

    Raises UsageError where the tests do not tell the fix from the base, SandboxUnavailable where the image cannot be
    built, BoxError where it has objects of later commits.
    """
    bench = _Bench(draft, request, scratch, say)
    say("2 of 4: building its image, which takes minutes where the environment is new")
    image = _build_image(bench.task, say)
    objects, future = _prove_history(bench.task, draft)
    say(f"3 of 4: running its tests {counted(asked.repeat, 'time')} before and after the fix")
    lists = bench.lists(asked.repeat, stop)
    if lists is None:
        return None
    found = {name: getattr(lists, name) for name in ("fail_to_pass", "pass_to_pass", "flaky")}
    row = row_of(draft, archive_name(draft, asked.file), found)
    cast("dict[str, object]", row["boxscore"])["rounds"] = asked.repeat
    bench.write(row_of(draft, archive_name(draft, bench.file), found))
    confirmed = bench.confirmed(stop)
    if confirmed is None:
        return None
    write_row(asked.file, row, draft.archive, replaces=asked.replaces)
    protection = ("evidence", "trust")
    made = NewInstance(
        instance_id=draft.instance_id,
        file=str(asked.file),
        **found,
        **{name: getattr(confirmed, name) for name in protection},
        image=image,
        objects=len(objects),
        objects_of_the_future=len(future),
        rounds=asked.repeat,
    )
    return made, confirmed


class _Bench:
    """A benchmark of the one instance that is being made: its file, and its tests as grading runs them."""

    def __init__(self, draft: InstanceDraft, request: Request, scratch: Path, say: Callable[[str], None]) -> None:
        self.file = scratch / "draft.jsonl"
        self._draft, self._request, self._say = draft, replace(request, data=self.file), say
        place = scratch / archive_name(draft, self.file)
        place.parent.mkdir()
        place.write_bytes(draft.archive)
        self.write(row_of(draft, archive_name(draft, self.file)))

    def write(self, row: dict[str, object]) -> None:
        """Write the row of the instance, and load its task again."""
        self.file.write_bytes(lines_of([row]))
        self._benchmark: Benchmark = load_benchmark(self._request)
        task = make_task(self._benchmark.harness, self._benchmark.asked[0])
        self.task = narrowed(task, PatchTask, self._draft.instance_id)

    def lists(self, repeat: int, stop: Stop) -> PatchLists | None:
        """Run the tests before and after the fix; None if that was interrupted. Raises UsageError without lists."""
        seen = self._observe(repeat, stop)
        if seen is None:
            return None
        found = cast("PatchLists", seen.found[self._draft.instance_id].record)
        refuse_without_lists(self._draft, seen, found)
        return found

    def confirmed(self, stop: Stop) -> PatchLists | None:
        """Grade the instance as its row now is: gold must pass, and the base must not."""
        self._say("4 of 4: grading its reference and its base as any sample, and finding out what a pass is worth")
        seen = self._observe(1, stop)
        if seen is None:
            return None
        found = seen.found[self._draft.instance_id]
        if found.problems:
            raise UsageError(
                f"{self._draft.instance_id} was not written: {'; '.join(text for _, text in found.problems)}"
                f"{_logs(seen)}"
            )
        return cast("PatchLists", found.record)

    def _observe(self, repeat: int, stop: Stop) -> Observation | None:
        task = observed_task(self.task)
        given = {self._draft.instance_id: (task, {BEFORE: "", GOLD: self._draft.fix.source})}
        return observe(self._request, self._benchmark, given, repeat, stop, say=self._say, keep_all=True)


def _build_image(task: PatchTask, say: Callable[[str], None]) -> str:
    """Build and check the image. Raises SandboxUnavailable, whose message begins with the cause."""
    (info,) = images.ensure_instance_images([task.image], say=say)
    if info.error:
        raise SandboxUnavailable(
            f"the image could not be built: {info.error}",
            details=["--install, --requirements, --python, --date and --dockerfile change how it is built"],
        )
    (check,) = images.check_instance_images([task.image])
    if not check.ok:
        raise SandboxUnavailable(f"{info.reference} is not as it must be: {'; '.join(check.problems)}")
    return info.reference


def _prove_history(task: PatchTask, draft: InstanceDraft) -> tuple[set[str], set[str]]:
    """List the objects in the image's repository. Raises BoxError if one is of a later commit."""
    backend = choose_backend(Request(benchmark="own", backend="docker"))
    with Boxes(backend, ImageFinder(backend)).open(task) as box:
        objects = objects_of(box, task)
    future = of_the_future(objects, draft.later)
    if future:
        raise BoxError(f"the image has objects of later commits: {', '.join(sorted(future)[:LISTED])}")
    return objects, future


def refuse_without_lists(draft: InstanceDraft, seen: Observation, found: PatchLists) -> None:
    """Raise UsageError where the tests do not tell the fix from the base, and say what they did."""
    results = [one for (_, sample), one in seen.results.items() if sample.startswith(GOLD)]
    before = [one for (_, sample), one in seen.results.items() if sample.startswith(BEFORE)]
    lost = next((one for one in (*before, *results) if one.outcome is Outcome.INTERNAL), None)
    if lost is not None:
        raise BoxError(f"the tests of {draft.instance_id} could not be run: {lost.reason}")
    if found.fail_to_pass:
        return
    details = [PatchDetail.of(one) or PatchDetail() for one in results]
    reported = {test: status for one in details for test, status in one.reported.items()}
    name, logs = draft.instance_id, _logs(seen)
    if found.flaky and not found.pass_to_pass:
        text = f"no test of {name} is stable: {first_of(found.flaky, LISTED)} passed in some runs only"
    elif found.pass_to_pass:
        passing = f"{len(found.pass_to_pass)} tests pass with the patch and without it, such as {found.pass_to_pass[0]}"
        text = f"no test fails before the patch: {passing}; the test patch must have a test that shows the bug"
    elif reported:
        kinds = ", ".join(f"{test} {status}" for test, status in list(reported.items())[:LISTED])
        text = f"all tests fail after the patch: none that was reported passed ({kinds})"
    else:
        said = next((f"{one.outcome}: {one.reason}" for one in results), "nothing ran")
        text = f"no test was reported ({said}); try --test-command, and --parser for its log"
    raise UsageError(f"{text}{logs}")


def _logs(seen: Observation) -> str:
    place = next(iter(seen.logs.values()), None)
    return "" if place is None else f"; logs: {place.parent}"
