"""What the *project* protocol grades: files over a skeleton, and the tests that they must pass."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from boxscore.protocols.contract import Task
from boxscore.records import Limits

PARAMETERS = "junit-platform.properties"


class ProjectTask(Task, frozen=True, kw_only=True):
    """How an instance of the *project* protocol is graded. All of it but the sample's files is trusted.

    `files` are paths and contents of the whole project but its tests: sources below `sources`, and resources.
    `replaced` are the paths that a sample may give, and those of them in `files` stand where it gives none. `tests` are
    paths and contents of the tests' sources and resources; `required` the ids of the tests that must pass,
    `package.Class#method`. Without any of both a sample is compiled, and can come to no more than `no_tests`.
    `libraries` names the folders of jars, below those of the image, that all is compiled and run with. `reference` is a
    sample that passes, as the protocol's `encode_files` makes it. `method_s` is how long one test may take, None for as
    long as all of them. `shown` are texts that models are told: nothing in them is a secret.
    """

    language: Literal["java"] = "java"
    files: tuple[tuple[str, bytes], ...]
    replaced: tuple[str, ...]
    tests: tuple[tuple[str, bytes], ...]
    required: tuple[str, ...]
    sources: str = "src/main/java"
    test_sources: str = "src/test/java"
    resources: tuple[str, ...] = ("src/main/resources", "src/test/resources")
    libraries: tuple[str, ...] = ("junit5",)
    release: int = 17
    reference: str | None = None
    method_s: float | None = None
    shown: tuple[str, ...] = ()
    limits: Limits = Limits(
        cpu_s=60.0,
        wall_s=240.0,
        memory_bytes=2 << 30,
        processes=256,
        disk_bytes=256 << 20,
        output_bytes=1 << 20,
    )


def limits_in_force(task: ProjectTask) -> Limits:
    """The limits of one sample's tests as they are enforced."""
    return replace(task.limits, wall_s=max(task.limits.wall_s, task.limits.cpu_s))


def parameters_of(task: ProjectTask) -> tuple[tuple[str, str], ...]:
    """JUnit's own parameters, as the tests' `junit-platform.properties` has them: lines of a name, `=` and a value."""
    files = [data for path, data in task.tests if path.rpartition("/")[2] == PARAMETERS]
    lines = "\n".join(data.decode("utf-8", "replace") for data in files).splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith(("#", "!")))
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)
