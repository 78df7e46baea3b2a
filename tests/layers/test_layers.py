"""Every defence is taken away once, and an attack tried with it and without it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import confine
from boxscore.boxes.docker.backend import DockerBackend
from boxscore.errors import BoxError, SandboxUnavailable
from tests.layers.box_rows import DOCKER, LOCAL
from tests.layers.boxes import NOT_OPEN, BoxRow, Change, docker_box, local_box, say
from tests.layers.nested import NESTED, NestedBackend
from tests.layers.removal import LOST, Row, found, removed
from tests.layers.warm_rows import ANSWERS, LIMITS, RIGHTS

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

INSIDE = (*RIGHTS, *LIMITS, *ANSWERS)
ON_GVISOR = [row for row in INSIDE if row.gvisor]

as_the_table_says = pytest.mark.skipif(
    os.geteuid() != 0 or os.uname().machine != "x86_64" or confine.landlock_abi() < confine.SCOPE_ABI,
    reason="the table is that of root's boxes on an x86_64 kernel whose Landlock bounds signals",
)


def takes_long(row: Row) -> bool:
    return "timeout" in row.expected or LOST in (row.without, row.without_more)


def on(backend: str, marks: tuple[pytest.MarkDecorator, ...]) -> list[object]:
    return [
        pytest.param(row, marks=(*marks, pytest.mark.slow) if takes_long(row) else marks, id=row.layer)
        for row in INSIDE
        if row.only in ("", backend)
    ]


@pytest.fixture(scope="module")
def gvisor() -> Backend:
    backend = DockerBackend(runtime="runsc")
    try:
        backend.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no gVisor here: {error}")
    if backend._described().counts("runsc"):
        pytest.skip("gVisor uses control groups here: more holds than the table says")
    return backend


def expect(backend: Backend, image: str | None, row: Row) -> None:
    assert found(backend, image, row, (), row.expected) == row.expected
    assert found(backend, image, row, row.removed, row.without) == row.without
    if row.more:
        assert found(backend, image, row, (*row.removed, *row.more), row.without_more) == row.without_more


@as_the_table_says
@pytest.mark.parametrize("row", on("local", (pytest.mark.bubblewrap,)))
def test_a_layer_of_a_warm_box_on_local(local_backend: Backend, row: Row) -> None:
    expect(local_backend, None, row)


@as_the_table_says
@pytest.mark.parametrize("row", on("docker", (pytest.mark.docker, pytest.mark.slow)))
def test_a_layer_of_a_warm_box_on_docker(docker_backend: Backend, python_image: str, row: Row) -> None:
    expect(docker_backend, python_image, row)


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.parametrize("row", ON_GVISOR, ids=[row.layer for row in ON_GVISOR])
def test_a_layer_of_a_warm_box_on_gvisor(gvisor: Backend, python_image: str, row: Row) -> None:
    assert found(gvisor, python_image, row, (), row.expected) == row.expected
    assert found(gvisor, python_image, row, row.removed, row.gvisor) == row.gvisor


@as_the_table_says
@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.parametrize("row", DOCKER, ids=[row.layer for row in DOCKER])
def test_a_layer_of_a_docker_box(python_image: str, row: BoxRow) -> None:
    def tried(*changes: Change) -> str:
        try:
            with docker_box(python_image, *changes) as box:
                return say(box, row.programs)
        except BoxError:
            return NOT_OPEN

    assert tried() == row.expected
    assert tried(row.change) == row.without


@as_the_table_says
@pytest.mark.bubblewrap
@pytest.mark.parametrize("row", LOCAL, ids=[row.layer for row in LOCAL])
def test_a_layer_of_a_local_box(local_backend: Backend, row: BoxRow) -> None:
    with local_box() as box:
        whole = say(box, row.programs)
    with local_box(row.change, cgroups=row.groups) as box:
        without = say(box, row.programs)

    assert (whole, without) == (row.expected, row.without)


@as_the_table_says
@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.parametrize("row", NESTED, ids=[row.layer for row in NESTED])
def test_a_layer_of_an_ordinary_users_box(local_backend: Backend, row: Row) -> None:
    expect(NestedBackend(), None, row)


@pytest.mark.parametrize("row", [*INSIDE, *NESTED], ids=[row.layer for row in (*INSIDE, *NESTED)])
def test_what_is_taken_away_is_there(row: Row) -> None:
    sources = dict(removed((*row.removed, *row.more)))

    assert all(edit.instead in sources[edit.module] for edit in row.removed)
