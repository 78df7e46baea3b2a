"""tiny-programs: our own small programs, which ship with boxscore, to try it out and to test it.

Each line of `instances.jsonl` has `instance_id`; `language`, that of its programs; `prompt`, the question; `cases`,
pairs of standard input and expected output; `comparison`, how output is compared; `reference`, a whole program;
`difficulty`, one of easy, medium and hard. `samples.jsonl` beside it holds recorded samples.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import boxscore
from boxscore import DataSource, Instance, Limits, Rule, SampleKind, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import Sample, Task

LANGUAGES = {"python": "Python", "cpp": "C++17", "javascript": "JavaScript (Node.js)"}
OPENING, CLOSING = re.compile(r"^[ \t]*```[^\n`]*\n", re.MULTILINE), re.compile(r"^[ \t]*```[ \t]*$", re.MULTILINE)
EXAMPLE = " the output is\n\n"  # what stands in a question before the output of a case that it tells of
LIMITS = Limits(cpu_s=2.0, wall_s=20.0, memory_bytes=512 << 20)


def last_block(answer: str) -> str | None:
    """The last closed code block of an answer, without the margin that an item of a list gives it.

    Time is linear in the answer's length.
    """
    block, at = None, 0
    while (opening := OPENING.search(answer, at)) and (closing := CLOSING.search(answer, opening.end())):
        block, at = answer[opening.end() : closing.start()], closing.end()
        block = textwrap.dedent(block) if opening[0][0] in " \t" else block
    return block


class TinyPrograms:
    name = "tiny-programs"
    title = "tiny-programs: small programs, by their in- and output, that ship with boxscore"
    source = DataSource(path="tiny_programs/instances.jsonl", bundled=True)
    trust = Trust.ORACLE
    image = "programs"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("templates") / "tiny_programs.chat.jinja"}

    def load(self, path: Path) -> Sequence[Instance]:
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
                instance_id=str(row["instance_id"]),
                prompt=text["prompt"],
                row=row,
                reference=text["reference"],
                tags={name: text[name] for name in ("difficulty", "language") if text[name]},
            )
            try:
                self.task(instance)
            except (boxscore.UsageError, TypeError, ValueError, KeyError) as error:
                problem = f"they make no task: {error}"
                raise boxscore.InputError(problem, path=path, line=line, field="cases or comparison") from error
            found.append(instance)
        return found

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        return {"prompt": instance.prompt, "language": LANGUAGES[instance.row["language"]]}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:  # noqa: ARG002 - all are alike
        """The last code block of a chat answer; any other sample is the program."""
        if not sample.text.strip():
            return None
        if sample.kind is not SampleKind.ANSWER:
            return sample.text
        return last_block(sample.text)

    def task(self, instance: Instance) -> Task:
        return self._task(instance, instance.row["cases"])

    def visible_task(self, instance: Instance) -> Task | None:
        shown = [case for case in instance.row["cases"] if f"{EXAMPLE}{case[1].strip()}\n" in instance.prompt]
        return self._task(instance, shown) if shown else None

    def _task(self, instance: Instance, cases: object) -> Task:
        comparison = dict(instance.row["comparison"])
        return boxscore.inline_task(
            cases,
            language=instance.row["language"],
            comparison=boxscore.Comparison(rule=Rule(comparison.pop("rule")), **comparison),
            limits=LIMITS,
        )


HARNESS = TinyPrograms()
