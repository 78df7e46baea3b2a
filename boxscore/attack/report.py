"""What came of attacks: candidates that try to be graded `passed` without solving the task, and honest ones.

They are graded like any other sample, in the order of the names: what one leaves behind, the next may find. An attack
that holds the grader up beyond all limits has done harm too, whatever its outcome.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.protocols.attacks import Attack, Expect
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from boxscore.records import Result

SLACK_S = 90.0
"""How long grading an attack may take beyond its wall limit: to open boxes, on a busy machine."""

_BLOCKED = frozenset({Outcome.FORBIDDEN, Outcome.SIGNAL})


class Judgement(enum.StrEnum):
    """What came of an attack."""

    HELD = "held"
    GOT_THROUGH = "got_through"  # a cheat was passed above `claim`
    CLAIMED = "claimed"  # a cheat was passed as a claim, which promises nothing
    REACHED = "reached"  # a probe reached what it must not
    REJECTED = "rejected"  # an honest answer was not passed
    BROKE = "broke"  # the engine blames itself, was held up, gave no result, or did not hear a probe


class AttackResult(Struct, frozen=True, kw_only=True):
    """One attack and what came of it; `reason` is the grader's, or the probe's."""

    name: str
    attack_class: str
    expect: Expect
    judgement: Judgement
    outcome: Outcome | None
    reason: str


class ClassReport(Struct, frozen=True, kw_only=True):
    """One class of attacks: how many were tried, and the names of those that did not go as they must."""

    attack_class: str
    tried: int
    got_through: tuple[str, ...]
    claimed: tuple[str, ...]
    controls_rejected: tuple[str, ...]
    broke: tuple[str, ...]


class AttackReport(Struct, frozen=True, kw_only=True):
    """The whole run of a suite against one instance."""

    instance_id: str
    trust: str
    classes: tuple[ClassReport, ...]
    findings: tuple[AttackResult, ...]

    @property
    def held(self) -> bool:
        """Whether every attack was tried, none passed above a claim and no honest answer was refused."""
        fine = {Judgement.HELD, Judgement.CLAIMED}
        return bool(self.findings) and all(finding.judgement in fine for finding in self.findings)


class _ProbeLine(Struct, frozen=True):
    probe: str
    reached: bool
    detail: str = ""


def judge(attack: Attack, result: Result) -> Judgement:
    """Say whether the grader held."""
    if result.outcome is Outcome.INTERNAL:
        return Judgement.BROKE
    passed = result.outcome is Outcome.PASSED
    if attack.expect is Expect.FAIL:
        if not passed:
            return Judgement.HELD
        return Judgement.CLAIMED if result.trust is Trust.CLAIM else Judgement.GOT_THROUGH
    if attack.expect is Expect.PASS:
        return Judgement.HELD if passed else Judgement.REJECTED
    if attack.expect is Expect.PROBE:
        return _judge_probe(attack, result)
    return Judgement.HELD


def render_report(report: AttackReport) -> Table:
    """Lay the report out as a table for a rich console, a row for each class."""
    from rich.markup import escape  # noqa: PLC0415 - keeps `boxscore --help` fast
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"Attacks on {escape(report.instance_id)} ({report.trust})")
    for column in ("class", "tried", "got through", "as a claim", "honest refused", "no evidence"):
        table.add_column(column, justify="left" if column == "class" else "right")
    for row in report.classes:
        counts = (row.got_through, row.claimed, row.controls_rejected, row.broke)
        cells = [f"[red]{len(names)}[/red] {escape(', '.join(names))}" if names else "0" for names in counts]
        table.add_row(escape(row.attack_class), str(row.tried), *cells)
    return table


def _judge_probe(attack: Attack, result: Result) -> Judgement:
    heard = [line for line in _probe_lines(result.output) if line.probe == attack.name]
    if any(line.reached for line in heard):
        return Judgement.REACHED
    if result.outcome in _BLOCKED:
        return Judgement.HELD
    if result.outcome is not Outcome.PASSED:
        return Judgement.REJECTED
    return Judgement.HELD if heard else Judgement.BROKE


def _probe_lines(output: str) -> list[_ProbeLine]:
    lines = []
    for line in output.split("\n"):
        if line.startswith("PROBE "):
            try:
                lines.append(msgspec.json.decode(line.removeprefix("PROBE "), type=_ProbeLine))
            except (msgspec.DecodeError, UnicodeEncodeError):
                continue  # an attack may print anything; only whole lines of our probes count
    return lines


def find(attack: Attack, results: Sequence[Result], *, held_up_s: float | None = None) -> AttackResult:
    """Say what came of an attack: of its one result, and of how long it held a grader up beyond all limits."""
    if len(results) != 1:
        judgement, outcome, reason = Judgement.BROKE, None, f"{len(results)} results for one candidate"
    elif held_up_s is not None:
        judgement, outcome, reason = Judgement.BROKE, results[0].outcome, f"it held the grader up for {held_up_s:.0f} s"
    else:
        (result,) = results
        judgement, outcome, reason = judge(attack, result), result.outcome, result.reason
        if judgement is Judgement.REACHED:
            reason = next(line.detail for line in _probe_lines(result.output) if line.reached)
        elif judgement is Judgement.BROKE and not reason:
            reason = "the probe's report did not come out"
    return AttackResult(
        name=attack.name,
        attack_class=attack.attack_class,
        expect=attack.expect,
        judgement=judgement,
        outcome=outcome,
        reason=reason[:500],
    )


def report_of(instance_id: str, trust: Trust, findings: Sequence[AttackResult]) -> AttackReport:
    """Join what came of the attacks on one instance."""
    return AttackReport(
        instance_id=instance_id, trust=trust.value, classes=_by_class(findings), findings=tuple(findings)
    )


def _by_class(findings: Iterable[AttackResult]) -> tuple[ClassReport, ...]:
    grouped: dict[str, list[AttackResult]] = {}
    for finding in findings:
        grouped.setdefault(finding.attack_class, []).append(finding)

    def names(group: list[AttackResult], *judgements: Judgement) -> tuple[str, ...]:
        return tuple(finding.name for finding in group if finding.judgement in judgements)

    return tuple(
        ClassReport(
            attack_class=attack_class,
            tried=len(group),
            got_through=names(group, Judgement.GOT_THROUGH, Judgement.REACHED),
            claimed=names(group, Judgement.CLAIMED),
            controls_rejected=names(group, Judgement.REJECTED),
            broke=names(group, Judgement.BROKE),
        )
        for attack_class, group in grouped.items()
    )
