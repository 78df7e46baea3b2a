"""Services of the patch protocol, in boxes in memory: what is opened, and whose trouble it is."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import Capability
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import ImageMissing, LossCause
from boxscore.images.recipes import reference
from boxscore.images.records import InstanceImage
from boxscore.protocols.attacks import difference
from boxscore.protocols.contract import Service
from boxscore.protocols.patch.boxes import READY, SERVICE_LIMITS, Boxes, ImageFinder
from boxscore.protocols.patch.grader import PatchGrader, References
from boxscore.protocols.patch.planted import PlantingLayer
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.retry import MAX_LOSSES
from boxscore.records import LimitName, Outcome
from harnesses.swebench.task import TRUSTING
from tests.protocols.patch.patch_boxes import PATCH, TASK, FakeBoxes, ended, grade_all

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend, Completed
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
    @property
    def capabilities(self) -> frozenset[str]:
        return super().capabilities - {Capability.NETWORKS}


def test_each_box_of_a_sample_has_services_of_its_own() -> None:
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


def test_a_service_that_cannot_be_reached() -> None:
    boxes = FakeBoxes(reach=ended(code=1))

    result = boxes.grade(SERVED)

    assert result.outcome is Outcome.INTERNAL
    assert "the box does not reach its services: exit code 1" in result.reason
    assert set(boxes.steps) == {"reach"}


def ending_its_services(*checks: Completed, patch: str = PATCH, fate: LossCause = LossCause.UNKNOWN) -> FakeBoxes:
    failures = itertools.chain(checks, itertools.repeat(checks[-1]))

    def check(_: FakeRun) -> Completed:
        requests = [json.loads(run.stdin) for run in boxes.backend.boxes[-1].runs if run.stdin.startswith(b"{")]
        applied = next(one["patch"] for one in requests if one.get("do") == "stage")
        return next(failures) if applied == patch else ended()

    boxes = FakeBoxes(FAILING, fate=fate, check=check)
    return boxes


@pytest.mark.parametrize("fate", [LossCause.INSIDE, LossCause.UNKNOWN])
def test_a_patch_that_ends_its_service_gains_nothing(fate: LossCause) -> None:
    boxes = ending_its_services(ended(code=1), fate=fate)

    result = boxes.grade(SERVED)

    assert (result.outcome, result.attempts, result.lost_boxes) == (Outcome.TAMPERED, 4, 4)
    assert result.reason == (
        "each time while its code ran: the service httpbin.org did not serve any more when the tests had ended"
    )
    assert boxes.steps.count("test") == 7  # three of them are controls


@pytest.mark.parametrize(
    ("check", "fate"),
    [
        (ended(code=1), LossCause.OUTSIDE),
        (ended(code=None, signal=9, limit=LimitName.WALL), LossCause.UNKNOWN),
    ],
)
def test_a_service_that_the_machine_ended_is_not_the_patchs_doing(check: Completed, fate: LossCause) -> None:
    result = ending_its_services(check, fate=fate).grade(SERVED)

    assert (result.outcome, result.attempts) == (Outcome.INTERNAL, MAX_LOSSES)


def test_a_service_that_its_own_tests_end_is_not_the_patchs_doing() -> None:
    task = replace(SERVED, reference=PATCH)

    result = ending_its_services(ended(code=1)).grade(task)

    assert (result.outcome, result.attempts) == (Outcome.INTERNAL, MAX_LOSSES)


@pytest.mark.parametrize("served", [b"", b"Traceback", b"ready to fail\n", b"rea"])
def test_a_service_that_does_not_start(served: bytes) -> None:
    boxes = FakeBoxes(served=served)

    result = boxes.grade(SERVED)

    assert result.outcome is Outcome.INTERNAL
    assert "the service httpbin.org did not start" in result.reason
    assert "test" not in boxes.steps
    assert READY == b"ready\n"


def test_a_backend_without_networks_says_so_at_once() -> None:
    boxes = FakeBoxes()
    boxes.backend = Lonely()

    result = boxes.grade(SERVED)

    assert (result.outcome, result.attempts) == (Outcome.INTERNAL, 1)
    assert "its tests need a server in a second box (httpbin.org, example.org)" in result.reason
    assert "use the docker backend" in result.reason
    assert boxes.backend.boxes == []


CLIENT = """import urllib.request


def ask(url):
    return urllib.request.urlopen(url, timeout=60).read().decode()
"""
MENDED = CLIENT.replace(".decode()", ".decode().strip()")
TESTS = """import socket
import ssl
import urllib.request

import pytest

from client import ask


def test_strips():
    assert ask("http://httpbin.org/base64/IHNwYWNlZCA=") == "spaced"


def test_asks():
    assert '"url"' in ask("http://httpbin.org/get?a=1")
    assert urllib.request.urlopen("http://example.org/", timeout=60).status == 200


def test_https():
    trusted = ssl.create_default_context(cafile="/scratch/authority.pem")
    assert urllib.request.urlopen("https://httpbin.org/status/200", context=trusted, timeout=60).status == 200
    with pytest.raises(OSError):
        urllib.request.urlopen("https://httpbin.org/", context=ssl.create_default_context(), timeout=60)


@pytest.mark.parametrize("address", ["10.255.255.1", "192.0.2.1", "1.1.1.1"])
def test_nobody_answers(address):
    with pytest.raises(TimeoutError):
        socket.create_connection((address, 80), timeout=0.1)


def test_unknown_names():
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("no-such-name.httpbin.org", 80)
"""
RUN = "python3 -m pytest -rA -p no:cacheprovider --junitxml=/scratch/report.xml"
ASKING = PatchTask(
    image=InstanceImage(
        name="client",
        environment="RUN pip install --quiet pytest==8.3.4\n",
        instance="COPY client/ /testbed/\n",
        files=(("client/client.py", CLIENT.encode()), ("client/test_client.py", b"")),
    ),
    fail_to_pass=("test_client.py::test_strips",),
    pass_to_pass=(
        "test_client.py::test_asks",
        "test_client.py::test_https",
        *(f"test_client.py::test_nobody_answers[{one}]" for one in ("10.255.255.1", "192.0.2.1", "1.1.1.1")),
        "test_client.py::test_unknown_names",
    ),
    commands=("\n".join((*TRUSTING, f"{RUN} test_client.py")),),
    parser="pytest",
    report="/scratch/report.xml",
    test_patch=difference("test_client.py", "", TESTS),
    services=SERVED.services,
)


@pytest.fixture(name="boxes", scope="module")
def fixture_boxes(docker_backend: Backend) -> Boxes:
    find = ImageFinder(docker_backend)
    boxes = Boxes(docker_backend, find, find_service=find.service, sleep=lambda _: None)
    try:
        find(ASKING.image)
        find.service("service-httpbin")
    except ImageMissing as error:
        pytest.skip(f"no image of an instance here: {str(error)[-300:]}")
    return boxes


@pytest.mark.docker
@pytest.mark.slow
def test_tests_get_their_servers_and_nothing_else(boxes: Boxes, tmp_path: Path) -> None:
    grader = PatchGrader(boxes, PlantingLayer(tmp_path), References(tmp_path))

    right, wrong = grade_all(
        grader, difference("client.py", CLIENT, MENDED), difference("client.py", CLIENT, f"{CLIENT}\n"), task=ASKING
    )

    assert (right.outcome, right.reason) == (Outcome.PASSED, "")
    assert "private-network" in right.layers
    assert (wrong.outcome, wrong.attempts) == (Outcome.WRONG, 1)
    assert "FAIL_TO_PASS 0 of 1, PASS_TO_PASS 6 of 6" in wrong.reason
