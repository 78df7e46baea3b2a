"""`boxscore validate` for benchmarks of patches: run the tests before and after the reference, and sort them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.cli.output import print_lines, print_table
from boxscore.errors import BoxError
from boxscore.protocols.patch.observe import Lists, Seen, observe, sort_out
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.interrupt import StopSignal
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.canaries.run import Canaries, CanaryVerdict
    from boxscore.protocols.patch.task import PatchTask

BEFORE, GOLD = "before", "gold"
NAMED = 5


class PatchLists(Lists, frozen=True, kw_only=True):
    """The tests of an instance as they were found, and the problems with it, each after `before: ` or `gold: `.

    `canaries` counts the negated twins that failed, as they must, in a run on the reference; None where there are
    none, and `canaries_reason` says why.
    """

    instance_id: str
    canaries: int | None = None
    canaries_reason: str = ""
    problems: tuple[tuple[str, str], ...] = ()


class Tools(Struct, frozen=True, kw_only=True):
    """What a validation works with; each worker opens boxes of its own."""

    open_boxes: Callable[[], Boxes]
    canaries: Canaries
    stop: StopSignal
    workers: int
    say: Callable[[str], object]


def validate_patches(tasks: Mapping[str, PatchTask], repeats: int, tools: Tools) -> list[PatchLists] | None:
    """Find the lists of each instance; None if it was interrupted. Raises SandboxUnavailable."""
    with ThreadPoolExecutor(tools.workers, thread_name_prefix="boxscore-validate") as pool:
        futures = [pool.submit(_validated, name, task, repeats, tools) for name, task in tasks.items()]
        try:
            found = [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    complete = [one for one in found if one is not None]
    return complete if len(complete) == len(found) else None


def _validated(instance_id: str, task: PatchTask, repeats: int, tools: Tools) -> PatchLists | None:
    boxes = tools.open_boxes()
    before, after = list[Seen](), list[Seen]()
    for _ in range(repeats):
        for runs, patch in ((before, None), (after, task.reference)):
            if tools.stop.draining():
                return None
            if runs is before or patch is not None:
                runs.append(observe(boxes, task, patch))
    lists = sort_out(task, before, after) if after else Lists()
    canary, forged = _canary_run(boxes, task, tools) if after else (None, "")
    problems = [*_problems(before, after), *([(GOLD, forged)] if forged else []), *_differences(lists)]
    found = PatchLists(
        instance_id=instance_id,
        **{name: getattr(lists, name) for name in Lists.__struct_fields__},
        canaries=None if canary is None else canary.count,
        canaries_reason="" if canary is None else canary.reason,
        problems=tuple(problems),
    )
    tools.say(f"{instance_id}: {_counts(found)}{'' if problems else ', as recorded' if after else ', no reference'}")
    return found


def _canary_run(boxes: Boxes, task: PatchTask, tools: Tools) -> tuple[CanaryVerdict | None, str]:
    try:
        image = boxes.find_image(task.image)
        known = tools.canaries.known(task, image=image, open_box=lambda: boxes.open(task))
        verdict = tools.canaries.check(task, task.reference or "", known, open_box=lambda: boxes.open(task))
    except BoxError as error:
        return None, f"its canaries could not be run: {error}"
    return verdict, verdict.forged and f"its canaries: {verdict.forged}"


def _problems(before: Sequence[Seen], after: Sequence[Seen]) -> list[tuple[str, str]]:
    """What is wrong with runs by themselves, each once: gold must pass, and without it all must end but not pass."""
    problems = dict[tuple[str, str], None]()
    for seen in before:
        if seen.outcome is Outcome.INTERNAL:
            problems[BEFORE, f"could not be run: {seen.reason}"] = None
        elif seen.outcome is Outcome.PASSED:
            problems[BEFORE, "passes without the reference"] = None
    for seen in after:
        if seen.outcome is Outcome.INTERNAL:
            problems[GOLD, f"could not be run: {seen.reason}"] = None
        elif seen.outcome is not Outcome.PASSED:
            problems[GOLD, f"gold does not pass: {seen.outcome} {seen.reason}"] = None
    return list(problems)


def _differences(lists: Lists) -> list[tuple[str, str]]:
    said = (
        ("flaky", lists.flaky, "runs disagree on"),
        ("lists", lists.lost, "recorded in a list in which they were not found:"),
        ("lists", lists.new, "found in a list in which they are not recorded:"),
    )
    return [(what, f"{text} {_some(tests)}") for what, tests, text in said if tests]


def _some(tests: Sequence[str]) -> str:
    more = f" and {len(tests) - NAMED} more" if len(tests) > NAMED else ""
    return f"{len(tests)} tests: {', '.join(tests[:NAMED])}{more}"


def _counts(found: Lists) -> str:
    return f"FAIL_TO_PASS {len(found.fail_to_pass)}, PASS_TO_PASS {len(found.pass_to_pass)}, flaky {len(found.flaky)}"


def print_patches(found: Sequence[PatchLists]) -> None:
    """Print a line for each instance, or all the tests of a single one."""
    if len(found) == 1:
        for name in ("fail_to_pass", "pass_to_pass", "flaky"):
            tests = getattr(found[0], name)
            print_lines([f"{name.upper()} {len(tests)}", *(f"  {test}" for test in tests)])
        return
    print_table(
        ("instance", "FAIL_TO_PASS", "PASS_TO_PASS", "flaky", "lost", "new", "canaries"),
        [
            (
                one.instance_id,
                *(str(len(getattr(one, name))) for name in Lists.__struct_fields__),
                str(one.canaries) if one.canaries is not None else f"none: {one.canaries_reason}",
            )
            for one in found
        ],
    )
