"""Find harnesses: those that ship with boxscore, those of installed packages, and a plugin that a user names.

A plugin is a Python file, or a folder with an `__init__.py` whose modules import each other by relative imports.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType, NoneType
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from boxscore.data.plugin_calls import check_record, class_file, narrowed_harness, plugin_failed
from boxscore.data.rows import SUFFIXES
from boxscore.errors import HarnessError, UsageError
from boxscore.harness import DataSource
from boxscore.interrupt import Interrupted
from boxscore.records import ApplyStrategy, Trust
from boxscore.resources import folder, package
from boxscore.stray_prints import prints_to_stderr

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from boxscore.harness import Harness

GROUP = "boxscore.harnesses"
OWN = "own"  # the harness of files of rows that `boxscore instances new` writes

_ATTRIBUTES: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "title": str,
    "trust": Trust,
    "image": (str, NoneType),
    "source": DataSource,
    "parts": tuple,
}
_OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "apply_strategies": Mapping,
    "counts_missing": bool,
    "visible_tests_decide": bool,
    "prompt_templates": Mapping,
    "prompt_stops": Mapping,
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*(@[A-Za-z0-9._+-]+)?")
_PACKAGE = "__init__.py"
_METHODS = ("load", "prompt", "extract", "task")
_LOADING = threading.RLock()  # or a second thread would take a folder's module before it has been run


class HarnessInfo(Struct, frozen=True, kw_only=True):
    """A harness that is known here, and where it was found."""

    name: str
    title: str
    trust: Trust
    origin: str


def list_harnesses() -> tuple[HarnessInfo, ...]:
    """Name the harnesses that ship with boxscore and those of installed packages, by name.

    Raises:
        HarnessError: One of them is broken, or two have one name.
    """
    return tuple(
        HarnessInfo(name=name, title=harness.title, trust=harness.trust, origin=origin)
        for name, (harness, origin) in sorted(_known().items())
    )


def load_harness(name_or_path: str | Path) -> Harness:
    """Give the harness of a name, or the one that a file or folder defines.

    A text that ends in `.py` or holds a `/` is a path; `path:name` picks one of several. With `@part` behind it, it is
    what the harness, if it has a method `narrowed`, makes of a part of its benchmark. A file of rows, such as
    `mine.jsonl`, is one of `boxscore instances new`, and its harness is `own`. A benchmark that ships with
    boxscore in a plugin of its name (`swe-bench-lite` in `swebench/`) is taken from there: no plugin of others is run,
    whatever it calls itself.

    Raises:
        UsageError: There is no such harness, file or folder.
        HarnessError: The plugin is broken, or two have one name.
    """
    wanted = str(name_or_path)
    if wanted.endswith(SUFFIXES):
        wanted = name_or_path = OWN
    is_path = isinstance(name_or_path, Path) or is_path_of_harness(wanted)
    name, at, part = (wanted, "", "") if Path(wanted).exists() or "@" not in wanted else wanted.rpartition("@")
    harness = _of_file(name) if is_path else shipped_harness(name) or _searched(name)
    return _narrowed(harness, part) if at else harness


def is_path_of_harness(name: str) -> bool:
    """Whether `load_harness` takes a text for the path of code, and runs what is there."""
    return "/" in name or re.search(r"\.py(\Z|[:@])", name) is not None


def shipped_harness(name: str) -> Harness | None:
    """The harness in those of our plugins that are named like it; all others take longer to run."""
    near = {path: length for path in shipped_plugins() if (length := _likeness(path, name))}
    closest_first = sorted(near, key=lambda path: near[path], reverse=True)
    return next((harness for path in closest_first for harness in _harnesses_in(path) if harness.name == name), None)


def _likeness(path: Path, benchmark: str) -> int:
    """How much of a benchmark's beginning is the name of a plugin, of its folder or of a file or folder in that."""
    inside = [*path.parent.glob("*.py"), *path.parent.glob("*/")] if path.name == _PACKAGE else ()
    names = (path.parent.name if path.name == _PACKAGE else path.stem, *(one.stem for one in inside))
    wanted, letters = _letters(benchmark), [_letters(name) for name in names]
    return max((len(name) for name in letters if wanted.startswith(name)), default=0)


def _letters(name: str) -> str:
    return re.sub(r"[-_. ]", "", name)


def _searched(name: str) -> Harness:
    known = _known()
    if name not in known:
        near = [*([f"./{name}.py"] if Path(f"{name}.py").is_file() else []), *near_names(name, known)]
        if near:
            raise UsageError(f"there is no benchmark {name!r}: did you mean {', '.join(near)}? `boxscore list` has all")
        raise UsageError(
            f"there is no benchmark {name!r}; known are {', '.join(sorted(known))}, or name a .py or .jsonl file"
        )
    return known[name][0]


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """The names that are spelt most like one, whatever their case, hyphens and dots; `+` is `plus`."""
    spelt = {_letters(one.replace("+", "plus")).lower(): one for one in known}
    return [spelt[one] for one in difflib.get_close_matches(_letters(name.replace("+", "plus")).lower(), spelt)]


def _narrowed(harness: Harness, part: str) -> Harness:
    if not callable(getattr(harness, "narrowed", None)):
        raise UsageError(f"{harness.name} has no parts to choose by @{part}")
    return checked(narrowed_harness(harness, part), f"{harness.name}@{part}")


def _of_file(wanted: str) -> Harness:
    path, name = Path(wanted), ""
    if not path.exists() and ":" in wanted:
        before, _, name = wanted.rpartition(":")
        path = Path(before)
    if path.is_dir():
        path /= _PACKAGE
    if not path.is_file():
        raise UsageError(f"there is no harness file {path}")
    found = {harness.name: harness for harness in _harnesses_in(path)}
    if name and name not in found:
        raise UsageError(f"{path} has no harness {name!r}; it has {', '.join(found)}")
    if not name and len(found) > 1:
        raise UsageError(f"{path} has several harnesses: add one of :{', :'.join(found)}")
    return found[name] if name else next(iter(found.values()))


def apply_strategy(harness: Harness, name: str) -> ApplyStrategy:
    """How to apply patches, by the name of it: `strict`, or one of the harness's own. Raises UsageError."""
    known: dict[str, ApplyStrategy] = {"strict": ApplyStrategy(), **getattr(harness, "apply_strategies", {})}
    if name not in known:
        raise UsageError(f"{harness.name} has no way to apply a patch named {name!r}; it has {', '.join(known)}")
    return known[name]


def shipped_plugins() -> tuple[Path, ...]:
    """The plugins that ship with boxscore: files, and the `__init__.py` of folders."""
    place = folder("harnesses")
    return tuple(sorted([*place.glob("[!_]*.py"), *place.glob(f"[!_]*/{_PACKAGE}")]))


def ships_with_boxscore(harness: Harness) -> bool:
    """Whether a harness is written in one of our own files, and all that it inherits is ours too."""
    files = {
        Path(code.co_filename)
        for kind in type(harness).__mro__
        for value in vars(kind).values()
        if (code := getattr(value, "__code__", None)) is not None
    }
    own = {getattr(value, "__code__", None) for value in vars(type(harness)).values()} - {None}
    plugins = {file for file in files if file.is_relative_to(folder("harnesses"))}
    return bool(own) and bool(plugins) and all(file.is_relative_to(package()) for file in files - plugins)


def _known() -> dict[str, tuple[Harness, str]]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and rarely needed

    found: dict[str, tuple[Harness, str]] = {}
    for path in shipped_plugins():
        for harness in _harnesses_in(path):
            _add(found, harness, str(path))
    for point in entry_points(group=GROUP):
        origin = f"entry point {point.name} = {point.value}"
        thing = load_point(point)
        for harness in thing if isinstance(thing, tuple) else (thing,):
            _add(found, checked(harness, origin), origin)
    return found


def load_point(point: EntryPoint) -> object:
    """Import what an entry point names. Raises HarnessError."""
    try:
        with prints_to_stderr():
            return point.load()
    except (KeyboardInterrupt, Interrupted):  # the user's
        raise
    except BaseException as error:  # a plugin may raise anything when it is imported
        raise plugin_failed(error, f"entry point {point.name} = {point.value} cannot be imported", None) from error


def _add(found: dict[str, tuple[Harness, str]], harness: Harness, origin: str) -> None:
    if harness.name in found:
        raise HarnessError(f"two harnesses are named {harness.name!r}: {found[harness.name][1]} and {origin}")
    found[harness.name] = harness, origin


def _harnesses_in(path: Path) -> tuple[Harness, ...]:
    """Run a plugin and take its HARNESS or HARNESSES."""
    with _LOADING:
        module = run_plugin(path)
    several = getattr(module, "HARNESSES", None)
    if several is None:
        if not hasattr(module, "HARNESS"):
            raise HarnessError(f"{path}: defines neither HARNESS nor HARNESSES", details=_classes_in(module))
        several = (module.HARNESS,)
    if not isinstance(several, (tuple, list)) or not several:
        raise HarnessError(f"{path}: HARNESSES must be a tuple of harnesses")
    found = tuple(checked(harness, str(path)) for harness in several)
    names = [harness.name for harness in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise HarnessError(f"{path}: two harnesses are named {twice!r}")
    return found


def run_plugin(path: Path) -> ModuleType:
    """Run a file anew, without putting it among the imported modules; a folder once, for its modules need its name."""
    name = f"boxscore_plugin_{path.stem}"
    package = path.name == _PACKAGE
    if package:
        place = path.parent.resolve()
        name = f"boxscore_plugin_{place.name}_{hashlib.sha256(str(place).encode()).hexdigest()[:8]}"
        if name in sys.modules:
            return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise HarnessError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    if package:
        sys.modules[name] = module
    try:
        with prints_to_stderr():
            spec.loader.exec_module(module)
    except BaseException as error:  # a plugin may raise anything when it is run
        for imported in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[imported]
        if isinstance(error, KeyboardInterrupt | Interrupted):  # the user's
            raise
        raise plugin_failed(error, f"{path} cannot be loaded", spec.origin) from error
    return module


def _classes_in(module: ModuleType) -> tuple[str, ...]:
    """Suggest what a file without a harness should end with."""
    classes = [
        name
        for name, one in vars(module).items()
        if isinstance(one, type) and one.__module__ == module.__name__ and callable(getattr(one, "task", None))
    ]
    return (f"end it with `HARNESS = {classes[-1]}()`",) if classes else ("`boxscore init NAME` writes one",)


def checked(harness: object, origin: str) -> Harness:
    """Give back what has all that a harness must have. Raises HarnessError, which names `origin`."""
    if isinstance(harness, type):
        raise HarnessError(
            f"{origin}: the harness is the class {harness.__name__}, not an object: {harness.__name__}()"
        )
    try:
        _check(harness, origin)
    except HarnessError:
        raise
    except Exception as error:  # a property, or `__getattr__`, may raise anything
        raise plugin_failed(error, f"{origin}: the harness cannot be read", class_file(type(harness))) from error
    return cast("Harness", harness)


def _check(harness: object, origin: str) -> None:
    for name, kind in (_ATTRIBUTES | _OPTIONAL).items():
        if not hasattr(harness, name):
            if name in _OPTIONAL:
                continue
            raise HarnessError(f"{origin}: the harness has no attribute {name!r}")
        value = getattr(harness, name)
        if not isinstance(value, kind):
            said = "" if kind is not Trust else ": " + ", ".join(f"Trust.{one.name}" for one in Trust)
            raise HarnessError(f"{origin}: {name!r} must be {_named(kind)}, not {type(value).__name__}{said}")
        if value == "":
            raise HarnessError(f"{origin}: {name!r} is empty")
    for name in _METHODS:
        if not callable(getattr(harness, name, None)):
            raise HarnessError(f"{origin}: the harness has no method {name!r}")
    name, parts = getattr(harness, "name", ""), getattr(harness, "parts", ())
    if not _NAME.fullmatch(name):
        raise HarnessError(f"{origin}: 'name' must be letters, digits and any of . _ - +, not {name!r}")
    if not all(isinstance(part, str) and part for part in parts):
        raise HarnessError(f"{origin}: 'parts' must be a tuple of names, not {parts!r}")
    check_record(getattr(harness, "source", DataSource(path="")), f"{origin}: 'source':")


def _named(kind: type | tuple[type, ...]) -> str:
    return " or ".join(one.__name__ for one in kind) if isinstance(kind, tuple) else kind.__name__
