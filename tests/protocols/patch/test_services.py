"""Services of the patch protocol, in boxes in memory: what is opened, and whose trouble it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import Capability
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxLost, LossCause
from boxscore.images.recipes import reference
from boxscore.protocols.losses import MAX_LOSSES
from boxscore.protocols.patch.protocol import PROTOCOL
from boxscore.protocols.patch.services import READY, SERVICE_LIMITS
from boxscore.protocols.patch.task import Service
from boxscore.records import Conditions, Outcome
from tests.protocols.patch.patch_boxes import TASK, FakeBoxes, ended

if TYPE_CHECKING:
    from boxscore.boxes.fake import FakeRun

SERVED = replace(
    TASK,
    services=(
        Service(host="httpbin.org", image="service-httpbin"),
        Service(host="example.org", image="service-httpbin"),
    ),
)
FAILING = "FAILED t.py::mends\nPASSED t.py::keeps\nPASSED t.py::stays\n"


class Lonely(FakeBackend):
    """A backend whose boxes share no network."""

    @property
    def capabilities(self) -> frozenset[str]:
        """All of a fake's but that."""
        return super().capabilities - {Capability.NETWORKS}


def test_each_box_of_a_sample_has_services_of_its_own() -> None:
    """They are on one network with it and no other, each under its name and its own bounds, and end with it."""
    boxes = FakeBoxes()

    assert boxes.grade(SERVED).outcome is Outcome.PASSED

    first, second, tests = boxes.backend.boxes
    assert [box.spec.alias for box in (first, second, tests)] == ["httpbin.org", "example.org", None]
    assert len({box.spec.network for box in (first, second, tests)}) == 1
    assert tests.spec.network is not None
    assert first.spec.image == reference("service-httpbin")
    assert first.spec.limits == SERVICE_LIMITS
    assert first.opened[0].argv == ("/service/serve", "httpbin.org")
    assert all(box.closed for box in boxes.backend.boxes)
    with boxes.boxes().open(SERVED), boxes.boxes().open(SERVED):
        assert len({box.spec.network for box in boxes.backend.boxes if box.spec.alias is None}) == 3


def test_without_services_there_is_no_network() -> None:
    """A task that names none is graded as ever."""
    boxes = FakeBoxes()

    boxes.grade(TASK)

    assert [box.spec.network for box in boxes.backend.boxes] == [None]


@pytest.mark.parametrize("log", [FAILING, "PASSED t.py::mends\nPASSED t.py::keeps\nPASSED t.py::stays\n"])
def test_a_service_that_was_lost_is_nobodys_verdict(log: str) -> None:
    """What tests said beside a dead server is not believed, and after some tries it is trouble of ours."""
    boxes = FakeBoxes(log, check=ended(code=1))

    result = boxes.grade(SERVED)

    assert result.outcome is Outcome.INTERNAL
    assert "the service httpbin.org did not serve any more" in result.reason
    assert result.attempts == MAX_LOSSES


def test_a_service_that_is_back_is_enough() -> None:
    """The sample is tried again with services of its own."""
    answers = iter([1, 1, 0, 0])  # the first sample's, a control's, and those of the sample's next attempt
    boxes = FakeBoxes(FAILING, check=lambda _: ended(code=next(answers, 0)))

    result = boxes.grade(SERVED)

    assert (result.outcome, result.attempts) == (Outcome.WRONG, 3)


def test_a_service_whose_box_is_lost_is_not_the_candidates_doing() -> None:
    """Also where it ended from within."""

    def lost(_: FakeRun) -> object:
        raise BoxLost("out of memory", cause=LossCause.INSIDE)

    result = FakeBoxes(FAILING, check=lost).grade(SERVED)  # type: ignore[arg-type]

    assert result.outcome is Outcome.INTERNAL


@pytest.mark.parametrize("served", [b"", b"Traceback", b"ready to fail\n", b"rea"])
def test_a_service_that_does_not_start(served: bytes) -> None:
    """Nothing runs beside it."""
    boxes = FakeBoxes(served=served)

    result = boxes.grade(SERVED)

    assert result.outcome is Outcome.INTERNAL
    assert "the service httpbin.org did not start" in result.reason
    assert "test" not in boxes.steps
    assert READY == b"ready\n"


def test_a_backend_without_networks_says_so_at_once() -> None:
    """It is tried once, and no sample is charged."""
    boxes = FakeBoxes()
    boxes.backend = Lonely()

    result = boxes.grade(SERVED)

    assert (result.outcome, result.attempts) == (Outcome.INTERNAL, 1)
    assert "its tests need a server in a second box (httpbin.org, example.org)" in result.reason
    assert "use the docker backend" in result.reason
    assert boxes.backend.boxes == []


def test_what_is_in_a_services_image_is_part_of_the_key() -> None:
    """A result is not used again with another server."""
    asked = Conditions(backend="docker")

    assert PROTOCOL.conditions(SERVED, asked).version != PROTOCOL.conditions(TASK, asked).version
    assert PROTOCOL.conditions(SERVED, asked) == PROTOCOL.conditions(SERVED, asked)
