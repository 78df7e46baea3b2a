"""HumanEval+ v0.1.10: HumanEval with 80 times the tests (EvalPlus; Apache-2.0 licence).

A sample's answers are compared with the reference's, as EvalPlus does (current source, after 0.3.1): equal, or near for
floats. From the first input on whose expected answer is a float, or a list or tuple of floats, 1e-6 apart is near, for
all later inputs of the part too. `find_zero` is judged by the value of its polynomial. The part `base` is HumanEval's
own inputs; a sample passes if it passes `base` and `plus`.

Where we differ on purpose: the polynomial of `find_zero` is that of the input as given, not as the sample left it;
answers of unequal shape are never near (numpy would stretch one).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping

from .shared import STOPS, EvalPlus, evalplus_checker

FIND_ZERO = """
import math

def accept(index, arguments, answer, expected):
    (coefficients,) = arguments
    value = sum([number * math.pow(answer, power) for power, number in enumerate(coefficients)])
    return abs(value) <= ATOL
"""

ACCEPT = """
def accept(index, arguments, answer, expected):
    return judge(index, answer == expected[index], answer, expected)
"""


class HumanEvalPlus(EvalPlus):
    name = "humanevalplus"
    title = "HumanEval+ v0.1.10: HumanEval with 80 times the tests"
    source = boxscore.DataSource(
        path="evalplus/HumanEvalPlus-v0.1.10.jsonl.gz",
        sha256="272720b90ac375502c8ed23cd791c2a93dfb22a911641a494da74a426c09f101",
        url="https://github.com/evalplus/humanevalplus_release/releases/download/v0.1.10/HumanEvalPlus.jsonl.gz",
    )

    prompt_stops: Mapping[str, tuple[str, ...]] = {
        **EvalPlus.prompt_stops,
        "completion": (*STOPS, "\ndef ", "\nclass ", "\nimport ", "\nfrom ", "\nassert "),
    }
    # The median of six numbers, an order by bits that is none, a formula's terms, and a text in brackets for a tuple.
    untrue_examples: Mapping[str, tuple[int, ...]] = {
        "HumanEval/47": (1,),
        "HumanEval/116": (0, 1),
        "HumanEval/130": (0, 1),
        "HumanEval/148": (1,),
    }

    def task(self, instance: boxscore.Instance) -> boxscore.FunctionTask:
        row: dict[str, Any] = instance.row
        entry_point = row["entry_point"]
        base, plus = row["base_input"], row["plus_input"]
        judge = evalplus_checker(atol=row["atol"], base=len(base))
        return boxscore.FunctionTask(
            entry_point=entry_point,
            names=(entry_point,),
            inputs=boxscore.Inputs(
                arguments=tuple(map(tuple, [*base, *plus])),
                base=len(base),
                checker=judge + (FIND_ZERO if entry_point == "find_zero" else ACCEPT),
            ),
            reference=instance.reference,
            limits=self.limits,
        )
