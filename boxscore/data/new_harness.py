"""Write a new harness with its data and its test: `boxscore init`."""

from __future__ import annotations

import re
import sys
from string import Template
from typing import TYPE_CHECKING

from boxscore.data.plugins import shipped_harness
from boxscore.errors import UsageError
from boxscore.resources import package

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


def write_harness(name: str, folder: Path) -> tuple[Path, ...]:
    """Write a harness, its data and its test into `folder`, and return their paths.

    Raises UsageError for a name that cannot be one and where a file is there already: nothing is written then.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a harness's name: use small letters, digits and - or _, a letter first")
    file = name.replace("-", "_")
    if shipped_harness(name) is not None:
        raise UsageError(f"{name!r} is a benchmark that ships with boxscore: choose another name")
    if file == "conftest" or file in sys.stdlib_module_names:
        raise UsageError(f"{file}.py would hide the module {file!r} from tests beside it: choose another name")
    words = {"name": name, "file": file, "kind": "".join(part.capitalize() for part in re.split("[-_]", name))}
    paths = tuple(folder / one for one in (f"{file}.py", f"{file}.jsonl", f"test_{file}.py"))
    there = [str(path) for path in paths if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(f"not overwritten: {', '.join(there)}; choose another name, or another folder with --dir")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, source in zip(paths, ("harness", "harness_rows", "harness_test"), strict=True):
            template = Template((package() / f"data/templates/{source}.txt").read_text("utf-8"))
            with path.open("x", encoding="utf-8") as new:
                new.write(template.substitute(words))
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    return paths
