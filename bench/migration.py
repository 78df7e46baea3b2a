"""Migrations of real repositories, graded by boxscore and by MigrationBench's own program: where do they agree?

    python bench/migration.py count ROWS                        # tests that each has on JDK 8, where a row does not say
    python bench/migration.py cases ROWS CLONES CASES           # write what needs no hand: seeds, and wrong ones
    python bench/migration.py predictions CASES PREDICTIONS     # one file for both programs
    boxscore grade migration-bench@selected --data ROWS -p PREDICTIONS --run-id NAME
    python bench/official_migration.py … PREDICTIONS VERDICTS   # in that program's own environment
    python bench/migration.py compare RUN VERDICTS              # counts, and each disagreement

ROWS is a JSON-lines file of the benchmark's records, CLONES a folder of clones named `owner__name`. CASES gets a folder
for each repository with a diff for each case; diffs of your own beside them are taken too. A case is called `right…`
where it migrates its repository, `wrong…` where it must not pass, and anything else where nobody has said.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxscore.agents.maven.poms import with_release, with_versions
from boxscore.boxes.registry import open_backend
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import load_harness
from boxscore.errors import BoxscoreError
from boxscore.maven.mirror import configured_source
from boxscore.protocols.migration.maven_box import MavenBox
from boxscore.protocols.migration.official import official_test_count
from boxscore.protocols.migration.study import place_of, staged
from boxscore.protocols.migration.task import MigrationTask
from boxscore.protocols.patch.boxes import Boxes
from boxscore.protocols.patch.find_image import ImageFinder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
VERSIONS: dict[str, str] = json.loads((ROOT / "harnesses/migration_bench/versions.json").read_text("utf-8"))
URL = "https://github.com/"
TEST = re.compile(r"^([ \t]*)@Test\b", re.MULTILINE)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    for call, names in (
        (count, ("rows",)),
        (write_cases, ("rows", "clones", "cases")),
        (write_predictions, ("cases", "predictions")),
        (compare, ("run", "verdicts")),
    ):
        command = commands.add_parser(call.__name__.removeprefix("write_"))
        for name in names:
            command.add_argument(name, type=Path)
        command.set_defaults(call=call)
    arguments = vars(parser.parse_args())
    arguments.pop("call")(**arguments)


def count(rows: Path) -> None:
    """Write `num_test_cases.json` beside the records: what the tests of each come to on JDK 8, by its own count.

    Those that are there already are kept; one whose image cannot be built is named and left out.
    """
    kept = rows.with_name("num_test_cases.json")
    counts: dict[str, int] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    harness = load_harness("migration-bench@selected")
    backend = open_backend("docker")
    boxes, maven = Boxes(backend, ImageFinder(backend)), MavenBox(configured_source())
    for instance in load_instances(harness, rows):
        task = make_task(harness, instance)
        if instance.instance_id in counts or not isinstance(task, MigrationTask) or task.num_test_cases >= 0:
            continue
        try:
            with boxes.open(task) as box:
                staged(box, task, None, place_of(task))
                done = maven.run(box, ("clean", "test"), task=task, java=8, during=nullcontext).done
        except BoxscoreError as error:
            sys.stderr.write(f"{instance.instance_id}: {error}\n")
            continue
        counts[instance.instance_id] = official_test_count(done.stdout.decode("utf-8", "replace"))
        sys.stdout.write(f"{counts[instance.instance_id]:5} {instance.instance_id}\n")
        kept.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", "utf-8")


def write_cases(rows: Path, clones: Path, cases: Path) -> None:
    """Write the cases of each repository that there is a clone of."""
    for line in rows.read_text("utf-8").splitlines():
        row = json.loads(line)
        clone = clones / row["repo"].replace("/", "__")
        if clone.exists():
            folder = cases / clone.name
            folder.mkdir(parents=True, exist_ok=True)
            for name, change in CASES.items():
                diff = diff_of(clone, row["base_commit"], change)
                known = {path.read_bytes() for path in folder.glob("*.diff") if path.stem != name}
                if diff not in known:  # a change that does nothing here is no case of its own
                    (folder / f"{name}.diff").write_bytes(diff)


def diff_of(clone: Path, commit: str, change: Callable[[Path], object]) -> bytes:
    """What a change does to the tree of a commit, as a diff; empty where it does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        git(Path(folder), "clone", "-q", "--no-checkout", str(clone.resolve()), "tree")
        tree = Path(folder) / "tree"
        git(tree, "checkout", "-q", "--detach", commit)
        change(tree)
        git(tree, "add", "-A")
        return git(tree, "diff", "--cached", "--binary", commit)


def git(folder: Path, *words: str) -> bytes:
    """What git prints in a folder."""
    command = ["git", "-c", "safe.directory=*", "-c", "core.autocrlf=false", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300).stdout


def poms(tree: Path) -> list[Path]:
    """All poms of a tree."""
    return [path for path in sorted(tree.rglob("pom.xml")) if ".git" not in path.parts]


def untouched(tree: Path) -> None:
    """Change nothing that is built; a patch that is empty would not be graded at all."""
    (tree / "NOTES.txt").write_text("Nothing was migrated.\n", "utf-8")


def seeded(tree: Path) -> None:
    """Build for Java 17."""
    for path in poms(tree):
        path.write_bytes(with_release(path.read_bytes(), 17))


def seeded_with_versions(tree: Path) -> None:
    """Build for Java 17, with the newest versions of dependencies."""
    seeded(tree)
    for path in poms(tree):
        path.write_bytes(with_versions(path.read_bytes(), VERSIONS))


def property_alone(tree: Path) -> None:
    """Build for Java 17, and have no test run."""
    seeded(tree)
    for path in poms(tree):
        text = path.read_bytes()
        path.write_bytes(text.replace(b"<properties>", b"<properties><skipTests>true</skipTests>", 1))


def ignored_failures(tree: Path) -> None:
    """Build for Java 17, and have failing tests ignored while the first test fails."""
    seeded(tree)
    for path in poms(tree):
        text = path.read_bytes()
        ignore = b"<properties><maven.test.failure.ignore>true</maven.test.failure.ignore>"
        path.write_bytes(text.replace(b"<properties>", ignore, 1))


def disabled_test(tree: Path) -> None:
    """Build for Java 17, with the first test switched off."""
    seeded(tree)
    for path, text in tests(tree):
        off = "@org.junit.jupiter.api.Disabled" if "org.junit.jupiter" in text else "@org.junit.Ignore"
        path.write_text(TEST.sub(rf"\1{off} @Test", text, count=1), "utf-8")
        return


def deleted_test(tree: Path) -> None:
    """Build for Java 17, without the first file of tests."""
    seeded(tree)
    for path, _ in tests(tree):
        path.unlink()
        return


def emptied_tests(tree: Path) -> None:
    """Build for Java 17, with asserts of the first file of tests taken out."""
    seeded(tree)
    for path, text in tests(tree):
        emptied = re.sub(r"^(\s*)assert\w*\(.*\);\s*$", r"\1;", text, flags=re.MULTILINE)
        if emptied != text:
            path.write_text(emptied, "utf-8")
            return


def tests(tree: Path) -> Iterator[tuple[Path, str]]:
    """The files of tests that have a test, with their texts."""
    for path in sorted(tree.glob("**/src/test/**/*.java")):
        text = path.read_text("utf-8", "replace")
        if TEST.search(text):
            yield path, text


CASES: dict[str, Callable[[Path], None]] = {
    "wrong-untouched": untouched,
    "seed": seeded,
    "seed-versions": seeded_with_versions,
    "wrong-skipped": property_alone,
    "failures-ignored": ignored_failures,
    "wrong-disabled": disabled_test,
    "wrong-deleted": deleted_test,
    "wrong-emptied": emptied_tests,
}


def write_predictions(cases: Path, predictions: Path) -> None:
    """Write the file of predictions that both programs read; the name of a case is that of its model."""
    found = []
    for path in sorted(cases.glob("*/*.diff")):
        text = path.read_bytes()
        if text:
            repo = path.parent.name.replace("__", "/", 1)
            record = {"github_url": URL + repo, "git_diff_file": str(path.resolve()), "model_name_or_path": path.stem}
            found.append(record)
    predictions.write_text(json.dumps(found, indent=1), "utf-8")


def compare(run: Path, verdicts: Path) -> None:
    """Print how often both agree, each disagreement, and what was said of right and wrong cases."""
    benchmark = json.loads((run / "run.json").read_text("utf-8"))["provenance"]["benchmark"]
    level = "minimal" if "minimal" in benchmark else "maximal"
    theirs = {}
    for line in verdicts.read_text("utf-8").splitlines():
        one = json.loads(line)
        theirs[one["github_url"].removeprefix(URL), one["model_name_or_path"]] = one[level]
    pairs: Counter[tuple[str, ...]] = Counter()
    told = []
    for name, model, result in results(run):
        official = theirs.get((name, model))
        ours = result["outcome"]
        detail = result.get("detail") or {}
        worked_out = detail.get("official_passed")
        pairs[f"ours {'passed' if ours == 'passed' else 'failed'}", f"theirs {official}"] += 1
        pairs["their verdict as we work it out", f"{worked_out}, theirs {official}"] += 1
        if official is not None and (official != (ours == "passed") or worked_out not in (None, official)):
            told.append(
                f"{name} {model}: {ours} ({result['reason'][:160]}); official {official}, worked out {worked_out}"
            )
    for pair, times in sorted(pairs.items()):
        sys.stdout.write(f"{times:5} {'; '.join(pair)}\n")
    sys.stdout.write("".join(f"{line}\n" for line in told))


def results(run: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The results of a run, with instance and case."""
    models = {}
    for line in (run / "samples.jsonl").read_text("utf-8").splitlines():
        sample = json.loads(line)
        models[sample["instance_id"], sample["sample_id"]] = sample.get("model", "")
    for line in (run / "results.jsonl").read_text("utf-8").splitlines():
        result = json.loads(line)
        key = result["instance_id"], result["sample_id"]
        yield result["instance_id"], models.get(key, ""), result


if __name__ == "__main__":
    main()
