"""What the result of a program says beyond its outcome, and how that is shown."""

from __future__ import annotations

from msgspec import Struct

from boxscore.protocols.shows import Case, Cases, Drawing, Summary, Text
from boxscore.records import Detail, LimitName, Outcome


class CaseResult(Struct, frozen=True, kw_only=True):
    """What one run of a program came to: of a case, or of the compiler.

    `output` is what it wrote to standard output and `errors` to standard error, cut at the limit on output. Exactly one
    of `exit_code` and `signal` is set where the program ran to an end that is known.
    """

    outcome: Outcome
    reason: str = ""
    exit_code: int | None = None
    signal: int | None = None
    limit: LimitName | None = None
    cpu_s: float | None = None
    wall_s: float | None = None
    memory_bytes: int | None = None
    output: str = ""
    errors: str = ""
    output_truncated: bool = False


class ProgramDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="program"):
    """What a program's result says beyond its outcome: each case in order, as far as they were run.

    `compiled` is None for languages without a compiler. `first_failing` is the index of the first case that did not
    pass, None where all did.
    """

    language: str
    compiled: CaseResult | None = None
    cases: tuple[CaseResult, ...] = ()
    first_failing: int | None = None


def summary(detail: ProgramDetail) -> Summary:
    """The first case that failed, or the compiler, and what that wrote."""
    name, run = _failing(detail)
    return Summary(
        decided=name,
        passed=sum(case.outcome is Outcome.PASSED for case in detail.cases),
        printed=None if run is None else run.errors or run.output,
        language=detail.language,
    )


def drawing(detail: ProgramDetail) -> Drawing:
    """The cases, and what the one that decided wrote."""
    cases = [_case(_name(place), one, decided=place == detail.first_failing) for place, one in enumerate(detail.cases)]
    if detail.compiled is not None:
        cases.insert(0, _case("compiler", detail.compiled, decided=detail.compiled.outcome is not Outcome.PASSED))
    name, run = _failing(detail)
    written = () if run is None else ((f"Output of {name}", run.output), (f"Errors of {name}", run.errors))
    return Drawing(
        sections=(Cases(title="Cases", cases=tuple(cases)),) if cases else (),
        logs=tuple(Text(title=title, text=text) for title, text in written if text.strip()),
    )


def _failing(detail: ProgramDetail) -> tuple[str, CaseResult | None]:
    """The run that decided, by its name; the compiler's where it failed."""
    if detail.compiled is not None and detail.compiled.outcome is not Outcome.PASSED:
        return "the compiler", detail.compiled
    place = detail.first_failing
    if place is None:
        return "", None
    return _name(place), detail.cases[place] if place < len(detail.cases) else None


def _name(place: int) -> str:
    return f"case {place + 1}"


def _case(name: str, one: CaseResult, *, decided: bool) -> Case:
    return Case(test=name, outcome=one.outcome.value, decided=decided, wall_s=one.wall_s, reason=one.reason)
