"""What the result of a web project says beyond its outcome, and how far the project got."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from boxscore.protocols.shows import (
    FAILED,
    NO_VERDICT,
    NOT_JUDGED,
    NOT_REACHED,
    PASSED_AT_ONCE,
    PASSED_LATER,
    UNREACHED,
    WENT_ON,
    Stage,
    StageAttempt,
    Summary,
    failed_test,
    passed_of,
    passed_tests,
)
from boxscore.records import Detail, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class WebAttempt(Struct, frozen=True, kw_only=True):
    """What one attempt at a task of a web project came to.

    `number` counts the attempts at the task from 1. `tests` maps each test of the task and those before it to its
    status: `PASSED`, `FAILED`, `SKIPPED`, or `MISSING` where none was reported; those that specs generated from the
    sample's files come last. `log` is the end of what the browser's runner or the build printed: what an agent is
    told. `screenshot` is a picture of the project's first page after it, as JPEG, empty if none was taken. Times
    are wall times in seconds; wall-clock limits were `time_factor` times those of the task, as the machine had
    other work. `looks` says how often the project was looked at: the last look counts.
    """

    task: str
    number: int
    outcome: Outcome
    reason: str = ""
    level: str = ""
    tests: dict[str, str] = {}
    log: str = ""
    screenshot: bytes = b""
    build_s: float | None = None
    serve_s: float | None = None
    test_s: float | None = None
    wall_s: float | None = None
    time_factor: float = 1.0
    looks: int = 1


class WebDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="web"):
    """What the result of a web project says beyond its outcome.

    `tasks` are the names of its tasks in order, `levels` their levels, in the same order; `attempts` those that were
    judged. `stopped` is the task at which the project ended, "" where it came to its end. `whole` tells that one state
    was judged by all tasks at once. `files` are pictures and traces of tests that failed, by name.
    """

    tasks: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    attempts: tuple[WebAttempt, ...] = ()
    stopped: str = ""
    whole: bool = False
    files: dict[str, bytes] = {}

    has_files: ClassVar[bool] = True

    def without_files(self) -> Self:
        """See `Detail.without_files`."""
        attempts = tuple(replace(one, screenshot=b"") for one in self.attempts)
        return replace(self, attempts=attempts, files={})


StageDrawer = Callable[[WebAttempt], StageAttempt]


def summary(detail: WebDetail) -> Summary:
    """How far the project got, and the tests of its last look."""
    attempt = deciding(detail)
    tests = detail.attempts[-1].tests if detail.attempts else {}
    return Summary(
        decided="" if attempt is None else failed_test(attempt.tests),
        tests={} if set(tests.values()) == {"MISSING"} else tests,
        passed=passed_tests(tests),
        stages=stages_of(detail),
        stopped=detail.stopped,
    )


def _bare(attempt: WebAttempt) -> StageAttempt:
    return StageAttempt(number=attempt.number, outcome=attempt.outcome.value)


def stages_of(detail: WebDetail, drawn: StageDrawer = _bare) -> tuple[Stage, ...]:
    """What became of each task of a project, in order; what was attempted beside these comes last."""
    by_task: dict[str, list[WebAttempt]] = {name: [] for name in detail.tasks}
    for one in detail.attempts:
        by_task.setdefault(one.task, []).append(one)
    last = max((place for place, own in enumerate(by_task.values()) if own), default=-1)
    stages = []
    for place, (name, attempts) in enumerate(by_task.items()):
        level = next(iter(detail.levels[place : place + 1]), "")
        outcome, (mark, note) = NOT_REACHED if place > last else NOT_JUDGED, (UNREACHED, "")
        if attempts:
            level, outcome = attempts[-1].level or level, attempts[-1].outcome.value
            mark, note = _mark(name, attempts[-1], detail, is_last=place == last)
        own = tuple(map(drawn, attempts))
        stages.append(Stage(name=name, level=level, mark=mark, outcome=outcome, note=note, attempts=own))
    return tuple(stages)


def _mark(name: str, attempt: WebAttempt, detail: WebDetail, *, is_last: bool) -> tuple[str, str]:
    if attempt.outcome is Outcome.PASSED:
        return (PASSED_AT_ONCE, "") if attempt.number <= 1 else (PASSED_LATER, f"at attempt {attempt.number}")
    if attempt.outcome is Outcome.INTERNAL:
        return NO_VERDICT, "no verdict"
    if detail.whole:
        return FAILED, ""
    if name == detail.stopped:
        return FAILED, "stopped here"
    return (FAILED, "ended here") if is_last else (WENT_ON, "went on")


def how_far(detail: WebDetail, states: tuple[Stage, ...]) -> str:
    """How far a project got and where it stopped, as a sentence."""
    if states and all(one.passed for one in states):
        return f"All {len(states)} tasks passed."
    last = next((one for one in reversed(states) if one.attempts), None)
    if detail.whole:
        where = "one finished project was judged by the tests of all of them"
    elif last is not None and last.mark == NO_VERDICT:
        where = f"{last.name} got no verdict"
    elif detail.stopped:
        where = f"it stopped at {detail.stopped}"
    else:
        where = "the project came to its end"
    return f"{passed_of(states)} tasks passed; {where}."


def deciding(detail: WebDetail) -> WebAttempt | None:
    """The attempt by which a project did not pass, None where there is none.

    Of a finished project that is the first task that failed, with what was printed and seen when all were judged.
    """
    own = [one for one in detail.attempts if one.task == detail.stopped] or list(detail.attempts)
    if not own or own[-1].outcome is Outcome.PASSED:
        return None
    last = detail.attempts[-1]
    return replace(own[-1], log=last.log, screenshot=last.screenshot) if detail.whole else own[-1]


MOST_FILES, MOST_BYTES, MOST_ATTEMPTS = 2_000, 16 << 20, 200


class Binary(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that is no text, such as a picture."""

    base64: str


class Attempt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attempt at a task: the files that it writes, each whole, over those that were there before."""

    task: str
    files: dict[str, str | Binary]


class GivenAttempts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sample: attempts in the order in which they were made."""

    attempts: tuple[Attempt, ...]


class GivenState(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sample that is a whole project after its last task: all tasks are judged by it at once."""

    files: dict[str, str | Binary]


class _Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    attempts: tuple[Attempt, ...] | UnsetType = UNSET
    files: dict[str, str | Binary] | UnsetType = UNSET


def encode_attempts(attempts: Iterable[tuple[str, Mapping[str, str | bytes]]]) -> str:
    """The text of a sample that makes these attempts: the name of a task, and files by their paths in the project."""
    made = tuple(Attempt(task=task, files=_encoded(files)) for task, files in attempts)
    return msgspec.json.encode(GivenAttempts(attempts=made)).decode()


def encode_state(files: Mapping[str, str | bytes]) -> str:
    """The text of a sample that is a finished project: equal for equal files."""
    return msgspec.json.encode(GivenState(files=_encoded(files))).decode()


def decode_sample(code: str) -> GivenAttempts | GivenState:
    """Read the text of a sample. Raises ValueError for what is none, saying why."""
    form = 'a sample is {"attempts": [{"task": "task-1", "files": {"path": "text"}}]} or {"files": {"path": "text"}}'
    try:
        given = msgspec.json.decode(code.encode("utf-8", "surrogatepass"), type=_Given)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{error}; {form}") from None
    if given.attempts is not UNSET and given.files is UNSET:
        return GivenAttempts(attempts=given.attempts)
    if given.files is not UNSET and given.attempts is UNSET:
        return GivenState(files=given.files)
    raise ValueError(f"it has both attempts and files, or neither; {form}")


def content_of(file: str | Binary) -> bytes:
    """The bytes of a file of a sample. Raises ValueError for what is no base64."""
    if isinstance(file, Binary):
        try:
            return base64.b64decode(file.base64, validate=True)
        except binascii.Error as error:
            raise ValueError(f"a binary file is no base64: {error}") from None
    return file.encode("utf-8", "replace")


def _encoded(files: Mapping[str, str | bytes]) -> dict[str, str | Binary]:
    return {path: _one(content) for path, content in sorted(files.items())}


def _one(content: str | bytes) -> str | Binary:
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Binary(base64.b64encode(content).decode())
