"""An audit for people: as Markdown, and as rows of a table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from boxscore.audit.findings import FindingKind, Severity
from boxscore.report.markdown import bullets, escape, markdown_table
from boxscore.report.numbers import counted, percent
from boxscore.report.printable import printable
from boxscore.run.store import store_file
from boxscore.shown_json import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from boxscore.audit.findings import Audit, Finding

JSON, MARKDOWN = "audit.json", "audit.md"
MOST_LINES = 200  # of a diff, in Markdown
MEANINGS = {
    FindingKind.REFERENCE_FAILS: "the reference does not pass the tests",
    FindingKind.FLAKY: "the same sample passes in one round and fails in another",
    FindingKind.EMPTY_PASSES: "an empty sample passes",
    FindingKind.STUB_PASSES: "a program that does nothing passes",
    FindingKind.TESTS_DIFFER: "the tests do not behave as they are recorded",
    FindingKind.UNTRUE_EXAMPLE: "the reference contradicts an example of the prompt",
    FindingKind.WEAK_TESTS: "a wrong mutant of the reference passes the tests",
    FindingKind.SURVIVING_MUTANTS: "a mutant of the reference passes, and could not be compared with it",
    FindingKind.UNPROVEN_MUTANTS: "a mutant passes, and answered as the reference does wherever they were compared",
    FindingKind.NO_REFERENCE: "there is no reference to try the tests with",
    FindingKind.NOT_CHECKED: "something could not be graded here",
}
"""What each kind of finding says, in a line."""


def write_audit(found: Audit, folder: Path) -> tuple[Path, ...]:
    """Write `audit.json` and `audit.md` to the run directory. Raises StoreError."""
    as_json, as_text = folder / JSON, folder / MARKDOWN
    store_file(as_json, printable_json(msgspec.json.format(msgspec.json.encode(found), indent=2)) + b"\n")
    store_file(as_text, "\n".join(markdown(found)).encode("utf-8", "replace"))
    return as_json, as_text


def rows(found: Audit) -> list[tuple[str, str, str, str]]:
    """Each finding that is more than a note: instance, severity, kind and text."""
    return [
        (one.instance_id, one.severity.value, one.kind.value, printable(one.text))
        for one in found.findings
        if one.severity is not Severity.NOTE
    ]


def summary(found: Audit) -> tuple[str, ...]:
    """What an audit came to, in a few lines."""
    about = (
        counted(found.instances, "instance"),
        counted(found.gradings, "grading"),
        counted(len(found.findings), "finding"),
        counted(found.errors, "error"),
    )
    lines = [f"{found.benchmark}: {', '.join(about)}"]
    mutants = found.mutants
    judged = mutants.made - mutants.not_judged
    if judged:
        killed = f"{mutants.killed:,} killed ({percent(mutants.killed / judged)})"
        survived = f"{mutants.survived:,} survived: {mutants.differing:,} wrong, {mutants.unproven:,} unproven"
        lines.append(f"mutants: {judged:,} of passing references; {killed}, {survived}")
    notes = [f"{count:,} {kind.value}" for kind, count in found.counts.items() if kind.severity is Severity.NOTE]
    if notes:
        lines.append(f"instances with notes: {', '.join(notes)}")
    return tuple(lines)


def markdown(found: Audit) -> Iterator[str]:
    """The audit as a page of Markdown."""
    yield f"# Audit of {escape(found.benchmark)}\n"
    yield bullets((*summary(found), *_how(found))) + "\n"
    counts = [(kind.value, kind.severity.value, f"{count:,}", MEANINGS[kind]) for kind, count in found.counts.items()]
    if counts:
        yield markdown_table(("finding", "severity", "instances", "what it says"), counts) + "\n"
    for kind in FindingKind:
        of_kind = [one for one in found.findings if one.kind is kind]
        if of_kind:
            yield f"## {kind.value}\n\n{MEANINGS[kind].capitalize()}.\n"
            yield markdown_table(("instance", "finding"), [(one.instance_id, one.text) for one in of_kind]) + "\n"
            yield from _mutants(of_kind)


def _how(found: Audit) -> Iterator[str]:
    yield f"boxscore {found.boxscore}, {found.backend} boxes, {found.wall_s:,.0f} s, began {found.started}"
    yield f"{counted(found.repeats, 'round')}, {counted(found.mutants_each, 'mutant')} each, seed {found.seed}"
    yield f"survivors compared on {counted(found.inputs_each, 'input')} each"
    if found.data_published is False:
        yield f"the data is not the published file: its sha256 is {found.data_sha256}"


def _mutants(findings: Iterable[Finding]) -> Iterator[str]:
    for one in findings:
        for survivor in one.survivors:
            differs = f"; differs on {escape(survivor.differs_on)}" if survivor.differs_on is not None else ""
            yield f"{escape(one.instance_id)} {escape(survivor.sample_id)}, {survivor.operator}{differs}:\n"
            lines = [f"    {printable(line, 500)}" for line in survivor.diff.splitlines()[2:MOST_LINES]]
            yield "\n".join(lines) + "\n"
