"""Find the code in what a model answered: a text, or the messages of a chat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.data.extract import MAX_TEXT, extract_code
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

_FENCED = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_SPELLINGS = {"cpp": ("cpp", "c++", "cc"), "javascript": ("javascript", "js", "node")}


def answer_text(completion: object) -> str:
    """The text of a completion: itself, or the content of the last message of a chat.

    Content may be a list of parts, of which those of text are joined. Raises UsageError for anything else.
    """
    if isinstance(completion, str):
        return completion
    if isinstance(completion, list | tuple):
        return answer_text(completion[-1]) if completion else ""
    if isinstance(completion, dict) and "content" in completion:
        content = completion["content"]
        if isinstance(content, list | tuple):
            return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
        return "" if content is None else str(content)
    raise UsageError(f"a completion must be a text or messages with `content`, not {type(completion).__name__}")


def code_of_answer(text: str, *, names: Collection[str], language: str = "python") -> str | None:
    """Find the program of an answer; None where it holds none.

    What a model thought before it answered, up to `</think>`, is left out. Of Python, the program that defines `names`
    is found as `boxscore.extract_code` does it; of other languages it is the last block of code that is marked as
    theirs, else the last one, else all of it.
    """
    text = text[-MAX_TEXT:].rpartition("</think>")[2]
    if not text.strip():
        return None
    if language == "python":
        return extract_code(text, names)
    blocks = _FENCED.findall(text)
    marked = [code for mark, code in blocks if mark.lower() in _SPELLINGS.get(language, (language,))]
    found: str = marked[-1] if marked else blocks[-1][1] if blocks else text
    return found if found.strip() else None
