"""Run a patch's tests among tests that must fail, planted in their files, in one and the same run.

Where tests can be planted is learned from a run of the reference: in files whose planted tests it reports as failed,
while the required ones pass as ever. What a planted run leaves open is decided by the tests as they are.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from contextlib import nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore.errors import BoxError, ProtocolError
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.box_files import named_files, read_files
from boxscore.protocols.patch.failing_tests import Failure, language_of, new_failure
from boxscore.protocols.patch.logs import contradicted, judge, read_junit
from boxscore.protocols.patch.run import FAILING, run_staged
from boxscore.protocols.patch.tree import restore, stage, stage_again
from boxscore.protocols.retry import at_code
from boxscore.protocols.statuses import Status
from boxscore.protocols.test_ids import places_of
from boxscore.protocols.trusted import run_trusted, trusted_limits
from boxscore.protocols.versions import protocol_version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.logs import JunitCase
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged
    from boxscore.protocols.retry import During


MAX_PLANTED_FILES = 400
CLASS_NAME = re.compile(r"[^\w$]+")


class Planting(Struct, frozen=True, kw_only=True):
    """What a run of the reference showed of tests that must fail.

    `kinds` are by path the ways in which planted tests were reported as failed, `files` the sources of these files.
    `exit_code` is how the runner ended, `passed` counts by class what its own reports have as passed. The log has the
    tests of `contradicted` as failed and as something else. Without `kinds` nothing can be planted, and `reason` says
    why.
    """

    kinds: dict[str, tuple[str, ...]] = {}
    files: dict[str, str] = {}
    exit_code: int | None = None
    passed: dict[str, int] = {}
    contradicted: tuple[str, ...] = ()
    reason: str = ""


class PlantedRun(Struct, frozen=True, kw_only=True):
    """One run among planted tests. `suite` is what it says of all others.

    `count` tests were planted. `spared` names a file of which one was reported as passed, `unlike` says how log, exit
    code or report are otherwise than with the reference; both are "" where all failed as they must.
    """

    staged: Staged
    suite: SuiteRun
    count: int
    spared: str = ""
    unlike: str = ""


class _Seen(Struct, frozen=True, kw_only=True):
    """The runner's word for each test, and what reports that it leaves by itself say."""

    staged: Staged
    suite: SuiteRun
    cases: tuple[JunitCase, ...] = ()

    def said_of(self, failure: Failure) -> set[Status]:
        found = {status for name, status in self.suite.statuses.items() if failure.name in name}
        return found | {case.status for case in self.cases if failure.name in case.name}

    def without(self, failures: Iterable[Failure]) -> SuiteRun:
        names = tuple(one.name for one in failures)
        kept = {test: status for test, status in self.suite.statuses.items() if not any(name in test for name in names)}
        spoilt = [test for test, status in kept.items() if status in FAILING and self._fails_for(test, names)]
        return structs.replace(self.suite, statuses={**kept, **dict.fromkeys(spoilt, Status.PASSED)})

    def _fails_for(self, test: str, names: Collection[str]) -> bool:
        """Whether a class, for which Maven has one word, failed by its planted tests alone, as its report tells."""
        words = set(CLASS_NAME.split(test))
        own = [one for one in self.cases if one.classname.rpartition(".")[2] in words]
        planted = [one for one in own if any(name in one.name for name in names)]
        others = [one.status for one in own if one not in planted]
        return bool(planted) and Status.PASSED in others and FAILING.isdisjoint(others)


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
        passed=count_passed(_required(task, seen.cases)),
        contradicted=tuple(sorted(contradicted(task.parser, seen.suite.log))),
    )


def _draw(kinds: Mapping[str, Iterable[str]], rng: random.Random) -> dict[str, tuple[Failure, ...]]:
    return {path: tuple(new_failure(kind, rng) for kind in found) for path, found in kinds.items()}


def _required(task: PatchTask, cases: Iterable[JunitCase]) -> list[JunitCase]:
    """The cases of classes that required tests are of."""
    words = {word for test in (*task.fail_to_pass, *task.pass_to_pass) for word in CLASS_NAME.split(test)}
    return [one for one in cases if one.classname.rpartition(".")[2] in words]


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
    old = f"(shopt -s globstar nullglob; rm -f -- {' '.join(language.reports)})"  # reports of an earlier run
    commands = (old, *task.commands) if language.reports else task.commands
    with open_box(during) as box:
        staged = stage(box, task, patch, instead=instead)
        if isinstance(staged, Refused):
            return staged
        with during():
            suite = run_staged(box, task, staged, commands=commands, required=required)
        return _Seen(staged=staged, suite=suite, cases=read_reports(box, task, language.reports))


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
    passed = count_passed(_required(task, seen.cases))
    for name, count in known.passed.items():
        if passed.get(name, 0) < count:
            return f"by the report of {name}, {passed.get(name, 0)} of its tests passed, and {count} with the reference"
    return ""


REPORT_BYTES, READ_BYTES = 8 << 20, 64 << 20  # of all reports without what tests print, and of these as JSON
MOST_OF_ONE, MOST_READ = 64 << 20, 1 << 30  # letters, with what they print: of one, and of all
READ = """
import json, os, re, sys
request = json.load(sys.stdin.buffer)
PRINTED = re.compile("<system-(?:out|err)>")
END, END_OF_DATA = re.compile("</system-(?:out|err)>"), re.compile(r"]]>\\s*</system-(?:out|err)>")
def without_output(path, text):
    kept, at = [], 0
    for begin in PRINTED.finditer(text):
        if begin.start() >= at:
            has_data = text.startswith("<![CDATA[", begin.end())
            end = (END_OF_DATA if has_data else END).search(text, begin.end())
            if end is None:
                break
            kept.append(text[at : begin.start()])
            at = end.end()
    return "".join([*kept, text[at:]])
def pattern_of(text):
    return re.escape(text).replace(r"\\*\\*/", "(?:[^/]+/)*").replace(r"\\*", "[^/]*")
def paths_of(patterns):  # through no link: two that lead to their own folder have no end
    chosen = re.compile("|".join(map(pattern_of, patterns)))
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from filter(chosen.fullmatch, (os.path.join(folder, name)[2:] for name in names))
os.chdir(request["tree"])
found, left, unread = [], request["most"], request["most_read"]
try:
    paths = sorted(paths_of(request["patterns"]))
except RecursionError:  # in folders that no build makes
    paths = []
for path in paths:
    if os.path.isfile(path) and not os.path.islink(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read(min(request["most_of_one"], unread))
        except OSError:  # a candidate may take everybody's rights away
            continue
        unread -= len(text)
        text = without_output(path, text)
        left -= len(text)
        if left < 0 or unread <= 0:  # holes of a file take no room on a disk, and time to read
            break
        found.append(text)
print(json.dumps(found))
""".strip()


def read_reports(box: Box, task: PatchTask, patterns: Sequence[str]) -> tuple[JunitCase, ...]:
    """Read the cases of all reports; one that is broken has none. Raises BoxError if the box fails.

    How many are read may not hang on what tests print, as that differs from run to run.
    """
    if not patterns:
        return ()
    bounds = {"most": REPORT_BYTES, "most_of_one": MOST_OF_ONE, "most_read": MOST_READ}
    request = {"tree": task.image.tree, "patterns": patterns, **bounds}
    done = run_trusted(box, READ, request, trusted_limits(task.limits, output_bytes=READ_BYTES))
    try:
        texts = msgspec.json.decode(done.stdout, type=list[str])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"reports could not be read in a box: {done.stderr[-300:]!r}") from error
    cases: list[JunitCase] = []
    for text in texts:
        with suppress(ProtocolError):
            cases += read_junit(text.encode())
    return tuple(cases)


def count_passed(cases: Iterable[JunitCase]) -> dict[str, int]:
    """Count the tests of each class that passed; an aborted or skipped one did not."""
    return dict(Counter(case.classname for case in cases if case.status is Status.PASSED))
