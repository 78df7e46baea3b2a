"""A toy protocol and a benchmark of it: a sample is a regular expression that must match some texts and no others."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boxscore
from boxscore import (
    Attack,
    Attackable,
    Drawing,
    Expect,
    Fact,
    Facts,
    Grading,
    OtherDetail,
    Outcome,
    Shows,
    Summary,
    Task,
    Trial,
    Trust,
    narrowed,
    protocol_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boxscore import Batch, BatchGrader, Candidate, Opening

PROGRAM = """
import json, re, sys
asked = json.load(sys.stdin)
print(json.dumps([re.fullmatch(asked["pattern"], text) is not None for text in asked["texts"]]))
"""
FORGERIES = (
    Attack(name="gold", attack_class="control", expect=Expect.PASS, how="is the reference", source="REFERENCE"),
    Attack(name="all", attack_class="greedy", expect=Expect.FAIL, how="matches every text", source="(?s:.*)"),
    Attack(name="broken", attack_class="error", expect=Expect.FAIL, how="is no expression", source="("),
)


class RegexTask(Task, frozen=True, kw_only=True):
    """Texts that an expression must match, and texts that it must not."""

    matches: tuple[str, ...]
    others: tuple[str, ...]
    reference: str | None = None


class RegexGrader:
    """Matches in a box; what is expected stays outside."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def grade(self, batch: Batch) -> Iterator[boxscore.Result]:
        task = narrowed(batch.task, RegexTask, batch.instance_id)
        for candidate in batch.candidates:
            yield self._graded(batch, task, candidate)

    def _graded(self, batch: Batch, task: RegexTask, candidate: Candidate) -> boxscore.Result:
        texts = (*task.matches, *task.others)
        asked = json.dumps({"pattern": candidate.code, "texts": texts}).encode()
        spec = boxscore.BoxSpec(image=self._opening.image, limits=task.limits)
        with self._opening.backend.box(spec) as box:
            done, layers = box.run(["python3", "-I", "-c", PROGRAM], stdin=asked), box.layers
        expected = [True] * len(task.matches) + [False] * len(task.others)
        outcome, right = Outcome.ERROR, 0
        if done.exit_code == 0:
            found = json.loads(done.stdout)
            right = sum(one == other for one, other in zip(found, expected, strict=True))
            outcome = Outcome.PASSED if found == expected else Outcome.WRONG
        return boxscore.Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=outcome,
            trust=batch.trust,
            layers=layers,
            output=done.stderr.decode(errors="replace"),
            detail=OtherDetail(protocol="regex", data={"right": right, "of": len(expected)}),
        )


class RegexProtocol(Grading[RegexTask], Attackable[RegexTask], Shows[RegexTask]):
    """Grades regular expressions, can be attacked, and shows how many texts were right."""

    name = "regex"
    task = RegexTask
    trust = Trust.ORACLE

    def version(self, backend: str) -> str:
        return protocol_version(backend, Path(__file__))

    def invalid_reason(self, task: RegexTask) -> str | None:
        return None if task.matches else "field 'matches' is empty"

    @contextmanager
    def open(self, opening: Opening) -> Iterator[BatchGrader]:
        yield RegexGrader(opening)

    def describe(self, task: RegexTask) -> Mapping[str, object]:
        return {"matches": task.matches}

    def summary(self, result: boxscore.Result) -> Summary:
        return Summary(passed=_right(result))

    def drawing(self, result: boxscore.Result, answer: str) -> Drawing:
        return Drawing(sections=(Facts(title="Texts", items=(Fact(label="right", value=str(_right(result))),)),))

    def attacks(
        self,
        instance: boxscore.Instance,
        task: RegexTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        return [
            Trial(attack=one, code=one.source.replace("REFERENCE", instance.reference or ""))
            for one in (FORGERIES if chosen is None else chosen)
        ]


def _right(result: boxscore.Result) -> int:
    return result.detail.data["right"] if isinstance(result.detail, OtherDetail) else 0


class Toy:
    """The benchmark: one instance for each line of its data."""

    name = "toy-regex"
    title = "Regular expressions, a toy"
    trust = Trust.ORACLE
    image = "python"
    parts: tuple[str, ...] = ()
    source = boxscore.DataSource(path=str(Path(__file__).with_name("toy_regex.jsonl")))

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return [
            boxscore.Instance(
                instance_id=f"toy/{row['name']}", prompt=row["prompt"], row=row, reference=row["reference"]
            )
            for row in rows
        ]

    def prompt(self, instance: boxscore.Instance) -> Sequence[Mapping[str, str]]:
        return [{"role": "user", "content": instance.prompt}]

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        return sample.text.strip() or None

    def task(self, instance: boxscore.Instance) -> RegexTask:
        row = instance.row
        return RegexTask(matches=tuple(row["matches"]), others=tuple(row["others"]), reference=instance.reference)


PROTOCOL = RegexProtocol()
HARNESS = Toy()
