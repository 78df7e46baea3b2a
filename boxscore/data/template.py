"""Render a prompt's template: Jinja in a sandbox, with nothing but the fields that it is given.

`{% message "user" %}` … `{% endmessage %}` is a message of a chat. What it holds is taken as a whole after it was
rendered, so nothing that an instance's text contains begins or ends a message.

A template is its user's own, and may be wrong: what it prints, how often its loops go round and what it multiplies are
bounded, so that a mistake is told in moments and does not use up the machine's memory.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jinja2.parser import Parser
    from jinja2.runtime import Context, Macro

MAX_CHARS = 4 << 20  # of one prompt, with all its messages
MAX_STEPS = 1_000_000  # of all loops together
ROLES = ("system", "user", "assistant")
_COUNTED = "_counted"
_MAX_BASE, _MAX_EXPONENT = 1_000_000, 100
_WIDE = re.compile(r"%[^%a-zA-Z]*(?:\d{5}|\*)")
_HELPERS = ("range",)  # what else Jinja has for all templates differs from call to call, or is of no use here
_MISTAKES = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
_found: ContextVar[list[dict[str, str]]] = ContextVar("_found")
_steps: ContextVar[list[int]] = ContextVar("_steps")


class BadTemplate(Exception):  # noqa: N818 - it is told on as one of ours
    """A template cannot be rendered; `line` is that of a mistake in how it is written."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line


def render(source: str, fields: Mapping[str, object]) -> tuple[str, tuple[dict[str, str], ...]]:
    """Return what stands outside of messages, and the messages. Raises BadTemplate."""
    template = _compiled(source)
    found, steps = _found.set([]), _steps.set([0])
    try:
        outside = _bounded(template.generate(fields))
        return outside, tuple(_found.get())
    except _MISTAKES as error:
        raise BadTemplate(f"{str(error) or type(error).__name__}{_offer(fields)}") from error
    finally:
        _found.reset(found)
        _steps.reset(steps)


def _bounded(pieces: Iterable[str]) -> str:
    """Join what is printed, unless it is too much for a prompt."""
    kept: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        kept.append(_short_enough(piece, size))
    return "".join(kept)


def _short_enough(text: str, size: int) -> str:
    if size > MAX_CHARS:
        raise ValueError(f"it comes to more than {MAX_CHARS:,} characters, the most that a prompt may have")
    return text


def _counted(items: Iterable[object]) -> Iterator[object]:
    """Go through what a loop goes through; all loops of a prompt have so many steps together."""
    steps = _steps.get()
    for one in items:
        steps[0] += 1
        if steps[0] > MAX_STEPS:
            raise ValueError(f"its loops go round more than {MAX_STEPS:,} times")
        yield one


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    environment = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        keep_trailing_newline=True,
        extensions=[_Message],
    )
    environment.globals = {name: environment.globals[name] for name in _HELPERS}
    del environment.filters["random"]
    environment.filters[_COUNTED] = _counted
    try:
        tree = environment.parse(source)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None)
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise BadTemplate(error.message or "not a template", error.lineno) from error
    except (SyntaxError, RecursionError) as error:  # Python's, of what Jinja makes of it
        raise BadTemplate("it is nested too deeply") from error


def _offer(fields: Mapping[str, object]) -> str:
    return f" (the fields of this benchmark are {', '.join(sorted(fields))})"


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with a bound on what products and formats come to."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would be too long before it is made."""
        if operator == "**" and not (abs(left) <= _MAX_BASE and abs(right) <= _MAX_EXPONENT):
            raise ValueError("a power is too large")
        if operator == "*":
            for text, times in ((left, right), (right, left)):
                if isinstance(times, int) and isinstance(text, str | bytes | list | tuple):
                    _short_enough("", len(text) * times)
        if operator == "%" and isinstance(left, str) and _WIDE.search(left):
            raise ValueError("a format is too wide")
        return super().call_binop(context, operator, left, right)


class _Message(Extension):
    """The tag `message`."""

    tags: set[str] = {"message"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """Read the tag up to its end."""
        line = next(parser.stream).lineno
        role = parser.stream.expect("string")
        if role.value not in ROLES:
            parser.fail(f"a message is of one of {', '.join(ROLES)}, not {role.value!r}", line)
        body = parser.parse_statements(("name:endmessage",), drop_needle=True)
        call = self.call_method("add", [nodes.Const(role.value)])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def add(self, role: str, caller: Macro) -> str:
        """Take a message out of the text."""
        found = _found.get()
        count = len(found)
        content = str(caller())
        _short_enough("", len(content) + sum(len(one["content"]) for one in found))
        if len(found) != count:
            raise ValueError("a message cannot be within another one")
        found.append({"role": role, "content": content})
        return ""
