"""How what a program's calls gave is compared with what is expected: as the `assert` of each language compares.

The program prints its values behind the last line `boxscore: values`; whatever it prints before that is its own. What
is expected is a line of JSON that never enters the process of a program: `{"language": …, "values": […]}`.
"""

CHECKER = """\
import json
import math
import struct

MARK = "\\nboxscore: values\\n"
NUMBERS = ("int", "long", "double", "float", "num", "bool", "char")


def accept(stdin, output, expected):
    wanted = json.loads(expected)
    head, mark, tail = output.rpartition(MARK)
    if not mark or tail.count("\\n") != 1 or not tail.endswith("]\\n"):
        return False
    try:
        seen = json.loads(tail)
    except (ValueError, RecursionError):
        return False
    same = {"js": loosely, "java": in_java, "go": as_text, "cpp": in_cpp}[wanted["language"]]
    return len(seen) == len(wanted["values"]) and all(map(same, seen, wanted["values"]))


def as_text(seen, wanted):
    return seen == wanted.encode("utf-8", "surrogatepass").hex()


def number(value):
    kind, held = value
    if kind == "float" and type(held) is int and 0 <= held < 1 << 32:
        return struct.unpack(">f", held.to_bytes(4, "big"))[0]
    if kind in ("double", "num"):
        return float(held) if type(held) in (int, float) or len(held) < 400 else math.nan
    return held


def is_value(seen):
    return type(seen) is list and 0 < len(seen) < 3 and type(seen[0]) is str


def each(same, seen, wanted):
    return type(seen) is list and len(seen) == len(wanted) and all(map(same, seen, wanted))


def in_cpp(seen, wanted):
    if not is_value(seen):
        return False
    if wanted[0] == "none":
        return seen[0] == "none"
    if wanted[0] in NUMBERS:
        return seen[0] in NUMBERS and number(seen) == number(wanted)
    if wanted[0] == "map":
        pairs = sorted(wanted[1], key=lambda pair: bytes.fromhex(pair[0][1]))
        return seen[0] == "map" and each(lambda one, other: each(in_cpp, one, other), seen[1], pairs)
    if wanted[0] == "list":
        return seen[0] == "list" and each(in_cpp, seen[1], wanted[1])
    return seen == wanted


def in_java(seen, wanted):
    operator, value = wanted
    if operator == "equals":
        return equals(seen, value)
    return is_value(seen) and (
        number(seen) == number(value) if seen[0] in NUMBERS and value[0] in NUMBERS else seen == value
    )


def equals(seen, wanted):
    if not is_value(seen) or seen[0] != wanted[0]:
        return False
    if wanted[0] in ("list", "tuple", "optional"):
        return each(equals, seen[1], wanted[1])
    if wanted[0] == "map":
        return type(seen[1]) is list and len(seen[1]) == len(wanted[1]) and all(
            any(each(equals, one[1], pair) for one in seen[1] if is_value(one)) for pair in wanted[1]
        )
    if wanted[0] == "double":
        return float(seen[1]) == wanted[1]
    return seen == wanted


def loosely(seen, wanted):
    if not is_value(seen):
        return False
    if wanted[0] == "list":
        return seen[0] == "list" and each(loosely, seen[1], wanted[1])
    if wanted[0] == "map":
        if seen[0] != "map" or type(seen[1]) is not list:
            return False
        has = {key[1]: value for key, value in seen[1]}
        return len(seen[1]) == len(wanted[1]) and all(
            key[1] in has and loosely(has[key[1]], value) for key, value in wanted[1]
        )
    if seen[0] in ("list", "map", "other"):
        return False
    return loose_plain(seen, wanted)


def loose_plain(seen, wanted):
    nothing = ("undefined", "null")
    if seen[0] in nothing or wanted[0] in nothing:
        return seen[0] in nothing and wanted[0] in nothing
    if seen[0] == wanted[0] == "str":
        return seen[1] == wanted[1]
    one, other = in_numbers(seen), in_numbers(wanted)
    return one == other or (seen[0] == wanted[0] == "num" and one != one and other != other)


def in_numbers(value):
    kind, held = value
    if kind == "bool":
        return float(held)
    if kind == "big":
        return int(held) if len(held) < 400 else math.nan
    if kind == "num":
        return javascript_number(held) if type(held) is str else float(held)
    return javascript_number(bytes.fromhex(held).decode("utf-16-be", "replace"))


def javascript_number(text):
    text = text.strip()
    if not text:
        return 0.0
    if text.lstrip("+-") == "Infinity":
        return math.inf if text[0] != "-" else -math.inf
    if len(text) > 400 or not set(text) <= set("0123456789+-.eE"):
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan
"""
