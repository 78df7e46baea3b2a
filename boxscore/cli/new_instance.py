"""`boxscore instances new`: read a fix, build its image, run its tests before and after, and write its row."""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Struct

from boxscore.audit.new_instance import LISTED, NewInstance, NewRow, make_instance
from boxscore.checks import Count, first_of
from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, print_json, print_lines, say
from boxscore.cli.validate import protection_lines
from boxscore.data.rows import read_bytes, read_text
from boxscore.errors import UsageError
from boxscore.instances.draft import (
    FixSource,
    InstanceDraft,
    check_place,
    gold_file,
    known_rows,
    make_draft,
    refuse_known,
)
from boxscore.instances.repository import Repository
from boxscore.instances.sources import EnvironmentOptions
from boxscore.interrupt import stop_on_signals
from boxscore.option import option
from boxscore.protocols.patch.logs import parser_names
from boxscore.protocols.patch.observe import PatchLists
from boxscore.run.request import Request, Timeout, Workers

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
            request = Request(benchmark="own", backend="docker", cpu_s=options.cpu_s, workers=options.workers)
            row = NewRow(file=options.file, repeat=options.repeat, replaces=options.replaces)
            made = make_instance(draft, row, request, Path(scratch), stop, say=say)
        if made is None:
            return stop.exit_code
    _show(*made, options)
    return OK


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
