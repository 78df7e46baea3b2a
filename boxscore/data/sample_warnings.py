"""Notice samples that are not what their file says they are, before any is graded: 0 % would be ours, not the model's.

What cannot be meant is refused; what is odd is said once, with a count and an example, and graded all the same.
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

FEW = 0.01  # of all samples: a share from which on markup is worth a word
MOST = 0.9  # of all samples: from here on it is how the file was made
MAX_PARSED = 500  # samples with markup that are parsed before they are counted

_MARKUP = re.compile(r"^[ \t]*(?:```|~~~)|<[|\uff5c][^|\uff5c\n]{1,40}[|\uff5c]>|</s>\s*$", re.MULTILINE)
_PATCH_FENCE = re.compile(r"^```", re.MULTILINE)  # no line of a diff begins with it
_DIFF = re.compile(r"^(?:diff --git |--- \S|\+\+\+ \S|@@ -)", re.MULTILINE)
_FIELDS = {kind: PATCH if kind is SampleKind.PATCH else str(kind) for kind in SampleKind}
_SENTENCES = {  # by what is counted: the share from which on it is said, what it is, and what to do
    "markup": (
        FEW,
        "no Python but for Markdown fences or tokens of a chat",
        "name the field `answer`, or --as answer",
    ),
    "fenced patch": (FEW, "a patch in Markdown fences", "name the field `answer` to have it taken out"),
    "no function": (
        MOST,
        "without the function that is tested",
        "text that goes after the prompt is a `completion`; of a whole program, look whether the ids are right",
    ),
}


def check_kind(sample: Sample, code: str | None, benchmark: str, protocol: Grading[Any]) -> None:
    """Raise UsageError for a sample of a kind that a benchmark does not take, which is a mistake and no failure.

    `code` is what the harness made of the sample: some harnesses make patches of programs.
    """
    taken = protocol.sample_kinds
    if sample.kind in taken or (protocol.grades_patches and _is_made_of_code(sample, code)):
        return
    fields = either([f"`{_FIELDS[kind]}`" for kind in SampleKind if kind in taken])
    raise UsageError(
        f"sample {sample.sample_id!r} of {sample.instance_id!r} is {'an' if sample.kind is SampleKind.ANSWER else 'a'} "
        f"{sample.kind} (`{_FIELDS[sample.kind]}`), and {benchmark} takes none: give {fields}, or name the benchmark "
        "that it answers"
    )


class SampleWatch:
    """Counts what is odd of each sample of a run, as it is planned."""

    def __init__(self, benchmark: str) -> None:
        self._benchmark = benchmark
        self._samples = self._texts = self._parsed = 0
        self._counts: Counter[str] = Counter()
        self._example: dict[str, str] = {}

    def add(self, sample: Sample, code: str | None, task: Task) -> None:
        """Count a sample and the code that was made of it. Raises UsageError for what cannot be meant."""
        protocol, name = protocol_of(task), entry_point_of(task)
        check_kind(sample, code, self._benchmark, protocol)
        self._samples += 1
        odd = None
        if not sample.text.strip():
            pass  # its outcome says so
        elif protocol.grades_patches:
            odd = self._of_patch(sample, code)
        elif name is not None:
            odd = self._of_function(sample, code, name)
        if odd is not None:
            self._counts[odd] += 1
            self._example.setdefault(odd, f"sample {sample.sample_id!r} of {sample.instance_id!r}")

    def warnings(self) -> Iterator[str]:
        """What is odd, one sentence each. Raises UsageError where none of the samples can be meant."""
        if self._counts["no patch"] and self._counts["no patch"] == self._texts:
            raise UsageError(
                f"{self._benchmark} grades patches, and no solution given is one (the first is "
                f"{self._example['no patch']}): give patches (`model_patch`), or name the benchmark that they answer"
            )
        for odd, (share, what, remedy) in _SENTENCES.items():
            count = self._counts[odd]
            if count and count >= share * self._samples:
                yield f"{count:,} of {self._samples:,} samples: {what}, such as {self._example[odd]}: {remedy}"

    def _of_patch(self, sample: Sample, code: str | None) -> str | None:
        if sample.kind is SampleKind.ANSWER or _is_made_of_code(sample, code):
            return None
        self._texts += 1
        if _PATCH_FENCE.search(sample.text):
            return "fenced patch"
        return None if _DIFF.search(sample.text) or sample.kind is SampleKind.PATCH else "no patch"

    def _of_function(self, sample: Sample, code: str | None, name: str) -> str | None:
        if code is None:
            return None
        if sample.kind is not SampleKind.ANSWER and _MARKUP.search(sample.text):
            self._parsed += 1
            if self._parsed > MAX_PARSED or syntax_error(code) is not None:
                return "markup"
        return None if f"def {name}(" in code or _may_bind(code, name) else "no function"


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
