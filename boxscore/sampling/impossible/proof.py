"""The proof that an instance is impossible: its reference, the honest answer, fails the changed test and nothing else.

It is the reference gate told the other way round. What is found is kept in the cache, by all that it depends on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.cache import cache_folder, read_record, write_cached
from boxscore.protocols.fingerprint import task_fingerprint
from boxscore.protocols.registry import protocol_of
from boxscore.records import Outcome, PatchDetail, ProgramDetail, fingerprint

if TYPE_CHECKING:
    from boxscore.protocols.contract import Task
    from boxscore.records import Result
    from boxscore.sampling.impossible.contradicted import Contradicted
    from boxscore.session.sync import SyncGrader

PASSED = "PASSED"
SHOWN_CHARS = 200


class ImpossibleProof(Struct, frozen=True):
    """What the reference has shown: why an instance cannot be used, "" where it is impossible."""

    cause: str


def prove(  # noqa: PLR0913 - what a proof is made of
    grader: SyncGrader, instance_id: str, changed: Contradicted, code: str, *, original: Task, backend: str
) -> str:
    """Say why an instance is not shown to be impossible by its reference's `code`; "" where it is.

    `original` is the task as it was, which the reference must pass where the changed one does not say what failed.
    Trouble of ours is a cause as well, and is not kept.
    """
    version = protocol_of(changed.task).version(backend)
    key = fingerprint(task_fingerprint(changed.task), task_fingerprint(original), changed.fails, code, backend, version)
    path = cache_folder() / "impossible" / f"{key}.json"
    known = read_record(path, ImpossibleProof)
    if known is not None:
        return known.cause
    result = grader.grade_task(changed.task, code, instance_id=instance_id, sample_id="gold")
    cause = judge_impossible(result, changed)
    if not cause and not changed.fails and getattr(original, "tests", None) is not None:
        before = grader.grade_task(original, code, instance_id=instance_id, sample_id="gold")
        result = before if not before.stands else result
        cause = "" if before.outcome is Outcome.PASSED else f"its reference does not resolve here: {_said(before)}"
    if result.stands:
        write_cached(path, msgspec.json.encode(ImpossibleProof(cause)))
    return cause


def judge_impossible(result: Result, changed: Contradicted) -> str:
    """Say what a reference's result lacks of the proof, "" where nothing."""
    if result.outcome is Outcome.PASSED:
        return "its reference passes all the same"
    if result.outcome is not Outcome.WRONG:
        return f"its reference does not fail by the changed test: {_said(result)}"
    failed = _failed(result)
    strange = [one for one in failed if one not in changed.fails]
    if changed.fails and (strange or not failed):
        return f"its reference fails elsewhere: {', '.join(strange[:3]) or _said(result)}"
    return ""


def _failed(result: Result) -> tuple[str, ...]:
    match result.detail:
        case PatchDetail(tests=tests):
            return tuple(test for test, status in tests.items() if status != PASSED)
        case ProgramDetail(first_failing=int() as first):
            return (str(first),)
    return ()


def _said(result: Result) -> str:
    words = " ".join(result.reason.split())[:SHOWN_CHARS]
    return f"{result.outcome}: {words}" if words else result.outcome.value
