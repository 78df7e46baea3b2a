"""MBPP+ v0.2.0: 378 tasks of sanitized MBPP with 35 times the tests (EvalPlus; Apache-2.0 licence, MBPP CC BY 4.0).

A sample's answers are compared with the reference's, as EvalPlus does (current source, after 0.3.1); see
`humanevalplus.py`. Some tasks have rules of their own, below. Arguments are stored as JSON and turned back into
tuples, sets and complex numbers by lists of ids that are EvalPlus' own. `are_equivalent` (164) accepts any answer, as
EvalPlus does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boxscore

from .shared import STOPS, EvalPlus, evalplus_checker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Arguments = list[Any]

PLAIN = "answer == expected[index]"
AS_SETS = "set(answer) == set(expected[index])"
NOT_NONE = "answer == expected[index] if isinstance(answer, bool) else expected[index] == (answer is not None)"
RULES = {
    "are_equivalent": "True",
    "sum_div": f"{PLAIN} or answer == 0",
    "surface_Area": f"{PLAIN} or abs(answer - surface_of_pyramid(*arguments)) <= ATOL",
    "digit_distance_nums": f"{PLAIN} or answer == distance_of_digits(*arguments)",
    **dict.fromkeys(("check_str", "text_match_three", "text_starta_endb"), NOT_NONE),
    **dict.fromkeys(
        (
            "similar_elements",
            "find_char_long",
            "common_in_nested_lists",
            "extract_singly",
            "larg_nnum",
            "intersection_array",
            "find_dissimilar",
            "Diff",
        ),
        AS_SETS,
    ),
}
ACCEPT = """
import math

def surface_of_pyramid(edge, height):
    slant = math.sqrt((edge / 2) ** 2 + height ** 2)
    return round(edge ** 2 + 4 * (edge * slant) / 2)

def distance_of_digits(one, other):
    width = max(len(str(one)), len(str(other)))
    pairs = zip(str(one).zfill(width), str(other).zfill(width))
    return sum(abs(int(left) - int(right)) for left, right in pairs)

def accept(index, arguments, answer, expected):
    return judge(index, {rule}, answer, expected)
"""
# What such a function returns may be a match object; the rule only asks whether it returned something.
ANSWERS_SOMETHING = """

def _answers_something(function):
    return lambda *arguments: function(*arguments) is not None

{name} = _answers_something({name})
"""


def each_tuple(arguments: Arguments) -> Arguments:
    return [tuple(one) for one in arguments]


def lists_of_tuples(arguments: Arguments) -> Arguments:
    return [[tuple(item) for item in one] for one in arguments]


def first_list_of_tuples(arguments: Arguments) -> Arguments:
    return [[tuple(item) for item in arguments[0]], arguments[1]]


def second_tuple(arguments: Arguments) -> Arguments:
    """The second argument is a tuple."""
    return [arguments[0], tuple(arguments[1])]


def first_tuple(arguments: Arguments) -> Arguments:
    return [tuple(arguments[0]), arguments[1]]


def first_tuple_of_three(arguments: Arguments) -> Arguments:
    """The first of three arguments is a tuple."""
    return [tuple(arguments[0]), arguments[1], arguments[2]]


def tuples_of_tuples(arguments: Arguments) -> Arguments:
    return [tuple(tuple(item) for item in one) for one in arguments]


def tuple_with_tuples(arguments: Arguments) -> Arguments:
    """The only argument is a tuple, with tuples where it has lists."""
    return [tuple(tuple(item) if isinstance(item, list) else item for item in arguments[0])]


def sets_in_list(arguments: Arguments) -> Arguments:
    """The only argument is a list of sets; EvalPlus makes an empty one a dict."""
    return [[set(item) if isinstance(item, list) and item else {} for item in arguments[0]]]


def real_and_complex(arguments: Arguments) -> Arguments:
    return [float(arguments[0]), complex(arguments[1])]


def one_complex(arguments: Arguments) -> Arguments:
    return [complex(arguments[0])]


def values_to_tuples(arguments: Arguments) -> Arguments:
    """The first argument is a dict of tuples."""
    return [{key: tuple(value) for key, value in arguments[0].items()}, *arguments[1:]]


def all_tuples(arguments: Arguments) -> Arguments:
    """There is no list anywhere: all are tuples."""
    return [_all_tuples(one) for one in arguments]


def _all_tuples(value: object) -> object:
    return tuple(_all_tuples(item) for item in value) if isinstance(value, list) else value


SHAPES: tuple[tuple[Callable[[Arguments], Arguments], tuple[int, ...]], ...] = (
    (
        each_tuple,
        (2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616, 630, 726, 740, 744, 809),
    ),
    (lists_of_tuples, (63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780)),
    (first_list_of_tuples, (75, 413, 444, 753)),
    (second_tuple, (106, 750)),
    (sets_in_list, (115,)),
    (real_and_complex, (124,)),
    (first_tuple, (250, 405, 446, 617, 720, 763, 808)),
    (tuples_of_tuples, (259, 401, 445)),
    (tuple_with_tuples, (278,)),
    (first_tuple_of_three, (307,)),
    (values_to_tuples, (722,)),
    (one_complex, (252,)),
    (all_tuples, (580, 615, 791)),
)
SHAPE_OF = {number: shape for shape, numbers in SHAPES for number in numbers}


class MbppPlus(EvalPlus):
    name = "mbppplus"
    title = "MBPP+ v0.2.0: 378 tasks of MBPP with 35 times the tests"
    source = boxscore.DataSource(
        path="evalplus/MbppPlus-v0.2.0.jsonl.gz",
        sha256="af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
        url="https://github.com/evalplus/mbppplus_release/releases/download/v0.2.0/MbppPlus.jsonl.gz",
    )

    prompt_stops: Mapping[str, tuple[str, ...]] = {
        **EvalPlus.prompt_stops,
        "completion": (*STOPS, '\n"""', "\nassert"),
    }
    example_imports = "import math\nimport sys\n"  # for `math.isclose` and `sys.getsizeof`

    def instance(self, row: dict[str, object], path: Path, line: int) -> boxscore.Instance:
        made = super().instance(row, path, line)
        try:
            shaped(row)
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            problem = f"arguments that {made.instance_id} cannot have: {error}"
            raise boxscore.InputError(problem, path=path, line=line, field="base_input or plus_input") from error
        return made

    def task(self, instance: boxscore.Instance) -> boxscore.FunctionTask:
        row: dict[str, Any] = instance.row
        name, base = row["entry_point"], len(row["base_input"])
        rule = RULES.get(name, PLAIN)
        judge = evalplus_checker(atol=row["atol"], base=base)
        reference = instance.reference or ""
        if rule == NOT_NONE:
            reference += ANSWERS_SOMETHING.format(name=name)
        return boxscore.FunctionTask(
            entry_point=name,
            names=(name,),
            inputs=boxscore.Inputs(arguments=shaped(row), base=base, checker=judge + ACCEPT.replace("{rule}", rule)),
            reference=reference,
            limits=self.limits,
        )


def shaped(row: dict[str, Any]) -> tuple[tuple[object, ...], ...]:
    """The arguments of a row, in the types that its function takes."""
    number = row["task_id"].rpartition("/")[2]
    shape = SHAPE_OF.get(int(number) if number.isdigit() else 0, list)
    return tuple(tuple(shape(arguments)) for arguments in [*row["base_input"], *row["plus_input"]])
