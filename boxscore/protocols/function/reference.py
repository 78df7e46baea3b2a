"""What the reference answers: computed once for each instance in a box, then kept in the cache.

EvalPlus-like benchmarks publish inputs and a reference; what a candidate must answer, and how long it may take, is what
the reference does. The cache is keyed by all that the answers depend on.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct

from boxscore.cache import read_cached, write_cached
from boxscore.errors import HarnessError, ReferenceFailed
from boxscore.protocols.versions import protocol_version
from boxscore.protocols.warm import REFERENCE_CPU_S
from boxscore.protocols.wire import MARSHAL_VERSION, MAX_REFERENCE_BYTES, pack
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.function.task import FunctionTask, Inputs
    from boxscore.protocols.warm import WarmBox

REFERENCE_WALL_S = 3600.0


class ReferenceAnswers(Struct, frozen=True):
    """The reference's answers in their byte form, its cpu seconds, and which answers equal bytes suffice for."""

    encoded: tuple[bytes, ...]
    cpu_s: tuple[float, ...]
    identical: tuple[bool, ...]


class _Seconds(Struct, frozen=True):
    """The part of stored answers that says how long it took; the answers are skipped."""

    cpu_s: tuple[float, ...]


def reference_environment(backend: str, runtime: str | None, image_digest: str) -> str:
    """All that a reference's answers and times depend on beside its task: another runtime is slower, say."""
    return fingerprint(backend, runtime, image_digest, protocol_version(backend))


class ReferenceCache:
    """References' answers on disk, a file for each instance; where the cache fails, the last ones are held in memory.

    `environment` is a `reference_environment`.
    """

    def __init__(self, folder: Path, environment: str) -> None:
        self._folder, self._environment = folder / "references", environment
        self._held: tuple[Path, ReferenceAnswers] | None = None

    def path(self, task: FunctionTask, inputs: Inputs) -> Path:
        """Where the answers to a task's inputs are kept."""
        arguments = marshal.dumps(cast("Any", inputs.arguments), MARSHAL_VERSION)
        memory_bytes = task.limits.memory_bytes
        key = fingerprint(task.reference, task.entry_point, arguments, memory_bytes, self._environment)
        return self._folder / f"{key}.msgpack"

    def read(self, path: Path) -> ReferenceAnswers | None:
        """The answers at `path`; None when there is none or the file is damaged."""
        if self._held is not None and self._held[0] == path:
            return self._held[1]
        data = read_cached(path)
        try:
            return None if data is None else msgspec.msgpack.decode(data, type=ReferenceAnswers)
        except msgspec.DecodeError:
            return None

    def seconds(self, task: FunctionTask) -> float:
        """Cpu seconds that a right sample of a task is likely to take; 0 where no answers of it are kept."""
        if task.inputs is None:
            return 0.0
        data = read_cached(self.path(task, task.inputs))
        try:
            return 0.0 if data is None else sum(msgspec.msgpack.decode(data, type=_Seconds).cpu_s)
        except msgspec.DecodeError:
            return 0.0

    def write(self, path: Path, answers: ReferenceAnswers) -> None:
        """Keep answers; another process may do the same at the same time."""
        kept = write_cached(path, msgspec.msgpack.encode(answers))
        self._held = None if kept else (path, answers)


def run_reference(warm: WarmBox, instance_id: str, task: FunctionTask, inputs: Inputs) -> ReferenceAnswers:
    """Run the reference over all inputs. Raises ReferenceFailed when it fails: no answer could be judged then."""
    if task.reference is None:
        raise HarnessError(f"{instance_id}: inputs without a reference")
    limits = {"cpu_s": REFERENCE_CPU_S, "wall_s": REFERENCE_WALL_S, "memory_bytes": task.limits.memory_bytes}
    warm.send(pack(("reference", task.reference, task.entry_point, inputs.arguments, limits)), last=True)
    report = warm.reference(REFERENCE_WALL_S, MAX_REFERENCE_BYTES)
    if report.reason or not len(report.answers) == len(report.cpu_s) == len(report.identical) == len(inputs.arguments):
        raise ReferenceFailed(f"the reference does not resolve here: it fails on its own inputs: {report.reason}")
    answers = tuple(bytes.fromhex(answer) for answer in report.answers)
    return ReferenceAnswers(answers, tuple(report.cpu_s), tuple(report.identical))
