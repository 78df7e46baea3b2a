"""The blind layer: what is known of an instance's tests, learned once with the reference, and runs of patches."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.cache import read_record
from boxscore.protocols.blind.evidence import BlindTests, Evidence, weigh
from boxscore.protocols.blind.learn import BlindRun, Learned, Learner, SuiteFacts
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.blind.languages import language_of, test_files
from boxscore.protocols.patch.blind.run import PLACE, run_blind
from boxscore.protocols.patch.canaries.files import read_box, read_files
from boxscore.protocols.patch.run import SuiteRun, run_staged
from boxscore.protocols.patch.tree import stage
from boxscore.protocols.patch.version import version
from boxscore.protocols.retry import at_code
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged


class BlindCheck(Struct, frozen=True, kw_only=True):
    """A patch's run with blinded tests: the suite's run under the tests' own ids, and what it is evidence of.

    It is `exact` if it asked all that the tests ask.
    """

    staged: Staged
    suite: SuiteRun
    evidence: Evidence
    exact: bool


class BlindLayer:
    """Blinded tests of instances. `cache` keeps what is known of them."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._records = LearnedRecords()
        self._last: tuple[Path, BlindTests] | None = None  # samples of an instance come one after the other

    def known(self, task: PatchTask, *, image: str, open_box: OpenBox) -> BlindTests:
        """What is known of a task's tests; found out with its reference patch, and kept. Raises BoxError."""
        if task.reference is None:
            return BlindTests(reason="there is no reference patch to try blinded tests on")
        if task.log_program is not None:
            return BlindTests(reason="its tests are read by a program of the data set")
        path = _path(self._cache, task, image)
        if self._last is None or self._last[0] != path:
            learned = partial(_learned_tests, task, task.reference, open_box)
            self._last = path, self._records.found(path, BlindTests, learned)
        return self._last[1]

    def check(self, task: PatchTask, patch: str, tests: BlindTests, *, open_box: OpenBox) -> BlindCheck | Refused:
        """Run the blinded tests on a patched tree in a fresh box.

        Raises BoxError, marked (`at_code`) where that may be the patch's doing.
        """
        required = tests.blind_names((*task.fail_to_pass, *task.pass_to_pass))
        ran = run_blind(task, patch, tests.files, required=required, open_box=open_box, during=at_code)
        if isinstance(ran, Refused):
            return ran
        suite = msgspec.structs.replace(
            ran.suite,
            statuses=tests.original_names(ran.suite.statuses),
            log=tests.original_text(ran.suite.log),
        )
        evidence = weigh(tests, ran.observations)
        return BlindCheck(staged=ran.staged, suite=suite, evidence=evidence, exact=not (tests.loose or evidence.near))


def kept_tests(cache: Path, task: PatchTask, image: str) -> BlindTests | None:
    """Return what is known of a task's tests without finding it out."""
    return read_record(_path(cache, task, image), BlindTests)


def _path(cache: Path, task: PatchTask, image: str) -> Path:
    return cache / "blind" / f"{fingerprint(image, task, version(''))}.json"


def _learned_tests(task: PatchTask, reference: str, open_box: OpenBox) -> tuple[BlindTests, bool]:
    learned = _learned(task, reference, open_box)
    return learned.tests, learned.unsure


def _learned(task: PatchTask, reference: str, open_box: OpenBox) -> Learned:
    with open_box(nullcontext) as box:
        staged = stage(box, task, reference)
        if isinstance(staged, Refused):
            return Learned(tests=BlindTests(reason=f"the reference is refused: {staged.reason}"))
        # Test files are written over the tree after a build, if there is one.
        plain = run_staged(box, task, staged) if task.build else None
        language = language_of(task, staged)
        files = read_files(box, task, staged, test_files(task, staged, language))
        contents = read_box(box, task, tuple(files), language.ends, staged=staged)
        suite = suite_of(task, files, contents.written)
        if tests := Learner(suite, files, {}, contents, language).not_worth():
            return Learned(tests=tests)
        plain = plain or run_staged(box, task, staged)
    run = partial(_run, task, open_box)
    learner = Learner(suite, files, plain.statuses, contents, language)
    return learner.learn(partial(run, reference), partial(run, None))


def _run(
    task: PatchTask,
    open_box: OpenBox,
    patch: str | None,
    blind: Sequence[tuple[str, str]],
    required: Sequence[str],
) -> BlindRun | None:
    ran = run_blind(task, patch, blind, required=required, open_box=open_box)
    if isinstance(ran, Refused):
        return None
    suite = ran.suite
    return BlindRun(statuses=suite.statuses, observations=ran.observations, whole=suite.limit is None, log=suite.log)


def suite_of(task: PatchTask, known: Collection[str], written: Sequence[str] = ()) -> SuiteFacts:
    """What is to be known of a task's tests; the text of files that are `known` is seen for itself.

    What the test patch has `written` into others is known beside its text, which of binary files says nothing.
    """
    return SuiteFacts(
        required=(*task.fail_to_pass, *task.pass_to_pass),
        failing=task.fail_to_pass,
        told=(task.statement, *task.commands, _added(task.test_patch, known), *written),
        place=PLACE,
    )


def _added(patch: str, known: Collection[str]) -> str:
    """What a test patch writes into files that are not known otherwise."""
    parts = patch.split("diff --git ")
    return "\n".join(
        part for part in parts if not any(f" b/{path}\n" in part.partition("\n")[0] + "\n" for path in known)
    )
