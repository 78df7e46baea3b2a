"""What the harnesses share: their class, EvalPlus' prompts, and its way to compare answers, here without numpy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore import FunctionHarness, InputError, Limits, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore import FunctionTask, Instance

TEMPLATES = Path(__file__).parents[1] / "templates"
STOPS = ("\nif __name__", "\ndef main(", "\nprint(")
VISIBLE_S = 10.0  # cpu seconds of all examples together

CHECKER = '''
SEEN = {}


def is_floats(value):
    if isinstance(value, float):
        return True
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, float) for item in value)


def tolerance(index, expected):
    """1e-6 from the first expected answer on that is made of floats, within its part, unless the row says more."""
    if ATOL:
        return ATOL
    start = BASE if index >= BASE else 0
    scanned, found = SEEN.get(start, (start, False))
    while not found and scanned <= index:
        found = is_floats(expected[scanned])
        scanned += 1
        SEEN[start] = scanned, found and scanned - 1
    first = SEEN[start][1]
    return 1e-6 if first is not False and index >= first else 0


def shape(value):
    """The lengths of nested lists; None where they are uneven or something is no number."""
    if isinstance(value, (bool, int, float, complex)):
        return ()
    if not isinstance(value, (list, tuple)):
        return None
    inner = {shape(item) for item in value}
    if not inner:
        return (0,)
    return (len(value), *inner.pop()) if len(inner) == 1 and None not in inner else None


def flat(value):
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in flat(item)]
    return [value]


def numbers(value):
    """The numbers as an array of numpy's would hold them; None where it would hold objects."""
    items = flat(value)
    inexact = any(isinstance(item, (float, complex)) for item in items)
    if not inexact and not all(-(2**63) <= item < 2**64 for item in items):
        return None
    return [item if isinstance(item, complex) else float(item) for item in items]


def near(answer, wanted, atol):
    if shape(answer) is None or shape(answer) != shape(wanted):
        return False
    ours, theirs = numbers(answer), numbers(wanted)
    if ours is None or theirs is None:
        return False
    return all(a == b or finite(b) and abs(a - b) <= atol + 1e-07 * abs(b) for a, b in zip(ours, theirs))


def finite(number):
    return number == number and abs(number) != float("inf")


def judge(index, exact, answer, expected):
    atol, wanted = tolerance(index, expected), expected[index]
    if exact or not atol:
        return bool(exact)
    return type(answer) is type(wanted) and near(answer, wanted, atol)
'''


class EvalPlus(FunctionHarness):
    """What HumanEval+ and MBPP+ have in common: inputs in two parts, EvalPlus' limits and its prompt."""

    parts = ("base", "plus")
    reference_field = "canonical_solution"
    tests_field = None  # inputs, see `task`
    limits = Limits(cpu_s=61.0, memory_bytes=4 << 30)  # EvalPlus' limits, here of cpu time
    prompt_templates: Mapping[str, Path] = {
        name: TEMPLATES / f"evalplus.{name}.jinja" for name in ("chat", "prefill", "completion")
    }

    prompt_stops: Mapping[str, tuple[str, ...]] = {"completion": STOPS, "prefill": ("\n```\n",)}

    def visible_task(self, instance: Instance) -> FunctionTask | None:
        task = super().visible_task(instance)
        return None if task is None else replace(task, limits=Limits(cpu_s=VISIBLE_S, memory_bytes=4 << 30))

    def instance(self, row: dict[str, object], path: Path, line: int) -> Instance:
        check_inputs(row, path=path, line=line)
        return super().instance(row, path, line)


def evalplus_checker(*, atol: float, base: int) -> str:
    """Source of `judge(index, exact, answer, expected)`: equal or near, the first `base` inputs apart.

    `expected` holds the reference's answers. numpy's `allclose` with rtol 1e-7 says what is near, for numbers and even
    nestings of them; answers of different types or shapes never are.
    """
    return f"ATOL, BASE = {atol!r}, {base}\n{CHECKER}"


def check_inputs(row: dict[str, object], *, path: Path, line: int) -> None:
    """Raise InputError unless `base_input` and `plus_input` are lists of lists and `atol` is a number."""
    for field in ("base_input", "plus_input"):
        value = row.get(field)
        if field not in row:
            other = "; EvoEval's sets of 100 are graded as evoeval@SET" * ("inputs" in row)
            raise InputError(f"is missing{other}", path=path, line=line, field=field)
        if value == {}:  # Mbpp/793 has no further inputs, and says so like this
            continue
        if not isinstance(value, list) or not all(isinstance(arguments, list) for arguments in value):
            raise InputError("must be a list of lists of arguments", path=path, line=line, field=field)
    atol = row.get("atol")
    if isinstance(atol, bool) or not isinstance(atol, (int, float)):
        raise InputError(f"must be a number, not {kind_of(atol)}", path=path, line=line, field="atol")
