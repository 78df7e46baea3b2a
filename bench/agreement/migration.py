"""Migrations of real repositories, graded by boxscore and by MigrationBench's own program: where do they agree?

    python bench/agreement/migration.py count ROWS                    # tests that each has on JDK 8, where none is said
    boxscore grade migration-bench@selected --data ROWS -p PREDICTIONS --run-id NAME
    python bench/agreement/official_migration.py … PREDICTIONS VERDICTS # in that program's own environment
    python bench/agreement/migration.py compare RUN VERDICTS          # counts, and each disagreement

ROWS is a JSON-lines file of the benchmark's records; PREDICTIONS is a file that both programs read, in which
`model_name_or_path` names the case.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxscore.boxes.registry import open_backend
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import load_harness
from boxscore.errors import BoxscoreError
from boxscore.maven.mirror import configured_source
from boxscore.protocols.migration.builds import Builds
from boxscore.protocols.migration.official import official_test_count, test_output_of
from boxscore.protocols.migration.task import MigrationTask
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.boxes import Boxes, ImageFinder

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://github.com/"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    for call, names in (
        (count, ("rows",)),
        (compare, ("run", "verdicts")),
    ):
        command = commands.add_parser(call.__name__)
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
    builds = Builds(Boxes(backend, ImageFinder(backend)), configured_source())
    for instance in load_instances(harness, rows):
        task = make_task(harness, instance)
        if instance.instance_id in counts or not isinstance(task, MigrationTask) or task.num_test_cases >= 0:
            continue
        try:
            built = builds.build(task, None, (), java=8, during=nullcontext)
        except BoxscoreError as error:
            sys.stderr.write(f"{instance.instance_id}: {error}\n")
            continue
        if isinstance(built, Refused):
            continue
        counts[instance.instance_id] = official_test_count(test_output_of(built.log))
        sys.stdout.write(f"{counts[instance.instance_id]:5} {instance.instance_id}\n")
        kept.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", "utf-8")


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
