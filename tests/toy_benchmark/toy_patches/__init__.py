"""A whole benchmark of patches, as a folder: its rule lets tests that fail as expected count as kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

from .rows import FILES, GOLD, TESTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

RULE = boxscore.ResolutionRule(keeping=(boxscore.Status.PASSED, boxscore.Status.XFAIL))


class ToyPatches(boxscore.PatchHarness):
    """The harness of toy-patches."""

    name = "toy-patches"
    title = "toy-patches: one bug of a shop"
    trust = boxscore.Trust.WATCHED
    source = boxscore.DataSource(path=__file__)
    apply_strategies: Mapping[str, boxscore.ApplyStrategy] = {
        "leniently": boxscore.ApplyStrategy(steps=(("git", "apply"), ("git", "apply", "--recount")), resets=True)
    }

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        del path
        return [boxscore.Instance(instance_id="toy-patches/total", prompt="total() is too low", row={}, reference=GOLD)]

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return boxscore.PatchTask(
            image=boxscore.InstanceImage(name=instance.instance_id, instance="COPY repository /testbed\n", files=FILES),
            fail_to_pass=("test_total (tests.test_price.PriceTest)",),
            pass_to_pass=("test_cheapest (tests.test_price.PriceTest)",),
            commands=("python3 -m unittest -v tests.test_price",),
            parser="unittest",
            runner="unittest",
            test_patch=TESTS,
            reference=GOLD,
            rule=RULE,
        )

    def published_image(self, instance: boxscore.Instance) -> str | None:
        del instance
        return None

    def write_files(self, run: boxscore.GradedRun) -> Sequence[Path]:
        resolved = sum(result.outcome is boxscore.Outcome.PASSED for result in run.results)
        path = (run.files or run.folder) / "resolved.txt"
        boxscore.replace_file(path, f"{resolved} of {len(run.instances)}\n".encode())
        return [path]


HARNESS = ToyPatches()
