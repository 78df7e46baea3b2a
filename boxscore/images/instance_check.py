"""Looking into an instance's image: is its repository one commit and nothing else?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import docker.errors
import msgspec
from docker.types import LogConfig

from boxscore.images.layers import program, tree_reference
from boxscore.images.recipes import LABEL
from boxscore.images.records import TreeCheck

if TYPE_CHECKING:
    from docker import DockerClient

    from boxscore.images.records import TreeImage

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


def check_reference(client: DockerClient, image: TreeImage) -> TreeCheck:
    """Look into one image, in a container without network and without rights beyond reading."""
    reference = tree_reference(image)
    try:
        container = client.containers.create(
            reference,
            entrypoint=["/bin/bash", "-c", program("check").decode(), "check", image.tree],
            user="0:0",
            network_mode="none",
            cap_drop=["ALL"],
            cap_add=["DAC_READ_SEARCH"],
            security_opt=["no-new-privileges"],
            labels={LABEL: "check"},
            working_dir="/",
            log_config=LogConfig(type="json-file"),  # the engine's own choice may not be readable
        )
    except docker.errors.ImageNotFound:
        return TreeCheck(name=image.name, reference=reference, present=False, problems=("the image is not here",))
    try:
        container.start()
        container.wait(timeout=_SECONDS)
        output = container.logs(stdout=True, stderr=False, tail=1000)[:_MAX_OUTPUT_BYTES]
    finally:
        container.remove(force=True, v=True)
    return read_facts(image.name, reference, output.decode(errors="replace"))


def read_facts(name: str, reference: str, output: str) -> TreeCheck:
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
        problems = ["the repository cannot be read: there is no sealed one, or it is broken"]
    fields = {word: counts.get(word) for word in _EXPECTED if word in TreeCheck.__struct_fields__}
    return msgspec.structs.replace(
        TreeCheck(name=name, reference=reference, present=True),
        **fields,
        privileged=tuple(named["privileged"]),
        elsewhere=tuple(named["elsewhere"]),
        problems=tuple(text for text in problems if text),
    )


def _problem(word: str, count: int | None) -> str:
    expected, meaning = _EXPECTED[word]
    if count is None:
        return f"unknown: {meaning}"
    return "" if count == expected else f"{count} {meaning}"
