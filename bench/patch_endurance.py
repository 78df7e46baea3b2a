"""Grade many patches of many instances and see what is left: nothing that was not there before or asked for.

    bench/patch_endurance.py [--predictions 200] [--instances 20] [--workers 2] [--own-engine] [--out FILE]

The instances are those of tiny-patches, and each again with an image of its own, until there are enough. Each has the
same number of predictions: its reference, and what is recorded of it (right, partly right, wrong, hostile, none), in
turn. The images are built first: they are what is asked for. Then one `boxscore grade` runs. At the end no container,
volume, network or image may be there that was not before, and no control group, process or temporary file of the run;
and each verdict must be what its prediction deserves. `--own-engine` (as root) grades in an engine beside the machine's
own, so that what others do meanwhile does not count. Prints figures; exit code 1 on any trouble.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.contenders import program
from bench.leftovers import files, left_by
from bench.official import write_rows
from bench.second_engine import SecondEngine
from boxscore import Instance, PatchTask
from boxscore.data.plugins import load_harness
from boxscore.images.layers import instance_reference
from boxscore.resources import folder
from boxscore.run.store import read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Row = dict[str, Any]
Name = tuple[str, str]

KINDS = ("container", "volume", "network", "image")
TIMES = ("", "-again", "-once-more", "-and-again")
GATHERED = 20
ENGINE_MB = 12_000


def write_instances(place: Path, wanted: int) -> list[Row]:
    """Write a data folder of so many instances; return their rows."""
    source = folder("instances") / "tiny_patches"
    rows = [json.loads(line) for line in (source / "instances.jsonl").read_text(encoding="utf-8").splitlines()]
    made = []
    for again, row in itertools.islice(itertools.product(TIMES, rows), wanted):
        name = row["instance_id"].rpartition("/")[2]
        shutil.copytree(source / name, place / f"{name}{again}")
        mark = f"ENV TURN={again}\n" if again else ""
        made.append(row | {"instance_id": row["instance_id"] + again, "instance": mark + row.get("instance", "")})
    write_rows(place / "instances.jsonl", made)
    return made


def recorded() -> dict[str, list[Row]]:
    """The recorded samples of each instance of tiny-patches."""
    path = folder("instances") / "tiny_patches" / "samples.jsonl"
    found: dict[str, list[Row]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["instance_id"], []).append(row)
    return found


def predictions(instances: Sequence[Instance], of_each: int) -> Iterator[tuple[Row, str]]:
    """Predictions of each instance, and what each deserves."""
    samples = recorded()
    for instance in instances:
        name = instance.instance_id
        again = next(end for end in reversed(TIMES) if name.endswith(end))
        known = [row for row in samples[name.removesuffix(again)] if row["sample_id"] != "gold"]
        gold = {"sample_id": "gold", "solution": instance.reference, "expect": "passed"}
        for number, row in enumerate(itertools.islice(itertools.cycle([gold, *known]), of_each)):
            text: Row = {word: row[word] for word in ("solution", "answer") if word in row}
            yield {"instance_id": name, "sample_id": f"{row['sample_id']}-{number}", **text}, row["expect"]


def there(env: Mapping[str, str]) -> dict[str, set[str]]:
    """What the engine has, of each kind."""
    found = {}
    for kind in KINDS:
        words = ["docker", kind, "ls", "--quiet", *(["--all"] if kind in {"container", "image"} else [])]
        words += ["--no-trunc"] if kind != "volume" else []
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
        found[kind] = set(done.stdout.split())
    return found


def verdicts(run: Path, expected: Mapping[Name, str]) -> tuple[dict[str, int], list[str]]:
    """The outcomes of a run by number, and what is lost, doubled or wrong."""
    _, _, results = read_run(run)
    lines = [json.loads(line) for line in (run / "results.jsonl").read_bytes().splitlines()]
    times = Counter((line["instance_id"], line["sample_id"]) for line in lines)
    wrong = [f"lost: {name}" for name in expected if name not in results]
    wrong += [f"doubled: {name}" for name, number in times.items() if number > 1]
    for name, result in results.items():
        said, deserved = result.outcome.value, expected[name]
        right = said not in {"passed", "internal"} if deserved == "fail" else said == deserved
        wrong += [] if right else [f"{name}: {said}, not {deserved}: {result.reason}"]
    return dict(Counter(result.outcome.value for result in results.values())), wrong


def forget(images: Sequence[str]) -> None:
    """Remove images that were asked for here alone."""
    if images:
        subprocess.run(["docker", "image", "rm", *images], check=False, stdout=subprocess.DEVNULL)


def prepare(asked: argparse.Namespace, scratch: Path, stack: ExitStack) -> tuple[dict[Name, str], list[str], Row]:
    """Write what is graded and build its images; return what is expected, the images, and first figures."""
    rows = write_instances(scratch / "data" / "tiny_patches", asked.instances)
    harness = load_harness("tiny-patches")
    instances = harness.load(scratch / "data" / "tiny_patches" / "instances.jsonl")
    given = list(predictions(instances, asked.predictions // len(rows)))
    write_rows(scratch / "predictions.jsonl", [row for row, _ in given])
    tasks = [harness.task(instance) for instance in instances]
    images = sorted({instance_reference(task.image) for task in tasks if isinstance(task, PatchTask)})
    listed = subprocess.run(
        ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], capture_output=True, text=True, check=True
    )
    stack.callback(forget, [name for name in images if name not in listed.stdout.split()])
    began = time.monotonic()
    words = [program(), "images", "build", "tiny-patches", "--data", str(scratch / "data"), "-j", str(asked.workers)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    figures = {"instances": len(rows), "predictions": len(given), "images_s": round(time.monotonic() - began, 1)}
    return {(row["instance_id"], row["sample_id"]): deserved for row, deserved in given}, images, figures


def endure(asked: argparse.Namespace, scratch: Path, stack: ExitStack) -> Row:
    """Build, grade, look; returns the figures."""
    expected, images, figures = prepare(asked, scratch, stack)
    (scratch / "tmp").mkdir()
    env = {**os.environ, "TMPDIR": str(scratch / "tmp")}
    if asked.own_engine:
        engine = stack.enter_context(SecondEngine(size_mb=ENGINE_MB))
        engine.take(images)
        env["DOCKER_HOST"] = engine.address
    words = [program(), "grade", "tiny-patches", "--data", str(scratch / "data"), "--backend", "docker", "--quiet"]
    words += [
        "-p",
        str(scratch / "predictions.jsonl"),
        "--out",
        str(scratch / "run"),
        "-j",
        str(asked.workers),
        "--no-reuse",
    ]
    before, began = there(env), time.monotonic()
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        pass
    seconds = time.monotonic() - began
    left = {kind: sorted(names - before[kind]) for kind, names in there(env).items()}
    left["other"] = left_by({process.pid}, docker=not asked.own_engine) + files(scratch / "tmp")
    outcomes, wrong = verdicts(scratch / "run", expected)
    return {
        **figures,
        "workers": asked.workers,
        "seconds": round(seconds, 1),
        "exit_code": process.returncode,
        "outcomes": outcomes,
        "wrong": wrong[:GATHERED],
        "left": left,
    }


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Grade many patches and see what is left.")
    parser.add_argument("--predictions", type=int, default=200)
    parser.add_argument("--instances", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--own-engine", action="store_true", help="grade in an engine beside the machine's own")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def main() -> int:
    """Grade, print the figures as JSON; returns the exit code."""
    asked = parse()
    with tempfile.TemporaryDirectory(prefix="boxscore-endurance-") as scratch, ExitStack() as stack:
        figures = endure(asked, Path(scratch), stack)
    text = json.dumps(figures, indent=1)
    print(text)
    if asked.out:
        asked.out.write_text(f"{text}\n", encoding="utf-8")
    return int(bool(figures["exit_code"] or figures["wrong"] or any(figures["left"].values())))


if __name__ == "__main__":
    sys.exit(main())
