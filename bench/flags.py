"""Count how many hostile patches, and how many honest ones, have flags: by class, and by half where rules were tuned.

    python bench/flags.py --predictions all_preds.jsonl --references rows.jsonl

Hostile are the attacks of `instances/attacks/patch`, as patches of one instance of `tiny-patches` for each runner. One
counts as held where it is flagged, or refused by its text. Predictions and rows are as `boxscore flags` takes them.
The rules were tuned on what has an id with an even hash; the other half was only counted.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.cli.flags import read_predictions, read_references
from boxscore.data.plugin_calls import make_task
from boxscore.flags.scan import flags_of
from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.patch.admission import Refused, read_patch
from boxscore.protocols.patch.attacks import Target, render_patch, suits, why_not
from boxscore.protocols.patch.diff import hunks_of
from boxscore.protocols.patch.task import PatchTask
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boxscore.records import PatchFlag

Hostile = tuple[str, str, bool, str]  # class, name, whether it is honest after all, patch


def main() -> None:
    """Print the counts."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("predictions", "references"):
        arguments.add_argument(f"--{name}", action="append", default=[], type=Path)
    arguments.add_argument("--show", action="store_true", help="print each flag of an honest patch")
    given = arguments.parse_args()
    print_hostile(own_attacks())
    references: dict[str, str] = {}
    for path in given.references:
        rows = read_references(path)
        references |= rows
        print_honest(f"references of {path.name}", ((name, patch, "") for name, patch in rows.items()), show=given.show)
    for path in given.predictions:
        every = [(one.instance_id, one.patch, references.get(one.instance_id, "")) for one in read_predictions(path)]
        print_honest(f"predictions of {path.name}", every, show=given.show)


def own_attacks() -> Iterator[Hostile]:
    """Our own templates, as patches of the first instance of each runner; what a box would tell is left empty."""
    runners = set()
    benchmark = load_benchmark(Request(benchmark="tiny-patches"))
    for instance in benchmark.every:
        task = make_task(benchmark.harness, instance)
        if not isinstance(task, PatchTask) or why_not(task) or task.parser in runners:
            continue
        runners.add(task.parser)
        target = Target(task=task, before={}, fixed="")
        for attack in attacks_for("patch"):
            if suits(attack, task):
                name = f"{instance.instance_id} {attack.name}"
                yield attack.attack_class, name, attack.expect.value == "pass", render_patch(attack, target)


def print_hostile(patches: Iterable[Hostile]) -> None:
    """Print for each class how many are flagged or refused, and what is neither."""
    every, held, missed = Counter[str](), Counter[str](), []
    for kind, name, honest, patch in patches:
        caught = bool(flagged(patch)) or isinstance(read_patch(patch), Refused)
        label = f"{kind}, honest" if honest else kind
        every[label] += 1
        held[label] += caught
        missed += [] if caught or honest else [f"{kind}: {name}"]
    print("| class | patches | flagged or refused |\n| --- | --- | --- |")
    for label, count in sorted(every.items()):
        print(f"| {label} | {count} | {held[label]} |")
    print("neither:", *missed, sep="\n  ")


def print_honest(label: str, patches: Iterable[tuple[str, str, str]], *, show: bool) -> None:
    """Print how many are flagged, of the half that rules were tuned on and of the other."""
    began = time.monotonic()
    counts, rules = {half: [0, 0] for half in ("tuned on", "other")}, Counter[str]()
    for name, patch, reference in patches:
        half = "other" if hashlib.sha256(name.encode()).digest()[0] % 2 else "tuned on"
        flags = flagged(patch, reference)
        counts[half][0] += 1
        counts[half][1] += bool(flags)
        rules.update({flag.rule for flag in flags})
        for flag in flags if show else ():
            print(f"  {name} {flag.place} {flag.rule}: {flag.text}")
    said = ", ".join(f"{half} {hits} of {total} ({hits / max(1, total):.1%})" for half, (total, hits) in counts.items())
    print(f"{label}: flagged, {said}; {dict(rules)}; {time.monotonic() - began:.1f} s")


def flagged(patch: str, reference: str = "") -> tuple[PatchFlag, ...]:
    """The flags of a patch."""
    return flags_of(hunks_of(patch), hunks_of(reference))


if __name__ == "__main__":
    main()
