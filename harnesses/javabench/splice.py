"""From an answer to a file: the class in it, its place in the skeleton's file, and what of it was left undone."""

from __future__ import annotations

import re

from msgspec import Struct

import boxscore
from boxscore import SampleKind

FENCE = re.compile(r"```java\r?\n(.*?)```", re.DOTALL)
START = "public"
LEAST_LONGER = 10  # characters that a method must have more than its skeleton, where a comment in it still says TODO


class Spliced(Struct, frozen=True, kw_only=True):
    """A file made of a sample, and whether a method in it was left undone."""

    text: str
    undone: bool


def class_of(sample: boxscore.Sample) -> str:
    """The class in a sample, "" where it has none.

    The first fence that says `java` has it, in answers and in completions, which are answers in the benchmark's own
    files; a solution is a file.
    """
    if sample.kind is SampleKind.SOLUTION:
        return sample.text
    found = FENCE.search(sample.text)
    return found[1] if found is not None else ""


def spliced(skeleton: str, code: str) -> Spliced | None:
    """Put a class into the skeleton's file; None where either has no `public`.

    What stands before the first `public` is the skeleton's, so that imports of the sample are lost.
    """
    at, own = skeleton.find(START), code.find(START)
    if at < 0 or own < 0:
        return None
    return Spliced(text=skeleton[:at] + code[own:], undone=is_undone(skeleton, code))


def is_undone(skeleton: str, code: str) -> bool:
    """Whether a method that the skeleton marks with TODO is marked in a sample too, and hardly longer.

    Methods are compared by their names and places among those of one name; lines that are comments do not count.
    """
    marked = {(one.name, one.number): one for one in boxscore.java_methods(code) if one.todo}
    for method in boxscore.java_methods(skeleton):
        own = marked.get((method.name, method.number)) if method.todo else None
        if own is not None:
            before, after = boxscore.java_body(skeleton, method), boxscore.java_body(code, own)
            if len(_without_comments(after)) - len(_without_comments(before)) < LEAST_LONGER:
                return True
    return False


def _without_comments(body: str) -> str:
    return "\n".join(line for line in body.split("\n") if not line.strip().startswith("//"))
