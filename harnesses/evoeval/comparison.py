"""How answers are judged, as source that runs beside the tests: EvoEval's equality, and its rules for some instances.

Equality is strict about types: `1`, `1.0` and `True` differ, and so do lists and tuples. Floats, and lists or tuples of
nothing but floats, are near each other; an empty list or tuple counts among these. A few instances have several right
answers, and rules of their own.
"""

from __future__ import annotations

EQUALITY = """
import math

def kind_of(value):
    if value is None or isinstance(value, (bool, int, str)):
        return next(kind for kind in (type(None), bool, int, str) if isinstance(value, kind))
    if isinstance(value, float):
        return float
    if isinstance(value, (list, tuple)) and all(isinstance(item, float) for item in value):
        return float
    return next((kind for kind in (tuple, list, dict, set) if isinstance(value, kind)), None)

def near(wanted, answer):
    if wanted == answer or (wanted != wanted and answer != answer):
        return True
    return abs(answer) != math.inf and abs(wanted - answer) <= 1e-6 + 1e-5 * abs(answer)

def all_near(wanted, answer):
    if isinstance(wanted, float) or isinstance(answer, float):
        return isinstance(wanted, float) and isinstance(answer, float) and near(wanted, answer)
    return len(wanted) == len(answer) and all(map(near, wanted, answer))

def same(wanted, answer):
    kind = kind_of(wanted)
    if kind is not kind_of(answer):
        return False
    if kind is float:
        return all_near(wanted, answer)
    if kind in (list, tuple):
        return len(wanted) == len(answer) and all(map(same, wanted, answer))
    if kind is dict:
        return len(wanted) == len(answer) and all(key in answer and same(wanted[key], answer[key]) for key in wanted)
    return wanted == answer

def value_of(coefficients, place):
    return sum(number * math.pow(place, power) for power, number in enumerate(coefficients))
"""

AS_EQUAL = """
def accept(index, arguments, answer, expected):
    return same(expected[index], answer)
"""

# Any palindrome of the right length that begins with the text, whatever its letters' case.
PALINDROME = """
def accept(index, arguments, answer, expected):
    (text,) = arguments
    if not isinstance(answer, str) or len(answer) != len(expected[index]) or not answer.startswith(text):
        return False
    return answer.lower() == answer[::-1].lower()
"""

# Any place in the interval where the polynomial is almost zero.
ZERO_IN_INTERVAL = """
def accept(index, arguments, answer, expected):
    coefficients, (start, end) = arguments
    if expected[index] is None:
        return answer is None
    return start <= answer <= end and abs(value_of(coefficients, answer)) <= 2e-2
"""

# Any zero of x[0] + x[1] * x + x[2] * x**3 + x[3] * x**5 …
ZERO_OF_ODD = """
def accept(index, arguments, answer, expected):
    (given,) = arguments
    coefficients = list(given[:2])
    for number in given[2:]:
        coefficients += [0, number]
    return abs(value_of(coefficients, answer)) <= 1e-6
"""

# Any zero; the tolerance is the row's own.
ZERO = """
def accept(index, arguments, answer, expected):
    (coefficients,) = arguments
    return abs(value_of(coefficients, answer)) <= 1e-4
"""

# Any moves through the maze, not through walls, from start to end.
MOVES = """
STEPS = {"right": (0, 1), "left": (0, -1), "up": (-1, 0), "down": (1, 0)}

def accept(index, arguments, answer, expected):
    maze, (row, column), end = arguments
    if not expected[index]:
        return answer == []
    if not isinstance(answer, (list, tuple)):
        return False
    for move in answer:
        row, column = row + STEPS[move][0], column + STEPS[move][1]
        if row < 0 or column < 0 or maze[row][column] == 1:
            return False
    return (row, column) == end
"""

# Any path of neighbouring open places from start to end.
PATH = """
def accept(index, arguments, answer, expected):
    maze, start, end = arguments
    if not expected[index]:
        return answer == []
    if not isinstance(answer, (list, tuple)) or answer[0] != start or answer[-1] != end:
        return False
    for (row, column), (next_row, next_column) in zip(answer, answer[1:]):
        if next_row < 0 or next_column < 0 or maze[next_row][next_column] == 0:
            return False
        if abs(next_row - row) + abs(next_column - column) != 1:
            return False
    return True
"""

# Any two cards whose product is the number.
CARDS = """
def accept(index, arguments, answer, expected):
    cards, number = arguments
    if expected[index] == "No magic today":
        return answer == expected[index]
    if not isinstance(answer, tuple):
        return False
    first, second = answer
    return 0 <= first < second < len(cards) and cards[first] * cards[second] == number
"""

RULES = {
    ("difficult", "EvoEval/10"): PALINDROME,
    ("difficult", "EvoEval/32"): ZERO_IN_INTERVAL,
    ("creative", "EvoEval/26"): MOVES,
    ("creative", "EvoEval/30"): PATH,
    ("creative", "EvoEval/69"): CARDS,
    ("subtle", "EvoEval/32"): ZERO_OF_ODD,
    ("verbose", "HumanEval/32"): ZERO,
    ("concise", "HumanEval/32"): ZERO,
}


def checker(name: str, task_id: str) -> str:
    """The source of `accept` for an instance of a set."""
    return EQUALITY + RULES.get((name, task_id), AS_EQUAL)
