"""How boxscore grows on one machine: samples, workers, memory over time, start-up, resume, the report.

    bench/scale.py [--sizes 100,1000,10000,100000] [--workers 1,2] [--backend local] [--data PATH] [--out FILE]

Grades HumanEval samples (the published solutions with variations, three in ten wrong) once for each size and number of
workers, each run in a fresh run directory by a fresh `boxscore grade`, and measures of each:

    wall_s, samples_per_s   the whole process, start to exit
    start_s                 until the first result was stored
    rss                     memory of the engine's process (not of boxes), once a second: [seconds, bytes, bytes stored]
    rss_growth              bytes a sample, fitted to the second half of grading: 0 is flat. None of a short run
    resume_s                the same command again, when nothing is left to do
    report_s                `boxscore report` of the run: reads all results, writes and prints the reports
    report_bytes            sizes of report.json and report.md; both are read again here

The speed-up is that of the first number of workers against each other one, for each size.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.answers import make_samples
from bench.contenders import program
from bench.official import read_rows, write_rows
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness

Row = dict[str, Any]

LOOK_S = 0.02
EACH_S = 1.0
FIT_AT_LEAST = 8


def rss_bytes(pid: int) -> tuple[int, int] | None:
    """Memory that a process holds now, and the most that it has held; None when it has ended."""
    with contextlib.suppress(OSError, KeyError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        fields = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
        return int(fields["VmRSS"]) << 10, int(fields["VmHWM"]) << 10
    return None


def stored_bytes(folder: Path) -> int:
    """How much of results there is."""
    with contextlib.suppress(OSError):
        return (folder / "results.jsonl").stat().st_size
    return 0


def watched(command: list[str], folder: Path) -> Row:
    """Run a command and watch its process and what it stores in `folder`."""
    rss: list[tuple[float, int, int]] = []
    start_s, most = None, 0
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as trouble:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=trouble)
        while process.poll() is None:
            now = time.perf_counter() - begin
            stored = stored_bytes(folder)
            if start_s is None and stored:
                start_s = round(now, 3)
            held = rss_bytes(process.pid) or (0, 0)
            most = max(most, held[1])
            if now >= len(rss) * EACH_S and held[0]:
                rss.append((round(now, 2), held[0], stored))
            time.sleep(LOOK_S)
        wall_s = time.perf_counter() - begin
        if process.returncode:
            trouble.seek(0)
            sys.exit(f"{' '.join(command)} exited with {process.returncode}: {trouble.read().decode()[-2000:]}")
    return {"wall_s": round(wall_s, 3), "start_s": start_s, "rss_most": most, "rss": rss}


def growth(rss: list[tuple[float, int, int]], samples: int) -> float | None:
    """Bytes that the engine grows by for each sample, in the second half of its grading; None of too few points.

    What comes after the last result, the reports, is left out: it loads libraries.
    """
    whole = rss[-1][2] if rss else 0
    half = [(stored / whole * samples, held) for _, held, stored in rss if whole / 2 <= stored < whole]
    if len(half) < FIT_AT_LEAST or len({place for place, _ in half}) == 1:
        return None
    places, held = zip(*half, strict=True)
    return round(statistics.linear_regression(places, held).slope, 2)


def reports(folder: Path) -> Row:
    """Make the reports of a run again and open them."""
    begin = time.perf_counter()
    done = subprocess.run([program(), "report", str(folder), "--json"], capture_output=True, check=True)
    report_s = time.perf_counter() - begin
    stored = json.loads((folder / "report.json").read_bytes())
    text = (folder / "report.md").read_text(encoding="utf-8")
    if json.loads(done.stdout) != stored or stored["benchmark"] not in text:
        sys.exit(f"{folder}: the reports disagree")
    sizes = {name: (folder / name).stat().st_size for name in ("report.json", "report.md", "junit.xml")}
    return {"report_s": round(report_s, 3), "report_bytes": sizes, "graded": stored["samples"]}


def measure(samples: list[Row], workers: int, backend: str, data: Path) -> Row:
    """One run, the same again, and its reports."""
    with tempfile.TemporaryDirectory(prefix="boxscore-scale-") as scratch:
        path, folder = Path(scratch) / "samples.jsonl", Path(scratch) / "run"
        write_rows(path, samples)
        words = [program(), "grade", "humaneval", "--data", str(data), "--backend", backend]
        words += ["-j", str(workers), "-p", str(path), "--out", str(folder), "--quiet", "--no-reuse"]
        run, again = watched(words, folder), watched(words, folder)
        lines = len((folder / "results.jsonl").read_bytes().splitlines())
        row = {
            "samples": len(samples),
            "workers": workers,
            **run,
            "samples_per_s": round(len(samples) / run["wall_s"], 1),
            "rss_growth": growth(run["rss"], len(samples)),
            "resume_s": again["wall_s"],
            "resume_rss_most": again["rss_most"],
            **reports(folder),
        }
        if not lines == row["graded"] == len(samples):
            sys.exit(f"{len(samples)} samples, {lines} results, {row['graded']} of them in the report")
    return row


def speedups(rows: list[Row], workers: list[int]) -> list[Row]:
    """How much faster more workers are than the first number of them."""
    speed = {(row["samples"], row["workers"]): row["samples_per_s"] for row in rows}
    return [
        {"samples": size, "workers": more, "speedup": round(speed[size, more] / speed[size, workers[0]], 2)}
        for size in dict.fromkeys(row["samples"] for row in rows)
        for more in workers[1:]
    ]


def table(rows: list[Row]) -> str:
    """The rows for people."""
    names = ("samples", "workers", "wall_s", "samples_per_s", "start_s", "resume_s", "report_s", "rss_growth")
    lines = ["  ".join(f"{name:>13}" for name in (*names, "rss most MiB", "report KiB"))]
    for row in rows:
        sizes = (
            row["rss_most"] / 2**20,
            (row["report_bytes"]["report.json"] + row["report_bytes"]["report.md"]) / 1024,
        )
        cells = [f"{row[name]!s:>13}" for name in names] + [f"{size:13.1f}" for size in sizes]
        lines.append("  ".join(cells))
    return "\n".join(lines)


def numbers(text: str) -> list[int]:
    """Read whole numbers with commas between them."""
    return [int(word) for word in text.split(",")]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure how boxscore grows on one machine.")
    parser.add_argument("--sizes", type=numbers, default=[100, 1000, 10_000, 100_000])
    parser.add_argument("--workers", type=numbers, default=[1, 2])
    parser.add_argument("--backend", default="local")
    parser.add_argument("--data", type=Path, help="a data folder or file  [default: BOXSCORE_DATA or the cache]")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "scale.json")
    asked = parser.parse_args()
    data = resolve(load_harness("humaneval").source, data=asked.data).path
    problems = read_rows(data)
    rows = []
    for size in asked.sizes:
        samples = make_samples(problems, size)
        for workers in asked.workers:
            rows.append(measure(samples, workers, asked.backend, data))
            print({name: value for name, value in rows[-1].items() if name != "rss"}, flush=True)
    faster = speedups(rows, asked.workers)
    print(f"\n{table(rows)}\n")
    print(*(f"{one['samples']} samples: {one['workers']} workers are {one['speedup']} x" for one in faster), sep="\n")
    host = {"cores": os.cpu_count(), "python": sys.version.split()[0], "backend": asked.backend}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps({"host": host, "rows": rows, "speedups": faster}, indent=1) + "\n")


if __name__ == "__main__":
    main()
