"""Agents by name: those that ship with boxscore, those of installed packages, and those in a file of yours.

Each is made by a factory: it is called with the options of the command line, a mapping of texts, and gives an
`Agent` or raises UsageError. A package brings one by an entry point in the group `boxscore.agents`; a Python file
defines it as `AGENT`. The agents of a program, `command:PROGRAM`, get it as the option `program`.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import re
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from boxscore.checks import shown
from boxscore.data.plugin_calls import plugin_failed
from boxscore.data.plugins import load_point, run_plugin
from boxscore.errors import BoxscoreError, HarnessError, UsageError
from boxscore.interrupt import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.metadata import EntryPoint

    from boxscore.agents.contract import Agent

    Factory = Callable[[Mapping[str, str]], Agent]

GROUP = "boxscore.agents"
PROGRAM = "command"
BUILT_IN = {
    "sample": "boxscore.agents.repair:sample_agent",
    "repair": "boxscore.agents.repair:repair_agent",
    "shell": "boxscore.agents.shell:shell_agent",
    PROGRAM: "boxscore.agents.command:command_agent",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_VARIABLE = "AGENT"
WEB = "web-bench"  # a preset of the agent `repair`, with a loop of its own


def agent_names() -> tuple[str, ...]:
    """What `--agent` takes besides the path of a file. Raises HarnessError for two of one name."""
    shipped = tuple(f"{name}:PROGRAM" if name == PROGRAM else name for name in BUILT_IN)
    return (*shipped, *_installed())


def open_agent(name: str, options: Mapping[str, str] | None = None) -> Agent:
    """Make the agent of a name with its options.

    A text that ends in `.py` or holds a `/` is the path of a file, unless it begins with `command:`.

    Raises:
        UsageError: There is no such agent or file, or an option is not one of its own, or not what it can be.
        HarnessError: A file or package's agent cannot be loaded, or lacks what an agent must have.
    """
    given = dict(options or {})
    kind, is_program, program = name.partition(":")
    if is_program and kind == PROGRAM:
        return _built_in(PROGRAM, {**given, "program": program})
    if name in BUILT_IN and name != PROGRAM:
        return _built_in(name, given)
    if name.endswith(".py") or "/" in name:
        return _made(_of_file(Path(name)), given, origin=name)
    if name in _installed():
        point = _installed()[name]
        return _made(load_point(point), given, origin=f"entry point {point.name} = {point.value}")
    raise UsageError(f"there is no agent {name!r}; choose one of {', '.join(agent_names())}, or name a .py file")


def digest_of(name: str, agent: Agent) -> str:
    """A digest of what decides an agent's work beside its options: what it says itself, and the file it is written in.

    Of a program it is the file that is named first, where that is one.
    """
    path = _written_in(name)
    if path is None:
        return str(getattr(agent, "digest", ""))
    data = path.read_bytes() if path.is_file() else b""
    return f"{getattr(agent, 'digest', '')}{hashlib.sha256(data).hexdigest()}"


def _is_program(name: str) -> bool:
    return name.startswith(f"{PROGRAM}:")


def _written_in(name: str) -> Path | None:
    """The file that an agent of a name is written in; None where the name is no file's."""
    if _is_program(name):
        return Path(next(iter(shlex.split(name.partition(":")[2])), ""))
    return Path(name) if name.endswith(".py") or "/" in name else None


def _built_in(name: str, options: Mapping[str, str]) -> Agent:
    module, _, thing = BUILT_IN[name].partition(":")
    return cast("Factory", getattr(importlib.import_module(module), thing))(options)


@cache
def _installed() -> Mapping[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and rarely needed

    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if point.name in found or point.name in BUILT_IN or not _NAME.fullmatch(point.name):
            other = f" ({found[point.name].value})" if point.name in found else ""
            raise HarnessError(f"entry point {point.name} = {point.value}: no agent may have this name{other}")
        found[point.name] = point
    return found


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
