"""Count at which level of trust the tests of a benchmark can be passed: of references, so that none fails for itself.

    boxscore grade BENCH --gold --out RUN
    bench/levels.py RUN [RUN…] [--json FILE]
    bench/levels.py --read BENCH --data ROWS [--json FILE]

Each line is one run: how many references passed, the share of them at each level, and how many of the expected values
of blind ones were checked outside of the box. Below it stands why others are no better, most frequent first, with the
places and numbers of reasons left out. Nothing is graded here.

With --read no box is needed: counted by repository are instances of patches with a value that may be checked outside of
the box, by their test files and the trees at their base commits (BOXSCORE_REPOS). What the old code gives, and whether
the tests run, is not known by reading: it is the most that runs can find.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from boxscore import Outcome, PatchTask, Trust
from boxscore.data.plugins import load_harness
from boxscore.images.repositories import repository_file, repository_tar
from boxscore.protocols.blind.hiding import ALIAS
from boxscore.protocols.blind.learn import Learner, Suite
from boxscore.protocols.blind.words import words_of
from boxscore.protocols.patch.box_files import SEARCHED_BYTES, SEARCHED_FILE_BYTES, STANDING
from boxscore.protocols.patch.diff import changed_paths
from boxscore.protocols.test_ids import places_of
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from boxscore.run.store import read_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore import Result

HIDDEN = re.compile(rf"\b{ALIAS}\.hidden\(")
LEVELS = (Trust.BLIND, Trust.WATCHED, Trust.CLAIM)
MOST_REASONS = 8


def levels(results: Sequence[Result]) -> dict[str, Any]:
    """Count levels, checked values and reasons of the references that passed."""
    passed = [one for one in results if one.outcome is Outcome.PASSED]
    counts = Counter(one.trust for one in passed)
    every = [found for one in passed if (found := getattr(one.detail, "evidence", None)) and found.checked]
    reasons = Counter(why for one in passed if one.trust is not Trust.BLIND for why in _reasons(one))
    return {
        "references": len(results),
        "passed": len(passed),
        "levels": {level.value: counts[level] for level in LEVELS},
        "checked": sum(one.checked for one in every),
        "expected": sum(one.expected for one in every),
        "reasons": dict(reasons.most_common(MOST_REASONS)),
    }


def _reasons(result: Result) -> list[str]:
    evidence = getattr(result.detail, "evidence", None)
    said = evidence.reason.split("; ") if evidence else []
    plain = (why.removeprefix("not blind: ").partition(":")[0] for why in said if why)
    return [re.sub(r"\d+(\.\d+)?", "N", why) for why in plain]


def _line(name: str, found: dict[str, Any]) -> str:
    shares = " | ".join(f"{count} ({count / max(1, found['passed']):.0%})" for count in found["levels"].values())
    passed, checked = (
        f"{found[one]} of {found[all_]}" for one, all_ in (("passed", "references"), ("checked", "expected"))
    )
    return f"| {name} | {passed} | {shares} | {checked} |"


def readable_values(task: PatchTask) -> int:
    """Count the values of a task's FAIL_TO_PASS tests that stand nowhere in its repository, nor in what is told."""
    repository, commit = task.image.repository or ("", "")
    names = changed_paths(task.test_patch)
    with tempfile.TemporaryDirectory() as folder:
        tests = Path(folder) / "tests"
        tests.mkdir()
        for name in names:
            before = repository_file(repository, commit, name)
            if before is not None:
                (tests / name).parent.mkdir(parents=True, exist_ok=True)
                (tests / name).write_text(before, "utf-8")
        apply = ["git", "apply", "--whitespace=nowarn", "-"]
        subprocess.run(apply, cwd=tests, input=task.test_patch.encode(), check=True)
        written = [name for name in names if (tests / name).is_file()]
        files = {name: (tests / name).read_text("utf-8") for name in written if name.endswith(".py")}
        within = defaultdict(set)
        for place in places_of(task.fail_to_pass, files).values():
            if place is not None:
                within[place[0]].add(place[1])
        learner = Learner(Suite(files=files, within=within, place="/scratch/comparisons"))
        if not learner.words:
            return 0
        original = Path(folder) / "original"
        with tarfile.open(fileobj=io.BytesIO(repository_tar(repository, commit))) as archive:
            archive.extractall(original, filter="tar")
        request = {
            "original": str(original),
            "tree": str(tests),
            "written": [name for name in written if name not in files],
            "words": [word.decode("latin-1") for word in learner.words],
            "most": SEARCHED_FILE_BYTES,
            "most_of_all": SEARCHED_BYTES,
        }
        search = [sys.executable, "-c", STANDING]
        found, _ = json.loads(subprocess.run(search, input=json.dumps(request).encode(), stdout=-1, check=True).stdout)
    told = words_of("\n".join((task.statement, *task.commands)))
    standing = {word for word in learner.words if word in told} | {word.encode("latin-1") for word in found}
    asked = list[str]()
    learner.learn(standing, lambda texts: asked.extend(text for _, text in texts), ())
    return sum(len(HIDDEN.findall(text)) for text in asked)


def read(benchmark: str, data: Path | None) -> dict[str, dict[str, int]]:
    """Count the values of each instance by repository, and print a table."""
    found = defaultdict[str, dict[str, int]](dict)
    for instance in load_benchmark(Request(benchmark=benchmark, data=data)).asked:
        task = load_harness(benchmark).task(instance)
        if not isinstance(task, PatchTask):
            raise SystemExit(f"{instance.instance_id} is not graded by a patch")
        values = readable_values(task)
        found[(task.image.repository or ("",))[0]][instance.instance_id] = values
        print(f"{instance.instance_id}: {values}", file=sys.stderr, flush=True)
    print("| repository | instances | with a value that may be checked | values |\n| --- | --- | --- | --- |")
    total = {one: values for several in found.values() for one, values in several.items()}
    for name, several in {**found, "all": total}.items():
        print(f"| {name} | {len(several)} | {sum(map(bool, several.values()))} | {sum(several.values())} |")
    return found


def main() -> None:
    """Print a table of runs, and why what is not blind is not; or of what can be read of a benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--read", metavar="BENCH")
    parser.add_argument("--data", type=Path, default=None)
    asked = parser.parse_args()
    if asked.read:
        values = read(asked.read, asked.data)
        if asked.json is not None:
            asked.json.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        return
    found = {run.name: levels(list(read_run(run)[2].values())) for run in asked.runs}
    print("| run | references passed | blind | watched | claim | values checked, of blind ones |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, one in found.items():
        print(_line(name, one))
    for name, one in found.items():
        for reason, count in one["reasons"].items():
            print(f"{name}: {count} times {reason}")
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
