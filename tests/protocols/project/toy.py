"""A toy project: a counter, half of which is left to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore import Batch, Candidate, Limits, ProjectTask, Trust, encode_files
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from boxscore.protocols.contract import BatchGrader
    from boxscore.records import Result

COUNTER, STEP = "src/main/java/toy/Counter.java", "src/main/java/toy/Step.java"
TEST = "src/test/java/toy/CounterTest.java"
TEXTS = read_samples(Path(__file__).with_suffix(".txt"))
SKELETON = TEXTS[COUNTER]
SOLUTION = SKELETON.replace(
    "        // TODO\n        return -1;", "        count += step.size();\n        return count;"
)
REQUIRED = ("toy.CounterTest#adds", "toy.CounterTest#begins", "toy.CounterTest$Resources#are_there")
REFERENCE = encode_files({COUNTER: SOLUTION})
TASK = ProjectTask(
    files=(
        (COUNTER, SKELETON.encode()),
        (STEP, TEXTS[STEP].encode()),
        ("src/main/resources/own.txt", b"1"),
    ),
    replaced=(COUNTER, STEP),
    tests=((TEST, TEXTS[TEST].encode()), ("src/test/resources/toy.properties", b"answer=right\n")),
    required=REQUIRED,
    reference=REFERENCE,
    limits=Limits(cpu_s=60.0, wall_s=300.0, memory_bytes=1 << 30, processes=256, disk_bytes=64 << 20),
)


def batch(*codes: str, task: ProjectTask = TASK, **fields: object) -> Batch:
    candidates = tuple(Candidate(sample_id=str(number), code=code) for number, code in enumerate(codes))
    made = Batch(instance_id="toy/counter", task=task, trust=Trust.CLAIM, candidates=candidates)
    return replace(made, **fields)


def graded(grader: BatchGrader, *codes: str, task: ProjectTask = TASK) -> list[Result]:
    return sorted(grader.grade(batch(*codes, task=task)), key=lambda result: int(result.sample_id))
