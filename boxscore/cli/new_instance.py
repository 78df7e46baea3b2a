"""`boxscore instances new`: read a fix, build its image, run its tests before and after, and write its row."""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from msgspec import Struct
from msgspec.structs import replace

from boxscore.audit.grading import observe
from boxscore.checks import Count, first_of
from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, print_json, print_lines, say
from boxscore.cli.validate import protection_lines
from boxscore.data.plugin_calls import make_task
from boxscore.data.rows import read_bytes, read_text
from boxscore.errors import BoxError, SandboxUnavailable, UsageError
from boxscore.images import instances as images
from boxscore.instances.draft import (
    FixSource,
    InstanceDraft,
    archive_name,
    check_place,
    gold_file,
    known_rows,
    lines_of,
    make_draft,
    objects_of,
    of_the_future,
    refuse_known,
    row_of,
    write_row,
)
from boxscore.instances.repository import Repository
from boxscore.instances.sources import EnvironmentOptions
from boxscore.interrupt import stop_on_signals
from boxscore.option import option
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.boxes import Boxes, ImageFinder
from boxscore.protocols.patch.logs import parser_names
from boxscore.protocols.patch.observe import BEFORE, GOLD, PatchLists, observed_task
from boxscore.protocols.patch.task import PatchDetail, PatchTask
from boxscore.records import Evidence, Outcome, Trust
from boxscore.report.numbers import counted
from boxscore.run.prepare import choose_backend, load_benchmark
from boxscore.run.request import Request, Timeout, Workers

if TYPE_CHECKING:
    from boxscore.audit.grading import Observation
    from boxscore.interrupt import Stop
    from boxscore.run.prepare import Benchmark

LISTED = 5
MAX_FILE_BYTES = 8 << 20


class NewOptions(Struct, frozen=True, kw_only=True):
    """What `boxscore instances new` was asked."""

    repo: Annotated[Path, option("--repo", "A git repository.", metavar="DIR")]
    base: Annotated[str | None, option("--base", "The commit before the fix.", metavar="SHA")] = None
    patch: Annotated[Path | None, option("--patch", "The fix, as a diff.", metavar="FILE")] = None
    test_patch: Annotated[Path | None, option("--test-patch", "Its tests, as a diff.", metavar="FILE")] = None
    span: Annotated[
        str | None,
        option(
            "--range",
            "Commits of a fix and its tests, in place of --base, --patch and --test-patch.",
            metavar="BASE..HEAD",
        ),
    ] = None
    statement: Annotated[
        Path | None,
        option("--statement", "The problem statement.  [default: the commit messages of the range]", metavar="FILE"),
    ] = None
    file: Annotated[Path, option("--file", "The JSON Lines file to add the instance to.", metavar="FILE")]
    name: Annotated[str | None, option("--id", "The id of the instance.", metavar="ID")] = None
    test_paths: Annotated[
        tuple[str, ...],
        option("--test-path", "Also treat files that match this pattern as tests; may be repeated.", metavar="PATTERN"),
    ] = ()
    python: Annotated[str | None, option("--python", "The version of Python.", metavar="X.Y")] = None
    install: Annotated[
        tuple[str, ...],
        option("--install", "Install with this, instead of what is detected; may be repeated.", metavar="COMMAND"),
    ] = ()
    build: Annotated[
        tuple[str, ...],
        option("--build", "Run this after each patch, before the tests; may be repeated.", metavar="COMMAND"),
    ] = ()
    test_command: Annotated[
        str | None,
        option(
            "--test-command",
            "Run the tests with this; {tests} stands for the files of the test patch.",
            metavar="COMMAND",
        ),
    ] = None
    parser: Annotated[str | None, option("--parser", "The parser of the test log.", metavar="NAME")] = None
    requirements: Annotated[
        tuple[Path, ...],
        option("--requirements", "Also install what this file of yours lists; may be repeated.", metavar="FILE"),
    ] = ()
    date: Annotated[
        str | None, option("--date", "Install packages as of this day (YYYY-MM-DD), none newer.", metavar="DATE")
    ] = None
    dockerfile: Annotated[
        Path | None,
        option(
            "--dockerfile", "Install with these Dockerfile instructions, instead of what is detected.", metavar="FILE"
        ),
    ] = None
    repeat: Annotated[Count, option("--repeat", "How often to run the tests, before and after.", metavar="R")] = 3
    replaces: Annotated[bool, option("--replace", "Replace an instance of the same id in the file.")] = False
    workers: Workers = None
    cpu_s: Timeout = None
    json: Json = False


class NewInstance(Struct, frozen=True, kw_only=True):
    """A new instance, as it is reported."""

    instance_id: str
    file: str
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    flaky: tuple[str, ...]
    evidence: Evidence
    trust: Trust | None
    image: str
    objects: int
    objects_of_the_future: int
    rounds: int


@command("instances new")
def new_command(options: NewOptions) -> int:
    """Make an instance from a fix: build, test before and after, write its row."""
    if options.file.suffix != ".jsonl":
        raise UsageError(f"--file {options.file} must end in .jsonl: by that other commands know it as a benchmark")
    check_place(options.file)
    asked, given = _fix_source(options), _environment_options(options)
    say(f"1 of 4: reading the fix in {options.repo}")
    with tempfile.TemporaryDirectory() as scratch:
        draft = make_draft(Repository(options.repo, Path(scratch)), asked, given)
        refuse_known(known_rows(options.file), draft.instance_id, options.file, replaces=options.replaces)
        _print_draft(draft, asked)
        with stop_on_signals(say) as stop:
            made = _make(draft, options, Path(scratch), stop)
        if made is None:
            return stop.exit_code
    _show(*made, options)
    return OK


def _make(
    draft: InstanceDraft, options: NewOptions, scratch: Path, stop: Stop
) -> tuple[NewInstance, PatchLists] | None:
    """Build, run the tests and write the row; return also what grading it has shown. None if that was interrupted."""
    request = Request(benchmark="own", backend="docker", cpu_s=options.cpu_s, workers=options.workers)
    bench = _Bench(draft, request, scratch)
    say("2 of 4: building its image, which takes minutes where the environment is new")
    image = _build_image(bench.task)
    objects, future = _prove_history(bench.task, draft)
    say(f"3 of 4: running its tests {counted(options.repeat, 'time')} before and after the fix")
    lists = bench.lists(options.repeat, stop)
    if lists is None:
        return None
    found = {name: getattr(lists, name) for name in ("fail_to_pass", "pass_to_pass", "flaky")}
    row = row_of(draft, archive_name(draft, options.file), found)
    cast("dict[str, object]", row["boxscore"])["rounds"] = options.repeat
    bench.write(row_of(draft, archive_name(draft, bench.file), found))
    confirmed = bench.confirmed(stop)
    if confirmed is None:
        return None
    write_row(options.file, row, draft.archive, replaces=options.replaces)
    protection = ("evidence", "trust")
    made = NewInstance(
        instance_id=draft.instance_id,
        file=str(options.file),
        **found,
        **{name: getattr(confirmed, name) for name in protection},
        image=image,
        objects=len(objects),
        objects_of_the_future=len(future),
        rounds=options.repeat,
    )
    return made, confirmed


class _Bench:
    """A benchmark of the one instance that is being made: its file, and its tests as grading runs them."""

    def __init__(self, draft: InstanceDraft, request: Request, scratch: Path) -> None:
        self.file = scratch / "draft.jsonl"
        self._draft, self._request = draft, replace(request, data=self.file)
        place = scratch / archive_name(draft, self.file)
        place.parent.mkdir()
        place.write_bytes(draft.archive)
        self.write(row_of(draft, archive_name(draft, self.file)))

    def write(self, row: dict[str, object]) -> None:
        """Write the row of the instance, and load its task again."""
        self.file.write_bytes(lines_of([row]))
        self._benchmark: Benchmark = load_benchmark(self._request)
        task = make_task(self._benchmark.harness, self._benchmark.asked[0])
        self.task = narrowed(task, PatchTask, self._draft.instance_id)

    def lists(self, repeat: int, stop: Stop) -> PatchLists | None:
        """Run the tests before and after the fix; None if that was interrupted. Raises UsageError without lists."""
        seen = self._observe(repeat, stop)
        if seen is None:
            return None
        found = cast("PatchLists", seen.found[self._draft.instance_id].record)
        refuse_without_lists(self._draft, seen, found)
        return found

    def confirmed(self, stop: Stop) -> PatchLists | None:
        """Grade the instance as its row now is: gold must pass, and the base must not."""
        say("4 of 4: grading its reference and its base as any sample, and finding out what a pass is worth")
        seen = self._observe(1, stop)
        if seen is None:
            return None
        found = seen.found[self._draft.instance_id]
        if found.problems:
            raise UsageError(
                f"{self._draft.instance_id} was not written: {'; '.join(text for _, text in found.problems)}"
                f"{_logs(seen)}"
            )
        return cast("PatchLists", found.record)

    def _observe(self, repeat: int, stop: Stop) -> Observation | None:
        task = observed_task(self.task)
        given = {self._draft.instance_id: (task, {BEFORE: "", GOLD: self._draft.fix.source})}
        return observe(self._request, self._benchmark, given, repeat, stop, say=say, keep_all=True)


def _build_image(task: PatchTask) -> str:
    """Build and check the image. Raises SandboxUnavailable, whose message begins with the cause."""
    (info,) = images.ensure_instance_images([task.image], say=say)
    if info.error:
        raise SandboxUnavailable(
            f"the image could not be built: {info.error}",
            details=["--install, --requirements, --python, --date and --dockerfile change how it is built"],
        )
    (check,) = images.check_instance_images([task.image])
    if not check.ok:
        raise SandboxUnavailable(f"{info.reference} is not as it must be: {'; '.join(check.problems)}")
    return info.reference


def _prove_history(task: PatchTask, draft: InstanceDraft) -> tuple[set[str], set[str]]:
    """List the objects in the image's repository. Raises BoxError if one is of a later commit."""
    backend = choose_backend(Request(benchmark="own", backend="docker"))
    with Boxes(backend, ImageFinder(backend)).open(task) as box:
        objects = objects_of(box, task)
    future = of_the_future(objects, draft.later)
    if future:
        raise BoxError(f"the image has objects of later commits: {', '.join(sorted(future)[:LISTED])}")
    return objects, future


def refuse_without_lists(draft: InstanceDraft, seen: Observation, found: PatchLists) -> None:
    """Raise UsageError where the tests do not tell the fix from the base, and say what they did."""
    results = [one for (_, sample), one in seen.results.items() if sample.startswith(GOLD)]
    before = [one for (_, sample), one in seen.results.items() if sample.startswith(BEFORE)]
    lost = next((one for one in (*before, *results) if one.outcome is Outcome.INTERNAL), None)
    if lost is not None:
        raise BoxError(f"the tests of {draft.instance_id} could not be run: {lost.reason}")
    if found.fail_to_pass:
        return
    details = [PatchDetail.of(one) or PatchDetail() for one in results]
    reported = {test: status for one in details for test, status in one.reported.items()}
    name, logs = draft.instance_id, _logs(seen)
    if found.flaky and not found.pass_to_pass:
        text = f"no test of {name} is stable: {first_of(found.flaky, LISTED)} passed in some runs only"
    elif found.pass_to_pass:
        passing = f"{len(found.pass_to_pass)} tests pass with the patch and without it, such as {found.pass_to_pass[0]}"
        text = f"no test fails before the patch: {passing}; the test patch must have a test that shows the bug"
    elif reported:
        kinds = ", ".join(f"{test} {status}" for test, status in list(reported.items())[:LISTED])
        text = f"all tests fail after the patch: none that was reported passed ({kinds})"
    else:
        said = next((f"{one.outcome}: {one.reason}" for one in results), "nothing ran")
        text = f"no test was reported ({said}); try --test-command, and --parser for its log"
    raise UsageError(f"{text}{logs}")


def _logs(seen: Observation) -> str:
    place = next(iter(seen.logs.values()), None)
    return "" if place is None else f"; logs: {place.parent}"


def _fix_source(options: NewOptions) -> FixSource:
    apart = (options.base, options.patch, options.test_patch)
    if options.span is None and None in apart:
        raise UsageError("name the fix: --base with --patch and --test-patch, or --range BASE..HEAD")
    if options.span is not None and any(one is not None for one in apart):
        raise UsageError("--range already gives base, patch and test patch: give either --range or the other three")
    return FixSource(
        base=options.base,
        span=options.span,
        patch=None if options.patch is None else read_bytes(options.patch, MAX_FILE_BYTES),
        test_patch=None if options.test_patch is None else read_bytes(options.test_patch, MAX_FILE_BYTES),
        statement=None if options.statement is None else read_text(options.statement, MAX_FILE_BYTES),
        instance_id=options.name,
        test_paths=options.test_paths,
    )


def _environment_options(options: NewOptions) -> EnvironmentOptions:
    if options.python is not None and not re.fullmatch(r"\d+\.\d+", options.python):
        raise UsageError(f"--python {options.python!r} must be X.Y, such as 3.11")
    if options.parser is not None and options.parser not in parser_names():
        raise UsageError(f"--parser {options.parser!r} is none of {', '.join(parser_names())}")
    if options.date is not None:
        try:
            date.fromisoformat(options.date)
        except ValueError as error:
            raise UsageError(f"--date {options.date!r} must be YYYY-MM-DD") from error
    lines = (line.strip() for path in options.requirements for line in read_text(path, MAX_FILE_BYTES).splitlines())
    return EnvironmentOptions(
        python=options.python,
        install=options.install,
        build=options.build,
        test_command=options.test_command,
        parser=options.parser,
        requirements=tuple(line for line in lines if line and not line.startswith("#")),
        date=options.date,
        dockerfile=None if options.dockerfile is None else read_text(options.dockerfile, MAX_FILE_BYTES),
    )


def _print_draft(draft: InstanceDraft, asked: FixSource) -> None:
    """Say what was found before anything is built."""
    say(f"{draft.instance_id}: {draft.repo} at {draft.base[:12]}")
    say(f"source: {first_of(draft.fix.source_files, LISTED)}")
    say(f"tests: {first_of(draft.fix.test_files, LISTED)}")
    say(f"environment: {', '.join(draft.environment.found)}")
    for line in draft.environment.commands:
        say(f"  {line}")
    if asked.statement is None:
        say("the problem statement is the commit messages, which may give the fix away: --statement replaces it")
    if draft.left_out:
        say(f"submodules are left out: {first_of(draft.left_out, LISTED)}")


def _show(made: NewInstance, confirmed: PatchLists, options: NewOptions) -> None:
    if options.json:
        print_json(made)
        return
    for name in ("fail_to_pass", "pass_to_pass", "flaky"):
        tests = getattr(made, name)
        shown = tests[:LISTED]
        more = [f"  and {len(tests) - LISTED} more"] if len(tests) > LISTED else []
        print_lines([f"{name.upper()} {len(tests)}", *(f"  {test}" for test in shown), *more])
    history = f"history 1 commit, {made.objects} objects, {made.objects_of_the_future} of later commits"
    print_lines([*protection_lines(confirmed), history])
    say(f"added {made.instance_id} to {options.file}, its references to {gold_file(options.file)}")
    say(f"next: boxscore grade {_as_path(options.file)} -p predictions.jsonl")


def _as_path(path: Path) -> str:
    return f"./{path}" if len(path.parts) == 1 else str(path)
