"""The attack suite's files: templates of candidates, cheats and honest ones, for any instance of a protocol.

A template is a file `instances/attacks/<protocol>/<class>/<name>.…`; `docs/attacks.md` says what its header lines
mean.
"""

from __future__ import annotations

import base64
import difflib
import enum
import hashlib
import io
import re
import zlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import BoxError, UsageError
from boxscore.protocols.trusted import run_trusted, trusted_limits
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.records import Limits


SUFFIXES = {
    "function": (".py",),
    "program": (".py",),
    "unittest": (".py",),
    "patch": (".template", ".diff"),
    "project": (".template",),
    "web": (".template",),
    "migration": (".template",),
}
_SECTION = re.compile(r"^#([>~-]) (.+)\n", re.MULTILINE)
_HEADER = re.compile(r"# (expect|how|limit|runner|on): (.+)")
_PLACEHOLDER = re.compile(r"__ENTRY__|__REFERENCE__|__REFERENCE_TEXT__")


PARTS = "parts"  # what several templates of a protocol share


class Expect(enum.StrEnum):
    """What a grader that holds does with an attack."""

    FAIL = "fail"  # a cheat: any outcome but passed
    PASS = "pass"  # noqa: S105 - an honest control: it must be passed
    PROBE = "probe"  # an honest answer that reports whether it reached what it must not
    ANY = "any"  # a matter of policy: recorded, never held against the grader


class Attack(Struct, frozen=True, kw_only=True):
    """One template. `limit` names the limit that ends it where the defence holds: such attacks cost seconds.

    Of patches, `runner` is the only runner of tests that it suits, if it does not suit all; `on_reference` says that it
    is added to the reference, `is_diff` that it is a patch as it stands.
    """

    name: str
    attack_class: str
    expect: Expect
    how: str
    source: str
    limit: str | None = None
    runner: str | None = None
    on_reference: bool = False
    is_diff: bool = False


def attacks_for(protocol: str) -> tuple[Attack, ...]:
    """Load the suite of a protocol, ordered by class and name.

    Raises UsageError where there is no suite for it, or a template has a bad header.
    """
    root = folder("instances") / "attacks" / protocol
    files = sorted(path for path in root.glob("*/*") if path.suffix in SUFFIXES.get(protocol, ()))
    attacks = tuple(_load(path) for path in files if path.parent.name != PARTS)
    if not attacks:
        raise UsageError(f"there is no attack suite for the protocol {protocol!r}")
    return attacks


def render(attack: Attack, *, entry: str, reference: str) -> str:
    """Turn a template into a candidate's code for the function `entry`, which `reference` defines."""
    texts = {"__ENTRY__": entry, "__REFERENCE__": reference, "__REFERENCE_TEXT__": repr(reference)}
    return _PLACEHOLDER.sub(lambda match: texts[match.group()], attack.source)


def sections_of(attack: Attack, source: str) -> list[tuple[str, str, str]]:
    """Cut a template at its lines `#> ARGUMENT` (or `#~`, `#-`): the sign, the argument and the text of each section.

    Raises UsageError for text before the first.
    """
    first, *parts = _SECTION.split(source)
    if first.strip():
        raise UsageError(f"{attack.name}: text before the first section: {first.strip()[:80]!r}")
    return [
        (kind, argument.strip(), text) for kind, argument, text in zip(*(parts[at::3] for at in range(3)), strict=True)
    ]


def read_texts(box: Box, program: str, request: object, limits: Limits, *, output_bytes: int) -> dict[str, str]:
    """Have a program of ours read texts of a tree in a box, by their paths, to make attacks of. Raises BoxError."""
    done = run_trusted(box, program, request, trusted_limits(limits, output_bytes=output_bytes))
    try:
        return msgspec.json.decode(done.stdout, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"the tree could not be read in a box: {done.stderr[-300:]!r}") from error


def fast_subset(attacks: Iterable[Attack]) -> tuple[Attack, ...]:
    """Leave out attacks that end only by a limit, but for the first of each class that does not wait for the wall."""
    kept, limited = [], set()
    for attack in attacks:
        if attack.limit is not None:
            if attack.limit == "wall" or attack.attack_class in limited:
                continue
            limited.add(attack.attack_class)
        kept.append(attack)
    return tuple(kept)


def _load(path: Path) -> Attack:
    source = path.read_text(encoding="utf-8")
    lines = source.split("\n")
    header: dict[str, str] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            break
        header[match[1]] = match[2].strip()
    if "how" not in header or header.get("expect") not in set(Expect):
        raise UsageError(f"{path}: an attack begins with the lines `# expect: {'|'.join(Expect)}` and `# how: …`")
    return Attack(
        name=path.stem,
        attack_class=path.parent.name,
        expect=Expect(header["expect"]),
        how=header["how"],
        source=source if path.suffix == ".py" else "\n".join(lines[len(header) :]),
        limit=header.get("limit"),
        runner=header.get("runner"),
        on_reference=header.get("on") == "reference",
        is_diff=path.suffix == ".diff",
    )


LETTERS = 26
LINE_BYTES = 2 * LETTERS  # of packed data, whose count is told by a letter


def difference(path: str, old: str | None, new: str | bytes | None) -> str:
    """Write what changed in a file as `git diff` does; None stands for no file, bytes for a new one that is no text."""
    if old == new:
        return ""
    head = f"diff --git a/{path} b/{path}\n"
    if isinstance(new, bytes):
        return head + _binary(new)
    if old is None or new is None:
        head += "new file mode 100644\n" if old is None else "deleted file mode 100644\n"
    names = ("/dev/null" if old is None else f"a/{path}", "/dev/null" if new is None else f"b/{path}")
    before, after = (io.StringIO(text or "", newline="\n").readlines() for text in (old, new))
    lines = difflib.unified_diff(before, after, *names)
    return head + "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _binary(data: bytes) -> str:
    """The part of a patch that makes a new file of bytes."""
    name = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    packed, lines = zlib.compress(data), []
    for start in range(0, len(packed), LINE_BYTES):
        chunk = packed[start : start + LINE_BYTES]
        letter = chr(ord("A") + len(chunk) - 1) if len(chunk) <= LETTERS else chr(ord("a") + len(chunk) - LETTERS - 1)
        lines.append(letter + base64.b85encode(chunk, pad=True).decode() + "\n")
    return (
        f"new file mode 100644\nindex {'0' * 40}..{name}\nGIT binary patch\nliteral {len(data)}\n{''.join(lines)}\n"
        "literal 0\nHcmV?d00001\n\n"
    )
