"""Build and test a staged tree in its box, and read what the runner said about the required tests.

Nothing that a candidate's process wrote is believed for being there: the log must be confirmed by the runner's report
where there is one, by its exit code, and by trusted files that are still what was restored.
"""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore.errors import BoxLost, LossCause, ProtocolError
from boxscore.protocols.patch.logs import is_artefact, junit_statuses, parse_log, read_junit, under_required_names
from boxscore.protocols.patch.logs.lines import escape_surrogates
from boxscore.protocols.patch.tree import HOME, Restored, restore, verify
from boxscore.protocols.statuses import Status
from boxscore.protocols.trusted import ending_of, run_trusted
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Box, Completed
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged

BOX_PARSER = "box"
REPORT_BYTES, PARSED_BYTES = 32 << 20, 16 << 20
MAX_STATUSES = 200_000
ENVIRONMENT = {"HOME": HOME, "TMPDIR": "/tmp", "LANG": "C.UTF-8", "PYTHONNOUSERSITE": "1"}  # noqa: S108 - in the box
LEAST_S = 1.0
FAILING = {Status.FAILED, Status.ERROR}

# A data set's own parser, with the log on its standard input. It runs in the box, where nothing is left to be forged
# but its own words, which are decoded strictly.
_PARSE = """
import json, sys
request = json.load(sys.stdin.buffer)
scope = {}
exec(request["source"], scope)
print(json.dumps({str(name): str(status) for name, status in scope["parser"](request["log"]).items()}))
""".strip()
_WORDS = {"pass": Status.PASSED, "fail": Status.FAILED, "skip": Status.SKIPPED}


class SuiteRun(Struct, frozen=True, kw_only=True):
    """What building and testing came to.

    `statuses` are of required tests and others, as far as `log` and report agree. `build_failed` says how a build
    ended if not with 0. `disagreement` says how report and log contradict each other, "" if they do not; `unclean` how
    the runner ended if neither with 0 nor for a test that failed, or that there is no report that can be read: then
    they may not be called a success either, which is nobody's forgery. `changed` lists restored files that are no
    longer what they were, with the digests of what they are now. `cpu_s`, `wall_s` and the `signal` that ended them are
    of the test commands. `stdout` and `stderr` are held for a task's own program, which has yet to read the statuses
    from them.
    """

    log: str
    truncated: bool
    statuses: dict[str, Status]
    exit_code: int | None
    limit: LimitName | None
    changed: tuple[tuple[str, str], ...] = ()
    disagreement: str = ""
    unclean: str = ""
    signal: int | None = None
    build_failed: str = ""
    cpu_s: float | None = None
    wall_s: float = 0.0
    memory_bytes: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""


class _Ready(Struct, frozen=True, kw_only=True):
    """A tree that was built, with the trusted files written over it; `until` is when the instance's time ends."""

    restored: Restored
    until: float
    build_failed: str = ""


def run_staged(box: Box, task: PatchTask, staged: Staged) -> SuiteRun:
    """Build a staged tree, restore the trusted files and run the tests.

    Raises BoxError if the box fails, HarnessError for a task that does not fit its image.
    """
    ready = _build_tree(box, task, staged)
    return ready if isinstance(ready, SuiteRun) else _run_tests(box, task, ready)


def _build_tree(box: Box, task: PatchTask, staged: Staged) -> _Ready | SuiteRun:
    """Build and restore the trusted files; from here on no candidate's code runs before the tests.

    A build that fails is noted and no more: benchmarks have builds that need a network. One that a limit ended is the
    end.
    """
    until = time.monotonic() + task.limits.wall_s
    failed = ""
    if task.build:
        built = _shell(box, task, task.build, until)
        if built.limit is not None:
            log, truncated = _text(built), built.stdout_truncated
            return SuiteRun(log=log, truncated=truncated, statuses={}, exit_code=None, limit=built.limit)
        failed = (
            "" if built.exit_code == 0 else f"the build ended with {ending_of(built)}: {_text(built)[-400:].strip()}"
        )
    return _Ready(restored=restore(box, task, staged), until=until, build_failed=failed)


def _run_tests(box: Box, task: PatchTask, ready: _Ready) -> SuiteRun:
    """Run the tests and read what was said about them."""
    required = (*task.fail_to_pass, *task.pass_to_pass)
    old = () if task.report is None else (f"rm -rf {shlex.quote(task.report)}",)
    done = _shell(box, task, (*old, *task.commands), ready.until)
    log = _text(done)
    apart = task.log_program is not None
    reported, odd = ({}, "") if apart else _statuses(box, task, log)
    statuses, disagreement, lacking = _confirmed(box, task, under_required_names(reported, required), required)
    unclean = odd or lacking or (_unclean_end(done, statuses) if task.rule.reads_exit_code else "")
    return SuiteRun(
        log=log,
        truncated=done.stdout_truncated or done.stderr_truncated,
        statuses=statuses,
        exit_code=done.exit_code,
        limit=done.limit,
        changed=verify(box, task, ready.restored),
        disagreement=disagreement,
        unclean=unclean,
        signal=done.signal,
        build_failed=ready.build_failed,
        cpu_s=done.cpu_s,
        wall_s=done.wall_s,
        memory_bytes=done.memory_bytes,
        stdout=done.stdout if apart else b"",
        stderr=done.stderr if apart else b"",
    )


def _shell(box: Box, task: PatchTask, lines: Sequence[str], until: float) -> Completed:
    """Run lines in one shell, so that what one of them sets holds for the next.

    Output and errors are one stream, unless the task's own program is to have them apart.
    """
    streams = "exec </dev/null" if task.log_program is not None else "exec 2>&1 </dev/null"
    seconds = max(LEAST_S, min(task.command_s, until - time.monotonic()))
    script = "\n".join((streams, f"mkdir -p {shlex.quote(HOME)}", *lines, ""))
    return box.run(
        ["bash", "-c", script],
        env={**ENVIRONMENT, **dict(task.env)},
        cwd=task.image.tree,
        limits=structs.replace(task.limits, wall_s=seconds),
    )


def _text(done: Completed) -> str:
    return (done.stdout + done.stderr).decode(errors="replace")


def _statuses(box: Box, task: PatchTask, log: str) -> tuple[dict[str, Status], str]:
    """Read the log; where a data set's own parser can make nothing of it, say so: trying again would not help."""
    if task.parser != BOX_PARSER:
        return parse_log(task.parser, log), ""
    limits = Limits(cpu_s=120.0, wall_s=600.0, memory_bytes=2 << 30, output_bytes=PARSED_BYTES)
    done = run_trusted(box, _PARSE, {"source": task.parser_source or "", "log": log}, limits)
    if done.limit is LimitName.WALL:  # its cpu limit comes first, unless the machine let it wait
        raise BoxLost("the data set's log parser did not get to run within its wall limit", cause=LossCause.OUTSIDE)
    if done.exit_code != 0:
        return {}, f"the data set's log parser ended with {ending_of(done)}"
    try:
        words = msgspec.json.decode(escape_surrogates(done.stdout), type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}, "the data set's log parser returned something other than statuses"
    if len(words) > MAX_STATUSES:
        return {}, f"the data set's log parser gave {len(words)} statuses"
    return {name: _WORDS[word] for name, word in words.items() if word in _WORDS}, ""


def _confirmed(
    box: Box, task: PatchTask, statuses: Mapping[str, Status], required: Sequence[str]
) -> tuple[dict[str, Status], str, str]:
    """Let the runner's report take away successes that it does not confirm; say how it contradicts them."""
    if task.report is None:
        return dict(statuses), "", ""
    try:
        cases = read_junit(box.get(task.report, max_bytes=REPORT_BYTES))
    except FileNotFoundError:
        return dict(statuses), "", "the runner wrote no report"
    except ProtocolError as error:
        return dict(statuses), "", f"the runner's report cannot be read: {error}"
    reported = junit_statuses(cases, required)
    found = dict(statuses)
    for name, status in reported.items():
        if found.get(name) is Status.PASSED and status is not Status.PASSED:
            found[name] = status
    passed = sum(found.get(name) is Status.PASSED for name in dict.fromkeys(required) if not is_artefact(name))
    confirmed = sum(case.status is Status.PASSED for case in cases)
    if passed > confirmed:
        return found, f"the log has {passed} required tests that passed, the runner's report only {confirmed}", ""
    return found, "", ""


def _unclean_end(done: Completed, statuses: Mapping[str, Status]) -> str:
    """A runner that fails says which test failed; one that ends otherwise broke, was ended, or pretends."""
    if done.exit_code == 0 or any(status in FAILING for status in statuses.values()):
        return ""
    return f"the runner ended with {ending_of(done)}, and no test failed"
