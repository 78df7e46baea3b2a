"""tiny-patches: real bugs of small packages, and bugs in small repositories of our own.

Each line of `instances.jsonl` is one instance, as `Row` says. Beside it, the folder of an instance's name has
`problem.md`, what a model is told, and a repository of ours has `repository/`, `gold.patch` and `test.patch` there too.
Of a published package nothing is kept but the row: its `releases` are two source distributions, by address and
checksum, that are fetched when the rows are read; the older one is the repository, and the patches are what changed in
the files that the row names.
"""

from __future__ import annotations

import difflib
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PREFIX = "tiny-patches/"
MAX_FILE_BYTES = 4 << 20
LIMITS = boxscore.Limits(
    cpu_s=120.0, wall_s=900.0, memory_bytes=1 << 30, processes=128, disk_bytes=128 << 20, output_bytes=4 << 20
)


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of `instances.jsonl`: the fields that are not told here are those of `boxscore.PatchTask`."""

    instance_id: str
    language: str
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    commands: tuple[str, ...]
    parser: str
    base: str
    environment: str = ""
    instance: str = ""  # instructions that go after those that put the repository in its place
    releases: tuple[tuple[str, str], ...] = ()  # of a package: address and sha256, before the fix and after
    fix: tuple[str, ...] = ()  # the files that the fix changed between them, and those of its tests
    tests: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    report: str | None = None
    runner: str | None = None
    allowed: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    quick: bool = False  # graded by `make test`, not by `make test-all` alone


class Patches(Struct, frozen=True):
    """What an instance's folder or its releases give: the build context's files, the fix, and its tests."""

    files: tuple[tuple[str, bytes], ...]
    gold: str
    test: str


class TinyPatches(boxscore.PatchHarness):
    name = "tiny-patches"
    title = "tiny-patches: small repositories with a bug that ship with boxscore"
    trust = boxscore.Trust.WATCHED
    counts_missing = False
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("templates") / "tiny_patches.chat.jinja"}
    source = boxscore.DataSource(path="tiny_patches/instances.jsonl", bundled=True)

    def prompt_fields(self, instance: boxscore.Instance) -> Mapping[str, object]:
        return {"prompt": instance.prompt}

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return [self._instance(path, line, row) for line, row in boxscore.read_rows(path, key="instance_id")]

    def _instance(self, path: Path, line: int, row: dict[str, object]) -> boxscore.Instance:
        try:
            typed = msgspec.convert(row, Row)
        except msgspec.ValidationError as error:
            raise boxscore.InputError(str(error), path=path, line=line) from error
        folder = path.parent / typed.instance_id.removeprefix(PREFIX)
        patches = _released(typed) if typed.releases else _own(folder)
        return boxscore.Instance(
            instance_id=typed.instance_id,
            prompt=_read(folder / "problem.md").decode(),
            row={"row": typed, "patches": patches},
            reference=patches.gold,
        )

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        row: Row = instance.row["row"]
        patches: Patches = instance.row["patches"]
        return boxscore.PatchTask(
            image=boxscore.InstanceImage(
                name=row.instance_id,
                base=row.base,
                environment=row.environment,
                instance=(PLACE_RELEASE if row.releases else PLACE_OWN) + row.instance,
                files=patches.files,
            ),
            fail_to_pass=row.fail_to_pass,
            pass_to_pass=row.pass_to_pass,
            commands=row.commands,
            parser=row.parser,
            test_patch=patches.test,
            build=row.build,
            report=row.report,
            runner=row.runner,
            allowed=row.allowed,
            env=row.env,
            reference=patches.gold,
            statement=instance.prompt,
            command_s=LIMITS.wall_s,
            limits=LIMITS,
        )


PLACE_OWN = "COPY repository /testbed\n"
PLACE_RELEASE = """COPY release.tar.gz /tmp/release.tar.gz
RUN mkdir -p /testbed \\
 && tar -xzf /tmp/release.tar.gz -C /testbed --strip-components=1 --no-same-owner --no-same-permissions \\
 && rm /tmp/release.tar.gz
"""


def _own(folder: Path) -> Patches:
    root = folder / "repository"
    files = tuple(
        (path.relative_to(folder).as_posix(), _read(path))
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    )
    if not files:
        raise boxscore.InputError("is missing or empty", path=root)
    return Patches(files, _read(folder / "gold.patch").decode(), _read(folder / "test.patch").decode())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise boxscore.InputError(f"cannot be read: {error.strerror}", path=path) from error


def _released(row: Row) -> Patches:
    before, after = (_fetch(url, sha256) for url, sha256 in row.releases)
    gold, test = (
        "".join(difference(name, _member(before, name), _member(after, name)) for name in names)
        for names in (row.fix, row.tests)
    )
    return Patches((("release.tar.gz", before.read_bytes()),), gold, test)


def _fetch(url: str, sha256: str) -> Path:
    name = url.rpartition("/")[2]
    return boxscore.fetch(boxscore.DataSource(path=f"tiny_patches/{name}", url=url, sha256=sha256))


def _member(archive: Path, name: str) -> str | None:
    """The text of a file in a source distribution, by its path below the one folder in it; None where it is not."""
    try:
        with tarfile.open(archive) as opened:
            for entry in opened:
                if entry.isfile() and entry.name.partition("/")[2] == name and entry.size <= MAX_FILE_BYTES:
                    file = opened.extractfile(entry)
                    return file.read().decode() if file else None
    except (OSError, tarfile.TarError, UnicodeDecodeError) as error:
        raise boxscore.DataError(f"{archive} is no source distribution of text files: {error}") from error
    return None


def difference(name: str, before: str | None, after: str | None) -> str:
    """Write what changed in a file as `git diff` does; None stands for no file."""
    if before == after:
        return ""
    head = f"diff --git a/{name} b/{name}\n"
    if before is None or after is None:
        head += "new file mode 100644\n" if before is None else "deleted file mode 100644\n"
    lines = difflib.unified_diff(
        _lines(before or ""),
        _lines(after or ""),
        "/dev/null" if before is None else f"a/{name}",
        "/dev/null" if after is None else f"b/{name}",
    )
    whole = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return head + "".join(whole)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: git knows no others."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] if lines[-1] else [f"{line}\n" for line in lines[:-1]]


HARNESS = TinyPatches()
