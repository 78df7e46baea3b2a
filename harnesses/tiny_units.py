"""tiny-units: our own small functions with tests of unittest, which ship with boxscore, to try it out and to test it.

Each line of `instances.jsonl` has `instance_id`; `prompt`, imports, signature and docstring of a function;
`entry_point`, its name; `tests`, source that defines the class `TestCases`; `reference`, the body that goes after the
prompt; `difficulty`, one of easy, medium and hard; `level`, the trust that its tests allow. `samples.jsonl` beside it
holds recorded samples.
"""

from __future__ import annotations

import boxscore


class TinyUnits(boxscore.FunctionHarness):
    name = "tiny-units"
    title = "tiny-units: small functions with tests of unittest that ship with boxscore"
    source = boxscore.DataSource(path="tiny_units/instances.jsonl", bundled=True)
    trust = boxscore.Trust.BLIND

    id_field = "instance_id"
    more_fields = ("level",)
    tag_fields = ("difficulty",)
    limits = boxscore.Limits(cpu_s=10.0, wall_s=60.0, memory_bytes=1 << 30, processes=64)

    def task(self, instance: boxscore.Instance) -> boxscore.UnittestTask:  # type: ignore[override]  # of another protocol
        tests = self.tests(instance)
        return boxscore.UnittestTask(
            tests=tests,
            entry_point=self.names(instance)[0],
            reference=instance.reference,
            required=boxscore.test_ids(tests),
            shown=(instance.prompt,),
            limits=self.limits,
        )


HARNESS = TinyUnits()
