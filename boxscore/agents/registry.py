"""Agents by name: those that ship with boxscore, and those in a file of yours.

Each is made by a factory: it is called with the options of the command line, a mapping of texts, and gives an
`Agent` or raises UsageError. A Python file defines it as `AGENT`.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from boxscore.checks import shown
from boxscore.data.plugin_calls import plugin_failed
from boxscore.data.plugins import run_plugin
from boxscore.errors import BoxscoreError, HarnessError, UsageError
from boxscore.interrupt import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from boxscore.agents.contract import Agent

    Factory = Callable[[Mapping[str, str]], Agent]

BUILT_IN = {
    "sample": "boxscore.agents.repair:sample_agent",
    "repair": "boxscore.agents.repair:repair_agent",
    "shell": "boxscore.agents.shell:shell_agent",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_VARIABLE = "AGENT"
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


class AgentOptions:
    """The options given to one agent, read one by one; those that are left over are unknown.

    Every method raises UsageError that names the agent, the option, its value and what it may be.
    """

    def __init__(self, agent: str, given: Mapping[str, str]) -> None:
        """Remember what was given to the agent of a name."""
        self._agent, self._given = agent, dict(given)
        self._known: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Any text."""
        self._known.append(name)
        return self._given.pop(name, default)

    def choice(self, name: str, of: Iterable[str], default: str) -> str:
        """One of some words."""
        value = self.text(name, default)
        words = tuple(of)
        if value not in words and value != default:
            raise self._wrong(name, value, f"one of {', '.join(words)}")
        return value

    def count(self, name: str, default: int, *, least: int = 1, most: int = 1_000_000) -> int:
        """A whole number."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):  # noqa: PLR2004 - digits
            raise self._wrong(name, value, f"a whole number from {least} to {most}")
        return int(value)

    def number(self, name: str, default: float, *, most: float = 86_400.0) -> float:
        """A number, of seconds say."""
        value = self.text(name, str(default))
        try:
            found = float(value)
        except ValueError:
            found = math.nan
        if not 0.0 < found <= most:
            raise self._wrong(name, value, f"a number above 0, at most {most:g}")
        return found

    def done(self) -> None:
        """Refuse options that were given and never read."""
        if self._given:
            has = f"it has {', '.join(sorted(self._known))}" if self._known else "it has none"
            raise UsageError(f"agent {self._agent!r} has no option {', '.join(sorted(self._given))}; {has}")

    def _wrong(self, name: str, value: str, wanted: str) -> UsageError:
        return UsageError(f"agent {self._agent!r}: option {name} must be {wanted}, not {value!r}")
