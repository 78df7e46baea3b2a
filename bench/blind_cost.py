"""Measure what it costs to grade a patch with blinded tests, and with negated ones, on a suite that takes long.

    bench/blind_cost.py [--tests 400] [--test-s 0.1] [--repeat 3] [--way WAY ...] [--out FILE]

The instance is made here: a package with a bug, and files of twenty tests of which each takes `--test-s` of cpu; twelve
of them fail without the fix. It is graded in boxes of docker by its reference, which passes in each of these ways:

    plain      the tests as they are, and nothing else: a `claim`
    negated    the tests as they are, then once more among negated tests, as before there were blinded ones
    blinded    blinded tests, in one run: `blind`
    both       blinded tests where the values are objects, so that the tests as they are have to pass too

What is learned once for an instance is not in these times; it is learned with tests that take no time, whose files are
the same. Ways take turns in each round. Times are cpu seconds of all programs in the boxes, as their control groups
count them, and wall seconds, with the machine's load.
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
from boxscore.protocols.patch.canaries.run import Canaries, ReferenceRun
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.page_cache import PageCache
from boxscore.protocols.patch.reference import References
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Outcome
from tests.tiny_patches import difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Box
    from boxscore.protocols.blind.evidence import BlindTests
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
import os
import time


class Label:
    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return self.text == other.text


def work():
    """Take an amount of cpu time."""
    end = time.process_time() + float(os.environ["WORK_S"])
    total = 1
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
    """What one grading took."""

    cpu_s: float
    wall_s: float
    load: float


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


class QuickBlind(BlindLayer):
    """Learns with tests that take no time."""

    def known(self, task: PatchTask, **named: Any) -> BlindTests:
        """See `BlindLayer.known`."""
        return super().known(quick(task), **named)


class QuickCanaries(Canaries):
    """Learns with tests that take no time, and takes them for as slow as they are."""

    def known(self, task: PatchTask, **named: Any) -> ReferenceRun:
        """See `Canaries.known`."""
        found = super().known(quick(task), **named)
        return structs.replace(found, form_s=found.form_s + float(dict(task.env)["WORK_S"]))


def quick(task: PatchTask) -> PatchTask:
    """The same with tests that take no time."""
    return structs.replace(task, env=(*task.env[:-1], ("WORK_S", "0")))


def made(tests: int, test_s: float, *, objects: bool) -> PatchTask:
    """An instance with so many tests; where what they expect are `objects`, these are compared by their own rules."""
    code = CODE.format(words=WORDS, answer="' '.join(words[number % 7 : number % 7 + 3] + words[:number % 5])")
    buggy = CODE.format(words=WORDS, answer="''")
    files = {"pack.py": buggy, "tests/test_labels.py": _head(objects=False)}
    passing = []
    for number in range(tests - FAILING):
        path = f"tests/test_{number // IN_FILE:03}.py"
        files.setdefault(path, _head(objects=False))
        files[path] += f"\n\ndef test_{number}():\n    assert work()\n    assert double({number}) == {2 * number}\n"
        passing.append(f"{path}::test_{number}")
    failing = [f"tests/test_labels.py::test_label_{number}" for number in range(FAILING)]
    scope: dict[str, Any] = {}
    exec(code, scope)
    asked = _head(objects=objects)
    for number in range(FAILING):
        value = repr(scope["label"](number))
        sides = f"Label(label({number})) == Label({value})" if objects else f"label({number}) == {value}"
        asked += f"\n\ndef test_label_{number}():\n    assert work()\n    assert {sides}\n"
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
        env=(("PYTHONPATH", "/testbed"), ("WORK_S", str(test_s))),
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
    blind = QuickBlind(cache) if way in {"blinded", "both"} else None
    if way == "plain":
        task = structs.replace(task, canaries=None)
    grader = PatchGrader(boxes, QuickCanaries(cache), References(cache), blind, PageCache(boxes.backend))
    candidate = Candidate(sample_id=way, code=task.reference or "")
    (result,) = grader.grade(Batch(instance_id=way, task=task, trust=Trust.CANARY, candidates=(candidate,)))
    expected = {"plain": Trust.CLAIM, "blinded": Trust.BLIND, "both": Trust.BLIND}.get(way, result.trust)
    if result.outcome is not Outcome.PASSED or result.trust is not expected:
        sys.exit(f"{way}: {result.outcome} at {result.trust}: {result.reason[:300]}\n{result.output[-600:]}")
    return result


def spent(way: str, task: PatchTask, boxes: MeteredBoxes, cache: Path) -> Spent:
    """Grade the reference in one way, of an instance of which all is known."""
    grade(way, quick(task), boxes, cache)
    before, began = boxes.cpu_s, time.monotonic()
    grade(way, task, boxes, cache)
    return Spent(boxes.cpu_s - before, time.monotonic() - began, os.getloadavg()[0])


def main() -> None:
    """Measure all ways and print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=400)
    parser.add_argument("--test-s", type=float, default=0.1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--way", action="append", choices=WAYS)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    ways = asked.way or WAYS
    tasks = {way: made(asked.tests, asked.test_s, objects=way == "both") for way in ways}
    (info,) = ensure_instance_images([tasks[ways[0]].image])
    if info.error is not None:
        sys.exit(info.error)
    found = defaultdict[str, list[Spent]](list)
    boxes = MeteredBoxes(DockerBackend(), instance_reference)
    with tempfile.TemporaryDirectory() as cache:
        for number in range(asked.repeat):
            for way in ways[:: -1 if number % 2 else 1]:
                found[way].append(spent(way, tasks[way], boxes, Path(cache)))
                print(f"{number} {way}: {found[way][-1]}", flush=True)
    print("| way | cpu s | times the first | wall s | load |\n| --- | --- | --- | --- | --- |")
    first = statistics.median(one.cpu_s for one in found[ways[0]])
    for way, several in found.items():
        cpu, wall, load = (statistics.median(column) for column in zip(*several, strict=True))
        print(f"| {way} | {cpu:.1f} | {cpu / first:.2f} | {wall:.1f} | {load:.1f} |")
    if asked.out is not None:
        asked.out.write_text(json.dumps({way: [one._asdict() for one in several] for way, several in found.items()}))


if __name__ == "__main__":
    main()
