"""The harness of EvoCodeBench."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boxscore
from boxscore import SampleKind, Trust

from .splice import (
    Row,
    body_of_answer,
    body_of_completion,
    indented,
    is_on_its_line,
    lines_of,
    original_body,
    patch,
    row_of,
    stubbed,
    with_body,
)
from .task import image, task_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import Instance, Sample

SOURCES = "Source_Code"
IGNORED = frozenset({".git", "__pycache__", "myenv", ".pytest_cache"})
MAX_REPOSITORY_BYTES = 256 << 20


class EvoCodeBench:
    source = boxscore.DataSource(path="evocodebench/metadata-2403.jsonl")
    trust = Trust.CLAIM
    image = None
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {
        "chat": Path(__file__).with_name("chat.jinja"),
        "completion": Path(__file__).with_name("completion.jinja"),
    }

    def __init__(self, projects: tuple[str, ...] = ()) -> None:
        self._projects = projects
        chosen = "+".join(projects)
        self.name = f"evocodebench@{chosen}" if chosen else "evocodebench"
        self.title = f"EvoCodeBench-2403: functions of repositories{f', of {chosen}' if chosen else ''}"

    def narrowed(self, part: str) -> EvoCodeBench:
        """The functions of some repositories, whose names are joined by `+`."""
        return EvoCodeBench(tuple(dict.fromkeys(part.split("+"))))

    def load(self, path: Path) -> Sequence[Instance]:
        rows = [(row_of(data, path, line), line) for line, data in boxscore.read_rows(path, key="namespace")]
        chosen = [(row, line) for row, line in rows if not self._projects or row.project in self._projects]
        for project in self._projects:
            if project not in {row.project for row, _ in rows}:
                raise boxscore.UsageError(f"no row of {path} is of the repository {project!r}")
        return [self._instance(row, path, line) for row, line in chosen]

    def _instance(self, row: Row, path: Path, line: int) -> Instance:
        folder = path.parent / SOURCES / row.project
        source = dict(repository(folder)).get(row.path)
        if source is None:
            problem = f"{row.path} is not in {folder}; `{self.name.partition('@')[0]}@REPOSITORY` takes some alone"
            raise boxscore.InputError(problem, path=path, line=line, field="completion_path")
        text = source.decode("utf-8", "replace")
        if len(lines_of(text)) < row.body_position[1]:
            raise boxscore.InputError(f"{row.path} has fewer lines", path=path, line=line, field="body_position")
        if not is_on_its_line(row, text):
            problem = f"{row.path} has no `def {row.name}` there: it is of another commit than the rows"
            raise boxscore.InputError(problem, path=path, line=line, field="signature_position")
        original = with_body(text, row, original_body(text, row))
        return boxscore.Instance(
            instance_id=row.namespace,
            prompt="\n".join(f"{key}: {told}" for key, told in row.requirement.items()),
            row={"row": row, "source": text, "repository": repository(folder)},
            reference=patch(row.path, stubbed(text, row), original),
            tags={"domain": row.domain} if row.domain else {},
        )

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        row: Row = instance.row["row"]
        lines = lines_of(instance.row["source"])
        first, last = row.signature_position
        told = [part for text in row.requirement.values() for part in text.split("\n")]
        margin = " " * row.indent
        return {
            "function_name": row.name,
            "context_above": "".join(lines[: first - 1]),
            "signature": "".join(lines[first - 1 : last]).rstrip("\n"),
            "requirement": "\n".join((f'{margin}"""', *(f"{margin}{one}" for one in told), f'{margin}"""')),
        }

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """The patch that puts a sample's body into the file; a patch, as the reference is one, is taken as it is."""
        if is_patch(sample):
            return sample.text if sample.text.strip() else None
        row: Row = instance.row["row"]
        body = body_of(row, sample)
        if not body.strip():
            return None
        source = instance.row["source"]
        return patch(row.path, stubbed(source, row), with_body(source, row, indented(body, row)))

    def task(self, instance: Instance) -> boxscore.PatchTask:
        row: Row = instance.row["row"]
        built = image(row, instance.row["repository"], stubbed(instance.row["source"], row))
        return task_of(row, built, instance.reference or "", instance.prompt)


def is_patch(sample: Sample) -> bool:
    """Whether a sample is a patch: no body begins like one."""
    return sample.kind is SampleKind.PATCH or sample.text.startswith("diff --git ")


def body_of(row: Row, sample: Sample) -> str:
    """The body in a sample: of a chat answer, a completion, or a text that is one. "" for a patch."""
    if is_patch(sample):
        return ""
    if sample.kind is SampleKind.ANSWER:
        return body_of_answer(sample.text, row.name)
    return body_of_completion(sample.text)


@cache
def repository(folder: Path) -> tuple[tuple[str, bytes], ...]:
    """The files of a repository. Raises InputError where there is none, or a very large one."""
    found, total = [], 0
    for path in sorted(folder.rglob("*")):
        if IGNORED & set(path.relative_to(folder).parts) or path.is_symlink() or not path.is_file():
            continue
        total += path.stat().st_size
        if total > MAX_REPOSITORY_BYTES:
            raise boxscore.InputError(f"is larger than {MAX_REPOSITORY_BYTES >> 20} MiB", path=folder)
        found.append((path.relative_to(folder).as_posix(), path.read_bytes()))
    if not found:
        raise boxscore.InputError(
            "is missing or empty: the source of each repository must be beside the rows", path=folder
        )
    return tuple(found)
