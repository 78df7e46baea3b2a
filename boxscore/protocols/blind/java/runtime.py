"""What is written behind a blinded test file of Java: a class that sends what is compared."""

from __future__ import annotations

import json
import re
from functools import cache

from boxscore import resources

PREFIX = "Boxscore_"
START = re.compile(rf"\n?final class ({PREFIX}\w+) \{{")
_IMPORT = re.compile(r"^import ([\w.]+)\.(\w+);$", re.MULTILINE)
_COMMENT = re.compile(r"/\*\*.*?\*/|(?<=[;{}]) *//[^\n]*", re.DOTALL)
_QUOTING = re.compile(r"    static void quote\(.*\n    \}\n(?=\}\n\Z)", re.DOTALL)
_BLANKS = re.compile(r"\s*\n\s*")


def name_of(own: str) -> str:
    """The name of the class that stands behind a file whose class is called so; no runner takes it for a test."""
    return f"{PREFIX}{own}_"


@cache
def runtime(name: str, place: str | int) -> str:
    """The class, on one line; what is compared is written to `place`."""
    sandbox = resources.folder("sandbox")
    own = _compact((sandbox / "blind.java").read_text("utf-8"))
    plain = _nested((sandbox / "jvm" / "Plain.java").read_text("utf-8"), _quoting())
    path = f"/dev/fd/{place}" if isinstance(place, int) else place
    own = own.replace('"/place"', json.dumps(path)).removesuffix("}")
    return re.sub(r"\bBoxscore\b", name, f"{own} {plain} }}")


def without_runtime(source: str) -> str:
    """Take out of a rewritten file what it has of ours."""
    found = START.search(source)
    return source if found is None else source[: found.start()]


def _quoting() -> str:
    """How the runner's channel quotes texts."""
    channel = (resources.folder("sandbox") / "jvm" / "Channel.java").read_text("utf-8")
    found = _QUOTING.search(channel)
    if found is None:
        raise ValueError("sandbox/jvm/Channel.java")
    return found[0]


def _nested(source: str, members: str) -> str:
    """A class of a file of its own as one within another, with further members."""
    for package, name in _IMPORT.findall(source):
        source = re.sub(rf"(?<![\w.]){name}\b(?!;)", f"{package}.{name}", source)
    body = source[source.index("final class Plain") :].rstrip().removesuffix("}")
    return _compact(f"static {body}{members}}}").replace("Channel.quote", "quote")


def _compact(source: str) -> str:
    """A source on one line, without comments."""
    return _BLANKS.sub(" ", _COMMENT.sub("", source)).strip()
