"""Agents by name: those that ship with boxscore, and those in a file of yours.

Each is made by a factory: it is called with the options of the command line, a mapping of texts, and gives an
`Agent` or raises UsageError. A Python file defines it as `AGENT`.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
from msgspec import Struct, structs

from boxscore.checks import shown
from boxscore.data.plugin_calls import plugin_failed
from boxscore.data.plugins import run_plugin
from boxscore.errors import BoxscoreError, HarnessError, UsageError
from boxscore.interrupt import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boxscore.agents.contract import Agent

    Factory = Callable[[Mapping[str, str]], Agent]

BUILT_IN = {
    "sample": "boxscore.agents.repair:sample_agent",
    "repair": "boxscore.agents.repair:repair_agent",
    "shell": "boxscore.agents.shell:shell_agent",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_VARIABLE = "AGENT"
Options = TypeVar("Options", bound=Struct)
WEB = "web-bench"  # a preset of the agent `repair`, with a loop of its own


def agent_names() -> tuple[str, ...]:
    """What `--agent` takes besides the path of a file."""
    return tuple(BUILT_IN)


def open_agent(name: str, options: Mapping[str, str] | None = None) -> Agent:
    """Make the agent of a name with its options. A text that ends in `.py` or holds a `/` is the path of a file.

    Raises:
        UsageError: There is no such agent or file, or an option is not one of its own, or not what it can be.
        HarnessError: A file's agent cannot be loaded, or lacks what an agent must have.
    """
    given = dict(options or {})
    if name in BUILT_IN:
        module, _, factory = BUILT_IN[name].partition(":")
        return cast("Factory", getattr(importlib.import_module(module), factory))(given)
    if _is_path(name):
        return _made(_of_file(Path(name)), given, origin=name)
    raise UsageError(f"there is no agent {name!r}; choose one of {', '.join(agent_names())}, or name a .py file")


def digest_of(name: str, agent: Agent) -> str:
    """Hash what decides an agent's work beside its options: what it says itself, and its file."""
    said = str(getattr(agent, "digest", ""))
    return f"{said}{hashlib.sha256(Path(name).read_bytes()).hexdigest()}" if _is_path(name) else said


def _is_path(name: str) -> bool:
    return name.endswith(".py") or "/" in name


def _of_file(path: Path) -> object:
    if not path.is_file():
        raise UsageError(f"there is no file {path} with an agent")
    module = run_plugin(path)
    if not hasattr(module, _VARIABLE):
        raise HarnessError(
            f"{path}: defines no {_VARIABLE}", details=(f"end it with `{_VARIABLE} = MyAgent`, made from its options",)
        )
    return getattr(module, _VARIABLE)


def _made(factory: object, options: Mapping[str, str], *, origin: str) -> Agent:
    """Have a plugin make its agent, and look at what it made."""
    if not callable(factory):
        raise HarnessError(f"{origin}: {shown(factory)} cannot be called with the agent's options")
    try:
        agent: object = factory(options)
    except (KeyboardInterrupt, Interrupted, BoxscoreError):  # the user's, or what a plugin may raise
        raise
    except BaseException as error:  # anything else is a fault in it
        raise plugin_failed(error, f"{origin}: the agent cannot be made", None) from error
    name, wants_box = getattr(agent, "name", None), getattr(agent, "wants_box", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise HarnessError(f"{origin}: 'name' must be letters, digits and any of . _ - +, not {shown(name)}")
    if not isinstance(wants_box, bool):
        raise HarnessError(f"{origin}: 'wants_box' must be True or False, not {shown(wants_box)}")
    if not callable(getattr(agent, "drafts", None)):
        raise HarnessError(f"{origin}: the agent has no method 'drafts'")
    return cast("Agent", agent)


def read_options(agent: str, given: Mapping[str, str], kind: type[Options]) -> Options:
    """Read the options given to an agent as the fields of a record. Raises UsageError that names one, and its value."""
    fields = {field.name: field.type for field in structs.fields(kind)}
    unknown = sorted(given.keys() - fields.keys())
    if unknown:
        has = f"it has {', '.join(sorted(fields))}" if fields else "it has none"
        raise UsageError(f"agent {agent!r} has no option {', '.join(unknown)}; {has}")
    found = {}
    for name, text in given.items():
        try:
            found[name] = msgspec.convert(text, fields[name], strict=False)
        except msgspec.ValidationError as error:
            words = getattr(fields[name], "__members__", {}).values()
            why = f"it is one of {', '.join(words)}" if words else str(error)
            raise UsageError(f"agent {agent!r}: option {name} cannot be {text!r}: {why}") from None
    return kind(**found)
