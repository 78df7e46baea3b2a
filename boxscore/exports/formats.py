"""The table of formats, and the one that was asked for, with what it needs installed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.exports.contract import Format


class Entry(Struct, frozen=True):
    """A format: the file of this folder that writes it, and the extra and the package that it needs, if any."""

    module: str
    extra: str = ""
    package: str = ""


FORMATS: Mapping[str, Entry] = {
    "csv": Entry("csv_file"),
    "parquet": Entry("parquet", "parquet", "pyarrow"),
    "junit": Entry("junit"),
    "swebench": Entry("swebench"),
    "evalplus": Entry("evalplus"),
    "evoeval": Entry("evoeval"),
    "bigcodebench": Entry("bigcodebench"),
    "javabench": Entry("javabench"),
    "web-bench": Entry("web_bench"),
    "atif": Entry("atif"),
    "wandb": Entry("weights_and_biases", "wandb", "wandb"),
    "mlflow": Entry("tracking", "mlflow", "mlflow"),
}


LIKE = (
    "evalplus",
    "evoeval",
    "bigcodebench",
    "javabench",
    "web-bench",
)  # what `boxscore report --like` takes: programs that read results


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
                f"--to {name} needs {known.package}, which is not installed: pip install 'boxscore[{known.extra}]'"
            ) from error
    module = importlib.import_module(f"boxscore.exports.{known.module}")
    made: Format = module.FORMAT if files_version is None else module.of_version(files_version)
    return made
