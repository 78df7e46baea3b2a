"""The table of formats, and the one that was asked for, with what it needs installed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.resources import how_to_install

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boxscore.exports.run import Destination, ExportedRun, Written

    Write = Callable[[ExportedRun, Destination], Written]

FORMATS: Mapping[str, tuple[str, str]] = {
    "csv": ("tables", ""),
    "parquet": ("parquet", "pyarrow"),
    "swebench": ("swebench", ""),
    "evalplus": ("by_task", ""),
    "evoeval": ("by_task", ""),
    "wandb": ("wandb_run", "wandb"),
    "mlflow": ("mlflow_run", "mlflow"),
}
"""The file of this folder that has `write_NAME`, and the package that it needs, if any."""


def open_format(name: str) -> Write:
    """Give what writes a format. It raises UsageError where run or place do not do, InputError, StoreError.

    Raises UsageError for an unknown format, and for one whose package is not installed.
    """
    if name not in FORMATS:
        raise UsageError(f"--to {name!r} is none of {', '.join(FORMATS)}")
    module, package = FORMATS[name]
    if package:
        try:
            importlib.import_module(package)
        except ModuleNotFoundError as error:
            if error.name != package:
                raise
            raise UsageError(f"--to {name} needs {package}, which is not installed: {how_to_install(name)}") from error
    write: Write = getattr(importlib.import_module(f"boxscore.exports.{module}"), f"write_{name}")
    return write
