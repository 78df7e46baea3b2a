"""What an agent did, step by step, in ATIF: the Agent Trajectory Interchange Format of Harbor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boxscore.models.contract import Answer


class Trajectory:
    """The steps of one sample as they come: what was asked, answered, done in a box and seen there."""

    def __init__(self, *, session_id: str, agent: str, version: str, model: str) -> None:
        """Begin with no step."""
        self._about = {"session_id": session_id, "agent": agent, "version": version, "model": model}
        self._steps: list[dict[str, Any]] = []

    def add_message(self, role: str, content: str) -> None:
        """Add what the system or the user said."""
        self._steps.append({"source": role, "message": content})

    def add_answer(self, answer: Answer) -> None:
        """Add what the model said, with what it took."""
        self._steps.append({"source": "agent", "message": answer.text})

    def add_action(self, tool: str, arguments: dict[str, Any], observation: str) -> None:
        """Add to the model's last answer what was done for it, and what came back."""
        self._steps[-1].setdefault("actions", []).append((tool, arguments, observation))
