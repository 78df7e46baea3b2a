"""The *project* protocol as the engine sees it: files over a skeleton must compile, and pass the project's tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.boxes.folders import fault
from boxscore.protocols.contract import Attackable, Grading, Shows
from boxscore.protocols.project.build import BUILD
from boxscore.protocols.project.task import (
    ProjectDetail,
    ProjectTask,
    decode_files,
    drawing,
    limits_in_force,
    never_given,
    summary,
)
from boxscore.protocols.shows import Drawing, Summary
from boxscore.protocols.versions import protocol_version
from boxscore.records import Limits, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import BatchGrader, Opening, Trial
    from boxscore.records import Instance, Result

MAX_TASK = 64 << 20  # of all files
MAX_TESTS = 10_000
ATTACK_CPU_S, ATTACK_WALL_S = 20.0, 120.0
RELEASES = range(8, 26)
_LIBRARY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TEST = re.compile(r"[\w.$]+#\S.*")


class ProjectProtocol(Grading[ProjectTask], Attackable[ProjectTask], Shows[ProjectTask]):
    """Grades files over a skeleton, by tests in their own process, beside others that must fail."""

    name = "project"
    task = ProjectTask
    trust = Trust.CLAIM

    def invalid_reason(self, task: ProjectTask) -> str | None:
        least = 1 if task.tests else 0  # without tests a sample is compiled alone
        if not least <= len(task.required) <= MAX_TESTS or len(set(task.required)) != len(task.required):
            return f"field 'required' holds {len(task.required)} ids; {least} to {MAX_TESTS} different ones are needed"
        if odd := [test for test in task.required if not _TEST.fullmatch(test)]:
            return f"field 'required' holds {odd[0]!r}, which is no package.Class#method"
        if task.release not in RELEASES:
            return f"field 'release' is {task.release}; from {RELEASES[0]} to {RELEASES[-1]} can be asked for"
        if odd := [name for name in task.libraries if not _LIBRARY.fullmatch(name)]:
            return f"field 'libraries' holds {odd[0]!r}, which is no name of a folder"
        return _files_fault(task) or _replaced_fault(task)

    def warnings(self, task: ProjectTask) -> Iterator[str]:
        """Doubt a task whose tests are not in its sources, and one without a reference."""
        if task.reference is None:
            yield "it has no reference, so nobody has seen its tests pass"
        if not any(path.endswith(".java") for path, _ in task.tests):
            yield "there are no sources of tests, so the best outcome is `no_tests`"

    def version(self, backend: str) -> str:
        return protocol_version(backend)

    def limits(self, task: ProjectTask) -> Limits:
        """Those of a sample's tests."""
        return limits_in_force(task)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        """Open a grader, whose boxes open at the first batch."""
        from boxscore.protocols.project.grader import open_project_grader  # noqa: PLC0415 - as above

        return open_project_grader(opening.backend, opening.image, strict=opening.strict)

    def describe(self, task: ProjectTask) -> Mapping[str, object]:
        """Show which files may be given, and which tests there are."""
        return {
            "language": f"{task.language} {task.release}",
            "replaced": task.replaced,
            "tests": task.required,
            "libraries": task.libraries,
        }

    def answer_blocks(self, task: ProjectTask, code: str) -> Sequence[tuple[str, str]]:
        """A block for each file."""
        try:
            files = decode_files(code).files
        except ValueError:
            return super().answer_blocks(task, code)
        return [(task.language, text) for text in files.values()]

    def summary(self, result: Result) -> Summary:
        detail = ProjectDetail.of(result)
        return Summary() if detail is None else summary(detail)

    def drawing(self, result: Result, answer: str) -> Drawing:
        detail = ProjectDetail.of(result)
        return Drawing() if detail is None else drawing(detail)

    def under_attack(self, task: ProjectTask) -> ProjectTask:
        """Let attacks that never end soon be ended."""
        return replace(task, limits=replace(task.limits, cpu_s=ATTACK_CPU_S, wall_s=ATTACK_WALL_S))

    def why_not_attacked(self, task: ProjectTask) -> str:
        """Attack where honest controls can be made."""
        from boxscore.protocols.project.attacks import why_not  # noqa: PLC0415 - as above

        return why_not(task)

    def attacks(
        self,
        instance: Instance,
        task: ProjectTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        """Make samples of templates."""
        from boxscore.protocols.project.attacks import trials  # noqa: PLC0415 - as above

        return trials(task, chosen)


def _files_fault(task: ProjectTask) -> str | None:
    """Say which file of a task cannot be put into a box; None if all can."""
    for field, files in (("files", task.files), ("tests", task.tests)):
        for path, _ in files:
            if (why := fault(path)) is not None:
                return f"field {field!r} holds {path!r}: {why}"
    paths = [path for path, _ in (*task.files, *task.tests)]
    if made := [path for path in paths if path.startswith(f"{BUILD}/")]:
        return f"fields 'files' and 'tests' hold {made[0]!r}: what is compiled is put there"
    if len(set(paths)) != len(paths):
        return "fields 'files' and 'tests' hold a path twice"
    total = sum(len(content) for _, content in (*task.files, *task.tests))
    return f"files and tests have {total} bytes; {MAX_TASK} can be sent into a box" if total > MAX_TASK else None


def _replaced_fault(task: ProjectTask) -> str | None:
    """Say why a sample could not give one of the files that it may; None if it could give all."""
    theirs = {path for path, _ in task.tests}
    below = (task.sources, *task.resources[:1])
    for path in task.replaced:
        if (why := fault(path)) is not None or path in theirs or never_given(path):
            return f"field 'replaced' holds {path!r}, which no sample may give: {why or 'it decides how tests run'}"
        if not path.startswith(tuple(f"{folder}/" for folder in below)):
            return f"field 'replaced' holds {path!r}, which is not below {' or '.join(below)}"
    return None if task.replaced else "field 'replaced' is empty: a sample could give nothing"


PROTOCOL = ProjectProtocol()
