"""How LiveCodeBench compares output: line by line without white space around, or word by word as decimal numbers."""

CHECKER = """\
from decimal import Decimal


def accept(stdin, output, expected):
    printed, wanted = lines(output), lines(expected)
    return len(printed) == len(wanted) and all(map(same, printed, wanted))


def lines(text):
    return [line.strip() for line in text.strip().split("\\n")]


def same(printed, wanted):
    if printed == wanted:
        return True
    try:
        return [Decimal(word) for word in printed.split()] == [Decimal(word) for word in wanted.split()]
    except (ArithmeticError, ValueError):
        return False
"""
