"""Which protocol grades a task, in which version, and how the images of patches are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import resources
from boxscore.boxes.contract import Capability
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import ImageMissing, UsageError
from boxscore.harness import FunctionTask
from boxscore.images.layers import instance_reference
from boxscore.images.records import InstanceImage
from boxscore.protocols import versions
from boxscore.protocols.contract import Audits, Batch, Candidate
from boxscore.protocols.patch.boxes import BUILDS, ImageFinder
from boxscore.protocols.registry import (
    BUILT_IN,
    conditions_of,
    entry_point_of,
    open_grader,
    protocol_named,
    protocol_of,
    role,
)
from boxscore.protocols.web.task import WebCommand, WebStep, WebTask
from boxscore.records import Conditions, Trust
from tests.protocols.patch.patch_boxes import TASK

if TYPE_CHECKING:
    from pathlib import Path


IMAGE = InstanceImage(name="toy/f", instance="RUN true\n")
REFERENCE = instance_reference(IMAGE)
FUNCTION = FunctionTask(entry_point="f", names=("f",), tests="")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))


class Builder:
    def __init__(self, *errors: str) -> None:
        self.here: set[str] = set()
        self.backend = FakeBackend(images=self.here)
        self.asked = 0
        self._errors = iter(errors)

    def __call__(self, image: InstanceImage) -> str:
        self.asked += 1
        for error in self._errors:
            raise ImageMissing(error)
        self.here.add(instance_reference(image))
        return instance_reference(image)


def test_an_image_that_is_here_is_not_built() -> None:
    builder = Builder()
    builder.here.add(REFERENCE)

    assert ImageFinder(builder.backend, builder)(IMAGE) == REFERENCE
    assert builder.asked == 0


def test_an_image_is_built_once_and_again_when_it_was_removed() -> None:
    builder = Builder()
    find = ImageFinder(builder.backend, builder)

    assert [find(IMAGE), find(IMAGE)] == [REFERENCE] * 2
    assert builder.asked == 1
    builder.here.clear()
    assert find(IMAGE) == REFERENCE
    assert builder.asked == 2


def test_an_image_that_cannot_be_built_is_not_built_for_each_sample() -> None:
    builder = Builder("no room", "no network")
    find = ImageFinder(builder.backend, builder)

    for said in ("no room", "no network", "no network", "no network"):
        with pytest.raises(ImageMissing, match=said):
            find(IMAGE)
    assert builder.asked == BUILDS == 2
    other = replace(IMAGE, instance="RUN false\n")
    assert find(other) == instance_reference(other)


ASKED = Conditions(backend="docker", image="ours", image_digest="sha256:a")


def test_a_patch_has_an_image_and_a_box_of_its_own() -> None:
    task = replace(TASK, image=IMAGE)

    found = conditions_of(task, ASKED)

    assert found == conditions_of(task, replace(ASKED, image_digest="sha256:b", strict=True))
    assert (found.strict, found.limits) == (True, task.limits)
    assert found.image != conditions_of(TASK, ASKED).image


def test_a_function_is_graded_as_the_run_was_asked() -> None:
    found = conditions_of(FUNCTION, ASKED)

    assert found == replace(ASKED, limits=FUNCTION.limits, version=protocol_of(FUNCTION).version("docker"))
    assert found.version != protocol_of(FUNCTION).version("local")


def test_a_patch_goes_to_the_patch_protocol(tmp_path: Path) -> None:
    backend = FakeBackend()
    batch = Batch(
        instance_id="toy/f",
        task=replace(TASK, image=IMAGE),
        trust=Trust.WATCHED,
        candidates=(Candidate(sample_id="0", code="hello"),),
    )

    with open_grader(backend, None, cache=tmp_path) as grader:
        (result,) = grader.grade(batch)

    assert (result.outcome, result.reason) == ("patch_rejected", "it is not a diff: it names no file")


def test_a_backend_that_cannot_do_what_a_protocol_needs_is_refused(tmp_path: Path) -> None:
    class Alone(FakeBackend):
        @property
        def capabilities(self) -> frozenset[str]:
            return frozenset(Capability) - {Capability.NETWORKS}

    serve = WebCommand(argv=("serve",))
    task = WebTask(steps=(WebStep(name="task-1", specs=("a.spec.js",)),), specs=(("a.spec.js", b""),), serve=serve)
    batch = Batch(instance_id="toy/w", task=task, trust=Trust.OBSERVER, candidates=())

    with (
        open_grader(Alone(), None, cache=tmp_path) as grader,
        pytest.raises(UsageError, match="a backend with networks"),
    ):
        list(grader.grade(batch))


def test_a_role_that_a_protocol_has_not_is_none() -> None:
    assert role(FUNCTION, Audits) is not None
    assert role(TASK, Audits) is None
    assert (entry_point_of(FUNCTION), entry_point_of(TASK)) == ("f", None)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_version_depends_on_the_backend(name: str) -> None:
    protocol = protocol_named(name)

    assert protocol.version("docker") == protocol.version("docker") != protocol.version("local")


@pytest.mark.parametrize("changed", ["boxes/a.py", "flags/rules.toml", "protocols/patch/b.py", "sandbox/c/d.js"])
def test_every_file_that_grades_changes_the_version(
    changed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "protocols" / "versions.py"))
    monkeypatch.setattr(resources, "folder", tmp_path.joinpath)
    monkeypatch.setattr(versions, "_own_files", versions._own_files.__wrapped__)
    path = tmp_path / changed
    path.parent.mkdir(parents=True)
    path.write_text("one\n", "utf-8")
    before = versions.protocol_version("docker")
    path.write_text("two\n", "utf-8")

    assert versions.protocol_version("docker") != before
