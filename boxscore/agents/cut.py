"""Cut text to what is kept of it, in the middle, since what matters is at the beginning or the end."""

from __future__ import annotations

LEAST_BYTES = 64  # the note fits in


def cut_middle(text: str, most_bytes: int, *, head: float = 0.5) -> str:
    """Return a text of at most `most_bytes` of UTF-8; where it was longer, a note says how much is missing.

    `head` is the share of what is kept that is taken from the beginning. Characters stay whole, and what is no
    character, such as one half of a surrogate pair, becomes a question mark. `most_bytes` is at least 64.
    """
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most_bytes:
        return encoded.decode()
    most_bytes = max(most_bytes, LEAST_BYTES)
    kept = most_bytes - len(_note(len(encoded)))
    first = int(kept * head)
    last = kept - first
    start = encoded[:first].decode("utf-8", "ignore")
    end = encoded[len(encoded) - last :].decode("utf-8", "ignore") if last else ""
    missing = len(encoded) - len(start.encode()) - len(end.encode())
    return f"{start}{_note(missing)}{end}"


def _note(missing: int) -> str:
    return f"\n[... {missing:,} bytes left out ...]\n"
