"""Call a harness: what it raises names the line of its file, and what it returns is checked once, where it enters.

A harness is code of a user's. Whatever happens in it is a HarnessError that says where, with which instance and what;
errors that boxscore has for it to raise, such as InputError, pass as they are.
"""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct

from boxscore.data.rows import NOT_TEXT, is_blank, is_text
from boxscore.errors import BoxscoreError, HarnessError
from boxscore.interrupt import Interrupted
from boxscore.protocols.contract import Task
from boxscore.protocols.registry import protocol_of
from boxscore.records import Instance
from boxscore.resources import folder, package
from boxscore.stray_prints import prints_to_stderr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.harness import GradedRun, Harness
    from boxscore.records import Sample

ROLES = ("system", "user", "assistant")
HOW_TO_SEE_MORE = "`boxscore --debug …` prints the whole traceback"
_OURS, _HARNESSES = package(), folder("harnesses")
_MOST = 300


def load_instances(harness: Harness, path: Path) -> tuple[Instance, ...]:
    """Read the rows at `path`. Raises HarnessError, or what the harness raises of ours, such as InputError."""
    with _blaming(harness, "load", path):
        rows: object = harness.load(path)
        if not isinstance(rows, Iterable) or isinstance(rows, str | bytes | Mapping):
            raise HarnessError(f"{_method(harness, 'load')} returned {_shown(rows)}, not a list of boxscore.Instance")
        found = tuple(rows)
    seen: dict[str, int] = {}
    for place, one in enumerate(found):
        where = f"{_method(harness, 'load')} returned at place {place}"
        if not isinstance(one, Instance):
            raise HarnessError(f"{where} {_shown(one)}, not a boxscore.Instance")
        check_record(one, f"{where} an instance whose")
        if one.instance_id in seen:
            raise HarnessError(
                f"{_method(harness, 'load')} returned two instances named {one.instance_id!r}, "
                f"at places {seen[one.instance_id]} and {place}",
                details=("`read_rows(path, key=…)` finds rows of one id and names their lines",),
            )
        seen[one.instance_id] = place
    return found


def prompt_messages(harness: Harness, instance: Instance) -> tuple[Mapping[str, str], ...]:
    """The chat messages of an instance. Raises HarnessError."""
    with _blaming(harness, "prompt", instance):
        found: object = harness.prompt(instance)
    where = f"{_method(harness, 'prompt')}, for {instance.instance_id!r}, returned"
    if isinstance(found, str | bytes) or not isinstance(found, Sequence):
        raise HarnessError(f"{where} {_shown(found)}, not a list of messages such as {{'role': …, 'content': …}}")
    if not found:
        raise HarnessError(f"{where} no messages")
    for place, one in enumerate(found):
        if not isinstance(one, Mapping) or one.get("role") not in ROLES or not isinstance(one.get("content"), str):
            wanted = f"a message without a role of {', '.join(ROLES)} and a text as content"
            raise HarnessError(f"{where} at place {place} {wanted}: {_shown(one)}")
    return tuple(found)


def extract_code(harness: Harness, instance: Instance, sample: Sample) -> str | None:
    """The program or patch in a sample, None where it holds none, or white space alone. Raises HarnessError."""
    with _blaming(harness, "extract", instance, sample):
        code = harness.extract(instance, sample)
    if code is None or (type(code) is str and is_text(code)):
        return None if code is None or is_blank(code) else code
    where = f"{_method(harness, 'extract')}"
    of = f"of sample {sample.sample_id!r} of {instance.instance_id!r}"
    if type(code) is not str:
        raise HarnessError(f"{where} must return a string or None, not {_shown(code)}, {of}")
    raise HarnessError(f"{where} returned what {NOT_TEXT}, {of}")


def make_task(harness: Harness, instance: Instance) -> Task:
    """How an instance is graded. Raises HarnessError, also for a task that nothing could be graded by."""
    with _blaming(harness, "task", instance):
        task: object = harness.task(instance)
    return _sound_task(task, f"{_method(harness, 'task')}, for {instance.instance_id!r}")


def visible_task(harness: Harness, instance: Instance) -> Task | None:
    """The tests that an instance's prompt shows, as a task; None where there are none, or the harness knows of none.

    Raises HarnessError, also for a task that holds the reference: whoever is shown its results could learn from that.
    """
    task = _optional(harness, "visible_task", instance)
    if task is None:
        return None
    where = f"{_method(harness, 'visible_task')}, for {instance.instance_id!r}"
    sound = _sound_task(task, where)
    if getattr(sound, "reference", None) is not None:
        raise HarnessError(f"{where}: a task of visible tests must not hold the reference")
    return sound


def prompt_fields(harness: Harness, instance: Instance) -> dict[str, object]:
    """What a template of the prompt may show of an instance, copied: plain data alone. Raises HarnessError."""
    found = _optional(harness, "prompt_fields", instance, usual={"prompt": instance.prompt})
    if not isinstance(found, Mapping) or not all(isinstance(name, str) and name.isidentifier() for name in found):
        raise _returned(harness, "prompt_fields", found, "a mapping of names to plain data")
    try:
        return {name: _plain_copy(value) for name, value in found.items()}
    except TypeError as error:
        raise _returned(harness, "prompt_fields", found, f"plain data: it holds {error}") from error


def published_image(harness: Harness, instance: Instance) -> str | None:
    """The tag of the image that is published for an instance; None where there is none. Raises HarnessError."""
    found = _optional(harness, "published_image", instance)
    if found is not None and not isinstance(found, str):
        raise _returned(harness, "published_image", found, "a name or None")
    return found


def pieces(harness: Harness, instance: Instance) -> Mapping[str, str] | None:
    """The ids of what samples of an instance are made of; None where they stand for themselves. Raises HarnessError."""
    found = _optional(harness, "pieces", instance)
    if found is not None and not (isinstance(found, Mapping) and all(isinstance(name, str) for name in found)):
        raise _returned(harness, "pieces", found, "a mapping of ids, or None")
    return cast("Mapping[str, str] | None", found)


def joined_pieces(harness: Harness, instance: Instance, samples: Mapping[str, Sample]) -> str:
    """The text that samples of an instance's pieces make together. Raises HarnessError."""
    with _blaming(harness, "joined", instance):
        found: object = getattr(harness, "joined")(instance, samples)  # noqa: B009 - only some harnesses have it
    if not isinstance(found, str) or not is_text(found):
        raise _returned(harness, "joined", found, "a text")
    return found


def _plain_copy(value: object) -> object:
    """Copy text, numbers, None, and lists and mappings of them. Raises TypeError for anything else."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if type(value) in (list, tuple):
        return [_plain_copy(one) for one in cast("Sequence[object]", value)]
    if type(value) is dict:
        return {str(name): _plain_copy(one) for name, one in value.items()}
    raise TypeError(_shown(value))


def _sound_task(task: object, where: str) -> Task:
    if not isinstance(task, Task):
        raise HarnessError(f"{where}, returned {_shown(task)}, not a boxscore.FunctionTask or another task")
    try:
        protocol = protocol_of(task)
    except HarnessError as error:
        raise HarnessError(f"{where}: {error}", details=error.details) from error
    check_record(task, f"{where}:")
    reason = protocol.invalid_reason(task)
    if reason is not None:
        raise HarnessError(f"{where}: {reason}")
    return task


def narrowed_harness(harness: Harness, part: str) -> object:
    """Return what a harness makes of a part of its benchmark. Raises HarnessError, or what it raises of ours."""
    with _blaming(harness, "narrowed", f"part {part!r}"):
        found: object = getattr(harness, "narrowed")(part)  # noqa: B009 - only some harnesses have it
    return found


def check_files(harness: Harness, folder: Path, run_id: str) -> None:
    """Ask whether the benchmark's own files can be written to a folder. Raises UsageError, HarnessError."""
    if hasattr(harness, "check_files"):
        with _blaming(harness, "check_files", f"folder {folder}"):
            harness.check_files(folder, run_id)


def write_files(harness: Harness, run: GradedRun) -> tuple[Path, ...]:
    """Have the benchmark's own files of a run written, if it has any; return those to be told. Raises HarnessError."""
    if not hasattr(harness, "write_files"):
        return ()
    with _blaming(harness, "write_files", f"folder {run.folder}"):
        found: object = harness.write_files(run)
    if not isinstance(found, tuple | list) or not all(isinstance(one, Path) for one in found):
        raise HarnessError(f"{_method(harness, 'write_files')} must return a tuple of paths, not {_shown(found)}")
    return tuple(found)


def check_record(record: Struct, where: str) -> None:
    """Raise HarnessError that begins with `where` unless every field has its type, in records within it too."""
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    try:
        made = msgspec.convert(fields, type(record), strict=True, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise HarnessError(f"{where} {error}") from error
    for name, value in fields.items():
        wanted = type(getattr(made, name))
        if not isinstance(value, wanted) and wanted is not float:  # a list would do for a tuple, a dict for a record
            raise HarnessError(f"{where} field {name!r} must be {wanted.__name__}, not {_shown(value)}")
        if isinstance(value, str) and not is_text(value):
            raise HarnessError(f"{where} field {name!r} {NOT_TEXT}")
        if isinstance(value, Struct):
            check_record(value, f"{where} field {name!r}:")


def _optional(harness: Harness, method: str, instance: Instance, *, usual: object = None) -> object:
    """Call a method that a harness need not have; `usual` is what the others return."""
    if not hasattr(harness, method):
        return usual
    with _blaming(harness, method, instance):
        found: object = getattr(harness, method)(instance)
    return found


def _returned(harness: Harness, method: str, found: object, wanted: str) -> HarnessError:
    return HarnessError(f"{_method(harness, method)} returned {_shown(found)}, not {wanted}")


def _method(harness: Harness, name: str) -> str:
    """Name a method with its place."""
    code = getattr(getattr(harness, name), "__code__", None)
    place = "" if code is None or _is_ours(code.co_filename) else f"{code.co_filename}:{code.co_firstlineno}: "
    return f"{place}{name} of harness {harness.name!r}"


@contextmanager
def _blaming(
    harness: Harness, method: str, what: Instance | Path | str, sample: Sample | None = None
) -> Iterator[None]:
    """Turn what a plugin raises into a HarnessError that names the line of its file; it prints on standard error."""
    try:
        with prints_to_stderr():
            yield
    except (KeyboardInterrupt, Interrupted):  # the user's
        raise
    except BaseException as error:
        if isinstance(error, BoxscoreError) and not _is_of_a_record(error):
            raise
        doing = f"instance {what.instance_id!r}" if isinstance(what, Instance) else str(what)
        if isinstance(what, Path):
            doing = f"reading {what}"
        if sample is not None:
            doing += f", sample {sample.sample_id!r}"
        failed = f"harness {harness.name!r}: {method} failed, {doing}"
        raise plugin_failed(error, failed, class_file(type(harness))) from error


def _is_of_a_record(error: BoxscoreError) -> bool:
    """Whether it says that a record cannot be made of what it was given: that is the mistake of who makes it."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name == "__post_init__" and _is_ours(frame.filename) for frame in frames)


def plugin_failed(error: BaseException, what: str, file: str | None) -> HarnessError:
    """Describe an exception of a plugin in a few lines: where in its file, what the line is, what was raised."""
    try:
        text = " ".join(str(error).split())[:_MOST]
    except Exception:  # noqa: BLE001 - its own `__str__` is the plugin's as well
        text = ""
    raised = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if isinstance(error, SystemExit):
        raised += " (a harness must not end the program)"
    place = _place(error, file)
    if place is None:
        return HarnessError(f"{what}: {raised}", details=(HOW_TO_SEE_MORE,))
    path, line, function = place
    code = linecache.getline(path, line).strip()
    return HarnessError(
        f"{what}: {raised}",
        details=(
            f"at {path}:{line}" + (f", in {function}" if function not in ("", "<module>") else ""),
            *((f"| {code}",) if code else ()),
            HOW_TO_SEE_MORE,
        ),
    )


def _place(error: BaseException, file: str | None) -> tuple[str, int, str] | None:
    """The innermost line of the plugin's own file."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return error.filename, error.lineno, ""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return next(((frame.filename, frame.lineno or 0, frame.name) for frame in own[-1:]), None)


def class_file(kind: type) -> str | None:
    """The file in which a harness's class is written."""
    for one in kind.__mro__:
        for value in vars(one).values():
            code: Any = getattr(getattr(value, "fget", value), "__code__", None)
            if code is not None and not _is_ours(code.co_filename):
                return str(code.co_filename)
    return None


@cache
def _is_ours(name: str) -> bool:
    path = Path(name)
    return path.is_relative_to(_OURS) and not path.is_relative_to(_HARNESSES)


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 80 else text[:77] + '...'}"  # noqa: PLR2004 - a line's worth
