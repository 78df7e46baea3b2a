"""The canary run of a patch that would pass: its required tests again, in a fresh box, among negated twins of them.

Which tests can have twins is found once for each instance by a run on the reference patch, and kept in the cache: a
test that needs its own name, or that passes when it is negated, has none.
"""

from __future__ import annotations

import os
import random
import shlex
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore._errors import BoxError
from boxscore._protocols._admission import Refused
from boxscore._protocols._patch_run import Ran, build_tree, run_tests
from boxscore._protocols._tree import PYTHON, stage
from boxscore._protocols._twins import TwinPlan, can_have_twins, judge_twins, make_twins, usable
from boxscore._records import Limits, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore._box import Box
    from boxscore._patch_task import PatchTask
    from boxscore._protocols._tree import Staged

    OpenBox = Callable[[], AbstractContextManager[Box]]

TRIES = 2  # a test that now and then fails by itself is no forgery
FILE_BYTES, MAX_FILES = 4 << 20, 4000
TREE_LIMITS = Limits(cpu_s=60.0, wall_s=120.0, memory_bytes=1 << 30, output_bytes=64 << 20)

_READ = """
import json, os, sys
request = json.load(sys.stdin.buffer)
found = {}
for path in request["paths"]:
    place = os.path.join(request["tree"], path)
    if os.path.isfile(place) and not os.path.islink(place) and os.path.getsize(place) <= request["most"]:
        with open(place, encoding="utf-8", errors="surrogateescape", newline="") as file:
            found[path] = file.read()
print(json.dumps(found))
""".strip()
_WRITE = """
import json, os, sys
request = json.load(sys.stdin.buffer)
for path, text in request["files"]:
    place = os.path.join(request["tree"], path)
    os.unlink(place)
    with open(place, "x", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
""".strip()


class CanaryVerdict(Struct, frozen=True, kw_only=True):
    """What the canaries say: `count` negated twins failed as they must; None where there are none, and why.

    `forged` says how the run differs from that of a right solution, "" if it does not.
    """

    count: int | None = None
    reason: str = ""
    forged: str = ""


class _Facts(Struct, frozen=True, kw_only=True):
    usable: tuple[str, ...] = ()
    reason: str = ""


class Canaries:
    """Canary runs of instances, and what is known about their tests.

    `cache` keeps what reference runs showed; `seed` gives randomness that no candidate can know.
    """

    def __init__(self, cache: Path, seed: Callable[[], random.Random] = random.SystemRandom) -> None:
        self._cache, self._seed = cache / "canaries", seed

    def check(self, task: PatchTask, patch: str, *, image: str, open_box: OpenBox) -> CanaryVerdict:
        """Run the canaries of a patch; raises BoxError if a box fails."""
        reason = can_have_twins(task.canaries) or ("" if task.test_command else "its tests cannot be run by file")
        if reason:
            return CanaryVerdict(reason=reason)
        facts = self._facts(task, image, open_box)
        if not facts.usable:
            return CanaryVerdict(reason=facts.reason)
        forged = ""
        for _ in range(TRIES):
            plan, ran = self._run(task, patch, open_box, only=facts.usable)
            verdict = judge_twins(plan, ran.statuses)
            twins = sum(not passes for passes in plan.expected.values())
            stray = sorted(set(ran.changed) - {path for path, _ in plan.files})
            if verdict.kept and not stray:
                return CanaryVerdict(count=twins)
            forged = verdict.reason if not verdict.kept else f"changed in the canary run: {', '.join(stray[:5])}"
        return CanaryVerdict(count=twins, forged=forged)

    def _facts(self, task: PatchTask, image: str, open_box: OpenBox) -> _Facts:
        path = self._cache / f"{fingerprint(image, task, _version())}.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Facts)
        except (FileNotFoundError, msgspec.MsgspecError):
            facts = self._learned(task, open_box)
            _keep(path, msgspec.json.encode(facts))
            return facts

    def _learned(self, task: PatchTask, open_box: OpenBox) -> _Facts:
        if task.reference is None:
            return _Facts(reason="there is no reference patch to try canaries on")
        plan, ran = self._run(task, task.reference, open_box, only=None)
        found = usable(plan, ran.statuses)
        if found:
            return _Facts(usable=found)
        why = sorted({reason for _, reason in plan.skipped})[:3]
        return _Facts(reason="; ".join(why) or "no required test behaves the same when it is renamed or negated")

    def _run(
        self, task: PatchTask, patch: str, open_box: OpenBox, *, only: tuple[str, ...] | None
    ) -> tuple[TwinPlan, Ran]:
        """One canary run; `only=None`: with every kind of twin, to learn which tests can have them."""
        with open_box() as box:
            staged = stage(box, task, patch)
            if isinstance(staged, Refused):
                raise BoxError(f"a patch that was applied before is refused now: {staged.reason}")
            ready = build_tree(box, task, staged)
            if isinstance(ready, Ran):
                return TwinPlan(), ready
            plan = self._plan(_read(box, task, _test_files(task, staged)), task, only)
            _write(box, task, plan)
            paths = shlex.join(path for path, _ in plan.files)
            command = (task.test_command or "").replace("{tests}", paths)
            return plan, run_tests(box, task, ready, commands=(command,), required=tuple(plan.expected))

    def _plan(self, files: Mapping[str, str], task: PatchTask, only: tuple[str, ...] | None) -> TwinPlan:
        return make_twins(
            files,
            (*task.fail_to_pass, *task.pass_to_pass),
            runner=task.canaries or "",
            rng=self._seed(),
            only=only,
            preferred=len(task.fail_to_pass),
            every_kind=only is None,
        )


def _test_files(task: PatchTask, staged: Staged) -> tuple[str, ...]:
    """Where required tests may stand: the files of the test patch, and those that the ids name."""
    found = dict.fromkeys(path for path in staged.tests if path.endswith(".py"))
    for test_id in (*task.fail_to_pass, *task.pass_to_pass):
        path, colons, _ = test_id.partition("::")
        dotted = test_id.rpartition("(")[2].rstrip(")").split(".")
        found |= dict.fromkeys([path] if colons else _module_paths(dotted))
    return tuple(found)[:MAX_FILES]


def _module_paths(dotted: Sequence[str]) -> list[str]:
    stems = ["/".join(dotted[:cut]) for cut in range(len(dotted) - 1, 0, -1)]
    return [f"{root}{stem}{end}" for stem in stems for root in ("", "tests/") for end in (".py", "/__init__.py")]


def _read(box: Box, task: PatchTask, paths: Sequence[str]) -> dict[str, str]:
    """Read test files from a tree in which no candidate's process is alive."""
    done = _trusted(box, _READ, {"tree": task.image.tree, "paths": paths, "most": FILE_BYTES})
    try:
        return msgspec.json.decode(done, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"test files could not be read in a box: {error}") from error


def _write(box: Box, task: PatchTask, plan: TwinPlan) -> None:
    _trusted(box, _WRITE, {"tree": task.image.tree, "files": plan.files})


def _trusted(box: Box, program: str, request: Mapping[str, object]) -> bytes:
    done = box.run([PYTHON, "-I", "-S", "-B", "-c", program], stdin=msgspec.json.encode(request), limits=TREE_LIMITS)
    if done.exit_code != 0:
        raise BoxError(f"test files could not be handled in a box: {done.stderr[-400:].decode(errors='replace')}")
    return done.stdout


@cache
def _version() -> str:
    """Changes with all that decides which tests can have canaries."""
    root = Path(__file__).parent
    return fingerprint([path.read_text("utf-8") for path in sorted(root.glob("_twin*.py"))], _READ, _WRITE)


def _keep(path: Path, data: bytes) -> None:
    """Write a file as a whole; another process may do the same at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    os.replace(file.name, path)  # noqa: PTH105 - as one step
