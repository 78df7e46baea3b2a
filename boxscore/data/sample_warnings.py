"""Notice samples that are not what their file says they are, before any is graded: 0 % would be ours, not the model's.

What cannot be meant is refused; what is odd is said once, with a count and an example, and graded all the same.
"""

from __future__ import annotations

import re
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
MAX_PARSED = 500  # samples with markup that are parsed before they are counted

_MARKUP = re.compile(r"^[ \t]*(?:```|~~~)|<[|\uff5c][^|\uff5c\n]{1,40}[|\uff5c]>|</s>\s*$", re.MULTILINE)
_PATCH_FENCE = re.compile(r"^```", re.MULTILINE)  # no line of a diff begins with it
_DIFF = re.compile(r"^(?:diff --git |--- \S|\+\+\+ \S|@@ -)", re.MULTILINE)
_FIELDS = {kind: PATCH if kind is SampleKind.PATCH else str(kind) for kind in SampleKind}


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
    """Looks at each sample of a run, as it is planned, for markup in code and for code where a patch is wanted."""

    def __init__(self, benchmark: str) -> None:
        self._benchmark = benchmark
        self._samples = self._patches = self._parsed = 0
        self._marked, self._not_patches = list[str](), list[str]()

    def add(self, sample: Sample, code: str | None, task: Task) -> None:
        """Look at a sample and the code that was made of it. Raises UsageError for what cannot be meant."""
        protocol = protocol_of(task)
        check_kind(sample, code, self._benchmark, protocol)
        self._samples += 1
        if sample.kind is SampleKind.ANSWER or code is None:
            return
        name = f"sample {sample.sample_id!r} of {sample.instance_id!r}"
        if protocol.grades_patches and not _is_made_of_code(sample, code):
            self._patches += 1
            if _PATCH_FENCE.search(sample.text):
                self._marked.append(name)
            elif sample.kind is not SampleKind.PATCH and not _DIFF.search(sample.text):
                self._not_patches.append(name)
        elif entry_point_of(task) is not None and _MARKUP.search(sample.text):
            self._parsed += 1
            if self._parsed > MAX_PARSED or syntax_error(code) is not None:
                self._marked.append(name)

    def warnings(self) -> Iterator[str]:
        """Say how many samples hold markup. Raises UsageError where patches are wanted and none is one."""
        if self._not_patches and len(self._not_patches) == self._patches:
            raise UsageError(
                f"{self._benchmark} grades patches, and no solution given is one (the first is "
                f"{self._not_patches[0]}): give patches (`model_patch`), or name the benchmark that they answer"
            )
        if self._marked and len(self._marked) >= FEW * self._samples:
            yield (
                f"{len(self._marked):,} of {self._samples:,} samples hold Markdown fences or tokens of a chat, such as "
                f"{self._marked[0]}: name the field `answer` (or use --as answer) to have them taken out"
            )


def _is_made_of_code(sample: Sample, code: str | None) -> bool:
    """Whether a harness made a patch of a sample that is not one."""
    return code is not None and _DIFF.search(code) is not None and _DIFF.search(sample.text) is None
