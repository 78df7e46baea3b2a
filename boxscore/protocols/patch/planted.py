"""Run a patch's tests among tests that must fail, planted in their files, in one and the same run.

Where tests can be planted is learned from a run of the reference: in files whose planted tests it reports as failed,
while the required ones pass as ever. What a planted run leaves open is decided by the tests as they are.
"""

from __future__ import annotations

import random
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.box_files import named_files, read_files
from boxscore.protocols.patch.failing_tests import Failure, language_of, new_failure
from boxscore.protocols.patch.logs import contradicted, judge
from boxscore.protocols.patch.run import FAILING, run_staged
from boxscore.protocols.patch.tree import restore, stage, stage_again
from boxscore.protocols.retry import at_code
from boxscore.protocols.statuses import Status
from boxscore.protocols.test_ids import places_of
from boxscore.protocols.versions import protocol_version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged
    from boxscore.protocols.retry import During


MAX_PLANTED_FILES = 400


class Planting(Struct, frozen=True, kw_only=True):
    """What a run of the reference showed of tests that must fail.

    `kinds` are by path the ways in which planted tests were reported as failed, `files` the sources of these files.
    `exit_code` is how the runner ended. The log has the tests of `contradicted` as failed and as something else.
    Without `kinds` nothing can be planted, and `reason` says why.
    """

    kinds: dict[str, tuple[str, ...]] = {}
    files: dict[str, str] = {}
    exit_code: int | None = None
    contradicted: tuple[str, ...] = ()
    reason: str = ""


class PlantedRun(Struct, frozen=True, kw_only=True):
    """One run among planted tests. `suite` is what it says of all others.

    `count` tests were planted. `spared` names a file of which one was reported as passed, `unlike` says how log or
    exit code are otherwise than with the reference; both are "" where all failed as they must.
    """

    staged: Staged
    suite: SuiteRun
    count: int
    spared: str = ""
    unlike: str = ""


class _Seen(Struct, frozen=True, kw_only=True):
    """The runner's word for each test."""

    staged: Staged
    suite: SuiteRun

    def said_of(self, failure: Failure) -> set[Status]:
        return {status for name, status in self.suite.statuses.items() if failure.name in name}

    def without(self, failures: Iterable[Failure]) -> SuiteRun:
        names = tuple(one.name for one in failures)
        kept = {test: status for test, status in self.suite.statuses.items() if not any(name in test for name in names)}
        return structs.replace(self.suite, statuses=kept)


class PlantingLayer:
    """Planted tests of instances. `cache` keeps what is known of them; `seed` gives names that nobody can know."""

    def __init__(self, cache: Path, seed: Callable[[], random.Random] = random.SystemRandom) -> None:
        self._cache, self._seed = cache / "planting", seed
        self._records = LearnedRecords()

    def known(self, task: PatchTask, *, image: str, open_box: OpenBox) -> Planting:
        """Where tests can be planted; found out with the reference patch, and kept. Raises BoxError."""
        if task.reference is None:
            return Planting(reason="there is no reference patch to try planted tests on")
        if language_of(task.parser) is None:
            return Planting(reason=f"no failing test is known for its runner ({task.parser or 'a program'})")
        path = self._cache / f"{fingerprint(image, task, protocol_version(''))}.json"
        return self._records.found(path, Planting, partial(_learned, task, task.reference, open_box, self._seed()))

    def run(self, task: PatchTask, patch: str, known: Planting, *, open_box: OpenBox) -> PlantedRun | Refused:
        """Run a patch's tests among planted ones.

        Raises BoxError if a box fails, marked (`at_code`) where that may be the patch's doing.
        """
        planted = _draw(known.kinds, self._seed())
        seen = _run(task, patch, planted, known.files, open_box, during=at_code)
        if isinstance(seen, Refused):
            return seen
        failures = [one for several in planted.values() for one in several]
        spared = [
            path for path, several in planted.items() if any(Status.PASSED in seen.said_of(one) for one in several)
        ]
        return PlantedRun(
            staged=seen.staged,
            suite=seen.without(failures),
            count=len(failures),
            spared=next(iter(spared), ""),
            unlike=_unlike(task, known, planted, seen),
        )


def _learned(task: PatchTask, reference: str, open_box: OpenBox, rng: random.Random) -> tuple[Planting, bool]:
    """Run the reference among tests of all kinds, then of the plainest: a file may not compile with all of them."""
    language = language_of(task.parser)
    if language is None:
        raise ValueError(task.parser)
    with open_box(nullcontext) as box:
        staged = stage_again(box, task, reference)
        restore(box, task, staged)
        files = read_files(box, task, staged, named_files(task, staged, language.ends)[:MAX_PLANTED_FILES])
    every = {path: found for path, source in files.items() if (found := language.kinds(source))}
    if not every:
        return Planting(reason="no file of its tests is one that a failing test can be planted in"), False
    for kinds in (every, {path: found[:1] for path, found in every.items()}):
        planted = _draw(kinds, rng)
        seen = _run(task, reference, planted, files, open_box, during=nullcontext)
        if isinstance(seen, Refused) or seen.suite.limit is not None:
            return Planting(reason="its reference does not come to an end among planted tests"), True
        failures = [one for several in planted.values() for one in several]
        if judge(task, seen.without(failures).statuses, seen.suite.log).resolved:
            return _shown(task, planted, files, seen), False
    return Planting(reason="its tests do not pass with the reference among planted ones"), False


def _shown(
    task: PatchTask, planted: Mapping[str, tuple[Failure, ...]], files: Mapping[str, str], seen: _Seen
) -> Planting:
    kinds = {
        path: tuple(one.kind for one in several if seen.said_of(one) and seen.said_of(one) <= FAILING)
        for path, several in planted.items()
    }
    kinds = {path: found for path, found in kinds.items() if found}
    places = places_of((*task.fail_to_pass, *task.pass_to_pass), files).values()
    bare = sorted({place[0] for place in places if place is not None} - kinds.keys())
    if bare or not kinds:
        return Planting(reason=f"its runner reports no planted test as failed{f' in {bare[0]}' if bare else ''}")
    return Planting(
        kinds=kinds,
        files={path: files[path] for path in kinds},
        exit_code=seen.suite.exit_code,
        contradicted=tuple(sorted(contradicted(task.parser, seen.suite.log))),
    )


def _draw(kinds: Mapping[str, Iterable[str]], rng: random.Random) -> dict[str, tuple[Failure, ...]]:
    return {path: tuple(new_failure(kind, rng) for kind in found) for path, found in kinds.items()}


def _run(  # noqa: PLR0913 - one place for how such a run is done
    task: PatchTask,
    patch: str,
    planted: Mapping[str, tuple[Failure, ...]],
    files: Mapping[str, str],
    open_box: OpenBox,
    *,
    during: During,
) -> _Seen | Refused:
    """Run the task's commands on a patched tree in a fresh box; its code runs `during`."""
    language = language_of(task.parser)
    if language is None:
        raise ValueError(task.parser)
    required = (*task.fail_to_pass, *task.pass_to_pass)
    instead = tuple((path, language.plant(files[path], several, required)) for path, several in planted.items())
    with open_box(during) as box:
        staged = stage(box, task, patch, instead=instead)
        if isinstance(staged, Refused):
            return staged
        with during():
            suite = run_staged(box, task, staged)
        return _Seen(staged=staged, suite=suite)


def _unlike(task: PatchTask, known: Planting, planted: Mapping[str, tuple[Failure, ...]], seen: _Seen) -> str:
    """How a run is otherwise than with the reference, "" if it is not."""
    silent = [path for path, several in planted.items() if not all(seen.said_of(one) & FAILING for one in several)]
    if silent:
        return f"a test planted to fail was not reported as failed in {silent[0]}"
    if seen.suite.exit_code != known.exit_code:
        return f"among planted tests the runner ended with {seen.suite.exit_code}, and {known.exit_code} is right"
    # A runner that fails for planted tests has an exit code that denies no line which was printed beside its own.
    # Names that were planted are in no log of the reference, and are judged above.
    names = [one.name for several in planted.values() for one in several]
    found = sorted(contradicted(task.parser, seen.suite.log) - {*known.contradicted})
    denied = next((test for test in found if not any(name in test for name in names)), None)
    if denied is not None:
        return f"the log has {denied} as failed and as something else"
    return ""
