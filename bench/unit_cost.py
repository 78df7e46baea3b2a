"""What a test suite beside a program costs in a warm box, against a process of its own for each: cpu seconds, alone.

    bench/unit_cost.py [ID …]

Both run references of BigCodeBench with their tests in its image: by `run_unit` in one warm box, and by `python3 FILE`
in a container without any other work, a fork and exec for each. Cpu time is the container's by its control group,
divided by the number of runs; opening the box and importing what its recipe names is told by itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.meter import group_s
from boxscore import UnittestTask
from boxscore.boxes.registry import open_backend
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness
from boxscore.images.environments import reference
from boxscore.protocols.unittest.grader import parts_for
from boxscore.protocols.unittest.run import run_unit
from boxscore.protocols.unittest.task import box_limits
from boxscore.protocols.unittest.verdict import verdict_of
from boxscore.protocols.warm import open_warm_box
from boxscore.records import Outcome

IDS = ("33", "77", "137", "333", "400", "700", "811", "945")
WARM_TURNS, COLD_TURNS = 4, 1
CPU = "resource.getrusage(resource.RUSAGE_CHILDREN)"
COLD = f"""
import json, os, resource, subprocess, sys
os.chdir("/tmp")
programs, turns = json.load(sys.stdin)
for program in programs:
    with open("program.py", "w") as file: file.write(program)
    for _ in range(turns): subprocess.run([sys.executable, "program.py"], capture_output=True, check=True)
print((lambda used: used.ru_utime + used.ru_stime)({CPU}) / len(programs) / turns)
"""
VARIABLES = ("OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MPLBACKEND=Agg", "HOME=/tmp", "TZ=UTC")


def main() -> None:
    """Print the cost of a run in both ways."""
    harness = load_harness("bigcodebench")
    wanted = {f"BigCodeBench/{one}" for one in sys.argv[1:] or IDS}
    tasks: list[UnittestTask] = []
    for instance in harness.load(resolve(harness.source).path):
        if instance.instance_id in wanted:
            task = harness.task(instance)
            assert isinstance(task, UnittestTask)
            tasks.append(task)
    image = reference("bigcodebench")
    print(f"load average {os.getloadavg()[0]:.0f}; {len(tasks)} instances")
    warm(image, tasks)
    print(f"alone: {cold(image, tasks):.3f} s of cpu for each run")


def warm(image: str, tasks: list[UnittestTask]) -> None:
    """Print what opening a warm box takes, and what a run in it."""
    with open_warm_box(open_backend("docker"), image, box_limits(tasks[0].limits), parts=parts_for(image)) as box:
        named = f"name=boxscore-{os.getpid()}-"
        (group,) = subprocess.check_output(["docker", "ps", "-q", "--no-trunc", "--filter", named], text=True).split()
        opened, began, own = group_s(group), time.monotonic(), 0.0
        for _ in range(WARM_TURNS):
            for task in tasks:
                ran = run_unit(box, task, task.reference or "", task.tests, task.required)
                if verdict_of(ran, task.required)[0] is not Outcome.PASSED:
                    raise SystemExit(f"a reference does not pass: {ran}")
                own += ran.cpu_s
        runs = WARM_TURNS * len(tasks)
        spent, wall_s = (group_s(group) - opened) / runs, (time.monotonic() - began) / runs
    print(f"warm: {opened:.1f} s of cpu to open; then {spent:.3f} s for each run, {own / runs:.3f} of these its own")
    print(f"      {wall_s:.2f} s by the clock")


def cold(image: str, tasks: list[UnittestTask]) -> float:
    """Return the cpu seconds of a run in a process of its own."""
    programs = [f"{task.reference}\n{task.tests}\nunittest.main()\n" for task in tasks]
    variables = [word for one in VARIABLES for word in ("--env", one)]
    command = ["docker", "run", "--rm", "-i", "--network", "none", "--user", "1000", *variables, image]
    done = subprocess.run(
        [*command, "python3", "-c", COLD],
        input=json.dumps([programs, COLD_TURNS]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
