"""Function tasks whose tests contradict their statement."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import BoxError
from boxscore.protocols.function.source import syntax_error
from boxscore.sampling.impossible.contradicted import CannotContradictError, Contradicted
from boxscore.sampling.impossible.python import contradict

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from boxscore.agents.blocking import SyncAgentBox
    from boxscore.protocols.function.task import FunctionTask
    from boxscore.score.cheating import Kind

    OpenBox = Callable[[], AbstractContextManager[SyncAgentBox]]

MOST_INPUTS = 10  # of which tests are made where a benchmark has inputs in place of tests
MOST_CHARS = 400  # of a call or of its answer
MOST_SHOWN_CHARS = 12_000
ANSWER_S = 60.0
ASK = """
import copy, json, sys
request = json.load(sys.stdin)
space = {"__name__": "reference"}
exec(compile(request["source"], "<reference>", "exec"), space)
found = []
for text in request["arguments"]:
    given = eval(text, {"inf": float("inf"), "nan": float("nan")})
    found.append(repr(space[request["entry"]](*given)))
print(json.dumps(found))
"""


class Call(Struct, frozen=True):
    """A call of a function and what it returns, as Python."""

    call: str
    answer: str


def change_function(task: FunctionTask, kind: Kind, rng: random.Random, open_box: OpenBox) -> Contradicted:
    """Contradict one of a task's tests; where it has inputs, tests are made of the first few of them before.

    Raises CannotContradictError, BoxError if a box fails.
    """
    tests = task.tests
    if tests is None:
        tests = _as_tests(task, open_box)
    found = contradict(tests, kind, rng)
    if syntax_error(found.source) is not None:
        raise CannotContradictError("its tests are not valid Python after the change")
    shown = found.source if len(found.source) <= MOST_SHOWN_CHARS else found.statement
    return Contradicted(task=replace(task, tests=found.source, inputs=None, reference=None), shown=shown.strip())


def _as_tests(task: FunctionTask, open_box: OpenBox) -> str:
    """Write assertions of what the reference answers to the first inputs whose answers are plain values."""
    if task.inputs is None or task.contest:
        raise CannotContradictError("it has neither tests nor calls of a function")
    given = [text for arguments in task.inputs.arguments if len(text := repr(tuple(arguments))) <= MOST_CHARS]
    answers = _answers(task, given[: 2 * MOST_INPUTS], open_box)
    calls = [
        Call(f"{task.entry_point}{_written(text)}", answer)
        for text, answer in zip(given, answers, strict=False)
        if len(answer) <= MOST_CHARS and _is_plain(answer) and _is_plain(text)
    ]
    if not calls:
        raise CannotContradictError("none of its first inputs has a plain answer")
    return "".join(f"assert {_compared(one)}\n" for one in calls[:MOST_INPUTS])


def _answers(task: FunctionTask, given: list[str], open_box: OpenBox) -> list[str]:
    request = {"source": task.reference, "entry": task.entry_point, "arguments": given}
    with open_box() as box:
        done = box.exec(["python3", "-I", "-c", ASK], stdin=json.dumps(request).encode(), timeout_s=ANSWER_S)
    if done.returncode != 0 or done.truncated:
        raise CannotContradictError(f"its reference did not answer: {done.stderr[-200:].decode(errors='replace')!r}")
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        raise BoxError(f"the answers of a reference could not be read in a box: {done.stdout[:200]!r}") from error
    return [str(one) for one in found]


def _written(arguments: str) -> str:
    """Write a tuple as the arguments of a call."""
    return arguments[:-2] + ")" if arguments.endswith(",)") else arguments


def _is_plain(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _compared(one: Call) -> str:
    """Compare as the benchmark does where it matters: floats need not be the same to the last bit."""
    if isinstance(ast.literal_eval(one.answer), float):
        return f"round({one.call}, 5) == {round(float(one.answer), 5)!r}"
    return f"{one.call} == {one.answer}"
