"""BigCodeBench: 1,140 functions of 139 libraries, graded by unittest (Zhuo et al., 2024, arXiv 2406.15877; Apache-2.0).

`bigcodebench@hard` is BigCodeBench-Hard, 148 of them; `bigcodebench@v0.1.0_hf` is an older version of the data. The
prompt's variants `chat`, `prefill` and `completion` are BigCodeBench-Complete, `instruct` and `instruct-prefill` are
BigCodeBench-Instruct; both are graded alike.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import boxscore
from boxscore import SampleKind

from .part import Part, at_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import Instance, Sample


def extracted(sample: boxscore.Sample, *, prompt: str, entry_point: str) -> str | None:
    """The program of a sample, None where there is none. A completion goes after the prompt and is searched with it.

    A solution has been through a sanitizer, and is taken as it is.
    """
    if not sample.text.strip():
        return None
    if sample.kind is SampleKind.SOLUTION:
        return sample.text
    text = prompt + sample.text if sample.kind is SampleKind.COMPLETION else sample.text
    code = boxscore.extract_code(text, (entry_point,))
    return None if code is None else without_trailing_calls(code, entry_point)


def without_trailing_calls(code: str, entry_point: str) -> str:
    """Cut the end of a program from the first line on, after its last indented one, that mentions the entry point.

    Such lines try the function out, and what they assign may be named as a variable of it. A definition is none.
    """
    lines = code.splitlines()
    end = len(lines)
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        if line.startswith((" ", "\t", "def ", "async def ", "class ")):
            break
        if entry_point in line:
            end = place
    return code if end == len(lines) else "".join(f"{line}\n" for line in lines[:end])


def calibrated(program: str, code_prompt: str) -> str:
    """The program behind the stub that answers were asked to begin with: imports, and the function without a body.

    An answer that leaves the imports out has them so, which is how BigCodeBench's leaderboard counts.
    """
    return f"{code_prompt}\n    pass\n{program}"


TEMPLATES = Path(__file__).parents[1] / "templates"
TEST = re.compile(r"^class TestCases\b(?s:.*?)^[ \t]+def test", re.MULTILINE)
TEXTS = ("complete_prompt", "instruct_prompt", "canonical_solution", "code_prompt", "test", "entry_point", "libs")
STOPS = ("\nif __name__", "\ndef main(", "\nprint(")
FENCE_STOPS = (*STOPS, "\n```\n")

LIMITS = boxscore.Limits(
    cpu_s=241.0,  # as the official program has it, there of wall time
    wall_s=964.0,  # for what sleeps or waits; four times as much, so that a busy machine fails nobody
    memory_bytes=8 << 30,
    processes=256,
    disk_bytes=512 << 20,
    output_bytes=1 << 20,
)
ENVIRONMENT = (
    ("OMP_NUM_THREADS", "1"),
    ("TF_CPP_MIN_LOG_LEVEL", "3"),
    ("TF_ENABLE_ONEDNN_OPTS", "0"),
    ("TZ", "UTC"),
)


class BigCodeBench:
    source = boxscore.DataSource(
        path="bigcodebench/BigCodeBench.annotation-hf_data.jsonl.gz",
        sha256="58142744edaf6036387f8761701f1b353432b0ed33f2edec1de8a59e7431ef7a",
        url="https://raw.githubusercontent.com/bigcode-project/bigcodebench-annotation/"
        "d8a1b7b418b5c73b32e6d9731e062f549818c8d9/hf_data/BigCodeBench.jsonl.gz",
    )
    trust = boxscore.Trust.BLIND
    image = "bigcodebench"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {
        "chat": TEMPLATES / "bigcodebench.chat.jinja",
        "prefill": TEMPLATES / "evalplus.prefill.jinja",
        "completion": TEMPLATES / "humaneval.completion.jinja",
        "instruct": TEMPLATES / "bigcodebench.instruct.jinja",
        "instruct-prefill": TEMPLATES / "bigcodebench.instruct-prefill.jinja",
    }
    prompt_stops: Mapping[str, tuple[str, ...]] = {
        "completion": (*STOPS, "\ndef ", "\nclass ", "\nimport ", "\nfrom ", "\nassert "),
        "prefill": FENCE_STOPS,
        "instruct-prefill": FENCE_STOPS,
    }

    def __init__(self, part: Part | None = None) -> None:
        self._part = part or Part()
        chosen = str(self._part)
        self.name = f"bigcodebench@{chosen}" if chosen else "bigcodebench"
        self.title = f"BigCodeBench{f', {chosen}' if chosen else ''}: functions of many libraries, by unittest"

    def narrowed(self, part: str) -> BigCodeBench:
        """The harness of a part: `hard`, a version of the data, `uncalibrated`, joined by `+`."""
        return BigCodeBench(Part.of(part))

    def load(self, path: Path) -> Sequence[Instance]:
        """Read the rows at `path` that are of this part, as they are in its version."""
        return [
            self._instance(row, path, line)
            for line, row in boxscore.read_rows(path, key="task_id")
            if self._part.has(str(row["task_id"]))
        ]

    def _instance(self, row: dict[str, object], path: Path, line: int) -> Instance:
        for name in TEXTS:
            boxscore.text_field(row, name, path=path, line=line)
        row = at_version(row, self._part.version)
        _check_tests(str(row["test"]), path, line)
        prompt = str(row["complete_prompt"])
        return boxscore.Instance(
            instance_id=str(row["task_id"]),
            prompt=prompt,
            row=row,
            reference=f"{prompt}\n{row['canonical_solution']}",
        )

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        """Both prompts: the head of the function with its docstring, and the instruction in words."""
        return {"prompt": instance.prompt, "instruct_prompt": instance.row["instruct_prompt"]}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """Search an answer as its sanitizer does; the stub goes before what is found."""
        program = extracted(sample, prompt=instance.prompt, entry_point=str(instance.row["entry_point"]))
        if program is None or not self._part.calibrated:
            return program
        return calibrated(program, str(instance.row["code_prompt"]))

    def task(self, instance: Instance) -> boxscore.UnittestTask:
        """Run the instance's tests behind the program; one that is skipped counts as passed, as it does officially."""
        row = instance.row
        tests = str(row["test"])
        return boxscore.UnittestTask(
            tests=tests,
            entry_point=str(row["entry_point"]),
            reference=instance.reference,
            required=boxscore.test_ids(tests),
            shown=(str(row["instruct_prompt"]), str(row["code_prompt"])),
            environment=ENVIRONMENT,
            keep=("*.png", "*.jpg", "*.svg", "*.pdf"),
            skipped_passes=True,
            limits=LIMITS,
        )


def _check_tests(tests: str, path: Path, line: int) -> None:
    """Raise InputError for a row without tests; what looks like some is parsed when its task is made, if it ever is."""
    if TEST.search(tests):
        return
    try:
        if not boxscore.test_ids(tests):
            raise boxscore.InputError("defines no test of a class TestCases", path=path, line=line, field="test")
    except SyntaxError as error:
        raise boxscore.InputError(f"is no Python: {error}", path=path, line=line, field="test") from error


HARNESS = BigCodeBench()
