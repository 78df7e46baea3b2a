"""Whether sampling and grading overlap: how long a run of both takes beside the longer of each alone.

    bench/run_overlap.py [--set humaneval] [--samples 5] [--latency 1.0] [--workers 2] [--backend local] [--repeat 3]
                         [--data PATH] [--out FILE]

Answers are the benchmark's references, each made another text by a comment, and take between a half and one and a half
of `--latency` seconds. The number of questions at a time is chosen so that asking takes as long as grading: that is
where overlap saves most, and where it is hardest. One after the other, in each round:

    grading     `boxscore.grade` on all answers
    sampling    all questions, asked by nothing but the model
    both        `boxscore.sample`, and its ratio to the longer of the two

Times are of a shared machine: compare them within a round. Prints a line for each round, and writes FILE (JSON).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

import boxscore
from boxscore.models.contract import Answer, Price, Question
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = dict[str, Any]


class SlowModel:
    """Answers with references, after a while that is the same for the same question."""

    name, base = "slow", ""

    def __init__(self, references: dict[str, str], latency_s: float, mark: str) -> None:
        self.price = Price(input_usd=1.0, output_usd=1.0)
        self._references, self._latency_s, self._mark = references, latency_s, mark

    async def answer(self, question: Question) -> Answer:
        """Wait and answer."""
        chance = random.Random(f"{question.instance_id} {question.number}")
        await asyncio.sleep(self._latency_s * (0.5 + chance.random()))
        return Answer(text=self.text(question.instance_id, question.number), cost_usd=0.0)

    async def close(self) -> None:
        """Nothing is open."""

    def text(self, instance_id: str, number: int) -> str:
        """A chat answer that no other round or sample has."""
        return f"```python\n{self._references[instance_id]}\n# {self._mark} {number}\n```"


def questions(names: Sequence[str], samples: int) -> Iterator[Question]:
    """All that is asked in a run."""
    return (Question(instance_id=name, number=number) for name in names for number in range(samples))


def asked_alone(model: SlowModel, every: Iterator[Question], concurrency: int) -> float:
    """Seconds that so many at a time take for all questions."""

    async def main() -> float:
        free, began = asyncio.Semaphore(concurrency), time.perf_counter()

        async def ask(question: Question) -> None:
            async with free:
                await model.answer(question)

        await asyncio.gather(*(ask(one) for one in every))
        return time.perf_counter() - began

    return asyncio.run(main())


def one_round(options: argparse.Namespace, references: dict[str, str], mark: str) -> Row:
    """Measure each alone and both together."""
    model, names = SlowModel(references, options.latency, mark), list(references)
    common: dict[str, Any] = {"backend": options.backend, "workers": options.workers, "data": options.data}
    answers = [
        {
            "instance_id": one.instance_id,
            "sample_id": str(one.number),
            "answer": model.text(one.instance_id, one.number),
        }
        for one in questions(names, options.samples)
    ]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        graded = boxscore.grade(options.set, answers, instances=names, out=Path(folder) / "run", **common)
        grading = time.perf_counter() - began
    concurrency = max(1, round(len(answers) * options.latency / grading))
    sampling = asked_alone(model, questions(names, options.samples), concurrency)
    model = SlowModel(references, options.latency, f"{mark}, again")
    with tempfile.TemporaryDirectory() as folder:
        common |= {"instances": names, "out": Path(folder) / "run", "concurrency": concurrency}
        began = time.perf_counter()
        both = boxscore.sample(options.set, model, samples=options.samples, **common)
        took = time.perf_counter() - began
    if both.outcomes != graded.outcomes:
        raise SystemExit(f"other outcomes: {both.outcomes}, not {graded.outcomes}")
    return {
        "samples": len(answers),
        "concurrency": concurrency,
        "grading_s": round(grading, 2),
        "sampling_s": round(sampling, 2),
        "both_s": round(took, 2),
        "ratio": round(took / max(grading, sampling), 3),
    }


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure as often as asked."""
    parser = argparse.ArgumentParser(description="Time a run of sampling and grading beside each alone.")
    parser.add_argument("--set", default="humaneval")
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--backend", default="local")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    benchmark = load_benchmark(Request(benchmark=options.set, data=options.data, limit=options.limit))
    references = {one.instance_id: one.reference for one in benchmark.asked if one.reference is not None}
    # What is imported once is no part of a round.
    boxscore.sample(options.set, "gold", limit=1, backend=options.backend, workers=1, data=options.data)
    rows = []
    for number in range(options.repeat):
        rows.append(one_round(options, references, f"round {number} {time.time_ns()}"))
        print(json.dumps(rows[-1]), flush=True)
    if options.out is not None:
        options.out.write_text(json.dumps(rows, indent=2) + "\n")
    return rows


if __name__ == "__main__":
    main()
