"""Several benchmarks by one command beside one command for each: time, boxes that are opened, memory that they hold.

    bench/mixed.py [--sets humaneval,mbpp,humanevalplus] [--limit N] [--workers 2] [--backend local] [--repeat 3]
                   [--data PATH] [--out FILE]

Grades the references (of each set the first N), in each round one set after the other and then all by one command, or
the other way round in every other round. A first round, which is not counted, fills a cache of its own with what
references answer and how long samples take. Of each way:

    wall_s        all commands, start to exit
    opened        boxes that were opened, by the log
    boxes_bytes   the most that boxes held at a time: of local ones all processes, shared pages counted once; of
                  Docker's what their groups count of their own, without files
    load          how many processes waited for a processor at its end, those of others too

The verdicts of both ways must be the same, or the program ends with 1. Times are of a shared machine: compare them
within a round. Prints a line for each round, and writes FILE (JSON).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.contenders import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = dict[str, Any]
Verdicts = dict[tuple[str, str, str], str]
LOOK_S = 0.5
CGROUPS = Path("/sys/fs/cgroup")


class Watch:
    """Looks from time to time at the memory of what a command has started."""

    def __init__(self, log: Path) -> None:
        self.most_bytes = 0
        self._log, self._ended = log, threading.Event()

    @contextlib.contextmanager
    def of(self, pid: int) -> Iterator[None]:
        """Look as long as the block runs."""
        thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            self._ended.clear()

    def _look(self, pid: int) -> None:
        while not self._ended.wait(LOOK_S):
            held = sum(map(share_bytes, descendants(pid))) + sum(map(container_bytes, open_containers(self._log)))
            self.most_bytes = max(self.most_bytes, held)


def open_containers(log: Path) -> set[str]:
    """The containers that are open, by the log."""
    found = set[str]()
    for line in log.read_text().splitlines() if log.exists() else ():
        with contextlib.suppress(ValueError, KeyError):  # a line that is being written
            event = json.loads(line)
            if event["event"] == "box_opened" and event["backend"] == "docker":
                found.add(event["box_id"])
            elif event["event"] == "box_closed":
                found.discard(event["box_id"])
    return found


def container_bytes(box_id: str) -> int:
    """The memory of a container without files, by the kernel's count; 0 where that is not found."""
    forms = f"memory/docker/{box_id}*", f"docker/{box_id}*", f"system.slice/docker-{box_id}*"
    for stat in (path for form in forms for path in CGROUPS.glob(f"{form}/memory.stat")):
        with contextlib.suppress(OSError):
            fields = dict(line.split(maxsplit=1) for line in stat.read_text().splitlines())
            return int(fields.get("total_rss") or fields.get("anon") or 0)
    return 0


def descendants(pid: int) -> list[int]:
    """The processes below one, as far as they are seen."""
    found, left = list[int](), [pid]
    while left:
        for tasks in Path(f"/proc/{left.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                children = [int(word) for word in tasks.read_text().split()]
                found += children
                left += children
    return found


def share_bytes(pid: int) -> int:
    """A process' share of the memory that it uses, where pages of several are divided among them."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def graded(commands: Sequence[Sequence[str | Path]], log: Path, env: dict[str, str]) -> Row:
    """Run commands one after the other; what they took together."""
    watch, begin = Watch(log), time.perf_counter()
    for command in commands:
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [*command, "--log-format", "json", "--log-file", log], stdout=subprocess.DEVNULL, stderr=said, env=env
            )
            with watch.of(process.pid):
                code = process.wait()
            if code:
                said.seek(0)
                raise SystemExit(f"exit code {code}: {said.read()[-2000:].decode(errors='replace')}")
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    return {
        "wall_s": round(time.perf_counter() - begin, 2),
        "opened": events.count("box_opened"),
        "boxes_bytes": watch.most_bytes or None,
        "load": round(os.getloadavg()[0], 1),
    }


def verdicts(folders: dict[str, Path]) -> Verdicts:
    """What each sample came to: benchmark, instance and sample → outcome."""
    found = {}
    for name, folder in folders.items():
        for line in (folder / "results.jsonl").read_text().splitlines():
            row = json.loads(line)
            found[name, row["instance_id"], row["sample_id"]] = row["outcome"]
    return found


def main() -> int:
    """Measure and print."""
    asked = options()
    sets, rounds = asked.sets.split(","), list[Row]()
    more = ["--gold", "-q", "-j", str(asked.workers), "--backend", asked.backend, "--json"]
    more += ["--limit", str(asked.limit)] if asked.limit else []
    with tempfile.TemporaryDirectory() as place:
        env = {**os.environ, "BOXSCORE_CACHE": f"{place}/cache", "BOXSCORE_DATA": str(asked.data)}
        for number in range(asked.repeat + 1):
            at = Path(place) / str(number)
            at.mkdir()
            apart = [[program(), "grade", name, *more, "--out", at / f"{name}.run"] for name in sets]
            together = [[program(), "grade", *sets, *more, "--out", at / "together"]]
            ways = [("apart", apart), ("together", together)]
            row = {name: graded(way, at / f"{name}.log", env) for name, way in ways[:: 1 if number % 2 else -1]}
            one = verdicts({name: at / f"{name}.run" for name in sets})
            if one != verdicts({name: at / "together" / name for name in sets}):
                raise SystemExit("the verdicts of both ways differ")
            if number:
                rounds.append({"samples": len(one), **row})
                print(json.dumps(rounds[-1]), flush=True)
    if asked.out is not None:
        asked.out.write_text(
            json.dumps({"asked": vars(asked) | {"out": None}, "rounds": rounds}, default=str, indent=1)
        )
    return 0


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="humaneval,mbpp,humanevalplus")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--backend", default="local")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--data", type=Path, default=os.environ.get("BOXSCORE_DATA", "."))
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
