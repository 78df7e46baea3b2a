"""Messages as they go to models and come from them: in the form of OpenAI's chats, which litellm gives all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeGuard


def are_messages(value: object) -> TypeGuard[list[dict[str, Any]]]:
    """Tell whether plain data of a program is the messages of a chat: objects, at least one."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def text_of(content: object) -> str:
    """The text of a message's content: itself, or that of its parts, with a word for each that is none."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list | tuple):
        return "\n".join(_text_of_part(part) for part in content)
    return str(content)


def _text_of_part(part: object) -> str:
    if isinstance(part, dict):
        return str(part["text"]) if isinstance(part.get("text"), str) else f"[{part.get('type', 'something')}]"
    return str(part)
