"""What a test expects, read from its source: a literal of each language as plain data that the grader compares.

A value is a pair of its kind and what it holds, as the driver in a box prints it too: `["int", 5]`, `["str", "hex"]`,
`["list", [...]]`. Only the forms are read that the translator of MultiPL-E writes; anything else is `Unreadable`.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .scanner import NAME, NUMBER, Scanner, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Scanner], object]

JAVA_KINDS = {"long": "long", "float": "float", "String": "str", "int": "int", "Long": "long", "Float": "float"}
TRUTHS: dict[str, list[object]] = {"true": ["bool", True], "false": ["bool", False]}
CPP_WORDS = TRUTHS | {"std::nullopt": ["none"]}
SUFFIXES = {"l": "long", "L": "long", "f": "float", "F": "float"}


def text_of(value: str) -> list[object]:
    """A text, by its bytes."""
    return ["str", value.encode("utf-8", "surrogatepass").hex()]


def float_bits(value: float) -> int:
    return int.from_bytes(struct.pack(">f", value), "big")


def javascript(scanner: Scanner) -> object:
    if scanner.takes("["):
        return ["list", scanner.listed(javascript, "]")]
    if scanner.takes("{"):
        return ["map", scanner.listed(_javascript_pair, "}")]
    if number := scanner.matches(NUMBER):
        return ["num", float(number)]
    if name := scanner.matches(NAME):
        return TRUTHS.get(name) or [_one_of(name, "undefined", "null")]
    value = scanner.text()
    return ["str", value.encode("utf-16-be", "surrogatepass").hex()]


def _javascript_pair(scanner: Scanner) -> object:
    key = javascript(scanner)
    scanner.need(":")
    return [key, javascript(scanner)]


def cpp(scanner: Scanner) -> object:
    """A literal of C++, casts left out: types are settled where it is compared."""
    if scanner.takes("("):
        return _in_brackets(scanner, cpp, cast=_is_cpp_type)
    if number := scanner.matches(NUMBER):
        return _number(scanner, number)
    name = scanner.matches(NAME)
    if not name:
        return text_of(scanner.text())
    return CPP_WORDS[name] if name in CPP_WORDS else _cpp_call(scanner, name)


def _cpp_call(scanner: Scanner, name: str) -> object:
    scanner.generic()
    scanner.need("(")
    if name in {"std::vector", "std::map"}:
        return _braced(scanner, name)
    items = scanner.listed(cpp, ")")
    if name == "std::make_tuple":
        return ["list", items]
    if name in {"std::optional", "float", "long", "std::string"} and len(items) == 1:
        return _rounded(items[0]) if name == "float" else items[0]
    raise Unreadable(name)


def _braced(scanner: Scanner, name: str) -> object:
    kind = "map" if name == "std::map" else "list"
    if scanner.takes(")"):
        return [kind, []]
    scanner.need("{")
    items = scanner.listed(_cpp_pair if kind == "map" else cpp, "}")
    scanner.need(")")
    return [kind, items]


def _cpp_pair(scanner: Scanner) -> object:
    scanner.need("{")
    return scanner.listed(cpp, "}")


def _is_cpp_type(name: str) -> bool:
    return name in {"long", "float", "bool", "std::string", "std::tuple", "std::vector"}


def java(scanner: Scanner) -> object:
    """A literal of Java, with the class that it has where it is boxed."""
    if scanner.takes("("):
        return _in_brackets(scanner, java, cast=_is_java_type)
    if number := scanner.matches(NUMBER):
        return _java_number(scanner, number)
    if scanner.takes("new "):
        return _java_new(scanner)
    name = scanner.matches(NAME)
    if not name:
        return text_of(scanner.text())
    return TRUTHS[name] if name in TRUTHS else _java_call(scanner, name)


def _java_call(scanner: Scanner, name: str) -> object:
    scanner.need("(")
    items = scanner.listed(java, ")")
    if len(items) == {"Optional.empty": 0, "Optional.of": 1}.get(name):
        return ["optional", items]
    if name in {"Pair.with", "Triplet.with", "Quartet.with"}:
        return ["tuple", items]
    raise Unreadable(name)


def _java_new(scanner: Scanner) -> object:
    name = scanner.matches(NAME)
    scanner.generic()
    scanner.need("(")
    if name == "HashMap":
        return ["map", [] if scanner.takes(")") else _map_of(scanner)]
    if name != "ArrayList":
        raise Unreadable(name)
    if scanner.takes(")"):
        return ["list", []]
    scanner.need("Arrays.asList")
    scanner.need("(")
    items = scanner.listed(java, ")")
    scanner.need(")")
    return ["list", items]


def _map_of(scanner: Scanner) -> list[object]:
    scanner.need("Map.of")
    scanner.need("(")
    flat = scanner.listed(java, ")")
    scanner.need(")")
    return [list(pair) for pair in zip(flat[::2], flat[1::2], strict=True)]


def _java_number(scanner: Scanner, number: str) -> object:
    kind = _suffix(scanner) or ("int" if number.lstrip("-").isdigit() else "double")
    if kind == "float":
        return ["float", float_bits(float(number))]
    return [kind, float(number) if kind == "double" else int(number)]


def _is_java_type(name: str) -> bool:
    return name in JAVA_KINDS or name in {"boolean", "Pair", "ArrayList", "Boolean"}


def _in_brackets(scanner: Scanner, item: Reader, *, cast: Callable[[str], bool]) -> object:
    """What is in brackets, or what a cast in brackets stands before."""
    start = scanner.at
    name = scanner.matches(NAME)
    if name and cast(name):
        scanner.generic()
        if scanner.takes(")"):
            return _cast(name, item(scanner))
    scanner.at = start
    value = item(scanner)
    scanner.need(")")
    return value


def _cast(name: str, value: object) -> object:
    assert isinstance(value, list)
    number = value[1] if value[0] in {"int", "long", "float", "double"} else None
    if number is None or name not in JAVA_KINDS or JAVA_KINDS[name] == value[0]:
        return value
    if name == "float" and value[0] in {"int", "long"}:
        return ["float", float_bits(number)]
    if name in {"long", "int"} and value[0] in {"int", "long"}:
        return [name, number]
    raise Unreadable(name)


def _number(scanner: Scanner, number: str) -> object:
    kind = _suffix(scanner)
    if kind == "float":
        return ["float", float_bits(float(number))]
    if number.lstrip("-").isdigit():
        return ["int", int(number)]
    return ["double", float(number)]


def _rounded(value: object) -> object:
    assert isinstance(value, list)
    return ["float", float_bits(value[1])] if value[0] in {"int", "double"} else value


def _suffix(scanner: Scanner) -> str | None:
    letter = scanner.source[scanner.at : scanner.at + 1]
    if letter in SUFFIXES:
        scanner.at += 1
    return SUFFIXES.get(letter)


def go(scanner: Scanner) -> str:
    """A literal of Go, as its formatting with `%v` prints it."""
    if scanner.takes("[]"):
        return f"[{' '.join(map(str, _go_items(scanner)))}]"
    if scanner.takes("map[string]int"):
        scanner.need("{")
        pairs: dict[str, str] = dict(scanner.listed(_go_pair, "}"))  # type: ignore[arg-type]
        return f"map[{' '.join(f'{key}:{pairs[key]}' for key in sorted(pairs, key=str.encode))}]"
    if number := scanner.matches(NUMBER):
        return number if number.lstrip("-").isdigit() else go_float(float(number))
    if name := scanner.matches(NAME):
        return {"true": "true", "false": "false", "nil": "<nil>"}[_one_of(name, "true", "false", "nil")]
    return scanner.text()


def _go_items(scanner: Scanner) -> list[object]:
    """The items of a slice. Raises Unreadable where their type is another than it says: that is not compiled."""
    if scanner.takes("[]interface{}{"):
        return scanner.listed(_go_slice, "}")
    kind = scanner.matches(NAME)
    if kind == "interface":
        scanner.need("{}")
    elif kind not in {"int", "string", "float64", "bool"}:
        raise Unreadable(kind)
    scanner.need("{")
    return scanner.listed(go, "}")


def _go_slice(scanner: Scanner) -> str:
    start = scanner.at
    scanner.need("[]interface{}")
    scanner.at = start
    return go(scanner)


def _go_pair(scanner: Scanner) -> object:
    key = scanner.text()
    scanner.need(":")
    return [key, go(scanner)]


def go_float(value: float) -> str:
    """How Go prints a number of double precision with `%v`: in the shortest way, with an exponent from 1e21 on."""
    if value == int(value) and abs(value) < 1e21:  # noqa: PLR2004 - Go's own bound
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent):+03d}" if exponent else mantissa


def _one_of(name: str, *known: str) -> str:
    if name not in known:
        raise Unreadable(name)
    return name
