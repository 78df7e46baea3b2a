"""What modules of a candidate export, for specs that import them, without its code running beside its specs.

The modules are run in the project's own box, which is hostile anyway, and what they claim to export comes out as plain
data. In the browser's box `sandbox/web/guard.mjs` answers an import of one of them with a module of only that data, and
refuses any other import of the candidate's files.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from boxscore import resources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.records import Limits

OUTPUT_BYTES = 4 << 20
WALL_S, CPU_S = 60.0, 30.0
MOST_DEPTH = 64  # of nested lists and objects


class ToldModule(Struct, frozen=True, kw_only=True):
    """What one module exports, by name; None if it did not load, and then why. `text` is its source afterwards."""

    path: str
    exports: dict[str, Any] | None
    text: str | None
    problem: str = ""


def told_modules(box: Box, root: str, paths: Sequence[str], limits: Limits) -> dict[str, ToldModule]:
    """Import modules below a folder of the project's box, and return what they claim to export, by their paths.

    A module that is missing or does not load has no `exports`; names that are not plain data are left out.
    Raises BoxError if the box fails.
    """
    program = (resources.folder("sandbox") / "web" / "exports.mjs").read_text(encoding="utf-8")
    done = box.run(
        ["node", "--input-type=module", "-e", program],
        stdin=msgspec.json.encode({"root": root, "paths": list(paths)}),
        limits=structs.replace(limits, wall_s=WALL_S, cpu_s=CPU_S, output_bytes=OUTPUT_BYTES),
    )
    told: dict[str, ToldModule] = {}
    for line in done.stdout.splitlines():
        try:
            module = msgspec.json.decode(line, type=ToldModule)
        except (msgspec.DecodeError, RecursionError):
            continue  # a module may print what it likes
        if module.path in paths and _is_shallow(module.exports, MOST_DEPTH):
            told[module.path] = module
    return told


def _is_shallow(value: object, most: int) -> bool:
    """Whether data is nested no deeper than this: data nested as deep as can be read cannot be written again."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most > 0 and all(_is_shallow(part, most - 1) for part in parts)


def with_written(files: Mapping[str, bytes], told: Mapping[str, ToldModule]) -> dict[str, bytes]:
    """The files that specs see: those of the project, and modules that another module wrote while it was imported.

    A build may have put a folder in the place of a project's file, or a file in that of a folder: then the module is
    left out.
    """
    taken = {*files, *(folder for path in files for folder in _folders(path))}
    written = {
        path: module.text.encode()
        for path, module in told.items()
        if module.text is not None and path not in taken and files.keys().isdisjoint(_folders(path))
    }
    return {**written, **files}


def _folders(path: str) -> list[str]:
    return [str(folder) for folder in PurePosixPath(path).parents]
