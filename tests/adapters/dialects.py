"""Every adapter, asked for the reward of one answer in the shape that its framework calls it in."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from boxscore.adapters import areal, nemo_gym, slime, trl, verl
from boxscore.adapters.code_eval import code_eval

if TYPE_CHECKING:
    from collections.abc import Callable

ASSERTS = "assert add(2, 3) == 5"
PAIRS = {"inputs": ["2 3\n", "4 5\n"], "outputs": ["5\n", "9\n"]}

FUNCTION = "def add(a, b):\n    return {}\n"
PROGRAM = "a, b = map(int, input().split())\nprint({})\n"


class Dialect(NamedTuple):
    """An adapter: how it is asked for the reward of a code, what form that has, and whether it raises NoVerdict."""

    ask: Callable[[str], Any]
    form: str
    raises: bool


def chat(code: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": f"Here it is:\n```python\n{code}```\n"}]


def trl_batch(code: str) -> dict[str, Any]:
    prompt = [{"role": "user", "content": "Add two numbers."}]
    fixed = {"trainer_state": object(), "log_extra": lambda *_: None, "log_metric": lambda *_: None}
    return {"prompts": [prompt], "completions": [chat(code)], "completion_ids": [[1, 2]], "tests": [ASSERTS], **fixed}


def slime_sample(code: str) -> SimpleNamespace:
    return SimpleNamespace(prompt="Add.", response=chat(code)[0]["content"], label=ASSERTS, metadata={})


def gym_body(code: str) -> dict[str, Any]:
    text = {"type": "output_text", "text": chat(code)[0]["content"], "annotations": []}
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "```python\n1\n```"}]}
    return {
        "responses_create_params": {"input": [{"role": "user", "content": "Add two numbers."}]},
        "response": {"id": "r", "output": [thought, {"type": "message", "role": "assistant", "content": [text]}]},
        "verifier_metadata": {"unit_tests": {**PAIRS, "fn_name": None}, "difficulty": "easy"},
    }


def ask_code_eval(code: str) -> Any:
    return code_eval(references=[ASSERTS], predictions=[[code]], k=[1])[0]["pass@1"]


DIALECTS = {
    "trl": Dialect(lambda code: trl.code_reward(**trl_batch(code))[0], "function", raises=False),
    "trl, async": Dialect(
        lambda code: asyncio.run(trl.async_code_reward(**trl_batch(code)))[0], "function", raises=False
    ),
    "verl": Dialect(
        lambda code: verl.compute_score(
            data_source="codecontests",
            solution_str=chat(code)[0]["content"],
            ground_truth=json.dumps(PAIRS),
            extra_info={"index": 0},
        ),
        "program",
        raises=True,
    ),
    "slime": Dialect(lambda code: asyncio.run(slime.custom_rm(None, slime_sample(code))), "function", raises=True),
    "slime, batched": Dialect(
        lambda code: asyncio.run(slime.custom_rm(None, [slime_sample(code)], evaluation=True))[0],
        "function",
        raises=True,
    ),
    "areal": Dialect(
        lambda code: areal.reward_fn("Add.", chat(code)[0]["content"], [1], [2], tests=ASSERTS, messages=[]),
        "function",
        raises=True,
    ),
    "areal, async": Dialect(
        lambda code: asyncio.run(
            areal.async_reward_fn("Add.", chat(code)[0]["content"], [1], [2], tests=ASSERTS, messages=[])
        ),
        "function",
        raises=True,
    ),
    "nemo-gym": Dialect(lambda code: nemo_gym.verify(gym_body(code)).get("reward"), "program", raises=False),
    "code_eval": Dialect(ask_code_eval, "function", raises=True),
}


def answer(dialect: Dialect, expression: str) -> str:
    """A code that gives an expression of `a` and `b`: as a function returns it, or as a program prints it."""
    return (FUNCTION if dialect.form == "function" else PROGRAM).format(expression)
