"""Measure what it costs to grade a patch with blinded tests, and with negated ones, on a suite that takes long.

    bench/blind_cost.py [--tests 400] [--test-s 0.1] [--repeat 3] [--out FILE]

The instance is made here: a package with a bug, and files of twenty tests of which each takes `--test-s` of cpu; twelve
of them fail without the fix. It is graded in boxes of docker by its reference, which passes in each of these ways:

    plain      the tests as they are, and nothing else: a `claim`
    negated    the tests as they are, then once more among negated tests, as before there were blinded ones
    blinded    blinded tests, in one run: `blind`
    both       blinded tests where the values are objects, so that the tests as they are have to pass too

What is learned once for an instance is told apart, as `learned`. Ways take turns in each round. Times are cpu seconds
of all programs in the boxes, as their control groups count them, and wall seconds, with the machine's load.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from msgspec import structs

from boxscore import Limits, Trust
from boxscore.boxes.docker.backend import DockerBackend
from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import instance_reference
from boxscore.images.records import InstanceImage
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.blind.layer import BlindLayer
from boxscore.protocols.patch.boxes import Boxes
from boxscore.protocols.patch.canaries.run import Canaries
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.page_cache import PageCache
from boxscore.protocols.patch.reference import References
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Outcome
from tests.tiny_patches import difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.boxes import Housed
    from boxscore.protocols.retry import During
    from boxscore.records import Result

WAYS = ("plain", "negated", "blinded", "both")
IN_FILE, FAILING = 20, 12
WORDS = [
    *("quince", "marzipan", "gooseberry", "kumquat", "xylophone", "jamboree"),
    *("zeppelin", "wombat", "fjord", "oboe", "nutmeg", "gazelle"),
]
RUN = "python3 -m pytest -rA -p no:cacheprovider --junitxml=/scratch/report.xml {tests}"
CODE = '''
import time


class Label:
    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return self.text == other.text


def work(seconds):
    """Take an amount of cpu time."""
    end = time.process_time() + seconds
    total = 0
    while time.process_time() < end:
        total += sum(range(1000))
    return total > 0


def label(number):
    words = {words!r}
    return {answer}


def double(number):
    return 2 * number
'''


class Spent(NamedTuple):
    """What one grading took; `learned_cpu_s` is of what is found out once for an instance."""

    cpu_s: float
    wall_s: float
    load: float
    learned_cpu_s: float


class MeteredBox:
    """A box whose programs are counted."""

    def __init__(self, box: Box, boxes: MeteredBoxes) -> None:
        self._box, self._boxes = box, boxes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    def run(self, *arguments: Any, **named: Any) -> Any:
        """See `Box.run`."""
        done = self._box.run(*arguments, **named)
        self._boxes.cpu_s += done.cpu_s or 0.0
        return done


class MeteredBoxes(Boxes):
    """Boxes that add up what all programs in them took."""

    cpu_s = 0.0

    @contextlib.contextmanager
    def open(self, task: Housed, **named: During) -> Iterator[Box]:
        """See `Boxes.open`."""
        with super().open(task, **named) as box:
            yield cast("Box", MeteredBox(box, self))


def made(tests: int, test_s: float, *, objects: bool) -> PatchTask:
    """An instance with so many tests; where what they expect are `objects`, these are compared by their own rules."""
    code = CODE.format(words=WORDS, answer="' '.join(words[number % 7 : number % 7 + 3] + words[:number % 5])")
    buggy = CODE.format(words=WORDS, answer="''")
    files = {"pack.py": buggy, "tests/test_labels.py": _head(objects=False)}
    passing = []
    for number in range(tests - FAILING):
        path = f"tests/test_{number // IN_FILE:03}.py"
        files.setdefault(path, _head(objects=False))
        files[path] += (
            f"\n\ndef test_{number}():\n    assert work({test_s})\n    assert double({number}) == {2 * number}\n"
        )
        passing.append(f"{path}::test_{number}")
    failing = [f"tests/test_labels.py::test_label_{number}" for number in range(FAILING)]
    scope: dict[str, Any] = {}
    exec(code, scope)
    asked = _head(objects=objects)
    for number in range(FAILING):
        value = repr(scope["label"](number))
        sides = f"Label(label({number})) == Label({value})" if objects else f"label({number}) == {value}"
        asked += f"\n\ndef test_label_{number}():\n    assert work({test_s})\n    assert {sides}\n"
    return PatchTask(
        image=InstanceImage(
            name="bench/blind-cost",
            base="patch-python",
            environment="RUN pip install --quiet pytest==8.3.4\n",
            instance="COPY repository /testbed\n",
            files=tuple((f"repository/{path}", text.encode()) for path, text in files.items()),
        ),
        fail_to_pass=tuple(failing),
        pass_to_pass=tuple(passing),
        commands=(RUN.format(tests="tests"),),
        test_command=RUN,
        parser="pytest",
        report="/scratch/report.xml",
        canaries="pytest",
        env=(("PYTHONPATH", "/testbed"),),
        test_patch=difference("tests/test_labels.py", files["tests/test_labels.py"], asked),
        reference=difference("pack.py", buggy, code),
        limits=Limits(
            cpu_s=900.0, wall_s=1800.0, memory_bytes=1 << 30, processes=128, disk_bytes=128 << 20, output_bytes=4 << 20
        ),
    )


def _head(*, objects: bool) -> str:
    return f"from pack import {'Label, ' if objects else ''}double, label, work\n"


def grade(way: str, task: PatchTask, boxes: MeteredBoxes, cache: Path) -> Result:
    """Grade the reference in one way."""
    blind = BlindLayer(cache) if way in {"blinded", "both"} else None
    if way == "plain":
        task = structs.replace(task, canaries=None)
    grader = PatchGrader(boxes, Canaries(cache), References(cache), blind, PageCache(boxes.backend))
    candidate = Candidate(sample_id=way, code=task.reference or "")
    (result,) = grader.grade(Batch(instance_id=way, task=task, trust=Trust.CANARY, candidates=(candidate,)))
    expected = {"plain": Trust.CLAIM, "blinded": Trust.BLIND, "both": Trust.BLIND}.get(way, result.trust)
    if result.outcome is not Outcome.PASSED or result.trust is not expected:
        sys.exit(f"{way}: {result.outcome} at {result.trust}: {result.reason} {result.detail}\n{result.output[-2000:]}")
    return result


def spent(way: str, task: PatchTask, boxes: MeteredBoxes, cache: Path, learned: dict[str, float]) -> Spent:
    """Grade the reference in one way, and once before where that has to learn about the instance."""
    if way not in learned:
        before = boxes.cpu_s
        grade(way, task, boxes, cache)
        learned[way] = boxes.cpu_s - before
    before, began = boxes.cpu_s, time.monotonic()
    grade(way, task, boxes, cache)
    cpu = boxes.cpu_s - before
    return Spent(cpu, time.monotonic() - began, os.getloadavg()[0], max(0.0, learned[way] - cpu))


def main() -> None:
    """Measure all ways and print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=400)
    parser.add_argument("--test-s", type=float, default=0.1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    tasks = {way: made(asked.tests, asked.test_s, objects=way == "both") for way in WAYS}
    (info,) = ensure_instance_images([tasks["plain"].image])
    if info.error is not None:
        sys.exit(info.error)
    found, learned = defaultdict[str, list[Spent]](list), dict[str, float]()
    boxes = MeteredBoxes(DockerBackend(), instance_reference)
    with tempfile.TemporaryDirectory() as cache:
        for number in range(asked.repeat):
            for way in WAYS[:: -1 if number % 2 else 1]:
                found[way].append(spent(way, tasks[way], boxes, Path(cache), learned))
                print(f"{number} {way}: {found[way][-1]}", flush=True)
    print("| way | cpu s | beside plain | wall s | load | learned once, cpu s |\n| --- | --- | --- | --- | --- | --- |")
    plain = statistics.median(one.cpu_s for one in found["plain"])
    for way, several in found.items():
        cpu, wall, load, once = (statistics.median(column) for column in zip(*several, strict=True))
        print(f"| {way} | {cpu:.1f} | {cpu / plain:.2f} | {wall:.1f} | {load:.1f} | {once:.1f} |")
    if asked.out is not None:
        asked.out.write_text(json.dumps({way: [one._asdict() for one in several] for way, several in found.items()}))


if __name__ == "__main__":
    main()
