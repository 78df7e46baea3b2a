"""Find at which level of trust instances of SWE-bench can be passed, without an image for each of them.

    bench/blind_levels.py --data ROWS --environments DIR --out DIR [--read-only] [--blind-only] [--failing-only]
        [--repo OWNER/NAME] [-i ID ...]

ROWS is a file of records as `boxscore grade swe-bench --data` takes them, BOXSCORE_REPOS a folder of clones that have
the base commits, and --environments one of virtual environments that are called after a repository and its Python
(`django__django-3.6`): an instance without one is left out. Each instance is learned about by the product's own code:
its reference and its base commit are staged, blinded and run by the commands of its record, in a bubblewrap sandbox in
the place of a box. That is for tests and references of benchmarks, which nobody wrote to break out of anything.

An instance is `blind` where a run of its reference sends what is hidden; if it hides too little, `canary` where a
reader of its negated tests has enough to guess; else `claim`. One whose reference does not pass here is `failed`, and
says nothing. Files are read first, which takes no environment: where neither blinded nor negated tests have enough to
guess even if no old code answered, no run can change that, and it is a `claim` that is `read`. With --read-only others
are left out, and claims are counted by what a forger has read that leaves too little. With --blind-only negated tests
are not looked for, and what is not `blind` is `other`. With --failing-only no tests are run but those of FAIL_TO_PASS,
which are all that bits count, where the runner can be asked for them by name. What was found is written to --out after
each instance, and is not looked for again. So levels of all instances come cheapest by two commands:

    bench/blind_levels.py --data ROWS --environments DIR --out DIR --read-only
    bench/blind_levels.py --data ROWS --environments DIR --out DIR --failing-only
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from msgspec import structs

from boxscore.boxes.contract import Completed
from boxscore.data.plugins import load_harness
from boxscore.errors import BoxError
from boxscore.images.repositories import TAG_FILE, has_repository, repository_file, repository_tar
from boxscore.protocols.blind.learn import Learner
from boxscore.protocols.blind.secrecy import LEAST
from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.plan import make_canaries, why_no_canaries
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.blind.layer import BlindLayer, suite_of
from boxscore.protocols.patch.canaries.files import test_files
from boxscore.protocols.patch.canaries.run import Canaries
from boxscore.protocols.patch.diff import changed_paths
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.run import run_staged
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.patch.tree import stage
from boxscore.records import LimitName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore import Instance, Limits
    from boxscore.boxes.contract import Box
    from boxscore.protocols.retry import During

LEVELS = ("blind", "canary", "claim", "other", "failed")
CAUSES = (
    "no value is compared that can be hidden",
    "before a forger has read anything",
    "once a forger has read the blinded tests",
    "once it has also read the tests as they were before",
    "once it has also been told the task",
)
MANY = LEAST / 2
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
COMPILED = "/compiled"
SYSTEM = ("/usr", "/etc")
TRIES = 3  # tests that now and then fail by themselves
LINKS = ("bin", "lib", "lib64", "sbin")
SETTINGS = ("user.name=bench", "user.email=bench@localhost", "core.fsmonitor=false", "gc.auto=0", "core.compression=1")
SYMPY = "bin/test -C --verbose"
DJANGO = "./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1"
_METHOD = re.compile(r"(?P<name>\w+) \((?P<place>[\w.]+)\)")
GIT = ("git", *(word for setting in SETTINGS for word in ("-c", setting)))


class Found(NamedTuple):
    """What became of one instance; `reason` says why it is not `blind`, and `loose` that both runs must pass.

    `read_bits` and `read_canary_bits` are to be guessed if no old code answers, by the files that were `read` alone;
    `left` is what there is to guess of `values` before anything is read, then with the tests, those before, the task.
    """

    instance_id: str
    repo: str
    level: str
    blind_bits: float = 0.0
    canary_bits: float = 0.0
    read_bits: float | None = None
    read_canary_bits: float | None = None
    read: bool = False
    values: int = 0
    left: tuple[float, ...] = ()
    loose: bool = False
    hidden: int = 0
    reason: str = ""
    seconds: float = 0.0
    load: float = 0.0


class HostBox:
    """A sandbox with a tree of its own, in the place of a box of an instance's image."""

    layers: tuple[str, ...] = ()

    def __init__(self, folder: Path, original: Path, environment: Path, tree: str) -> None:
        """`original` is the instance's repository, `tree` the path at which programs find their copy of it.

        What is compiled is kept beside the original for later sandboxes: it holds for files as old and as large.
        """
        self._folder = folder
        compiled = original.parent / "compiled"
        compiled.mkdir(exist_ok=True)
        places = {tree: folder / "tree", "/scratch": folder / "scratch", "/tmp": folder / "tmp"}
        for place in places.values():
            place.mkdir()
        words = ["bwrap", "--unshare-all", "--uid", "1000", "--gid", "1000", "--die-with-parent", "--tmpfs", "/"]
        interpreter = str((environment / "bin" / "python").resolve().parents[1])
        for path in (*SYSTEM, *([interpreter] if not interpreter.startswith("/usr") else [])):
            words += ["--ro-bind-try", path, path]
        for name in LINKS:
            words += ["--symlink", f"usr/{name}", f"/{name}"]
        words += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", str(original), "/boxscore/tree"]
        words += ["--bind", str(compiled), COMPILED, "--ro-bind", str(environment), "/opt/env"]
        words += ["--symlink", "/usr/bin/python3", "/boxscore/bin/python3"]
        words += ["--symlink", "/usr/bin/git", "/boxscore/bin/git", "--symlink", "/usr/bin/bash", "/boxscore/bin/bash"]
        for path, place in places.items():
            words += ["--bind", str(place), path]
        self._words = words

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        limits: Limits | None = None,
    ) -> Completed:
        """See `Box.run`; of the limits only wall time holds."""
        variables = {"PATH": SEARCH_PATH, "HOME": "/scratch", "PYTHONPYCACHEPREFIX": COMPILED, **(env or {})}
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        out, error, ended = self._communicated([*self._words, "--chdir", cwd or "/", *argv], stdin, variables, limits)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Completed(
            exit_code=ended,
            signal=signal.SIGKILL if ended is None else None,
            stdout=out,
            stderr=error,
            cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            wall_s=time.monotonic() - began,
            limit=LimitName.WALL if ended is None else None,
        )

    @staticmethod
    def _communicated(
        words: Sequence[str], stdin: bytes, env: Mapping[str, str], limits: Limits | None
    ) -> tuple[bytes, bytes, int | None]:
        piped = subprocess.PIPE
        with subprocess.Popen(words, stdin=piped, stdout=piped, stderr=piped, env=dict(env)) as child:
            try:
                out, error = child.communicate(stdin, timeout=None if limits is None else limits.wall_s)
            except subprocess.TimeoutExpired:
                child.kill()  # and with it, by its namespace, all that it started
                out, error = child.communicate()
                return out, error, None
            return out, error, child.returncode

    def get(self, path: str, *, max_bytes: int) -> bytes:
        """See `Box.get`."""
        found = self._folder / path.lstrip("/")
        if not found.is_file():
            raise FileNotFoundError(path)
        return found.read_bytes()[:max_bytes]


class HostBoxes:
    """Opens sandboxes for one instance below a folder, each with a fresh tree."""

    def __init__(self, folder: Path, task: PatchTask, environment: Path) -> None:
        self._folder, self._environment, self._tree = folder, environment, task.image.tree
        self._original = folder / "original"
        self._unpack(*repository_of(task))

    def _unpack(self, repository: str, commit: str) -> None:
        """Unpack a tree with a repository that tracks nothing, which is enough to apply patches."""
        self._original.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(repository_tar(repository, commit))) as packed:
            packed.extractall(self._original, filter="tar")
        (self._original / TAG_FILE).unlink()
        for words in (("init", "-q", "."), ("commit", "-q", "--allow-empty", "-m", commit)):
            subprocess.run([*GIT, *words], cwd=self._original, check=True)

    @contextlib.contextmanager
    def open(self, during: During = nullcontext) -> Iterator[Box]:  # noqa: ARG002 - nothing here is lost
        """See `OpenBox`."""
        with tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as folder:
            yield cast("Box", HostBox(Path(folder), self._original, self._environment, self._tree))


def repository_of(task: PatchTask) -> tuple[str, str]:
    """The repository of a task and its base commit. Raises BoxError where it names none."""
    if task.image.repository is None:
        raise BoxError(f"{task.image.name} names no repository")
    return task.image.repository


def level_of(found: Found, task: PatchTask, boxes: HostBoxes, cache: Path, *, blind_only: bool) -> Found:
    """Learn about an instance that was read, and run its reference, as a patch is graded. Raises BoxError."""
    blind = BlindLayer(cache)
    tests = blind.known(task, image="host", open_box=boxes.open)
    found = found._replace(blind_bits=tests.bits, loose=tests.loose, hidden=len(tests.hidden), reason=tests.reason)
    proved, whole = bool(tests.files), False
    if proved and not tests.loose:  # what is loose needs a run of the tests as they are anyway
        check = blind.check(task, task.reference or "", tests, open_box=boxes.open)
        if isinstance(check, Refused):
            return found._replace(reason=check.reason)
        proved = check.evidence.proves(1)
        whole = proved and check.exact and judge(task, check.suite.statuses, check.suite.log).resolved
        found = found._replace(reason="" if proved else f"its reference does not send all: {check.evidence}")
    if not whole and (failed := _why_failed(task, boxes)):
        return found._replace(reason=failed)
    if proved or blind_only:
        return found._replace(level="blind" if proved else "other")
    if found.read_canary_bits is not None and found.read_canary_bits < ENOUGH_BITS:
        return found._replace(level="claim")  # to run them cannot leave more to guess
    known = Canaries(cache).known(task, image="host", open_box=boxes.open)
    level = "canary" if known.bits >= ENOUGH_BITS else "claim"
    return found._replace(level=level, canary_bits=known.bits, reason=f"{found.reason}; {known.reason}".rstrip("; "))


def _why_failed(task: PatchTask, boxes: HostBoxes) -> str:
    """Say why the reference does not pass the tests as they are in any of three runs, "" if it does."""
    reason = ""
    for _ in range(TRIES):
        with boxes.open() as box:
            staged = stage(box, task, task.reference)
            if isinstance(staged, Refused):
                return f"the reference is refused: {staged.reason}"
            ran = run_staged(box, task, staged)
        if judge(task, ran.statuses, ran.log).resolved:
            return ""
        reason = f"the reference does not pass here: {ran.log[-300:]}"
    return reason


def read_level(task: PatchTask) -> Found:
    """What the files alone say of an instance: a `claim` if it can be nothing else, `failed` until it is run.

    What else stands in the repository is not looked at, so there may be less to guess than this says, and never more.
    """
    base, files = _test_files(task)
    contents = Contents("", base, task.statement)
    learner = Learner(suite_of(task, files), files, {}, contents)
    blind, steps = learner.bits_to_read(objects=True), learner.bits_of_readers()
    negated = max(_negated_bits(task, files, contents) for _ in range(TRIES))
    is_claim = blind < LEAST and negated < ENOUGH_BITS
    return Found(
        task.image.name,
        repository_of(task)[0],
        "claim" if is_claim else "failed",
        read_bits=blind,
        read_canary_bits=negated,
        read=is_claim,
        values=steps.values,
        left=(steps.nothing, steps.tests, steps.before, steps.told),
        reason="its test files have too little to guess" if is_claim else "",
    )


def _test_files(task: PatchTask) -> tuple[dict[str, str], dict[str, str]]:
    """The files that required tests stand in, from the clone: as they were, and with the test patch."""
    repository, commit = repository_of(task)
    changed = changed_paths(task.test_patch)
    paths = test_files(task, changed)
    found = {path: repository_file(repository, commit, path) for path in dict.fromkeys((*changed, *paths))}
    base = {path: text for path, text in found.items() if text is not None}
    with tempfile.TemporaryDirectory() as folder:
        for path, text in base.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        subprocess.run([*GIT, "init", "-q", "."], cwd=folder, check=True)
        subprocess.run([*GIT, "apply", "-"], input=task.test_patch.encode(), cwd=folder, check=True)
        written = {path: Path(folder) / path for path in paths}
        files = {path: place.read_text() for path, place in written.items() if place.is_file()}
    return {path: text for path, text in base.items() if path in paths}, files


def _negated_bits(task: PatchTask, files: Mapping[str, str], contents: Contents) -> float:
    """The bits to guess in negated tests as they are drawn once, if all of them can be used."""
    if why_no_canaries(task.canaries) or not task.test_command:
        return 0.0
    plan = make_canaries(
        files,
        task.fail_to_pass,
        runner=task.canaries or "",
        rng=random.SystemRandom(),
        preferred=task.fail_to_pass,
        contents=contents,
    )
    return round(sum(one.window.bits for one in plan.watched), 2)


def measured(instance: Instance, out: Path, asked: argparse.Namespace) -> Found | None:
    """What becomes of one instance; None without a clone, or where it would have to be run and cannot be."""
    task = narrowed(load_harness("swe-bench").task(instance), PatchTask, instance.instance_id)
    if not has_repository(repository_of(task)[0]):
        return None
    environment = None if asked.read_only else _environment(task, asked.environments.resolve())
    began = time.monotonic()
    found = read_level(task)
    if found.level == "claim":
        return found._replace(seconds=round(time.monotonic() - began, 1), load=round(os.getloadavg()[0], 1))
    if environment is None:
        return None
    task = _at_home(failing_alone(task) if asked.failing_only else task)
    with tempfile.TemporaryDirectory(dir=out, ignore_cleanup_errors=True) as folder:
        try:
            boxes = HostBoxes(Path(folder), task, environment)
            found = level_of(found, task, boxes, Path(folder) / "cache", blind_only=asked.blind_only)
        except (BoxError, OSError, subprocess.CalledProcessError) as error:
            found = Found(task.image.name, repository_of(task)[0], "failed", reason=str(error)[-900:])
    return found._replace(seconds=round(time.monotonic() - began, 1), load=round(os.getloadavg()[0], 1))


def _at_home(task: PatchTask) -> PatchTask:
    """Use the package from its tree, as if it were installed from there, and a locale that every machine has."""
    commands = tuple(command.replace("en_US.UTF-8", "C.UTF-8") for command in task.commands)
    again = (task.test_command or "").replace("en_US.UTF-8", "C.UTF-8") or None
    env = (*task.env, ("PYTHONPATH", f"{task.image.tree}:{task.image.tree}/src"))
    return structs.replace(task, commands=commands, test_command=again, env=env)


def failing_alone(task: PatchTask) -> PatchTask:
    """Run the tests of FAIL_TO_PASS alone, by sympy's runner or Django's; as it is where that cannot be asked for."""
    (command,) = task.commands
    names = [test.partition(" ")[0] for test in task.fail_to_pass]
    if SYMPY in command and all(map(str.isidentifier, names)):
        command = command.replace(SYMPY, f"bin/test -C -k {' '.join(names)} --verbose")
        command += r" 2>&1 | sed -E 's/ok +\[OK\]$/ok/'"  # behind the last test of a file, which is then not read
    elif DJANGO in command and all(places := [_METHOD.fullmatch(test) for test in task.fail_to_pass]):
        labels = [f"{found['place'].removesuffix('.' + found['name'])}.{found['name']}" for found in places if found]
        command = f"{command.partition(DJANGO)[0]}{DJANGO} {' '.join(labels)}"
    else:
        return task
    return structs.replace(task, commands=(command,), pass_to_pass=())


def _environment(task: PatchTask, environments: Path) -> Path | None:
    name = f"{repository_of(task)[0].replace('/', '__')}-{task.image.base.rpartition('-')[2]}"
    return environments / name if (environments / name / "bin" / "python").exists() else None


def table(found: Sequence[Found]) -> str:
    """Count levels for each repository, and for all; shares are of those whose reference passes."""
    lines = ["| repository | instances | " + " | ".join(LEVELS) + " |", "| --- |" + " --- |" * (len(LEVELS) + 1)]
    repos = sorted({one.repo for one in found})
    for name in (*repos, "all"):
        mine = [one for one in found if name in (one.repo, "all")]
        counts = Counter(one.level for one in mine)
        whole = max(1, len(mine) - counts["failed"])
        cells = [f"{counts[level]} ({counts[level] / whole:.0%})" for level in LEVELS[:-1]]
        lines.append(f"| {name} | {len(mine)} | " + " | ".join([*cells, str(counts["failed"])]) + " |")
    return "\n".join(lines)


def causes(found: Sequence[Found]) -> str:
    """Count the claims that were read by the first reading after which a forger has too little to guess."""
    lines = [
        "| when too few bits are left | instances | none | fewer than 5 | 5 or more |",
        "| --- | --- | --- | --- | --- |",
    ]
    claims = [one for one in found if one.read]
    for cause in CAUSES:
        left = [one.read_bits or 0.0 for one in claims if _cause(one) == cause]
        some = (left.count(0.0), sum(0 < one < MANY for one in left), sum(one >= MANY for one in left))
        lines.append(f"| {cause} | {len(left)} | {' | '.join(map(str, some))} |")
    both = [one for one in claims if (one.read_bits or 0.0) + (one.read_canary_bits or 0.0) >= ENOUGH_BITS]
    return "\n".join([*lines, f"With bits of negated tests added, of whatever values: {len(both)} have enough"])


def _cause(one: Found) -> str:
    if not one.values:
        return CAUSES[0]
    return next((cause for cause, left in zip(CAUSES[1:], one.left, strict=True) if left < LEAST), CAUSES[-1])


def main() -> None:
    """Measure the instances that are asked for and print the levels of each repository."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--environments", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("levels"))
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--blind-only", action="store_true")
    parser.add_argument("--failing-only", action="store_true")
    parser.add_argument("--repo", action="append", default=[])
    parser.add_argument("-i", dest="instances", action="append", default=[])
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    place = asked.out / "levels.jsonl"
    found = [Found(**json.loads(line)) for line in place.read_text().splitlines()] if place.exists() else []
    for instance in load_harness("swe-bench").load(asked.data):
        name, repo = instance.instance_id, str(instance.row["repo"])
        if name in {one.instance_id for one in found} or (asked.repo and repo not in asked.repo):
            continue
        if asked.instances and name not in asked.instances:
            continue
        one = measured(instance, asked.out.resolve(), asked)
        if one is None:
            print(f"{name}: not run", file=sys.stderr)
            continue
        found.append(one)
        print(f"{name}: {one.level} {one.blind_bits:g} {one.canary_bits:g} {one.reason[:120]}", flush=True)
        with place.open("a") as file:
            file.write(json.dumps(one._asdict()) + "\n")
    print(table(found))
    if asked.read_only:
        print(causes(found))


if __name__ == "__main__":
    main()
