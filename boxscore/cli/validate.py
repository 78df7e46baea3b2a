"""`boxscore validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from boxscore.audit.validate import Validation, validate
from boxscore.checks import Count, first_of
from boxscore.cli.options import PLACE, Json, command
from boxscore.cli.output import OK, UNMET, print_json, print_lines, print_table, say, say_unpublished, say_warnings
from boxscore.interrupt import stop_on_signals
from boxscore.option import option
from boxscore.protocols.blind.learn import NOTHING_HIDDEN, NOTHING_NEW
from boxscore.protocols.patch.observe import Lists, PatchLists
from boxscore.report.numbers import counted
from boxscore.run.prepare import load_benchmark, place_notices
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


FEW = 3  # tests that are named


@command("validate", request=("only", *PLACE, "out", "keep_bytes"))
def validate_command(
    request: Request,
    *,
    repeats: Annotated[
        Count | None,
        option("-n --repeats --repeat", "How often all of it is run: 2 times, patches 3 times.", metavar="N"),
    ] = None,
    json: Json = False,
) -> int:
    """Check a benchmark: gold passes, empty fails, repeats agree."""
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    say_warnings(place_notices(request, benchmark))
    with stop_on_signals(say) as stop:
        found = validate(request, benchmark, repeats, stop, say=say)
    if found is None:
        return stop.exit_code
    _show(found, json=json)
    return UNMET if found.problems else OK


def _show(found: Validation, *, json: bool) -> None:
    if json:
        print_json(found)
        return
    if found.patches:
        print_patches(found.patches)
    if found.problems:
        print_table(
            ("instance", "sample", "problem"),
            [(one.instance_id, one.sample_id, one.problem) for one in found.problems],
        )
    if found.unresolvable:
        rows = [(one.instance_id, one.cause) for one in found.unresolvable]
        print_table(("cannot be resolved here", "cause"), rows)
        say(f"no sample of {counted(len(rows), 'instance')} is charged here, since not even the reference resolves it")
    say(
        f"{found.benchmark}: {counted(found.instances, 'instance')}, {found.without_reference} without a reference, "
        f"{counted(found.repeats, 'round')}, {counted(len(found.problems), 'problem')}"
    )


def print_patches(found: Sequence[PatchLists]) -> None:
    """Print a line for each instance, or all the tests of a single one and how well its verdicts are protected."""
    if len(found) == 1:
        for name in ("fail_to_pass", "pass_to_pass", "flaky"):
            tests = getattr(found[0], name)
            print_lines([f"{name.upper()} {len(tests)}", *(f"  {test}" for test in tests)])
        print_lines(protection_lines(found[0]))
        return
    print_table(
        ("instance", "FAIL_TO_PASS", "PASS_TO_PASS", "flaky", "lost", "new", "trust", "evidence"),
        [
            (
                one.instance_id,
                *(str(len(getattr(one, name))) for name in Lists.__struct_fields__),
                one.trust.value if one.trust is not None else "-",
                one.evidence.in_words or "-",
            )
            for one in found
        ],
    )


def protection_lines(found: PatchLists) -> Iterator[str]:
    """Say at which level the reference passed, why, and which tests would earn more; nothing where it did not pass."""
    if found.trust is None:
        return
    why = f": {found.evidence.in_words}" if found.evidence.in_words else ""
    yield f"trust {found.trust}{why}"
    if any(text in found.evidence.reason for text in (NOTHING_HIDDEN, NOTHING_NEW)):
        yield f"  for `blind`: let {first_of(found.fail_to_pass, FEW)} expect a value of some letters or digits that"
        yield "  stands neither in the repository nor in the statement, and that the code before the fix does not give"
