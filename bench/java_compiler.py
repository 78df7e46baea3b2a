"""What a kept Java compiler saves: the cost of samples with and without it, in one run, and whether verdicts are equal.

    bench/java_compiler.py [BENCH] [--limit N] [--rounds N] [--busy N] [--out FILE]

References of a benchmark's instances, each in three forms (as it is, with a comment more, and with a mistake that does
not compile), are compiled with their tests in three ways: by one JVM that is kept, by a new one of the same program for
each sample, and by `javac` started as a program, once for the project and once for its tests. The ways take turns, so
that what others do to the machine is done to all. Cpu time is that of the way's box, by its control group. Then the
same samples are graded whole, with the kept compiler and without, and again while `--busy` processes keep the machine
busy: each outcome and the status of each test are compared.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from msgspec.structs import replace

from bench.meter import group_s
from boxscore import Batch, Candidate, ProjectDetail, ProjectTask, Trust, decode_files, encode_files
from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.registry import open_backend
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness
from boxscore.images.environments import reference
from boxscore.protocols.project.build import Unbuilt, build
from boxscore.protocols.project.compiler import LIMITS, OPTIONS, JavaCompiler
from boxscore.protocols.project.files import GivenFiles, project_files
from boxscore.protocols.project.grader import ProjectGrader
from boxscore.protocols.project.tools import find_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore import Backend, Result
    from boxscore.boxes.contract import Box

JAVAC = """
cd /scratch/work && rm -rf main tests && mkdir main tests || exit 2
"$1/bin/javac" $2 -proc:none -nowarn -g -cp "$3" -d main $(find "$4" -name '*.java') || exit 1
"$1/bin/javac" $2 -proc:none -nowarn -g -cp "$3:main" -d tests $(find "$5" -name '*.java') || exit 1
"""
HEAP = " ".join(f"-J{option}" for option in OPTIONS if not option.endswith("/dev/null"))


class Made(NamedTuple):
    """One sample."""

    name: str
    task: ProjectTask
    code: str


class Way(NamedTuple):
    """A way to compile a sample, which says whether it does compile, and the container that it works in."""

    compiles: Callable[[Made], bool]
    container: str


def main() -> None:
    """Measure, print, and end with 1 where verdicts differ."""
    asked = arguments()
    backend, image, samples = open_backend("docker"), reference("jvm"), samples_of(asked.bench, asked.limit)
    print(f"{asked.bench}: {len(samples)} samples, load average {os.getloadavg()[0]:.0f}", flush=True)
    load, compiled = os.getloadavg()[0], compiling(backend, image, samples, asked.rounds)
    graded = grading(backend, image, samples, asked.busy)
    differ = differing(graded)
    for line in differ:
        print(f"differs: {line}")
    print(f"{len(graded)} ways to grade {len(samples)} samples, {len(differ)} verdicts that differ")
    if asked.out:
        walls = {name: one["wall_s"] for name, one in graded.items()}
        found = {"load": load, "compile": compiled, "grade": walls, "differing": differ}
        asked.out.write_text(json.dumps(found, indent=1), "utf-8")
    raise SystemExit(1 if differ else 0)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", nargs="?", default="tiny-java")
    parser.add_argument("--limit", type=int, default=4, help="instances")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--busy", type=int, default=4, help="processes that keep the machine busy")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def samples_of(bench: str, limit: int) -> list[Made]:
    """Three samples for each of so many instances."""
    harness = load_harness(bench)
    found = []
    for instance in list(harness.load(resolve(harness.source).path))[:limit]:
        task = harness.task(instance)
        if not isinstance(task, ProjectTask) or task.reference is None:
            raise SystemExit(f"{instance.instance_id} is no project with a reference")
        files = decode_files(task.reference).files
        first = min(files)
        for name, more in (("reference", ""), ("comment", "\n// more\n"), ("mistake", "\nmistake")):
            code = encode_files({**files, first: files[first] + more})
            found.append(Made(f"{instance.instance_id} {name}", task, code))
    return found


def compiling(backend: Backend, image: str, samples: Sequence[Made], rounds: int) -> dict[str, Any]:
    """Compile all samples in each way, in turns; print and return what one costs."""
    with contextlib.ExitStack() as stack:
        ways = {
            "kept": kept_or_not(stack, backend, image, samples[0], kept=True),
            "new": kept_or_not(stack, backend, image, samples[0], kept=False),
            "javac": by_javac(stack, backend, image, samples[0]),
        }
        costs = defaultdict[str, list[tuple[float, float]]](list)
        for _ in range(rounds):
            for name, way in ways.items():
                spent, began = group_s(way.container), time.monotonic()
                for made in samples:
                    if way.compiles(made) == made.name.endswith("mistake"):
                        raise SystemExit(f"{name}: {made.name} does not come to what it must")
                cost = (group_s(way.container) - spent, time.monotonic() - began)
                costs[name].append((cost[0] / len(samples), cost[1] / len(samples)))
                print(f"  round {len(costs[name])}, {name}: {costs[name][-1][0]:.2f} s of cpu a sample", flush=True)
        memory = {name: peak_bytes(way.container) for name, way in ways.items()}
    return told(costs, memory)


def told(costs: dict[str, list[tuple[float, float]]], memory: dict[str, int]) -> dict[str, Any]:
    """Print and return medians over rounds, and how many times as much each way costs as the kept one."""
    found: dict[str, Any] = {}
    for name, rounds in costs.items():
        cpu_s, wall_s = (statistics.median(one[at] for one in rounds) for at in (0, 1))
        ratios = [one[0] / kept[0] for one, kept in zip(rounds, costs["kept"], strict=True) if kept[0]]
        ratio = statistics.median(ratios) if ratios else 0.0
        found[name] = {"cpu_s": cpu_s, "wall_s": wall_s, "ratio": ratio, "peak_bytes": memory[name], "rounds": rounds}
        spread = f"{min(ratios, default=0):.1f}-{max(ratios, default=0):.1f}"
        print(
            f"compile, {name:6} {cpu_s:6.2f} s of cpu and {wall_s:6.2f} s by the clock for a sample with its tests; "
            f"{ratio:.1f} ({spread}) times the kept one's cpu; at most {memory[name] >> 20} MiB in its box",
            flush=True,
        )
    return found


def kept_or_not(stack: contextlib.ExitStack, backend: Backend, image: str, first: Made, *, kept: bool) -> Way:
    """Our compiler, whose JVM is kept or not; opened, with one sample behind it."""
    before = containers()
    compiler = JavaCompiler(backend, image, kept=kept)
    stack.callback(compiler.close)

    def compiles(made: Made) -> bool:
        files = decode_files(made.code).files
        return not isinstance(build(compiler, made.task, GivenFiles(files=files)), Unbuilt)

    compiles(first)
    return Way(compiles, opened(before))


def by_javac(stack: contextlib.ExitStack, backend: Backend, image: str, first: Made) -> Way:
    """The JDK's own program, twice for each sample, under the same options of its JVM; warmed like the others."""
    before = containers()
    box: Box = stack.enter_context(backend.box(BoxSpec(image=image, limits=LIMITS)))

    def compiles(made: Made) -> bool:
        task = made.task
        tools = find_tools(box, task.libraries, task.release)
        files = project_files(task, GivenFiles(files=decode_files(made.code).files))
        box.put_folder("/scratch/work", {**files, **dict(task.tests)})
        words = (tools.home, HEAP, ":".join(tools.jars), task.sources, task.test_sources)
        return box.run(["sh", "-c", JAVAC, "sh", *words]).exit_code == 0

    compiles(first)
    return Way(compiles, opened(before))


def containers() -> set[str]:
    """The containers of this process."""
    named = f"name=boxscore-{os.getpid()}-"
    return {*subprocess.check_output(["docker", "ps", "-q", "--no-trunc", "--filter", named], text=True).split()}


def opened(before: set[str]) -> str:
    """The one container that was opened since."""
    (one,) = containers() - before
    return one


def peak_bytes(container: str) -> int:
    """The most memory that a container has held, with its files; 0 where no control group tells."""
    for name in ("memory.max_usage_in_bytes", "memory.peak"):
        for path in Path("/sys/fs/cgroup").glob(f"**/docker/{container}/{name}"):
            return int(path.read_text("ascii"))
    return 0


def grading(backend: Backend, image: str, samples: Sequence[Made], busy: int) -> dict[str, dict[str, Any]]:
    """Grade all samples with the kept compiler and without, at rest and under load."""
    found = {}
    for load in (0, busy):
        with keeping_busy(load):
            for kept in (True, False):
                name = f"{'kept' if kept else 'new'}, {load} busy"
                began, cpu_s = time.monotonic(), 0.0
                results = graded(backend, image, samples, kept=kept)
                wall_s = (time.monotonic() - began) / len(samples)
                cpu_s = sum(one.cpu_s or 0.0 for one in results.values()) / len(samples)
                found[name] = {"results": results, "wall_s": wall_s}
                print(f"grade, {name}: {wall_s:.2f} s by the clock, tests {cpu_s:.2f} s of cpu", flush=True)
    return found


def graded(backend: Backend, image: str, samples: Sequence[Made], *, kept: bool) -> dict[str, Result]:
    """Grade samples, each by itself and without its reference: what protects tests is not measured here."""
    grader = ProjectGrader(backend, image, kept=kept)
    found = {}
    with contextlib.closing(grader):
        for name, task, code in samples:
            bare = replace(task, reference=None)
            candidates = (Candidate(sample_id="0", code=code),)
            batch = Batch(instance_id=name, task=bare, trust=Trust.CLAIM, candidates=candidates)
            (found[name],) = grader.grade(batch)
    return found


@contextlib.contextmanager
def keeping_busy(count: int) -> Iterator[None]:
    """Keep processors busy by so many processes."""
    processes = [multiprocessing.Process(target=spin, args=(os.getpid(),), daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def spin(parent: int) -> None:
    """Use a processor, for an hour at most, until the parent has gone."""
    end = time.monotonic() + 3600
    while time.monotonic() < end and os.getppid() == parent:
        sum(range(100_000))


def differing(graded: dict[str, dict[str, Any]]) -> list[str]:
    """Samples that do not come to the same in all ways."""
    first, *others = graded
    found = []
    for sample, result in graded[first]["results"].items():
        for other in others:
            also = graded[other]["results"][sample]
            if verdict(also) != verdict(result):
                found.append(f"{sample}: {first}: {verdict(result)}; {other}: {verdict(also)}")
    return found


def verdict(result: Result) -> tuple[object, ...]:
    """What of a result must be the same however it was compiled."""
    detail = result.detail
    return result.outcome.value, (detail.tests, detail.errors) if isinstance(detail, ProjectDetail) else None


if __name__ == "__main__":
    main()
