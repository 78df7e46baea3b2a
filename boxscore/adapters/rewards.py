"""Turn answers and their tests into rewards: what the dialects of trainers have in common."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.adapters.answers import answer_text, code_of_answer
from boxscore.adapters.columns import COLUMNS, RowTests, find_tests, rows_of_columns
from boxscore.adapters.engine import ENGINE, Submission
from boxscore.adapters.entry_points import task_of_tests
from boxscore.errors import NoVerdict, UsageError
from boxscore.log import LOGGER, event
from boxscore.protocols.program.task import ProgramDetail, with_all_cases
from boxscore.records import Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.contract import Task
    from boxscore.records import Result

_REASON_CHARS = 500
_warned: set[str] = set()


class Question(Struct, frozen=True, kw_only=True):
    """An answer and the tests that say whether it is right."""

    completion: object
    tests: RowTests


def submission_of(question: Question, *, share: bool = False, limits: Limits | None = None) -> Submission:
    """Make a task of the tests and find the code in the answer. Raises UsageError for tests that cannot be read.

    With `share` all cases of a program are run, also after one that failed. `limits` are the shared engine's unless
    given.
    """
    text = answer_text(question.completion)
    submission = submission_of_code(text, question.tests, share=share, limits=limits)
    code = code_of_answer(text, names=_names(submission.task), language=question.tests.language)
    return msgspec.structs.replace(submission, code=code)


def submission_of_code(code: str, tests: RowTests, *, share: bool = False, limits: Limits | None = None) -> Submission:
    """Make a task of the tests, for an answer that is a program. Raises UsageError for tests that cannot be read."""
    task = task_of_tests(
        tests.tests,
        [code],
        entry_point=tests.entry_point,
        language=tests.language,
        limits=limits or _configured_limits(),
    )
    if share:
        task = with_all_cases(task)
    return Submission(task=task, code=code)


def submission_of_row(
    completion: object, row: Mapping[str, object], *, missing: str, share: bool = False
) -> Submission:
    """Make a submission of an answer and the tests in its row. Raises UsageError, saying `missing` if it has none."""
    tests = find_tests(row)
    if tests is None:
        raise UsageError(missing)
    return submission_of(Question(completion=completion, tests=tests), share=share)


def submissions_of_batch(completions: Sequence[object], columns: Mapping[str, object]) -> list[Submission | None]:
    """Make the submissions of a batch from the columns of its data set; None for a row that has no tests.

    Raises:
        UsageError: No row has a column of tests, or the tests of a row cannot be read: its number is in the message.
    """
    rows = rows_of_columns(columns, len(completions))
    found = [find_tests(row) for row in rows]
    if completions and not any(found) and not any(name in row for row in rows for name in COLUMNS):
        unfit = next((name for name in COLUMNS if columns.get(name) is not None), None)
        if unfit is not None:
            raise UsageError(f"the column {unfit!r} is no list of {len(completions)} values, one for each completion")
        raise UsageError(f"the data set has no column of tests: one of {', '.join(COLUMNS)}")
    submissions: list[Submission | None] = []
    for place, (completion, tests) in enumerate(zip(completions, found, strict=True)):
        try:
            submissions.append(None if tests is None else submission_of(Question(completion=completion, tests=tests)))
        except UsageError as error:
            raise UsageError(f"row {place} of the batch: {error}") from error
    return submissions


def reward_of(result: Result, *, dialect: str, share: bool = False) -> float | None:
    """1.0 for a pass, 0.0 for what is the candidate's own fault, None for what is ours.

    With `share` it is the share of the cases that passed, where a program was run on cases.
    """
    if result.outcome is Outcome.INTERNAL:
        warn_withheld(result, dialect)
        return None
    detail = ProgramDetail.of(result)
    if share and detail is not None and detail.cases:
        return sum(case.outcome is Outcome.PASSED for case in detail.cases) / len(detail.cases)
    return 1.0 if result.outcome is Outcome.PASSED else 0.0


def reward_or_raise(result: Result, *, dialect: str, share: bool = False) -> float:
    """As `reward_of`, for dialects without a word for a reward that is not there. Raises NoVerdict in place of None."""
    reward = reward_of(result, dialect=dialect, share=share)
    if reward is None:
        raise NoVerdict(f"no verdict, for no fault of the sample: {result.reason or 'no reason is known'}")
    return reward


def warn_withheld(result: Result, dialect: str) -> None:
    """Tell that an answer got no reward, and why: the first time in a process in words, as a warning."""
    reason = " ".join(result.reason.split())[:_REASON_CHARS] or "no reason is known"
    event("reward_withheld", logging.INFO, adapter=dialect, reason=reason)
    if dialect not in _warned:
        _warned.add(dialect)
        LOGGER.getChild("adapters").warning(
            "%s: an answer gets no reward, for no fault of its own: %s (later ones: see the log)",
            dialect,
            reason,
        )


def _configured_limits() -> Limits | None:
    cpu_s = ENGINE.settings.cpu_s
    return None if cpu_s is None else Limits(cpu_s=cpu_s, wall_s=max(Limits().wall_s, cpu_s))


def _names(task: Task) -> tuple[str, ...]:
    names: Any = getattr(task, "names", ())
    return tuple(names)
