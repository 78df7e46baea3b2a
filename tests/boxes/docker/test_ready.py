"""Programs whose launcher was started ahead: they run as any other, and nothing of them is there before or after."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from boxscore import LimitName, Limits
from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.docker.box import DockerBox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend

pytestmark = pytest.mark.docker

SHORT = Limits(cpu_s=5.0, wall_s=30.0, output_bytes=1000)


@pytest.fixture(name="box", scope="module")
def fixture_box(docker_backend: Backend, python_image: str) -> Iterator[DockerBox]:
    with docker_backend.box(BoxSpec(image=python_image)) as box:
        assert isinstance(box, DockerBox)
        yield box


@pytest.mark.parametrize(
    "argv",
    [
        ["sh", "-c", "cat; pwd; env | sort; ulimit -t; exit 7"],
        ["printf", "%s|", "it's", "$(two) lines\n\n", "\\", '"', "é*", ""],
        ["no-such-program"],
        ["sh", "-c", "kill -TERM $$"],
        ["sh", "-c", "head -c 5000 /dev/zero; head -c 5000 /dev/zero >&2"],
    ],
)
def test_it_ends_as_any_other(box: DockerBox, argv: list[str]) -> None:
    found = []
    for ready in (False, True):
        if ready:
            box.get_ready()
        done = box.run(argv, stdin=b"some\ninput", env={"A": "one\ntwo 'x'"}, cwd="/tmp", limits=SHORT)
        found.append((done.exit_code, done.signal, done.stdout, done.stderr, done.stdout_truncated, done.limit))

    assert found[0] == found[1]


def test_large_input_is_the_programs(box: DockerBox) -> None:
    box.get_ready()

    done = box.run(["wc", "-c"], stdin=b"x" * 3_000_000)

    assert done.stdout.strip() == b"3000000"


def test_limits_hold_from_then_on(box: DockerBox) -> None:
    box.get_ready()
    time.sleep(1.5)

    done = box.run(["sleep", "1000"], limits=Limits(wall_s=1.0, cpu_s=5.0))

    assert done.limit is LimitName.WALL
    assert done.wall_s > 0.9


def test_nothing_is_beside_a_program(box: DockerBox) -> None:
    count = ["sh", "-c", "set -- /proc/[0-9]*; echo $#"]
    plain = box.run(count).stdout
    box.get_ready()
    box.get_ready()

    assert box.run(count).stdout == plain


def test_files_go_through_it(box: DockerBox) -> None:
    box.get_ready()
    box.put("/scratch/file", b"data")
    box.get_ready()

    assert box.get("/scratch/file", max_bytes=10) == b"data"


def test_an_opened_program_goes_before(box: DockerBox) -> None:
    box.get_ready()
    stream = box.open(["sh", "-c", "echo begun; read line; set -- /proc/[0-9]*; echo $#"])
    begun = stream.receive(100, 30.0)
    box.get_ready()
    time.sleep(0.2)
    stream.send(b"go\n")
    count = stream.receive(100, 30.0)
    stream.stop()

    assert begun == b"begun\n"
    assert count.strip() == box.run(["sh", "-c", "set -- /proc/[0-9]*; echo $#"]).stdout.strip()


def test_one_that_has_gone_is_replaced(box: DockerBox) -> None:
    box.get_ready()
    box._ending.kill()
    time.sleep(0.2)

    assert box.run(["echo", "there"]).stdout == b"there\n"
