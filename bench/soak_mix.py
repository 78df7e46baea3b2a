"""The samples of a soak: honest, hostile and heavy ones for `tiny`, each with what its verdict must be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from boxscore import Outcome
from boxscore.attack.report import Judgement, judge
from boxscore.protocols.attacks import Attack, attacks_for, fast_subset, render
from boxscore.resources import folder

if TYPE_CHECKING:
    import random

    from boxscore import Result

Row = dict[str, Any]

HEAVY = ("memory-hog", "output-flood", "endless", "endless-recursion", "repeated-addition")
TOO_LONG = ("sleeps",)  # a minute of the wall limit, in which nothing happens
SHARES = {"honest": 0.7, "hostile": 0.25, "heavy": 0.05}
INSTANCE = "tiny/merge-spans"  # for attacks, which fit any


class Kind(NamedTuple):
    """A sample to make copies of; `expect` is an outcome, or `fail` for any but passed, or empty for an attack."""

    name: str
    row: Row
    expect: str = ""
    attack: Attack | None = None

    def trouble_with(self, result: Result) -> str | None:
        """Say what is wrong with a verdict; None for the right one."""
        outcome = result.outcome
        if self.attack is not None:
            found = judge(self.attack, result)
            return None if found is Judgement.HELD else f"{self.name}: {found} ({outcome}: {result.reason})"
        good = outcome not in {Outcome.PASSED, Outcome.INTERNAL} if self.expect == "fail" else outcome == self.expect
        return None if good else f"{self.name}: {outcome} in place of {self.expect}: {result.reason}"


def kinds() -> dict[str, list[Kind]]:
    """All kinds, by class."""
    found: dict[str, list[Kind]] = {name: [] for name in SHARES}
    for line in (folder("instances") / "tiny" / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        name, expect = row["sample_id"], row.pop("expect")
        if name not in TOO_LONG:
            place = "heavy" if name in HEAVY else "hostile" if expect == "fail" else "honest"
            found[place].append(Kind(f"{row['instance_id']}/{name}", row, expect))
    for attack in fast_subset(attacks_for("function")):
        row = {"instance_id": INSTANCE, "sample_id": attack.name, "solution": _rendered(attack)}
        place = "heavy" if attack.limit else "hostile"
        found[place].append(Kind(f"{attack.attack_class}/{attack.name}", row, attack=attack))
    return found


def draw(among: dict[str, list[Kind]], count: int, rng: random.Random) -> tuple[list[Row], dict[tuple[str, str], Kind]]:
    """Rows for a file of `count` samples, and the kind of each by instance and sample."""
    rows, expected = [], {}
    for number in range(count):
        (place,) = rng.choices(list(SHARES), list(SHARES.values()))
        kind = rng.choice(among[place])
        row = {**kind.row, "sample_id": f"{number}-{kind.row['sample_id']}"}
        rows.append(row)
        expected[row["instance_id"], row["sample_id"]] = kind
    return rows, expected


def _rendered(attack: Attack) -> str:
    lines = (folder("instances") / "tiny" / "instances.jsonl").read_text(encoding="utf-8").splitlines()
    (row,) = (row for row in map(json.loads, lines) if row["instance_id"] == INSTANCE)
    return render(attack, entry=row["entry_point"], reference=row["prompt"] + row["reference"])
