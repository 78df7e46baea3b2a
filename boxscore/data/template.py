"""Render a prompt's template: Jinja in a sandbox, with nothing but the fields that it is given.

`{% message "user" %}` … `{% endmessage %}` is a message of a chat. What it holds is taken as a whole after it was
rendered, so nothing that an instance's text contains begins or ends a message.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2.parser import Parser
    from jinja2.runtime import Macro

MAX_CHARS = 4 << 20  # of one prompt, with all its messages
ROLES = ("system", "user", "assistant")
_found: ContextVar[list[dict[str, str]]] = ContextVar("_found")


class BadTemplate(Exception):  # noqa: N818 - it is told on as one of ours
    """A template cannot be rendered; `line` is that of a mistake in how it is written."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line


def render(source: str, fields: Mapping[str, object]) -> tuple[str, tuple[dict[str, str], ...]]:
    """Return what stands outside of messages, and the messages. Raises BadTemplate."""
    template = _compiled(source)
    found = _found.set([])
    try:
        outside = template.render(fields)
        messages = tuple(_found.get())
    except Exception as error:
        offered = ", ".join(sorted(fields))
        raise BadTemplate(
            f"{str(error) or type(error).__name__} (the fields of this benchmark are {offered})"
        ) from error
    finally:
        _found.reset(found)
    if len(outside) + sum(len(one["content"]) for one in messages) > MAX_CHARS:
        raise BadTemplate(f"it comes to more than {MAX_CHARS:,} characters, the most that a prompt may have")
    return outside, messages


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, keep_trailing_newline=True, extensions=[_Message]
    )
    environment.globals = {"range": environment.globals["range"]}  # what else Jinja has differs from call to call
    del environment.filters["random"]
    try:
        return environment.from_string(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(error.message or "not a template", error.lineno) from error
    except (SyntaxError, RecursionError) as error:  # Python's, of what Jinja makes of it
        raise BadTemplate("it is nested too deeply") from error


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
        if len(found) != count:
            raise ValueError("a message cannot be within another one")
        found.append({"role": role, "content": content})
        return ""
