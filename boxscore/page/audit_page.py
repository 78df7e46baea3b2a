"""The page of an audit: a row for each finding, with its mutants as diffs, and when instances were published."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from boxscore.audit.findings import FindingKind, Severity
from boxscore.audit.report import MEANINGS
from boxscore.page.charts import counts_chart
from boxscore.page.diffs import patch_sections
from boxscore.page.records import Column, Details, Head
from boxscore.page.texts import Room, cell
from boxscore.page.write import render_page
from boxscore.protocols.shows import Fact, Facts, Text
from boxscore.report.numbers import counted, duration, moment, percent
from boxscore.run.store import store_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.audit.findings import Audit, Finding, Survivor
    from boxscore.page.records import Chart, Scalar, Section

PAGE = "audit.html"
_DIFFERS = "Answers otherwise than the reference on"
_TEXT_BYTES = 16 << 10
_COLUMNS = (
    Column(key="instance", label="Instance", kind="text"),
    Column(key="sample", label="Finding", kind="text"),
    Column(key="severity", label="Severity", kind="outcome"),
    Column(key="what", label="What is wrong", kind="text"),
    Column(key="mutants", label="Mutants", kind="number", shown=False),
    Column(key="others", label="Also", kind="text", shown=False),
)


def write_audit_page(found: Audit, folder: Path) -> Path:
    """Write the page beside an audit's other files. Raises StoreError."""
    path = folder / PAGE
    parts = render_page(_head(found), list(_rows(found)), map(_details, found.findings))
    store_file(path, (part.encode("utf-8", "replace") for part in parts))
    return path


def _rows(found: Audit) -> Iterator[tuple[Scalar, ...]]:
    seen: Counter[tuple[str, str]] = Counter()
    for one in found.findings:
        seen[one.instance_id, one.kind] += 1
        number = seen[one.instance_id, one.kind]
        name = one.kind.value if number == 1 else f"{one.kind.value} {number}"
        others = ", ".join(one.others)
        yield cell(one.instance_id), name, one.severity.value, cell(one.text), len(one.survivors), cell(others)


def _details(one: Finding) -> Details:
    room = Room()
    items = [
        Fact(label="finding", value=one.kind.value, note=MEANINGS[one.kind]),
        Fact(label="severity", value=one.severity.value),
        *(Fact(label="also", value=cell(other)) for other in one.others),
    ]
    sections: list[Section] = [Facts(title="Finding", items=tuple(items)), _text("What is wrong", one.text, room)]
    if one.evidence:
        sections.append(_text("Evidence", one.evidence, room, language="python"))
    for survivor in one.survivors:
        sections += patch_sections(_named(survivor), f"{survivor.diff}\n", room, _TEXT_BYTES)
        if survivor.differs_on is not None:
            sections.append(_text(_DIFFERS, survivor.differs_on, room, language="python"))
    return Details(sections=tuple(sections))


def _text(title: str, text: str, room: Room, *, language: str | None = None) -> Text:
    shown, cut = room.take(text, _TEXT_BYTES)
    return Text(title=title, text=shown, language=language, cut_bytes=cut)


def _named(survivor: Survivor) -> str:
    return f"{cell(survivor.sample_id)}: {survivor.operator} in line {survivor.line}"


def _head(found: Audit) -> Head:
    severities = Counter(one.severity for one in found.findings)
    return Head(
        kind="audit",
        title=f"Audit of {cell(found.benchmark)}",
        boxscore=found.boxscore,
        score=tuple(_score(found, severities)),
        facts=tuple(_facts(found)),
        warnings=tuple(_warnings(found)),
        charts=tuple(_charts(found)),
        columns=_COLUMNS,
        rows=len(found.findings),
        chunks=(),
        provenance=tuple(_provenance(found)),
        commands=(_command(found),),
    )


def _score(found: Audit, severities: Counter[Severity]) -> Iterator[Fact]:
    for severity, label in ((Severity.ERROR, "errors"), (Severity.WARNING, "warnings"), (Severity.NOTE, "notes")):
        about = {one.instance_id for one in found.findings if one.severity is severity}
        if about:
            yield Fact(label=label, value=f"{severities[severity]:,}", note=f"of {counted(len(about), 'instance')}")
    if not severities:
        yield Fact(label="findings", value="none")
    judged = found.mutants.made - found.mutants.not_judged
    if judged:
        note = f"{found.mutants.killed:,} of {judged:,}"
        yield Fact(label="mutants killed", value=percent(found.mutants.killed / judged), note=note)


def _facts(found: Audit) -> Iterator[Fact]:
    yield Fact(label="instances", value=f"{found.instances:,}", note=f"of {found.benchmark_instances:,}")
    yield Fact(label="gradings", value=f"{found.gradings:,}", note=duration(found.wall_s))
    for kind, count in found.counts.items():
        yield Fact(label=kind.value, value=f"{count:,}", note=MEANINGS[kind])
    if found.undated and found.months:
        yield Fact(label="instances without a date", value=f"{found.undated:,}")


def _warnings(found: Audit) -> Iterator[str]:
    lost = found.counts.get(FindingKind.NOT_CHECKED, 0)
    if lost:
        yield f"something of {lost:,} instances could not be graded here: nothing is said of that"
    if found.data_published is False:
        yield "the data is not the published file"


def _charts(found: Audit) -> Iterator[Chart]:
    if found.months:
        table = [(month, f"{count:,}") for month, count in found.months.items()]
        counts = list(found.months.values())
        yield counts_chart("months", "When instances were published", ("month", "instances"), table, counts)
    if found.mutants.by_operator:
        operators = found.mutants.by_operator
        table_of_operators = [(name, f"{made:,}", f"{left:,}") for name, (made, left) in operators.items()]
        survived = [left for _, left in operators.values()]
        head = ("operator", "made", "survived")
        yield counts_chart("operators", "Mutants that survived, by operator", head, table_of_operators, survived)


def _provenance(found: Audit) -> Iterator[Fact]:
    yield Fact(label="benchmark", value=cell(found.title))
    if found.data_sha256:
        yield Fact(label="data", value=found.data_sha256)
    yield Fact(label="boxes", value=found.backend)
    yield Fact(label="rounds of references", value=str(found.repeats))
    yield Fact(label="inputs each", value=str(found.inputs_each))
    yield Fact(label="mutants each", value=str(found.mutants_each), note=f"seed {found.seed}")
    if found.cutoff:
        yield Fact(label="cut-off", value=found.cutoff)
    if found.against:
        yield Fact(label="prompts compared with", value=cell(found.against))
    yield Fact(label="began", value=moment(found.started))


def _command(found: Audit) -> str:
    words = ["boxscore", "audit", found.benchmark, "-n", str(found.repeats)]
    words += ["--mutants", str(found.mutants_each), "--inputs", str(found.inputs_each), "--seed", str(found.seed)]
    words += ["--cutoff", found.cutoff] if found.cutoff else []
    words += ["--against", found.against] if found.against else []
    return shlex.join(words)
