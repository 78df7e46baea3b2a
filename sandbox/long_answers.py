"""Long answers in a candidate's process: some have hundreds of megabytes, which must not cross to the grader.

An answer of more than LONG_BYTES crosses as the digest of its byte form, taken chunk by chunk, and so does a whole
number of more digits than are decoded.
"""

from __future__ import annotations

import itertools
import marshal
from typing import TYPE_CHECKING

import plain
from frames import DIGEST, LENGTH, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

LONG_BYTES = 4 << 20
CHUNK, TEXT_CHUNK = 1_000, 64_000  # items of a list or tuple, characters of a text
DIGIT_BITS = 15  # of the byte form of a whole number
_HEAD = 5  # a tag and a count begin the byte form of a list or tuple; its items follow as they are
_TAGS: dict[type, bytes] = {list: b"[", tuple: b"("}


def encode_long(answer: Any) -> bytes | None:
    kind = type(answer)
    if kind is int or kind is str or kind is bytes:
        return digest(answer, parts_of(answer)) if is_long(answer) else None
    if (kind not in _TAGS and kind is not dict) or len(answer) <= CHUNK:
        return None
    parts, size = [], 0
    try:
        forms = pair_forms(answer) if kind is dict else chunk_forms(answer)
        for part in forms:
            parts.append(part)
            size += len(part)
            if size > LONG_BYTES:
                return digest(answer, itertools.chain(parts, forms))
    except (plain.NotPlain, ValueError, RecursionError):
        return None
    if kind is dict:
        return b"".join([VALUE, b"{", *parts, b"0"])
    return b"".join([VALUE, _TAGS[kind], LENGTH.pack(len(answer)), *[part[_HEAD:] for part in parts]])


def chunk_forms(answer: list[Any] | tuple[Any, ...]) -> Iterator[bytes]:
    for start in range(0, len(answer), CHUNK):
        yield marshal.dumps(plain.reduce(answer[start : start + CHUNK]), plain.VERSION)


def pair_forms(answer: dict[Any, Any]) -> Iterator[bytes]:
    for key, value in answer.items():
        yield b"".join([marshal.dumps(plain.reduce(one), plain.VERSION) for one in (key, value)])


def is_long(answer: int | str | bytes) -> bool:
    """Say whether a text or bytes are long, or a number has more digits than are decoded."""
    if isinstance(answer, int):
        return answer.bit_length() > plain.MAX_INT_BITS - DIGIT_BITS
    return len(answer) > LONG_BYTES


def parts_of(answer: int | str | bytes) -> Iterator[bytes]:
    """Give a text, encoded, or bytes in pieces small enough that their memory is used again; a number with its sign."""
    if isinstance(answer, int):
        yield answer.to_bytes(answer.bit_length() // 8 + 1, "little", signed=True)
        return
    for start in range(0, len(answer), TEXT_CHUNK):
        part = answer[start : start + TEXT_CHUNK]
        yield part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")


def digest(answer: Any, parts: Iterable[bytes]) -> bytes:
    """Encode an answer as its type, its length and the digest of its parts; the order of a dict's pairs counts not."""
    import hashlib  # noqa: PLC0415 - few samples need it, and what is loaded here is in the memory of all

    total = hashlib.sha256()
    if type(answer) is dict:
        parts = sorted(hashlib.sha256(part).digest() for part in parts)
    for part in parts:
        total.update(part)
    size = answer.bit_length() if type(answer) is int else len(answer)
    return DIGEST + marshal.dumps((type(answer).__name__, size, total.digest()), plain.VERSION)
