"""tiny-programs: our own small programs, which ship with boxscore, to try it out and to test it.

Each line of `instances.jsonl` has `instance_id`; `language`, that of its programs; `prompt`, the question; `cases`,
pairs of standard input and expected output; `comparison`, how output is compared; `reference`, a whole program;
`difficulty`, one of easy, medium and hard. `samples.jsonl` beside it holds recorded samples.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import boxscore
from boxscore import DataSource, Instance, Limits, Rule, SampleKind, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore import Sample, Task

LANGUAGES = {"python": "Python", "cpp": "C++17", "javascript": "JavaScript (Node.js)"}
BLOCK = re.compile(r"^```[^\n`]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
LIMITS = Limits(cpu_s=2.0, wall_s=20.0, memory_bytes=512 << 20)


class TinyPrograms:
    """The harness of tiny-programs."""

    name = "tiny-programs"
    title = "tiny-programs: small programs, by their in- and output, that ship with boxscore"
    source = DataSource(path="tiny_programs/instances.jsonl", bundled=True)
    trust = Trust.ORACLE
    image = "programs"
    parts: tuple[str, ...] = ()

    def load(self, path: Path) -> Sequence[Instance]:
        """Read the rows at `path`."""
        found = []
        for line, row in boxscore.read_rows(path, key="instance_id"):
            text = {
                name: boxscore.text_field(row, name, path=path, line=line)
                for name in ("prompt", "reference", "language", "difficulty")
            }
            if text["language"] not in LANGUAGES:
                problem = f"must be one of {', '.join(LANGUAGES)}, not {text['language']!r}"
                raise boxscore.InputError(problem, path=path, line=line, field="language")
            instance = Instance(
                instance_id=str(row["instance_id"]), prompt=text["prompt"], row=row, reference=text["reference"]
            )
            try:
                self.task(instance)
            except (boxscore.UsageError, TypeError, ValueError, KeyError) as error:
                problem = f"they make no task: {error}"
                raise boxscore.InputError(problem, path=path, line=line, field="cases or comparison") from error
            found.append(instance)
        return found

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """Ask for the program in a code block."""
        language = LANGUAGES[instance.row["language"]]
        question = (
            f"Write a program in {language} that reads standard input and writes standard output.\n\n"
            f"{instance.prompt}\nAnswer with the whole program in one code block."
        )
        return [{"role": "user", "content": question}]

    def extract(self, instance: Instance, sample: Sample) -> str | None:  # noqa: ARG002 - all are alike
        """The last code block of a chat answer; any other sample is the program."""
        if not sample.text.strip():
            return None
        if sample.kind is not SampleKind.ANSWER:
            return sample.text
        blocks = BLOCK.findall(sample.text)
        return blocks[-1] if blocks else None

    def task(self, instance: Instance) -> Task:
        """Run the program on each case."""
        comparison = dict(instance.row["comparison"])
        return boxscore.inline_task(
            instance.row["cases"],
            language=instance.row["language"],
            comparison=boxscore.Comparison(rule=Rule(comparison.pop("rule")), **comparison),
            limits=LIMITS,
        )


HARNESS = TinyPrograms()
