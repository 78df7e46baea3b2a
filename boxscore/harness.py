"""What a benchmark must say about itself: the plugin interface.

A harness is one file that defines `HARNESS`, an object with the attributes and methods below, written only
against `import boxscore`. It knows its benchmark and nothing of sandboxes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from boxscore.protocols.function.task import FunctionTask, Inputs, PartTests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from boxscore.protocols.contract import Task
    from boxscore.records import Instance, Result, Sample, Trust

__all__ = ["DataSource", "FunctionTask", "GradedRun", "Harness", "Inputs", "PartTests", "predictions_by_model"]


class DataSource(Struct, frozen=True, kw_only=True):
    """Where a benchmark's rows are published, pinned.

    `path` is the file below a data folder (`--data`, `BOXSCORE_DATA`), or the absolute path of a file that a harness
    has beside it; `url` or `hub` (repository, revision, file) is where it is fetched from otherwise. `sha256` is of the
    published file as stored (compressed where it is).
    `bundled` marks data that ships with boxscore below `instances/`.
    """

    path: str
    sha256: str | None = None
    url: str | None = None
    hub: tuple[str, str, str] | None = None
    bundled: bool = False


class GradedRun(Struct, frozen=True, kw_only=True):
    """A run that was graded, as `write_files` of a harness gets it.

    `folder` is the run directory; `files` the folder given with `--benchmark-files`, None if none was. Results are held
    without what was printed; `printed` reads that from disk. `rows` are the benchmark's own records, by instance.
    """

    run_id: str
    folder: Path
    files: Path | None
    instances: tuple[str, ...]
    samples: tuple[Sample, ...]
    results: tuple[Result, ...]
    tasks: Mapping[str, Task]
    printed: Callable[[Result], str]
    rows: Mapping[str, Mapping[str, Any]] = {}


def predictions_by_model(samples: Iterable[Sample]) -> dict[tuple[str, int], list[Sample]]:
    """Part samples by model, for programs that know one prediction of an instance.

    Each model has those that are the first of their instance, under the number 0, the second, under 1, and so on.
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    found: dict[tuple[str, int], list[Sample]] = defaultdict(list)
    for sample in samples:
        number = counts[sample.model, sample.instance_id]
        counts[sample.model, sample.instance_id] += 1
        found[sample.model, number].append(sample)
    return dict(found)


class Harness(Protocol):
    """One benchmark. Attributes are constants; methods are pure.

    A harness may also have what not every benchmark needs: `narrowed(part)`, the harness of a part of it;
    `apply_strategies`, ways to apply a patch by the name that `--apply` takes; `published_image(instance)`, the tag of
    an image that is published for it; `write_files(run)`, which writes the files that the benchmark's users expect of a
    `GradedRun` and returns those to be told; `check_files(folder, run_id)`, which raises UsageError, before a run,
    where they must not be written to a folder; `counts_missing`, True where the benchmark's practice is to count
    an instance without a sample as failed; `prompt_templates`, files of the prompt's templates by variant,
    `prompt_fields(instance)`, the plain data that they are given, by default `prompt`, and `prompt_stops`, texts that
    end an answer, by variant; and `visible_task(instance)`, the tests that the prompt itself shows as a task, None
    where it shows none, with `visible_tests_decide`, True where those are all that decide.
    """

    name: str  # what users type: humaneval
    title: str  # one line for `boxscore list`
    trust: Trust
    source: DataSource
    parts: tuple[str, ...]  # parts scored apart, weakest first: ("base", "plus"); the last is the benchmark's score

    @property  # so that an attribute that is always a string serves
    def image(self) -> str | None:
        """A folder of images/ such as python; None where each instance has its own image (`PatchTask.image`)."""

    def load(self, path: Path) -> Sequence[Instance]:
        """Read the rows at `path`. Raises InputError that names file, line and field."""

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """The chat messages that ask a model for an answer."""

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """Turn an answer into a whole program; None where it holds no code."""

    def task(self, instance: Instance) -> Task:
        """Say how the instance is graded."""
