"""The report of a run of specs, line by line, as `sandbox/web/run.js` writes it: decoded strictly.

A test is identified by its file, the blocks around it and its title, joined as Playwright joins them, and not by its
line number, which says nothing about what it tests. Tests with the same words are numbered.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.protocols.web.task import WebTask

MISSING = "MISSING"
BETWEEN = " \u203a "  # a file, blocks and a title, as Playwright writes them
MOST_TESTS = 5_000
MOST_REASON_CHARS = 500

# How errors of Playwright about a page load begin: text of pages comes later in them, if at all.
_ABORTED = re.compile(
    r"(?:Error: )?(?:page|frame)\.(?:goto|reload|goBack|goForward): "
    r"(?:net::ERR_ABORTED\b|Navigating frame was detached\b)"
)

PlayedStatus = Literal["passed", "failed", "timedOut", "skipped", "interrupted"]


class _Listed(Struct, frozen=True, tag_field="kind", tag="listed", forbid_unknown_fields=True):
    tests: tuple[str, ...]


class _Test(Struct, frozen=True, tag_field="kind", tag="test", forbid_unknown_fields=True):
    place: int
    status: PlayedStatus
    as_expected: bool
    retry: int
    reason: str
    wall_s: float
    at: str
    pictures: tuple[str, ...]
    trace: str


class _Error(Struct, frozen=True, tag_field="kind", tag="error", forbid_unknown_fields=True):
    text: str
    at: str


class _End(Struct, frozen=True, tag_field="kind", tag="end", forbid_unknown_fields=True):
    status: str


class _Exit(Struct, frozen=True, tag_field="kind", tag="exit", forbid_unknown_fields=True):
    code: int | None
    signal: str | None
    late: bool
    wall_s: float


class _Log(Struct, frozen=True, tag_field="kind", tag="log", forbid_unknown_fields=True):
    text: str


class GivenFile(Struct, frozen=True, tag_field="kind", tag="file", forbid_unknown_fields=True):
    """A file that a run left: a picture or a trace."""

    name: str
    base64: str


class _Trouble(Struct, frozen=True, tag_field="kind", tag="trouble", forbid_unknown_fields=True):
    text: str


class _Done(Struct, frozen=True, tag_field="kind", tag="done", forbid_unknown_fields=True):
    pass


_Line = _Listed | _Test | _Error | _End | _Exit | _Log | GivenFile | _Trouble | _Done
_decoder = msgspec.json.Decoder(_Line)


class Report(Struct, frozen=True, kw_only=True):
    """What a run reported. `tests` are all that it found, in order; `played` what became of those that finished.

    `errors` are what went wrong outside of tests, such as a spec that does not load. `trouble` is why the report is
    incomplete, "" if it is not; `late` says that the runner ran out of time.
    """

    tests: tuple[str, ...] = ()
    played: dict[str, _Test] = {}
    errors: tuple[str, ...] = ()
    files: tuple[GivenFile, ...] = ()
    log: str = ""
    late: bool = False
    trouble: str = ""
    test_s: float = 0.0

    def statuses(self, expected: Iterable[str]) -> dict[str, str]:
        """The status of each expected test: `MISSING` for one that did not finish."""
        return {test: _status_of(self.played.get(test)) for test in expected}

    def reasons(self) -> dict[str, str]:
        """The first line of each failure."""
        failed = {
            test: one for test, one in self.played.items() if _status_of(one) not in (Status.PASSED, Status.SKIPPED)
        }
        return {test: _first_line(one.reason) or one.status for test, one in failed.items()}

    def aborted(self) -> frozenset[str]:
        """The tests that failed because the browser aborted a page load, as Playwright reports it."""
        return frozenset(test for test, reason in self.reasons().items() if _ABORTED.match(reason))


def read_report(output: bytes) -> Report:
    """Read what `run.js` wrote. A malformed line is `trouble`; the lines before it count."""
    lines: list[_Line] = []
    trouble = ""
    for line in output.splitlines():
        try:
            lines.append(_decoder.decode(line))
        except (msgspec.DecodeError, RecursionError) as error:
            trouble = f"the runner's report has a malformed line: {error}"
            break
    return _made(lines, trouble)


def spec_files(task: WebTask, step_names: Sequence[str]) -> tuple[str, ...]:
    """The spec files of these steps, in order, each once: paths among `task.specs`."""
    wanted = set(step_names)
    return tuple(dict.fromkeys(spec for step in task.steps if step.name in wanted for spec in step.specs))


def names_up_to(task: WebTask, place: int) -> list[str]:
    """The names of a task's steps up to one."""
    return [step.name for step in task.steps[: place + 1]]


def spec_of(task: WebTask, test: str) -> str:
    """The spec file that a test is in, as a path among `task.specs`: an id begins with it."""
    return posixpath.join(folder_of(task), test.partition(BETWEEN)[0])


def folder_of(task: WebTask) -> str:
    """The folder in `task.specs` that holds all spec files of a task, which ids are relative to."""
    files = [spec for step in task.steps for spec in step.specs]
    folders = {posixpath.dirname(file) for file in files}
    return folders.pop() if len(folders) == 1 else posixpath.commonpath(folders or {""})


def _made(lines: Sequence[_Line], trouble: str) -> Report:
    tests = next((numbered(line.tests[:MOST_TESTS]) for line in lines if isinstance(line, _Listed)), ())
    played: dict[str, _Test] = {}
    for line in lines:
        if isinstance(line, _Trouble):
            trouble = trouble or f"the runner failed: {line.text}"
        if not isinstance(line, _Test):
            continue
        test = tests[line.place] if 0 <= line.place < len(tests) else ""
        if not test or test in played or line.retry:
            trouble = trouble or "the runner reported a test that it had not listed, or one twice"
        else:
            played[test] = line
    kinds = {type(line) for line in lines}
    if not (trouble or {_Exit, _Done} <= kinds):
        trouble = "the runner's report has no end"
    errors = tuple(line.text for line in lines if isinstance(line, _Error))
    ended = next((line for line in lines if isinstance(line, _Exit)), _Exit(None, None, late=False, wall_s=0.0))
    if not (trouble or tests or errors or ended.late):
        trouble = f"Playwright did not begin: exit code {ended.code}"
    if not (trouble or ended.late or _End in kinds):  # tests that it did not reach have not failed
        trouble = f"Playwright broke off: {ended.signal or f'exit code {ended.code}'}"
    return Report(
        tests=tests,
        played=played,
        errors=errors,
        files=tuple(line for line in lines if isinstance(line, GivenFile)),
        log=next((line.text for line in lines if isinstance(line, _Log)), ""),
        late=ended.late,
        trouble=trouble,
        test_s=ended.wall_s,
    )


def numbered(tests: Iterable[str]) -> tuple[str, ...]:
    """Tell tests with the same words apart: the second is `… #2`, or with the next free number."""
    counts: dict[str, int] = {}
    found: dict[str, None] = {}
    for test in tests:
        name, count = test, counts.get(test, 1)
        while name in found:
            count += 1
            name = f"{test} #{count}"
        counts[test] = count
        found[name] = None
    return tuple(found)


def _status_of(test: _Test | None) -> str:
    if test is None or test.status == "interrupted":
        return MISSING
    if test.status == "skipped":
        return Status.SKIPPED
    return Status.PASSED if test.as_expected and test.status == "passed" else Status.FAILED


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:MOST_REASON_CHARS]


MOST_PICTURE_BYTES = 400_000
MOST_TRACE_BYTES = 2 << 20
MOST_PICTURES = 3
FIRST_PAGE, TRACE, PICTURE = "first-page", "trace.zip", "picture-"
MOST_DIGITS = 9  # of the place of a test
_JPEG, _ZIP = b"\xff\xd8\xff", b"PK\x03\x04"


def first_page_of(files: Sequence[GivenFile]) -> bytes:
    """The picture of the project's first page, as JPEG; empty if there is none that may be kept."""
    found = (_content(file, _JPEG, MOST_PICTURE_BYTES) for file in files if file.name == FIRST_PAGE)
    return next((data for data in found if data is not None), b"")


def kept_files(files: Sequence[GivenFile], places: Sequence[int | None]) -> dict[str, bytes]:
    """Pictures of failed tests, such as `failure-3.jpg` for the third that is judged, and a trace of the first.

    `places` has the place of each test of the runner's list, in its order, among those that are judged, None for none.
    """
    kept: dict[str, bytes] = {}
    for file in files:
        listed = _number(file.name.removeprefix(PICTURE)) if file.name.startswith(PICTURE) else None
        place = None if listed is None or listed >= len(places) else places[listed]
        if file.name == TRACE:
            name, data = TRACE, _content(file, _ZIP, MOST_TRACE_BYTES)
        elif place is not None:
            name, data = f"failure-{place + 1}.jpg", _content(file, _JPEG, MOST_PICTURE_BYTES)
        else:
            continue
        if data is not None and len(kept) <= MOST_PICTURES:
            kept[name] = data
    return kept


def failed_test(name: str, tests: Sequence[str]) -> str:
    """The test that a picture of `kept_files` is of, by its name; "" for any other name."""
    place = name.removeprefix("failure-").removesuffix(".jpg")
    number = _number(place) if name == f"failure-{place}.jpg" else None
    return tests[number - 1] if number is not None and 1 <= number <= len(tests) else ""


def _number(digits: str) -> int | None:
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) <= MOST_DIGITS else None


def _content(file: GivenFile, magic: bytes, most_bytes: int) -> bytes | None:
    try:
        data = base64.b64decode(file.base64, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if data.startswith(magic) and len(data) <= most_bytes else None
