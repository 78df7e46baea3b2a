"""Notice samples that are not what their file says they are, before any is graded: 0 % would be ours, not the model's.

Fenced text given as a program, programs given as completions, patches given to a benchmark of functions, ids of another
file: each grades without an error and says nothing of the model. What cannot be meant is refused; what is odd is said
once, with a count and an example, and nothing is graded in another way for it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from boxscore.checks import either
from boxscore.data.predictions import PATCH
from boxscore.errors import UsageError
from boxscore.protocols.function.source import syntax_error
from boxscore.protocols.registry import entry_point_of, protocol_of
from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.contract import Grading, Task
    from boxscore.records import Sample

FEW = 0.01  # of all samples: a share from which on single ones are worth a word
MOST = 0.9  # of all samples of a kind: from here on it is how the file was made
LOOKED_AT = 64  # samples whose code is parsed, spread over the file
MAX_PARSED = 500  # samples that look odd, and are parsed before they are counted
MAX_LENGTH = 100_000  # characters of a text that is looked at

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_PATCH_FENCE = re.compile(r"^```", re.MULTILINE)  # no line of a diff begins with it
_TOKEN = re.compile(r"<[|\uff5c][^|\uff5c\n]{1,40}[|\uff5c]>|</s>\s*$|<(?:start|end)_of_turn>|\[/?INST\]")
_DIFF = re.compile(r"^(?:diff --git |--- \S|\+\+\+ \S|@@ -)", re.MULTILINE)
_DEFINED = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)
_AS_ANSWER = "name the field `answer`, or give --as answer, to have the code taken out of them"
_FIELDS = {kind: PATCH if kind is SampleKind.PATCH else str(kind) for kind in SampleKind}


def check_kind(sample: Sample, code: str | None, benchmark: str, protocol: Grading[Any]) -> None:
    """Raise UsageError for a sample of a kind that a benchmark does not take, which is a mistake and no failure.

    `code` is what the harness made of the sample: some harnesses make patches of programs.
    """
    taken = protocol.sample_kinds
    if sample.kind in taken or (protocol.grades_patches and _is_made_of_code(sample, code)):
        return
    fields = either([f"`{_FIELDS[kind]}`" for kind in SampleKind if kind in taken])
    is_patch = sample.kind is SampleKind.PATCH
    hint = "; patches are for benchmarks of repositories, such as swe-bench-verified" if is_patch else ""
    raise UsageError(
        f"sample {sample.sample_id!r} of {sample.instance_id!r} is {'an' if sample.kind is SampleKind.ANSWER else 'a'} "
        f"{sample.kind} (`{_FIELDS[sample.kind]}`), and {benchmark} takes none: give {fields}, or name the benchmark "
        f"that it answers{hint}"
    )


class SampleWatch:
    """Looks at each sample of a run once, as it is planned."""

    def __init__(self, benchmark: str, samples: int) -> None:
        self._benchmark, self._stride = benchmark, max(1, samples // LOOKED_AT)
        self._seen: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._example: dict[str, str] = {}
        self._parsed = 0

    def add(self, sample: Sample, code: str | None, task: Task) -> None:
        """Look at a sample and the code that was made of it. Raises UsageError for what cannot be meant."""
        self._seen["samples"] += 1
        self._seen[sample.kind] += 1
        protocol = protocol_of(task)
        check_kind(sample, code, self._benchmark, protocol)
        name = entry_point_of(task)
        if protocol.grades_patches:
            self._add_patch(sample, code)
        elif name is not None:
            self._add_code(sample, code, name)
        elif not sample.text.strip():
            self._count("blank", sample)

    def warnings(self) -> tuple[str, ...]:
        """What is odd, one sentence each. Raises UsageError where none of the samples can be meant."""
        if self._counts["no patch"] and self._counts["no patch"] == self._seen["text"]:
            raise UsageError(
                f"{self._benchmark} grades patches, and no solution given is one (the first is "
                f"{self._example['no patch']}): give patches (`model_patch`), or name the benchmark that they answer"
            )
        return tuple(self._warnings())

    def _count(self, what: str, sample: Sample, detail: str = "") -> None:
        self._counts[what] += 1
        self._example.setdefault(what, f"sample {sample.sample_id!r} of {sample.instance_id!r}{detail}")

    def _add_patch(self, sample: Sample, code: str | None) -> None:
        if _is_made_of_code(sample, code):
            return
        if not sample.text.strip():
            self._count("blank", sample)
        elif sample.kind is not SampleKind.ANSWER:
            self._seen["text"] += 1
            if "```" in sample.text and _PATCH_FENCE.search(sample.text):
                self._count("fenced patch", sample)
            elif not _DIFF.search(sample.text):
                self._count("no diff" if sample.kind is SampleKind.PATCH else "no patch", sample)

    def _add_code(self, sample: Sample, code: str | None, name: str) -> None:
        text = sample.text
        if code is None:
            self._count("no code" if text.strip() else "blank", sample)
            return
        if len(code) > MAX_LENGTH:
            return
        if self._seen["samples"] % self._stride == 0:
            self._parse(sample, code)
        if sample.kind is SampleKind.ANSWER:
            self._names(sample, code, name)
            return
        odd = _oddity(text)
        if odd and (self._parsed >= MAX_PARSED or self._broken(code)):
            self._count(odd, sample)
        else:
            self._names(sample, code, name)

    def _names(self, sample: Sample, code: str, name: str) -> None:
        """Count samples that define nothing that is tested, and completions that begin anew."""
        if f"def {name}(" not in code and not _may_bind(code, name):
            self._count("no function", sample, f" (no {name})")
        elif sample.kind is SampleKind.COMPLETION and len(code) > len(sample.text):
            self._seen["prompted"] += 1
            if f"def {name}" in sample.text and name in _DEFINED.findall(sample.text):
                self._count("again", sample)

    def _broken(self, code: str) -> bool:
        self._parsed += 1
        return syntax_error(code) is not None

    def _parse(self, sample: Sample, code: str) -> None:
        self._seen["parsed"] += 1
        error = syntax_error(code)
        if error is not None:
            self._count("syntax", sample, f" (line {error.lineno or 1}: {error.msg})")

    def _warnings(self) -> Iterator[str]:
        samples = self._seen["samples"]
        causes = 0
        for what, sentence in _CAUSES.items():
            count = self._counts[what]
            if count and count >= FEW * samples:
                causes += count
                yield self._sentence(what, count, samples, sentence)
        for what, of, sentence in _WHOLE_FILE:
            count, total = self._counts[what], self._seen[of]
            explained = of in {"samples", "parsed"} and what != "blank" and causes >= samples / 2
            if count and count >= MOST * total and not explained:
                causes += count
                yield self._sentence(what, count, total, sentence)

    def _sentence(self, what: str, count: int, total: int, sentence: str) -> str:
        words = _NUMBERED.sub(lambda found: found[1 + (total == 1)], sentence, count=1)
        words = _NUMBERED.sub(lambda found: found[1 + (count == 1)], words)
        example = f"{'such as ' * (count > 1)}{self._example[what]}"
        return f"{f'{count:,} of {total:,}' if total > 1 else 'the only'} {words.replace('EXAMPLE', example)}"


# `[plural|singular]`: the first in a sentence agrees with all samples looked at, the others with those that are odd
_NUMBERED = re.compile(r"\[([^\[|]*)\|([^\]|]*)\]")
_CAUSES = {
    "fence": f"[samples|sample] [hold|holds] Markdown fences and [are|is] no Python as written, EXAMPLE: {_AS_ANSWER}",
    "token": "[samples|sample] [hold|holds] special tokens of a chat template and [are|is] no Python as written, "
    "EXAMPLE: cut the text at its end-of-turn token before it is stored",
    "escaped": r"[samples|sample] [are|is] one line with \n written out, EXAMPLE: the text was escaped twice",
    "fenced patch": "[patches|patch] [hold|holds] Markdown fences, EXAMPLE: name the field `answer` to have what is in "
    "them taken out",
    "diff": "[samples|sample] [look|looks] like [patches|a patch], EXAMPLE: patches are for benchmarks of repositories",
}
_WHOLE_FILE = (
    ("blank", "samples", "[samples|sample] [are|is] empty, EXAMPLE"),
    ("no code", SampleKind.ANSWER, "[answers|answer] [hold|holds] no Python, EXAMPLE"),
    ("no diff", SampleKind.PATCH, "[patches|patch] [hold|holds] no diff, EXAMPLE"),
    (
        "no function",
        "samples",
        (
            "[samples|sample] [do|does] not define the function that is tested, EXAMPLE: text that goes after the "
            "prompt is a `completion`; if it is whole, look whether the ids are those of this benchmark"
        ),
    ),
    (
        "again",
        "prompted",
        (
            "[completions|completion] [define|defines] the function of the prompt again, EXAMPLE, and [are|is] graded "
            "after it: a whole program is a `solution`"
        ),
    ),
    (
        "syntax",
        "parsed",
        (
            "[samples|sample] looked at [are|is] not Python, EXAMPLE: a completion goes right after the prompt, with "
            "its indentation; text with more than code in it is an `answer` (--as answer)"
        ),
    ),
)


def _oddity(text: str) -> str | None:
    """What a text looks like that is no program; nothing is sure before it is parsed."""
    if ("```" in text or "~~~" in text) and _FENCE.search(text):
        return "fence"
    if ("<" in text or "INST]" in text) and _TOKEN.search(text):
        return "token"
    if "\n" not in text and "\\n" in text:
        return "escaped"
    return "diff" if text.lstrip().startswith(("diff --git ", "--- a/")) else None


def _is_made_of_code(sample: Sample, code: str | None) -> bool:
    """Whether a harness made a patch of a sample that is not one."""
    return code is not None and _DIFF.search(code) is not None and _DIFF.search(sample.text) is None


def _may_bind(code: str, name: str) -> bool:
    """Say whether a source may bind a name otherwise than by a plain `def`; seldom so where it does not."""
    if name not in code and "*" not in code:
        return False
    word = re.escape(name)
    pattern = rf"\b(?:def|class|as)\s+{word}\b|\b{word}\s*(?::[^=\n]*)?=(?!=)|\bimport\b.*\b{word}\b|import\s+\*"
    return re.search(pattern, code) is not None
