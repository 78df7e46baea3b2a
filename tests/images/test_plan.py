"""What images will take, told before one of them is built."""

from __future__ import annotations

from boxscore.images.engine import ListedImage
from boxscore.images.layers import ENVIRONMENT, INSTANCE, base_reference, environment_reference, instance_reference
from boxscore.images.plan import USUAL_BYTES, ImagesPlan, Sizes, plan_of, sizes_of
from boxscore.images.records import InstanceImage

MB = 1_000_000
NOTHING = Sizes({}, {})


def image(name: str, environment: str = "RUN a") -> InstanceImage:
    return InstanceImage(name=name, environment=environment, instance=f"RUN echo {name}")


def plan(images: list[InstanceImage], *here: str, sizes: Sizes = NOTHING, free: int | None = None) -> ImagesPlan:
    return plan_of(images, set(here), sizes, free_bytes=free, reserve_bytes=2 * MB)


def test_what_is_shared_counts_once() -> None:
    found = plan([image("a__b-1"), image("a__b-2"), image("c__d-1", "RUN c")])

    assert (found.instances, found.images, found.environments, found.bases) == (3, 3, 2, 1)
    assert found.shared_bytes == 2 * USUAL_BYTES[ENVIRONMENT] + USUAL_BYTES["recipe"]
    assert found.needed_bytes == found.shared_bytes + 3 * USUAL_BYTES[INSTANCE]
    assert [(one.repository, one.instances) for one in found.repositories] == [("a__b", 2), ("c__d", 1)]


def test_what_is_here_takes_nothing_more() -> None:
    one, two = image("a__b-1"), image("a__b-2")

    found = plan([one, two], instance_reference(one), environment_reference(one), base_reference(one.base))

    assert (found.here, found.environments_here, found.bases_here) == (1, 1, 1)
    assert (found.needed_bytes, found.shared_bytes) == (USUAL_BYTES[INSTANCE], 0)


def test_sizes_are_those_of_the_repository() -> None:
    sizes = Sizes({ENVIRONMENT: [10 * MB, 30 * MB]}, {"a__b": [7 * MB, 9 * MB, 300 * MB]})

    found = plan([image("a__b-4"), image("c__d-1")], sizes=sizes)

    assert [one.needed_bytes for one in found.repositories] == [29 * MB, 20 * MB + USUAL_BYTES[INSTANCE]]
    assert [one.measured for one in found.repositories] == [3, 0]


def test_sizes_of_what_is_here() -> None:
    def listed(tag: str, size: int, **labels: str) -> ListedImage:
        named = {f"boxscore.image{f'.{name}' if name != 'ours' else ''}": value for name, value in labels.items()}
        return ListedImage(image_id="sha256:0", references=(tag,) if tag else (), labels=named, size_bytes=size)

    found = sizes_of(
        [
            listed("env:1", 100, ours="1", kind=ENVIRONMENT),
            listed("one:1", 107, ours="1", kind=INSTANCE, base="env:1", name="a__b-1"),
            listed("", 200, ours="1", kind=INSTANCE, base="env:1"),
            listed("other:1", 5000, kind=INSTANCE, base="env:1"),
            listed("bare:1", 1),
        ]
    )

    assert (found.kinds, found.repositories) == ({INSTANCE: [7]}, {"a__b": [7]})
