"""What is shown of a sample when its row is opened: verdict, tests, code, what it printed, and how it came about.

All texts are of a candidate, a model or a benchmark: they are bounded, and shown as text.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.page.diffs import answer_diff, patch_sections
from boxscore.page.pictures import MAX_FILE_BYTES, FileRoom
from boxscore.page.records import Details, Diff
from boxscore.page.stages import changes_section, tasks_section
from boxscore.page.steps import MAX_PROMPT_MESSAGES, prompt_of, trajectory_section
from boxscore.page.texts import Room, cell
from boxscore.protocols.registry import drawing_of, summary_of
from boxscore.protocols.shows import Case, Cases, Drawing, Fact, Facts, Stages, Summary, Text
from boxscore.records import Outcome, SampleKind
from boxscore.report.numbers import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.agents.contract import Draft
    from boxscore.agents.trajectory import Document
    from boxscore.page.records import DiffFile, Section
    from boxscore.provenance import StoredSample
    from boxscore.records import Limits, Result
    from boxscore.sampling.records import Attempt

MAX_CODE_BYTES = 96 << 10
MAX_OUTPUT_BYTES = 64 << 10
MAX_PROMPT_BYTES = 48 << 10
MAX_CASES = 300
MAX_DRAFT_BYTES, MAX_DRAFTS = 24 << 10, 12  # whose changes are shown


class Shown(Struct, frozen=True, kw_only=True):
    """All that is known of a sample. `prompt` is the benchmark's, for a sample whose own messages are not there.

    `file_bytes` bounds what is shown of its pictures and traces.
    """

    sample: StoredSample
    result: Result | None = None
    attempt: Attempt | None = None
    trajectory: Document | None = None
    trouble: str = ""
    amounts: Mapping[str, float] = {}
    prompt: Sequence[Mapping[str, str]] = ()
    flaky: bool = False
    file_bytes: int = MAX_FILE_BYTES


def details_of(shown: Shown) -> Details:
    """Make the sections of a sample, the most telling first."""
    room = Room()
    result = shown.result
    summary = Summary() if result is None else summary_of(result)
    drawing = Drawing() if result is None else drawing_of(result, shown.sample.text)
    made = [*_verdict(result, summary, flaky=shown.flaky), *_cases(shown, drawing, room)]
    made += _answer(shown, summary, drawing, room)
    made += _printed(result, drawing, room)
    if not summary.stages:  # of a project each draft is one more attempt at a task, which the strip has
        made += _drafts(shown, room)
    made += _asked(shown, room)
    if shown.trajectory is not None:
        made.append(trajectory_section(shown.trajectory, room))
    made += [*_agent(shown), *_usage(shown), *_conditions(shown.result)]
    return Details(sections=tuple(made))


def _verdict(result: Result | None, summary: Summary, *, flaky: bool) -> Iterator[Section]:
    if result is None:
        yield _facts("Verdict", [("outcome", "not graded yet")])
        return
    rows = [
        ("outcome", result.outcome.value),
        ("reason", cell(result.reason)),
        ("test that decided", cell(summary.decided or _failed_part(result) or "")),
        ("exception", cell(result.error_type or "")),
        ("limit", "" if result.limit is None else result.limit.value),
        ("trust", "-" if result.level is None else result.level.value),
        ("evidence", cell(result.evidence)),
        ("time", _seconds(result.wall_s)),
        ("cpu time", _seconds(result.cpu_s)),
        ("memory", "" if result.memory_bytes is None else f"{result.memory_bytes / 2**20:,.1f} MiB"),
        ("attempts", str(result.attempts) if result.attempts > 1 else ""),
        ("graded for", "" if result.copied_from is None else f"sample {cell(result.copied_from)}, with the same code"),
        ("flaky", "the same text came out differently" if flaky else ""),
        ("not charged", "the instance's reference does not resolve here" if result.unresolvable else ""),
    ]
    yield _facts("Verdict", rows)


def _failed_part(result: Result) -> str | None:
    """The first part that came to what the sample did; none of one that passed, whatever decides nothing."""
    if result.outcome is Outcome.PASSED:
        return None
    return next((part for part, outcome in result.parts.items() if outcome is result.outcome), None)


def _cases(shown: Shown, drawing: Drawing, room: Room) -> Iterator[Section]:
    """What the protocol shows, and the parts that are scored apart."""
    result = shown.result
    for one in drawing.sections:
        if isinstance(one, Stages):
            yield tasks_section(one, room, FileRoom(shown.file_bytes))
    if result is not None and result.parts:
        failed = _failed_part(result)
        parts = [Case(test=cell(part), outcome=one.value, decided=part == failed) for part, one in result.parts.items()]
        yield Cases(title="Parts", cases=tuple(parts))
    for one in drawing.sections:
        if isinstance(one, Cases):
            yield bounded_cases(one)
        elif isinstance(one, Facts):
            items = (Fact(label=cell(item.label), value=cell(item.value), note=cell(item.note)) for item in one.items)
            yield Facts(title=cell(one.title), items=tuple(items))


def bounded_cases(shown: Cases) -> Cases:
    """The first tests of a table, with the one that decided."""
    listed = shown.cases[:MAX_CASES]
    late = next((one for one in shown.cases[MAX_CASES:] if one.decided), None)
    if late is not None:
        listed = (late, *listed[:-1])
    cases = (replace(one, test=cell(one.test), reason=cell(one.reason)) for one in listed)
    return Cases(title=cell(shown.title), cases=tuple(cases), left_out=len(shown.cases) - len(listed))


def _answer(shown: Shown, summary: Summary, drawing: Drawing, room: Room) -> Iterator[Section]:
    sample = shown.sample
    if sample.kind is SampleKind.PATCH:
        flags = () if shown.result is None else shown.result.flags
        yield from patch_sections("Patch", sample.text, room, MAX_CODE_BYTES, flags=flags)
    elif drawing.answer is not None:
        yield from changes_section(drawing.answer, room)
    elif sample.kind is SampleKind.ANSWER:
        yield _text("Answer", sample.text, room, MAX_CODE_BYTES, language="markdown")
    else:
        yield _text("Code", sample.text, room, MAX_CODE_BYTES, language=summary.language)


def _printed(result: Result | None, drawing: Drawing, room: Room) -> Iterator[Section]:
    if result is None:
        return
    for log in drawing.logs:
        yield _text(cell(log.title), log.text, room, MAX_OUTPUT_BYTES, language=log.language, opened=log.opened)
    if result.output.strip() and drawing.shows_output:
        cut = ", cut when it was graded" if result.output_truncated else ""
        yield _text(f"{drawing.output_title}{cut}", result.output, room, MAX_OUTPUT_BYTES)


def _drafts(shown: Shown, room: Room) -> Iterator[Section]:
    """What an agent that made several drafts changed from one to the next."""
    drafts = () if shown.attempt is None else shown.attempt.drafts
    if len(drafts) < 2:  # noqa: PLR2004 - one draft is the sample
        return
    yield _text("Draft 1", drafts[0].text, room, MAX_DRAFT_BYTES, opened=False)
    changes = tuple(_changes(drafts, room))
    if changes:
        yield Diff(title="What each draft changed", files=changes)


def _changes(drafts: Sequence[Draft], room: Room) -> Iterator[DiffFile]:
    """What each draft has otherwise than the one before, as far as there is room."""
    for number, (one, other) in enumerate(itertools.pairwise(drafts), 2):
        if max(len(one.text), len(other.text)) > MAX_DRAFT_BYTES or number > MAX_DRAFTS:
            continue
        found = answer_diff(f"draft {number - 1} → draft {number}", one.text, other.text)
        size = 0 if found is None else sum(len(line.text.encode()) for _, own in found.hunks for line in own)
        if found is not None and size <= room.left:
            room.left -= size
            yield found


def _asked(shown: Shown, room: Room) -> Iterator[Section]:
    messages = [] if shown.trajectory is None else prompt_of(shown.trajectory)
    prompt = messages or [(one["role"], one["content"]) for one in shown.prompt]
    for role, content in prompt[:MAX_PROMPT_MESSAGES]:
        title = "Prompt" if role == "user" else f"Prompt, {role}"
        yield _text(title, content, room, MAX_PROMPT_BYTES, opened=False)


def _agent(shown: Shown) -> Iterator[Section]:
    if shown.trouble:
        yield _facts("Trajectory", [("not shown", cell(shown.trouble))])


def _usage(shown: Shown) -> Iterator[Section]:
    attempt, amounts = shown.attempt, shown.amounts
    totals = None if shown.trajectory is None else shown.trajectory.final_metrics
    rows = [
        ("agent's time", _seconds(None if attempt is None else attempt.wall_s)),
        ("ended by", "" if attempt is None else cell(attempt.stop_reason) or "itself"),
        ("turns", "" if attempt is None else f"{attempt.turns:,}"),
        ("drafts", "" if attempt is None else f"{len(attempt.drafts):,}"),
        ("tokens", f"{int(amounts['tokens']):,}" if "tokens" in amounts else ""),
        ("prompt tokens", _count(None if totals is None else totals.total_prompt_tokens)),
        ("completion tokens", _count(None if totals is None else totals.total_completion_tokens)),
        ("cached tokens", _count((totals and totals.total_cached_tokens) or None)),
        (
            "cost",
            f"${amounts['cost_usd']:,.6f}" if "cost_usd" in amounts else "unknown" if amounts.get("tokens") else "",
        ),
    ]
    if attempt is not None or "tokens" in amounts:
        yield _facts("Usage and cost", rows)


def _conditions(result: Result | None) -> Iterator[Section]:
    if result is None:
        return
    conditions, rows = result.conditions, []
    if conditions is not None:
        rows = [
            *_limit_rows(conditions.limits),
            ("boxes", conditions.backend + (f", {conditions.runtime}" if conditions.runtime else "")),
            ("box of its own", "yes" if conditions.strict else "no"),
            ("image", conditions.image or ""),
            ("image digest", conditions.image_digest),
            ("grading version", conditions.version),
            ("reference gate", "yes" if conditions.gate else "no"),
            ("least trust", conditions.least_trust or ""),
        ]
    rows += [("defences in force", ", ".join(result.layers)), ("boxscore", result.boxscore), ("key", result.key)]
    yield replace(_facts("Graded under", [(label, cell(value)) for label, value in rows]), opened=False)


def _limit_rows(limits: Limits) -> list[tuple[str, str]]:
    return [
        ("cpu limit", duration(limits.cpu_s)),
        ("wall limit", duration(limits.wall_s)),
        ("memory limit", f"{limits.memory_bytes / 2**20:,.0f} MiB"),
        ("processes", f"{limits.processes:,}"),
        ("disk limit", f"{limits.disk_bytes / 2**20:,.0f} MiB"),
        ("output limit", f"{limits.output_bytes / 2**10:,.0f} KiB"),
    ]


def _facts(title: str, rows: Sequence[tuple[str, str]]) -> Facts:
    return Facts(title=title, items=tuple(Fact(label=label, value=value) for label, value in rows if value))


def _text(  # noqa: PLR0913 - a section's fields
    title: str, text: str, room: Room, most_bytes: int, *, language: str | None = None, opened: bool = True
) -> Text:
    shown, cut = room.take(text, most_bytes)
    return Text(title=title, text=shown, language=language, cut_bytes=cut, opened=opened)


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
