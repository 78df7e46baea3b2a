"""Samples that are made of those of pieces, such as classes of a project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore.data.plugins import load_harness
from boxscore.data.samples import joined
from boxscore.records import Instance, Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.harness import Harness

NAMES = ("a", "b")
PAIR, OTHER = (Instance(instance_id=name, prompt="", row={}) for name in ("pair", "other"))


class Pairs:
    """Makes a sample of `pair` of one of `a` and one of `b`."""

    name = "pairs"

    def pieces(self, instance: Instance) -> Mapping[str, str] | None:
        return dict.fromkeys(NAMES, "") if instance is PAIR else None

    def joined(self, instance: Instance, samples: Mapping[str, Sample]) -> str:
        del instance
        return "+".join(samples[name].text for name in NAMES)


def made(*texts: str, model: str = "") -> list[Sample]:
    return [
        Sample(instance_id=text[0], sample_id=f"{model}{number}", text=text, model=model)
        for number, text in enumerate(texts)
    ]


def harness(given: object = None) -> Harness:
    return given or Pairs()  # type: ignore[return-value]  # what is asked of it is there


def test_samples_are_joined_by_their_number() -> None:
    found, said = joined(harness(), (PAIR, OTHER), made("a1", "b1", "a2", "b2", "a3"))

    assert [(one.instance_id, one.sample_id, one.text) for one in found] == [
        ("pair", "0", "a1+b1"),
        ("pair", "1", "a2+b2"),
    ]
    assert said == ("pair gets 2 samples: b has no more",)


def test_suites_of_tiny_java() -> None:
    tiny = load_harness("tiny-java@test-wise")
    from boxscore.data.fetch import resolve  # noqa: PLC0415 - for this only

    instances = tuple(tiny.load(resolve(tiny.source).path))
    classes = load_harness("tiny-java").load(resolve(tiny.source).path)
    samples = [Sample(instance_id=one.instance_id, sample_id="0", text=f"```java\n{one.prompt}```") for one in classes]

    found, _ = joined(tiny, instances, samples)

    assert [one.instance_id for one in found] == [one.instance_id for one in instances]
    assert len(json.loads(found[-1].text)["files"]) == 7
