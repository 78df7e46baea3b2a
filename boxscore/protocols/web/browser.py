"""The browser's side of the *web* protocol: which tests a project has, and what a browser saw of it.

Specs run in a box of their own, where nothing of a candidate runs as a process; its pages are all that it has there.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from boxscore import resources
from boxscore.boxes.contract import Completed  # noqa: TC001 - fields of records that are decoded
from boxscore.errors import ProtocolError
from boxscore.invisible import ESCAPE_SEQUENCE
from boxscore.protocols.statuses import Status
from boxscore.protocols.trusted import ending_of
from boxscore.protocols.web.runner import SCRATCH, Order, play
from boxscore.protocols.web.specs import BETWEEN, first_page_of, kept_files, numbered, read_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.web.task import WebTask
    from boxscore.records import Limits


OUTPUT_BYTES = 4 << 20
WALL_S, CPU_S = 60.0, 30.0
MOST_DEPTH = 64  # of nested lists and objects


class ToldModule(Struct, frozen=True, kw_only=True):
    """What one module exports, by name; None if it did not load, and then why. `text` is its source afterwards."""

    path: str
    exports: dict[str, Any] | None
    text: str | None
    problem: str = ""


def told_modules(box: Box, root: str, paths: Sequence[str], limits: Limits) -> dict[str, ToldModule]:
    """Import modules below a folder of the project's box, and return what they claim to export, by their paths.

    A module that is missing or does not load has no `exports`; names that are not plain data are left out.
    Raises BoxError if the box fails.
    """
    program = (resources.folder("sandbox") / "web" / "exports.mjs").read_text(encoding="utf-8")
    done = box.run(
        ["node", "--input-type=module", "-e", program],
        stdin=msgspec.json.encode({"root": root, "paths": list(paths)}),
        limits=structs.replace(limits, wall_s=WALL_S, cpu_s=CPU_S, output_bytes=OUTPUT_BYTES),
    )
    told: dict[str, ToldModule] = {}
    for line in done.stdout.splitlines():
        try:
            module = msgspec.json.decode(line, type=ToldModule)
        except (msgspec.DecodeError, RecursionError):
            continue  # a module may print what it likes
        if module.path in paths and _is_shallow(module.exports, MOST_DEPTH):
            told[module.path] = module
    return told


def _is_shallow(value: object, most: int) -> bool:
    """Whether data is nested no deeper than this: data nested as deep as can be read cannot be written again."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most > 0 and all(_is_shallow(part, most - 1) for part in parts)


def with_written(files: Mapping[str, bytes], told: Mapping[str, ToldModule]) -> dict[str, bytes]:
    """The files that specs see: those of the project, and modules that another module wrote while it was imported.

    A build may have put a folder in the place of a project's file, or a file in that of a folder: then the module is
    left out.
    """
    taken = {*files, *(folder for path in files for folder in _folders(path))}
    written = {
        path: module.text.encode()
        for path, module in told.items()
        if module.text is not None and path not in taken and files.keys().isdisjoint(_folders(path))
    }
    return {**written, **files}


def _folders(path: str) -> list[str]:
    return [str(folder) for folder in PurePosixPath(path).parents]


MOST_LOG_CHARS = 200_000
MOST_OWN_TESTS, MOST_NAME_CHARS = 1_000, 500  # that specs made from a sample's files, and of the name of each
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line feed
# Which only we take. It begins a line: no line is read once for each place in it where one might begin.
_PICTURE = re.compile("^ {4}attachment #[0-9]+: screenshot [^\n]*\n[^\n]*\n {4}\u2500+\n\n?", re.MULTILINE)
_OURS = re.compile(rf"{SCRATCH}/run-[0-9a-f]+/(?:specs/|seen/|ours/)?")


class SpecRun(Struct, frozen=True, kw_only=True):
    """What a run of specs came to.

    `statuses` has each expected test, `MISSING` if it was not reported, and each of `unexpected`: tests that were
    reported but not expected, which is trouble of ours unless specs see a sample's files. Of these at most
    `MOST_OWN_TESTS` are kept, those that failed first. `reasons` has the first line of each failure, `aborted` the
    tests that failed because the browser aborted a page load, `errors` what went wrong outside of tests. `log` is what
    Playwright's line reporter printed, without colours and paths of ours. `files` are pictures of failures and a trace
    of the first, `screenshot` a picture of the first page. `late` says that the runner ran out of time, `trouble` why
    its report is incomplete, "" if it is not. `ended` is how the runner's process ended, with its limits; `test_s` its
    wall time.
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
) -> SpecRun:
    """Run the specs of these steps against what is served at `port` of the browser's box. Raises BoxError.

    `files_seen` are the candidate's files, for specs that read them; `modules` what is known of those that specs
    import. Each expected test is in `statuses`, whatever became of the runner.
    """
    told = modules or {}
    seen = None if files_seen is None else with_written(files_seen, told)
    exports = {path: module.exports for path, module in told.items() if module.exports is not None}
    order = Order(task, tuple(step_names), port, seen, exports)
    done = play(box, order)
    report = read_report(done.stdout)
    own = _own_tests(report.statuses(report.tests), expected)
    names = {**dict(zip(expected, expected, strict=True)), **own}
    statuses = {names[test]: status for test, status in report.statuses(names).items()}
    places = {test: place for place, test in enumerate(names)}
    return SpecRun(
        statuses=statuses,
        unexpected=tuple(own.values()),
        log=readable_log(report.log),
        reasons={names[test]: readable_log(reason) for test, reason in report.reasons().items() if test in names},
        errors=tuple(readable_log(error) for error in report.errors),
        aborted=frozenset(names[test] for test in report.aborted() if test in names),
        files=kept_files(report.files, [places.get(test) for test in report.tests]),
        screenshot=first_page_of(report.files),
        ended=done,
        late=report.late,
        trouble=report.trouble,
        test_s=report.test_s or done.wall_s,
    )


def _own_tests(statuses: Mapping[str, str], expected: Sequence[str]) -> dict[str, str]:
    """Name the tests that were not expected, whose titles may come from files of the sample, and hold anything.

    Each gets a readable name of its own, so that none hides another or an expected test. Of too many, the first that
    failed in each file is kept before all others.
    """
    known, before = frozenset(expected), Counter[tuple[bool, str]]()
    ranks: dict[str, tuple[bool, int]] = {}
    for test in statuses:
        if test not in known:
            passed, file = statuses[test] == Status.PASSED, test.partition(BETWEEN)[0]
            before[passed, file] += 1
            ranks[test] = passed, before[passed, file]
    kept = sorted(ranks, key=ranks.__getitem__)[:MOST_OWN_TESTS]
    return dict(zip(kept, numbered((*expected, *map(_name, kept)))[len(expected) :], strict=True))


def _name(test: str) -> str:
    name = readable_log(test)
    return name if len(name) <= MOST_NAME_CHARS else f"{name[:MOST_NAME_CHARS]}…"


def readable_log(text: str) -> str:
    """Strip terminal control and paths of ours from what Playwright printed; cut the middle of a long text."""
    plain = _PICTURE.sub("", _OURS.sub("", _CONTROLS.sub("", ESCAPE_SEQUENCE.sub("", text))))
    if len(plain) <= MOST_LOG_CHARS:
        return plain
    half = MOST_LOG_CHARS // 2
    return f"{plain[:half]}\n… {len(plain) - 2 * half} characters left out …\n{plain[-half:]}"
