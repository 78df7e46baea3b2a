"""The table of formats, and the one that was asked for, with what it needs installed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.exports.run import Format


class Entry(Struct, frozen=True):
    """A format: the file of this folder that writes it, its name there, and the package that it needs, if any."""

    module: str
    name: str
    package: str = ""


FORMATS: Mapping[str, Entry] = {
    "csv": Entry("tables", "CSV"),
    "parquet": Entry("parquet", "PARQUET", "pyarrow"),
    "swebench": Entry("swebench", "SWEBENCH"),
    "evalplus": Entry("by_task", "EVALPLUS"),
    "evoeval": Entry("by_task", "EVOEVAL"),
    "wandb": Entry("wandb_run", "WANDB", "wandb"),
    "mlflow": Entry("mlflow_run", "MLFLOW", "mlflow"),
}


def open_format(name: str, *, files_version: str | None = None) -> Format:
    """Give a format by its name. Raises UsageError for an unknown one, and for one whose package is not installed.

    `files_version` is of the program whose files are written, for a format that knows several.
    """
    known = FORMATS.get(name)
    if known is None:
        raise UsageError(f"--to {name!r} is none of {', '.join(FORMATS)}")
    if files_version is not None and name != "swebench":
        raise UsageError(f"--files-version is for --to swebench: {name} has one version")
    if known.package:
        try:
            importlib.import_module(known.package)
        except ModuleNotFoundError as error:
            if error.name != known.package:
                raise
            raise UsageError(
                f"--to {name} needs {known.package}, which is not installed: pip install 'boxscore[{name}]'"
            ) from error
    module = importlib.import_module(f"boxscore.exports.{known.module}")
    made: Format = getattr(module, known.name) if files_version is None else module.of_version(files_version)
    return made
