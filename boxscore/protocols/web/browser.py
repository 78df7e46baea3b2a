"""The browser's side of the *web* protocol: which tests a project has, and what a browser saw of it.

Specs run in a box of their own, where nothing of a candidate runs as a process; its pages are all that it has there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.contract import Completed  # noqa: TC001 - a field of a record
from boxscore.errors import ProtocolError
from boxscore.invisible import ESCAPE_SEQUENCE
from boxscore.protocols.trusted import ending_of
from boxscore.protocols.web.modules import with_written
from boxscore.protocols.web.pictures import first_page_of, kept_files
from boxscore.protocols.web.runner import SCRATCH, Order, play
from boxscore.protocols.web.specs import numbered, read_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.web.modules import ToldModule
    from boxscore.protocols.web.task import WebTask

MOST_LOG_CHARS = 200_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line feed
_PICTURE = re.compile(" {4}attachment #[0-9]+: screenshot [^\n]*\n[^\n]*\n {4}\u2500+\n\n?")  # which only we take
_OURS = re.compile(rf"{SCRATCH}/run-[0-9a-f]+/(?:specs/|seen/|ours/)?")


class SpecRun(Struct, frozen=True, kw_only=True):
    """What a run of specs came to.

    `statuses` has each expected test, `MISSING` if it was not reported, and each of `unexpected`: tests that were
    reported but not expected, which is trouble of ours unless specs see a sample's files. `reasons` has the first line
    of each failure, `aborted` the tests that failed because the browser aborted a page load, `errors` what went wrong
    outside of tests. `log` is what Playwright's line reporter printed, without colours and paths of ours. `files` are
    pictures of failures and a trace of the first, `screenshot` a picture of the first page. `late` says that the runner
    ran out of time, `trouble` why its report is incomplete, "" if it is not. `ended` is how the runner's process ended,
    with its limits; `test_s` its wall time.
    """

    statuses: dict[str, str]
    unexpected: tuple[str, ...] = ()
    log: str = ""
    reasons: dict[str, str] = {}
    errors: tuple[str, ...] = ()
    aborted: frozenset[str] = frozenset()
    files: dict[str, bytes] = {}
    screenshot: bytes = b""
    ended: Completed
    late: bool = False
    trouble: str = ""
    test_s: float = 0.0


def expected_ids(
    box: Box, task: WebTask, step_names: Sequence[str], *, files_seen: Mapping[str, bytes] | None = None
) -> tuple[str, ...]:
    """List the tests of these steps, in order, with Playwright. No server need run.

    `files_seen` are files of the project, such as its reference, for specs that generate tests from them.
    Raises ProtocolError if specs cannot be listed, BoxError if the box fails.
    """
    done = play(box, Order(task, tuple(step_names), task.port, files_seen, listing=True))
    report = read_report(done.stdout)
    if report.trouble or report.errors or report.late or not report.tests:
        why = report.trouble or "; ".join(report.errors) or ending_of(done)
        raise ProtocolError(f"the specs of {task.steps[-1].name} cannot be listed: {why[:1000]}")
    return report.tests


def run_specs(  # noqa: PLR0913 - what is run, against what, and what is expected
    box: Box,
    task: WebTask,
    step_names: Sequence[str],
    *,
    expected: Sequence[str],
    port: int,
    files_seen: Mapping[str, bytes] | None = None,
    modules: Mapping[str, ToldModule] | None = None,
    specs: Sequence[str] | None = None,
) -> SpecRun:
    """Run the specs of these steps against what is served at `port` of the browser's box. Raises BoxError.

    `files_seen` are the candidate's files, for specs that read them; `modules` what is known of those that specs
    import. With `specs`, only these spec files are run, and no pictures are taken. Each expected test is in `statuses`,
    whatever became of the runner.
    """
    told = modules or {}
    seen = None if files_seen is None else with_written(files_seen, told)
    exports = {path: module.exports for path, module in told.items() if module.exports is not None}
    order = Order(task, tuple(step_names), port, seen, exports, specs=None if specs is None else tuple(specs))
    done = play(box, order)
    report = read_report(done.stdout)
    others = _readable(report.tests, expected)
    statuses, reasons = report.statuses((*expected, *others)), report.reasons()
    return SpecRun(
        statuses={others.get(test, test): status for test, status in statuses.items()},
        unexpected=tuple(others.values()),
        log=readable_log(report.log),
        reasons={others.get(test, test): readable_log(reason) for test, reason in reasons.items()},
        errors=tuple(readable_log(error) for error in report.errors),
        aborted=frozenset(others.get(test, test) for test in report.aborted()),
        files=kept_files(report.files, report.tests),
        screenshot=first_page_of(report.files),
        ended=done,
        late=report.late,
        trouble=report.trouble,
        test_s=report.test_s or done.wall_s,
    )


def _readable(tests: Sequence[str], expected: Sequence[str]) -> dict[str, str]:
    """Name the tests that were not expected, whose titles may come from files of the sample, and hold anything.

    Each gets a readable name of its own, so that none hides another or an expected test.
    """
    known = frozenset(expected)
    others = [test for test in tests if test not in known]
    names = numbered((*expected, *map(readable_log, others)))
    return dict(zip(others, names[len(expected) :], strict=True))


def readable_log(text: str) -> str:
    """Strip terminal control and paths of ours from what Playwright printed; cut the middle of a long text."""
    plain = _PICTURE.sub("", _OURS.sub("", _CONTROLS.sub("", ESCAPE_SEQUENCE.sub("", text))))
    if len(plain) <= MOST_LOG_CHARS:
        return plain
    half = MOST_LOG_CHARS // 2
    return f"{plain[:half]}\n… {len(plain) - 2 * half} characters left out …\n{plain[-half:]}"
