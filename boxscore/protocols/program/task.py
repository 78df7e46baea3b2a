"""What the *program* protocol grades: a whole program, and what it must print for each standard input."""

from __future__ import annotations

import enum

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from boxscore.errors import UsageError
from boxscore.protocols.contract import Task
from boxscore.protocols.shows import Case as ShownCase
from boxscore.protocols.shows import Cases, Drawing, Summary, Text
from boxscore.records import Detail, LimitName, Limits, Outcome

WRONG_BYTES = 1 << 16  # that a program may print beyond what is expected, however little its limit
BOX_CPU_S = 900.0  # the most that a run is given, unless it asks for more


class Rule(enum.StrEnum):
    """How what a program printed is compared with what was expected."""

    EXACT = "exact"  # byte for byte
    TRAILING_SPACE = "trailing_space"  # white space at the end of lines and of the whole is nothing
    TOKENS = "tokens"  # the same words in the same order, whatever is between them
    NUMBERS = "numbers"  # as tokens; those that are numbers on both sides may differ by the tolerances
    CHECKER = "checker"  # the task's own program decides


class Comparison(Struct, frozen=True, kw_only=True):
    """How output is compared.

    - `rule`: a `Rule`, or its name
    - `rel_tol`, `abs_tol`: how far a number may be from the expected one
    - `checker`: trusted source of `accept(stdin, output, expected) -> bool`, all text. It runs in the grader, away from
      the program
    """

    rule: Rule = Rule.TRAILING_SPACE
    rel_tol: float = 1e-9
    abs_tol: float = 1e-9
    checker: str | None = None

    def __post_init__(self) -> None:
        """Take the name of a rule for the rule. Raises UsageError for a name of none."""
        try:
            force_setattr(self, "rule", Rule(self.rule))
        except ValueError:
            raise UsageError(f"comparison: rule must be one of {', '.join(Rule)}, not {self.rule!r:.80}") from None


class Case(Struct, frozen=True, kw_only=True):
    """One run of the program: its standard input (at most 16 MiB), and what it must print.

    If `expected` is None nothing is compared, and the best outcome is `no_tests`.
    """

    stdin: str = ""
    expected: str | None = None


class ProgramTask(Task, frozen=True, kw_only=True):
    """How to grade an instance of the *program* protocol.

    - `cases`: 1 to 10,000 cases
    - `language`: `python`, `cpp`, `javascript`, `java`, `java-junit` or `go`
    - `comparison`: how output is compared
    - `limits`: of each case. Output may always have the expected size and 64 KiB more
    - `compile_limits`: the compiler's
    - `files`: names and texts of files beside the program
    - `arguments`: words of its command line
    - `all_cases`: run the cases after the first failing one too
    - `total_cpu_s`: of all cases together. A case that begins later is a `timeout`
    - `claimed`: the program holds its own tests, so that a pass is a `claim`
    """

    cases: tuple[Case, ...]
    language: str = "python"
    comparison: Comparison = Comparison()
    compile_limits: Limits = Limits(cpu_s=30.0, wall_s=120.0)
    files: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    all_cases: bool = False
    total_cpu_s: float = 600.0
    claimed: bool = False


def limits_in_force(task: ProgramTask) -> Limits:
    """The limits of each case as they are enforced: no less output than what is expected, and some to be wrong in."""
    longest = max((len(case.expected.encode()) for case in task.cases if case.expected is not None), default=0)
    limits = task.limits
    return replace(
        limits,
        wall_s=max(limits.wall_s, limits.cpu_s),
        output_bytes=max(limits.output_bytes, longest + WRONG_BYTES),
    )


def box_limits(task: ProgramTask) -> Limits:
    """What a box must offer for a task: its cases, and its compiler. Times are each run's own, so they do not count."""
    one, other = task.limits, task.compile_limits if task.language != "python" else task.limits
    return Limits(
        cpu_s=max(BOX_CPU_S, one.cpu_s, other.cpu_s),
        memory_bytes=max(one.memory_bytes, other.memory_bytes),
        processes=max(one.processes, other.processes),
        disk_bytes=max(one.disk_bytes, other.disk_bytes),
    )


def is_compared(task: ProgramTask) -> bool:
    """Whether anything is expected of a program; else its verdict protects nothing."""
    return any(case.expected is not None for case in task.cases)


def with_all_cases(task: Task) -> Task:
    """The task of a program with all its cases run, also after one that failed; any other task as it is."""
    return replace(task, all_cases=True) if isinstance(task, ProgramTask) else task


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


def _case(name: str, one: CaseResult, *, decided: bool) -> ShownCase:
    return ShownCase(test=name, outcome=one.outcome.value, decided=decided, wall_s=one.wall_s, reason=one.reason)
