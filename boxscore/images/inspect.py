"""Look into images without running what is in them: their files, and whether an instance image is as it must be."""

from __future__ import annotations

import io
import tarfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import docker.errors
from docker.types import LogConfig

from boxscore.boxes import labels
from boxscore.child import ended_with_us
from boxscore.images.layers import instance_reference, program
from boxscore.images.recipes import LABEL
from boxscore.images.records import InstanceImageCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed import WriteableBuffer
    from docker import DockerClient
    from docker.models.containers import Container

    from boxscore.images.records import InstanceImage


_CHUNK_BYTES = 1 << 20


def privileged_files(client: DockerClient, reference: str) -> tuple[str, ...]:
    """List files of an image that give their user more rights: set-user-ID, set-group-ID, file capabilities.

    The engine packs the image's files and only their headers are read.
    """
    with _removed(client.containers.create(reference, command=["-"], labels=_labels())) as container:
        packed = io.BufferedReader(_Chunks(container.export()), _CHUNK_BYTES)  # type: ignore[arg-type]  # stubs say str
        with tarfile.open(fileobj=packed, mode="r|") as archive:
            found = tuple(sorted(_privileged(archive)))
        while packed.read(_CHUNK_BYTES):
            pass  # an archive ends before its stream does, and the connection must not stay open
        return found


def _privileged(archive: tarfile.TarFile) -> Iterator[str]:
    for entry in archive:
        capable = any(name.endswith("security.capability") for name in entry.pax_headers)
        if entry.isfile() and (entry.mode & 0o6000 or capable):
            yield f"/{entry.name}"


class _Chunks(io.RawIOBase):
    """A file to read from, made of a stream of chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks, self._rest = iter(chunks), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._rest:
            following = next(self._chunks, None)
            if following is None:
                return 0
            self._rest = following
        with memoryview(buffer) as view:
            size = min(len(view), len(self._rest))
            view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


_SECONDS = 300

_MAX_OUTPUT_BYTES = 1 << 20

_MAX_COUNT = 1 << 40


# What each count must be, and what it says if it is not.
_EXPECTED = {
    "commits": (1, "commits in the object store"),
    "parents": (0, "parents of the commit"),
    "refs": (1, "refs"),
    "heads": (0, "heads that are not main"),
    "remotes": (0, "remotes"),
    "settings": (0, "git settings beyond the plain ones"),
    "reflogs": (0, "reflogs"),
    "hooks": (0, "hooks"),
    "unreachable": (0, "unreachable objects"),
    "alternates": (0, "alternate object stores"),
    "leftovers": (0, "further files in .git"),
    "nested": (0, "repositories inside the repository"),
    "staged": (0, "entries of the index that are not the commit's, or are marked"),
    "changed": (0, "files that differ from the commit"),
    "unsafe": (0, "files that are not root's, or writable or unreadable for others"),
    "mounted": (0, "things where the repository will be mounted"),
}


def check_reference(client: DockerClient, image: InstanceImage) -> InstanceImageCheck:
    """Look into one image, in a container without network and without rights beyond reading."""
    reference = instance_reference(image)
    try:
        container = client.containers.create(
            reference,
            entrypoint=["/bin/bash", "-c", program("check").decode(), "check", image.tree],
            user="0:0",
            network_mode="none",
            cap_drop=["ALL"],
            cap_add=["DAC_READ_SEARCH"],
            security_opt=["no-new-privileges"],
            labels=_labels(),
            working_dir="/",
            log_config=LogConfig(type="json-file"),  # the engine's own choice may not be readable
        )
    except docker.errors.ImageNotFound:
        return InstanceImageCheck(
            name=image.name, reference=reference, present=False, problems=("the image is not here",)
        )
    with _removed(container):
        container.start()
        container.wait(timeout=_SECONDS)
        output = container.logs(stdout=True, stderr=False, tail=1000)[:_MAX_OUTPUT_BYTES]
    return read_image_check(image.name, reference, output.decode(errors="replace"))


def _labels() -> dict[str, str]:
    """What tells whose container it is: one that a killed process left is removed as its boxes are."""
    return {LABEL: "check", **labels.own()}


@contextmanager
def _removed(container: Container) -> Iterator[Container]:
    """Remove a container at the end, also where this process leaves before."""

    def remove() -> None:
        with suppress(docker.errors.NotFound):
            container.remove(force=True, v=True)

    with ended_with_us(remove):
        try:
            yield container
        finally:
            remove()


def read_image_check(name: str, reference: str, output: str) -> InstanceImageCheck:
    """Judge what `images/tree/check` says."""
    counts: dict[str, int] = {}
    named: dict[str, list[str]] = {"privileged": [], "elsewhere": []}
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        if word in named:
            named[word].append(rest)
        elif rest.isascii() and rest.isdigit() and int(rest) < _MAX_COUNT:
            counts[word] = int(rest)
    problems = [_problem(word, counts.get(word)) for word in _EXPECTED]
    problems += [f"privileged file {path}" for path in named["privileged"]]
    if "done" not in counts:
        problems = ["the repository cannot be read: none was put there, or it is broken"]
    return InstanceImageCheck(
        name=name,
        reference=reference,
        present=True,
        privileged=tuple(named["privileged"]),
        elsewhere=tuple(named["elsewhere"]),
        problems=tuple(text for text in problems if text),
    )


def _problem(word: str, count: int | None) -> str:
    expected, meaning = _EXPECTED[word]
    if count is None:
        return f"unknown: {meaning}"
    return "" if count == expected else f"{count} {meaning}"
