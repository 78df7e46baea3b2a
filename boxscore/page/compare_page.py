"""Two runs side by side: what `boxscore compare` says of them, a row for each instance, and both sides of a row."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from boxscore.compare.build import tag_values
from boxscore.compare.pairs import NOT_FOUND, change_of, outcomes_of
from boxscore.compare.read import AMOUNTS
from boxscore.compare.render import (
    NO_PROOF_OF_EQUAL,
    amount_text,
    comparison_blocks,
    difference_text,
    group_lines,
    group_table,
)
from boxscore.errors import UsageError
from boxscore.page.diffs import answer_diff
from boxscore.page.read import read_page
from boxscore.page.records import Bars, Chart, Column, Details, Diff, Head
from boxscore.page.write import render_page
from boxscore.protocols.shows import Fact, Facts, Text
from boxscore.report.numbers import percent
from boxscore.report.printable import printable
from boxscore.run.store import store_file
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from boxscore.compare.read import ComparedRun, Scored
    from boxscore.compare.records import Grouped, PairComparison, RunComparison
    from boxscore.page.records import Scalar, Section

PAIR = 2
ALL_SAMPLES = "all"  # a row is of an instance with all of its samples
SAMPLES_SHOWN = 5  # of an instance, of each run
_TEXT_CHARS = 300
_KINDS: dict[str, Literal["money", "number", "seconds"]] = {
    "cost_usd": "money",
    "tokens": "number",
    "agent_s": "seconds",
    "cpu_s": "seconds",
}
_SHOWN = ("cost_usd", "agent_s", "cpu_s")
MISSING = "missing"
_CHANGES = {
    "broken": "broken",
    "fixed": "fixed",
    "undecided": "undecided: half of the samples of one run passed",
    MISSING: "missing in one run",
    "both_failed": "failed in both",
    "both_passed": "passed in both",
}
_MEASURES = 5  # rows of scores, their difference and amounts


_RESERVED_TAGS = {
    *("instance", "sample", "change", "outcome_a", "outcome_b", "difference"),
    *(f"{name}_{side}" for name in AMOUNTS for side in "ab"),
}
_CHANGE = 2  # the place of the change in a row
_PROVENANCE: tuple[tuple[str, Callable[[ComparedRun], str]], ...] = (
    ("run", lambda run: run.record.provenance.run_id),
    ("started", lambda run: run.record.provenance.started),
    ("boxes", lambda run: run.record.provenance.backend),
    ("data", lambda run: run.record.provenance.data_sha256 or ""),
    ("grading", lambda run: run.record.provenance.grading_version),
    ("image", lambda run: run.record.provenance.image_digest),
    ("trust", lambda run: run.record.provenance.trust.value),
)


class ComparisonPage:
    """The page of two runs. Rows are in the baseline's order of instances, then those that only the candidate has."""

    def __init__(self, runs: Sequence[ComparedRun], found: RunComparison, *, k: int) -> None:
        """Take two runs and what was found of them. Raises UsageError for more."""
        if len(runs) != PAIR:
            raise UsageError(f"a page shows two runs side by side, not {len(runs)}: make one for each two")
        self._a, self._b = runs
        self._names = list(dict.fromkeys((*self._a.scored, *self._b.scored)))
        self._amounts = [
            name for name in AMOUNTS if any(name in one.amounts for run in runs for one in run.scored.values())
        ]
        self._by = {one.by: tag_values(runs, one.by) for one in found.grouped}
        self._rows = [self._row(name) for name in self._names]
        self._head = self._make_head(found, k)
        self._sides: tuple[_SideOf, _SideOf] | None = None

    def head(self) -> Head:
        """All but its rows."""
        return self._head

    def rows(self, first: int = 0) -> Sequence[Sequence[Scalar]]:
        """The rows from a number on."""
        return self._rows[first:]

    def details(self, row: int) -> Details:
        """Both sides of an instance and what their answers differ in. Raises IndexError."""
        if self._sides is None:
            self._sides = _SideOf(self._a, "A"), _SideOf(self._b, "B")
        if not 0 <= row < len(self._names):
            raise IndexError(row)
        name = self._names[row]
        one, other = self._sides
        own, others = list(one.sections(name)), list(other.sections(name))
        first, *rest = _beside(own, others) or [()]
        differences = _differences(name, one, other, _language((*own, *others)))
        return Details(sections=(*first, *differences, *(section for part in rest for section in part)))

    def _row(self, name: str) -> tuple[Scalar, ...]:
        one, other = self._a.scored.get(name), self._b.scored.get(name)
        before, after = _rate(one), _rate(other)
        return (
            name,
            ALL_SAMPLES,
            _change(one, other),
            _outcomes(one),
            _outcomes(other),
            None if before is None or after is None else round(100 * (after - before), 1),
            *(values.get(name) for values in self._by.values()),
            *(value for amount in self._amounts for value in (_amount(one, amount), _amount(other, amount))),
        )

    def _columns(self) -> tuple[Column, ...]:
        single = all(one.n <= 1 for run in (self._a, self._b) for one in run.scored.values())
        kind: Literal["outcome", "text"] = "outcome" if single else "text"
        amounts = (
            Column(
                key=f"{name}_{side.lower()}",
                label=f"{AMOUNTS[name].capitalize()}, {side}",
                kind=_KINDS[name],
                shown=name in _SHOWN,
            )
            for name in self._amounts
            for side in ("A", "B")
        )
        return (
            Column(key="instance", label="Instance", kind="text"),
            Column(key="sample", label="Sample", kind="text", shown=False),
            Column(key="change", label="Change", kind="outcome"),  # the first outcome, so the one that keys go by
            Column(key="outcome_a", label="Outcome, A", kind=kind),
            Column(key="outcome_b", label="Outcome, B", kind=kind),
            Column(key="difference", label="Difference, points", kind="number", shown=not single),
            *(
                Column(key=_key(name, number), label=name[:1].upper() + name[1:], kind="text")
                for number, name in enumerate(self._by, 1)
            ),
            *amounts,
        )

    def _make_head(self, found: RunComparison, k: int) -> Head:
        headline, runs, pair, *_ = comparison_blocks(found)
        counts = Counter(str(row[_CHANGE]) for row in self._rows)
        changes = [(name, counts[name]) for name in _CHANGES if counts[name]]
        table = [(_CHANGES[name], f"{count:,}") for name, count in changes]
        became = Chart(
            chart_id="changes",
            title="What became of instances",
            table=(("change", "instances"), *table),
            drawing=Bars(items=tuple(changes)) if changes else None,
        )
        names = _names(self._a, self._b)
        return Head(
            kind="comparison",
            title=f"{names[1]} against {names[0]}",
            subtitle=(printable(self._a.benchmark, _TEXT_CHARS),),
            boxscore=VERSION,
            sentence=_sentence(found.pairs[0], names),
            measures=tuple(_measures(found, names)),
            facts=(
                Fact(label="A, the baseline", value=_about(self._a), note=str(self._a.path)),
                Fact(label="B", value=_about(self._b), note=str(self._b.path)),
            ),
            statistics=(
                *(Fact(label=label, value=text) for label, text in pair.rows),
                *(
                    Fact(label=row[0], value=row[3], note="" if row[4] == "-" else f"95 % {row[4]}")
                    for row in runs.rows
                ),
            ),
            warnings=(
                *headline.lines,
                *runs.lines,
                *(line for line in pair.lines if line != NO_PROOF_OF_EQUAL),
                *(f"by {one.by}: {line}" for one in found.grouped for line in group_lines(one)),
            ),
            charts=(became, *(_groups(one, number) for number, one in enumerate(found.grouped, 1) if one.groups)),
            columns=self._columns(),
            rows=len(self._rows),
            chunks=(),
            provenance=tuple(_provenance(self._a, self._b)),
            commands=(_command(self._a, self._b, found, k),),
        )


class _SideOf:
    """The samples of one side, from its own page."""

    def __init__(self, run: ComparedRun, side: Literal["A", "B"]) -> None:
        self.side, self.label = side, run.label
        self._page = read_page(run.path)
        keys = [column.key for column in self._page.head.columns]
        instance, sample = keys.index("instance"), keys.index("sample")
        self._rows: dict[str, list[tuple[str, int]]] = {}
        for number, row in enumerate(self._page.rows):
            self._rows.setdefault(str(row[instance]), []).append((str(row[sample]), number))

    def answers(self, name: str) -> list[tuple[str, str]]:
        """The samples of an instance, and their answers."""
        return [(sample, self._page.answer(row)) for sample, row in self._rows.get(name, ())]

    def sections(self, name: str) -> Iterator[Section]:
        """What there is to see of the samples of an instance."""
        own = self._rows.get(name, [])
        for sample, row in own[:SAMPLES_SHOWN]:
            for section in self._page.details(row, file_bytes=self._page.file_share // PAIR).sections:
                title = section.title if len(own) == 1 else f"{section.title} (sample {sample})"
                yield replace(section, title=title, side=self.side)
        if len(own) > SAMPLES_SHOWN:
            more = Fact(
                label="not shown", value=f"{len(own) - SAMPLES_SHOWN:,}; they are on the page of this run alone"
            )
            yield Facts(title="More samples", items=(more,), side=self.side)


def write_comparison(page: ComparisonPage, path: Path) -> None:
    """Write the page as one file, in the place of any that is there. Raises StoreError."""
    head = page.head()
    details = (page.details(row) for row in range(head.rows))
    store_file(path, (part.encode(errors="replace") for part in render_page(head, page.rows(), details)))


def _key(tag: str, number: int) -> str:
    """The name of a tag's column in filters and links: its own where that is a word and not another column's."""
    return tag if tag.isidentifier() and tag not in _RESERVED_TAGS else f"tag-{number}"


def _groups(found: Grouped, number: int) -> Chart:
    return Chart(chart_id=f"groups-{number}", title=f"By {found.by}", table=group_table(found), wide=True)


def _language(sections: Iterable[Section]) -> str:
    """What answers are written in, as far as is known."""
    return next((one.language for one in sections if isinstance(one, Text) and one.language), "text")


def _differences(name: str, one: _SideOf, other: _SideOf, language: str) -> Iterator[Section]:
    before, after = dict(one.answers(name)), dict(other.answers(name))
    samples = [sample for sample in before if sample in after][:SAMPLES_SHOWN]
    if len(before) == 1 == len(after):  # whatever they are called
        samples, after = list(before), dict(zip(before, after.values(), strict=True))
    for sample in samples:
        title = "From A's answer to B's" + ("" if len(samples) == 1 else f" (sample {sample})")
        found = answer_diff(f"answer.{language}", before[sample], after[sample])
        if found is None:
            yield Facts(title=title, items=(Fact(label="answers", value="the same text"),))
        else:
            yield Diff(title=title, files=(found,))


def _beside(one: Sequence[Section], other: Sequence[Section]) -> list[tuple[Section, ...]]:
    """Sections of both sides, those of one title beside each other: the page draws such neighbours side by side."""
    rest = list(other)
    found: list[tuple[Section, ...]] = []
    for section in one:
        mate = next((at for at in rest if at.title == section.title and type(at) is type(section)), None)
        if mate is not None:
            rest.remove(mate)
        found.append((section,) if mate is None else (section, mate))
    return [*found, *((section,) for section in rest)]


def _rate(one: Scored | None) -> float | None:
    return one.c / one.n if one is not None and one.n else None


def _outcomes(one: Scored | None) -> str:
    return outcomes_of(one) if one is not None and one.n else MISSING


def _change(one: Scored | None, other: Scored | None) -> str:
    """What became of an instance, as in what `compare` lists."""
    found = None if one is None or other is None else change_of(one, other)
    return found or MISSING


def _amount(one: Scored | None, name: str) -> float | None:
    value = None if one is None else one.amounts.get(name)
    return None if value is None else round(value, 6)


def _names(a: ComparedRun, b: ComparedRun) -> tuple[str, str]:
    """What the two are called: their models where these differ, else their runs."""
    models = a.model, b.model
    named = models if all(models) and models[0] != models[1] else (a.label, b.label)
    return printable(named[0], _TEXT_CHARS), printable(named[1], _TEXT_CHARS)


def _sentence(pair: PairComparison, names: tuple[str, str]) -> str:
    if pair.observed.difference is None:
        return "There is nothing to compare: no instance has enough graded samples in both runs."
    found = f"{pair.metric} {difference_text(pair.observed)}"
    if pair.finding == NOT_FOUND:
        return f"No difference found: {found}. That does not mean that there is none."
    return f"{names[1]} is {pair.finding}: {found}."


def _measures(found: RunComparison, names: tuple[str, str]) -> Iterator[tuple[str, str, str, str]]:
    pair, (one, other) = found.pairs[0], found.runs
    yield "", names[0], names[1], "difference"
    rows = [
        (pair.metric, percent(pair.baseline_score), percent(pair.candidate_score), difference_text(pair.observed)),
        (
            "instances solved more often",
            f"{pair.losses:,}",
            f"{pair.wins:,}",
            f"p {pair.p:.4f}, {pair.test}" if pair.observed.instances else "-",
        ),
    ]
    for name, label in AMOUNTS.items():
        if one.amounts.get(name) and other.amounts.get(name):
            ratio = pair.ratios.get(name)
            times = "" if ratio is None or ratio.value is None else f"{ratio.value:.2f} times"
            rows.append((label, amount_text(name, one.amounts[name]), amount_text(name, other.amounts[name]), times))
    yield from rows[:_MEASURES]


def _about(run: ComparedRun) -> str:
    return printable(f"{run.label}, {run.model}" if run.model else run.label, _TEXT_CHARS)


def _provenance(a: ComparedRun, b: ComparedRun) -> Iterator[Fact]:
    """What either run was made with, and whether the other has the same."""
    for label, fact in _PROVENANCE:
        before, after = fact(a), fact(b)
        if before or after:
            yield Fact(label=label, value=before if before == after else f"A: {before or '-'}; B: {after or '-'}")


def _command(a: ComparedRun, b: ComparedRun, found: RunComparison, k: int) -> str:
    words = ["boxscore", "compare", str(a.path), str(b.path)]
    words += [] if k == 1 else ["-k", str(k)]
    words += ["--seed", str(found.seed)] if found.seed else []
    words += [word for one in found.grouped for word in ("--by", one.by)]
    for one in dict.fromkeys(one.name for one in found.differences):
        words += ["--allow-difference", one]
    return shlex.join(words)
