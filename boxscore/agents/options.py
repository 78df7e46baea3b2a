"""Read the options of an agent, `--agent-option NAME=VALUE`: each is checked when the agent is opened."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAVEN, WEB = "sd-feedback-maven", "web-bench"  # presets of the agent `repair` with loops of their own
SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


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

    def switch(self, name: str, *, default: bool) -> bool:
        """`yes` or `no`."""
        value = self.text(name, "yes" if default else "no")
        if value not in SWITCH:
            raise self._wrong(name, value, "yes or no")
        return SWITCH[value]

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
