"""Ruby: minitest, test-unit and RSpec."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.choices import Assertion, Sort
from boxscore.protocols.forms.comparisons import Comparison, Literals, assertions_of, negative, sides_of
from boxscore.protocols.forms.language import (
    FormFile,
    FormTest,
    arguments_of,
    first_end,
    given_once,
    parsed,
    replaced,
    span_of,
)
from boxscore.protocols.forms.past import WaysPast
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from boxscore.protocols.canaries.clues import Value
    from boxscore.protocols.canaries.text import Lines
    from boxscore.protocols.canaries.values import Edit

_TITLED = frozenset(["it", "specify", "example", "scenario", "test", "should"])
_BLOCKS = ("do_block", "block")
_RUNNING = frozenset(["aggregate_failures", "freeze_time", "travel_to", "freeze", "mktmpdir", "chdir"])
_AROUND = frozenset(["body_statement", "block_body", "argument_list", "call"])
_PAST = WaysPast(
    branches=frozenset(
        [
            *("if", "unless", "if_modifier", "unless_modifier", "conditional", "case", "case_match"),
            *("rescue", "rescue_modifier"),
        ]
    ),
    failing=re.compile(r"\b(?:flunk|fail|raise|skip)\b"),
    operators=frozenset(["||", "&&", "or", "and", "||=", "&&=", "&.", "defined?"]),
    called=re.compile(r"(?:try|respond_to|\w*_defined)\??"),
)
_SAME = {"assert_equal": Sort.VALUE, "assert_same": Sort.VALUE, "assert_includes": Sort.PART, "assert_match": Sort.PART}
_WANTED = {
    "eq": Sort.VALUE,
    "eql": Sort.VALUE,
    "be": Sort.VALUE,
    "equal": Sort.VALUE,
    "include": Sort.PART,
    "match": Sort.PART,
}
_MUST = {"must_equal": Sort.VALUE, "must_include": Sort.PART, "must_match": Sort.PART}
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "e": "\x1b", "0": "\0", "r": "\r", "s": " "}
_PLAIN = re.compile(r"[\w\s,;:'\"!=<>@%&-]*")  # a pattern that means what it says
_SAID = 3  # a comparison with a message


class Ruby:
    """Methods of classes of tests, and blocks that have a title."""

    ends: tuple[str, ...] = (".rb",)

    def read(self, path: str, source: str, word: str) -> FormFile:  # noqa: ARG002 - nothing is added to a file
        """See `FormLanguage.read`, and so with the others."""
        import tree_sitter_ruby  # noqa: PLC0415 - for Ruby only

        lines, root = parsed(source, tree_sitter_ruby.language)
        return FormFile(lines=lines, tests=tuple(_tests(root, lines)))

    def named(self, tests: Iterable[str], names: Collection[str]) -> Collection[str]:
        """An id has the name of a method, or a title, with words joined for a method where the runner makes one."""
        every = list(tests)
        return {name for name in names if any(_is_of(name, test) for test in every)}

    def spelled(self, value: Value, *, like: str) -> str:
        """A text in the quotes it had, or as the pattern that it was."""
        if not isinstance(value, str):
            return json.dumps(value)
        if like.startswith("/"):
            return f"/{value}/{like.rpartition('/')[2]}"
        if like.startswith("'") and value.isprintable():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return json.dumps(value, ensure_ascii=False).replace("#", "\\#")

    def without_lines(self, source: str, lines: Collection[int]) -> str:  # noqa: ARG002 - nothing is compiled
        """Where a file does not run, nobody knows which part of it is why."""
        return source


class _Literals(Literals):
    def parts(self, node: Node) -> Sequence[Node] | None:
        """See `Literals.parts`, and so with the others."""
        match node.type:
            case "array":
                return node.named_children
            case "hash":
                return [one for pair in node.named_children if (one := field(pair, "value")) is not None]
            case "parenthesized_statements" if node.named_child_count == 1:
                return node.named_children
        return None

    def value(self, node: Node) -> Value | None:
        """Numbers, texts and truths."""
        text = text_of(node)
        match node.type:
            case "true" | "false":
                return text == "true"
            case "integer" | "float" if re.fullmatch(r"0|[1-9]\d*|\d+\.\d+", text):
                return float(text) if "." in text else int(text)
            case "unary" if text.startswith("-"):
                return negative(self.value(node.named_children[0]))
            case "string" if not any(one.type == "interpolation" for one in node.children):
                return _unescaped(text)
            case "regex" if _PLAIN.fullmatch(inner := text.removeprefix("/").rpartition("/")[0]) and text.startswith(
                "/"
            ):
                return inner or None
        return None


_LITERALS = _Literals()


def _unescaped(text: str) -> str | None:
    """The text of a literal in quotes; None where its escapes are not known."""
    quote, inner = text[:1], text[1:-1]
    if quote == "'":
        return re.sub(r"\\([\\'])", r"\1", inner)
    if quote != '"' or any(one not in _ESCAPES for one in re.findall(r"\\(.)", inner, re.DOTALL)):
        return None
    return re.sub(r"\\(.)", lambda found: _ESCAPES[found[1]], inner)


class _Test(Struct, frozen=True):
    """A test: all of it, the part that is run, and where the word of a form goes in its name."""

    node: Node
    body: Node
    name: str
    end: int
    joint: str


def _tests(root: Node, lines: Lines) -> Iterator[FormTest]:
    for one in _found(root):
        place = lines.position(one.end)
        yield FormTest(
            name=one.name,
            span=span_of(one.node, lines),
            called=((place, place), f"{one.joint}\0"),
            assertions=tuple(_assertions(one, lines)),
            hidden=tuple(_hidden(one, lines)),
            gets_past=_PAST.are_in(one.body),
        )


def _found(root: Node) -> Iterator[_Test]:
    for node in walk(root):
        name, body = field(node, "name"), field(node, "body")
        if node.type == "method" and name is not None and body is not None and text_of(name).startswith("test"):
            yield _Test(node, body, text_of(name), name.end_byte, "_")
        elif node.type == "call" and text_of(field(node, "method")) in _TITLED and field(node, "receiver") is None:
            given, block = arguments_of(node), field(node, "block")
            body = field(block, "body")
            if body is not None and given and given[0].type == "string" and _LITERALS.value(given[0]) is not None:
                yield _Test(node, body, str(_LITERALS.value(given[0])), given[0].end_byte - 1, " ")


def _assertions(test: _Test, lines: Lines) -> Iterator[Assertion]:
    local = _local(test.body)
    left = first_end(test.body, "return")
    calls = [one for one in walk(test.body) if one.type == "call" and one.start_byte < left]
    calls = [one for one in calls if _is_sure(one, test.body)]
    compared = [found for node in calls if (found := _comparison(node, local)) is not None]
    read = [one for one in walk(test.body) if one.type == "identifier"]
    return assertions_of(compared, local, read, _LITERALS, lines)


def _local(body: Node) -> Mapping[str, Node]:
    """Literals by the names that a test gives them once."""
    found = [
        (text_of(left), right)
        for node in body.named_children
        if node.type == "assignment" and (left := field(node, "left")) is not None and left.type == "identifier"
        if (right := field(node, "right")) is not None and _LITERALS.leaves(right)
    ]
    return given_once(found)


def _comparison(call: Node, local: Mapping[str, Node]) -> Comparison | None:
    """What a call of minitest, test-unit or RSpec compares."""
    name, given, receiver = text_of(field(call, "method")), arguments_of(call), field(call, "receiver")
    if receiver is None and name in _SAME and 2 <= len(given) <= _SAID:  # noqa: PLR2004 - both sides, perhaps a message
        return _pair(call, given[0], given[1], local, _SAME[name])
    if receiver is not None and name in _MUST and len(given) == 1:
        wrapped = arguments_of(receiver) if text_of(field(receiver, "method")) in {"_", "expect"} else []
        return _pair(call, given[0], wrapped[0] if wrapped else receiver, local, _MUST[name])
    if receiver is None or name != "to" or len(given) != 1 or text_of(field(receiver, "method")) != "expect":
        return None
    matcher, wanted = text_of(field(given[0], "method")), arguments_of(given[0])
    if matcher == "raise_error" and wanted and _LITERALS.leaves(wanted[-1]):
        blank = f"raise_error({text_of(wanted[0])})" if len(wanted) > 1 else "raise_error"
        return Comparison(whole=given[0], actual=receiver, expected=wanted[-1], blank=blank, sort=Sort.MESSAGE)
    asked = arguments_of(receiver)
    if matcher not in _WANTED or len(wanted) != 1 or len(asked) != 1 or given[0].type != "call":
        return None
    return _pair(call, wanted[0], asked[0], local, _WANTED[matcher])


def _pair(call: Node, first: Node, second: Node, local: Mapping[str, Node], sort: Sort) -> Comparison | None:
    """Tell what is expected from what came."""
    pair = sides_of(first, second, local, _LITERALS)
    if pair is None:
        return None
    part = "(\0)[{start}...{stop}]" if sort is Sort.VALUE else ""
    blank = f"[({text_of(pair[0])})]"
    return Comparison(whole=call, actual=pair[0], expected=pair[1], blank=blank, part=part, sort=sort)


def _is_sure(call: Node, body: Node) -> bool:
    """Whether each run of a test reaches a call: around it is nothing but blocks that are known to run."""
    for one in ancestors(call):
        if one == body:
            break
        if one.type in _BLOCKS:
            if one.parent is None or text_of(field(one.parent, "method")) not in _RUNNING:
                return False
        elif one.type not in _AROUND:
            return False
    return True


def _hidden(test: _Test, lines: Lines) -> Iterator[Edit]:
    """Take away comments, and what is said where something fails."""
    for node in walk(test.node):
        if node.type == "comment":
            yield replaced(node, lines, "")
        elif node.type == "call" and text_of(field(node, "method")) in _SAME and field(node, "receiver") is None:
            given = arguments_of(node)
            if len(given) == _SAID and given[2].type == "string":
                yield replaced(given[2], lines, "''")


def _is_of(name: str, test: str) -> bool:
    """Whether an id has a name or title as whole words."""
    spellings = "|".join(map(re.escape, (name, re.sub(r"\s+", "_", f"test_{name}"))))
    return re.search(rf"(?<![^\W_])(?:{spellings})(?!\w)", test) is not None
