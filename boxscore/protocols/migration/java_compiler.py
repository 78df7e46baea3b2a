"""The grader's own compiler: `javac` of one JDK over the sources of one module, in a box."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.folders import checked
from boxscore.errors import BoxError, UsageError
from boxscore.protocols.migration.files import read_tree
from boxscore.protocols.trusted import ending_of
from boxscore.records import CompileError, LimitName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Box, Completed
    from boxscore.protocols.migration.model import Project
    from boxscore.records import Limits

COMPILER = "maven-compiler-plugin"
MAX_ERRORS, MESSAGE_CHARS = 100, 400
_ERROR = re.compile(r"^(?P<path>.+?\.java):(?P<line>\d+): error: (?P<message>.*)$", re.MULTILINE)
_GLOBAL = re.compile(r"^error: (?P<message>.*)$", re.MULTILINE)
_OPTIONS = re.compile(r"-parameters|--add-(?:exports|opens|modules|reads)=[\w./=,-]+")
_PAIRED = frozenset({"--add-exports", "--add-opens", "--add-modules", "--add-reads"})
_VALUE = re.compile(r"[\w./=,-]+")
_ENCODING = re.compile(r"[A-Za-z][\w.:-]{0,39}")
_JVM = ("-J-Duser.language=en", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1")  # it runs for seconds
_NOT_STARTED = (126, 127)  # exit codes of the shell where it cannot come to the compiler, which has none above 4
_UNITS = ("module-info.java",)  # classes are compiled for the class path, as tests are run


class Job(Struct, frozen=True, kw_only=True):
    """What is compiled: sources by their paths in the project, beside these entries of a class path.

    `processors` are those of annotations, None for what the class path has.
    """

    sources: Mapping[str, bytes]
    class_path: Sequence[str]
    processors: Sequence[str] | None = None
    options: Sequence[str] = ()
    encoding: str = "UTF-8"


class Output(Struct, frozen=True, kw_only=True):
    """Classes by their path in the folder of classes, or why there are none. `folder` is where they are in the box."""

    folder: str
    classes: Mapping[str, bytes] = {}
    errors: tuple[CompileError, ...] = ()
    message: str = ""
    limit: LimitName | None = None

    @property
    def failed(self) -> bool:
        """Whether there are no classes to go on with."""
        return bool(self.errors or self.message or self.limit)


def compile_java(box: Box, job: Job, *, java: str, limits: Limits) -> Output:
    """Compile in a box in which no code of a candidate runs, below a folder of a name that nobody knows.

    Raises BoxError where the box fails.
    """
    place = f"/scratch/javac-{secrets.token_hex(8)}"
    sources = {path: data for path, data in job.sources.items() if path.rpartition("/")[2] not in _UNITS}
    folder = f"{place}/classes"
    if not sources:
        return Output(folder=folder)
    if odd := _odd_name(sources):
        return Output(folder=folder, message=f"a source has a name that no compiler is given: {odd}")
    box.put_folder(f"{place}/sources", sources)
    words = [
        *("-d", folder, "-encoding", job.encoding, "-g", "-nowarn", "-Xmaxerrs", str(MAX_ERRORS)),
        *("-cp", ":".join(job.class_path) or "."),
        *([] if job.processors is None else ["-processorpath", ":".join(job.processors)]),
        *job.options,
        *sorted(sources),
    ]
    box.put(f"{place}/arguments", "".join(f"{_quoted(word)}\n" for word in words).encode())
    script = f'mkdir -p {folder} && cd {place}/sources || exit 126; exec "$@" 2>&1 </dev/null'
    command = [f"{java}/bin/javac", *_JVM, f"@{place}/arguments"]
    done = box.run(["bash", "-c", script, "bash", *command], env={"LANG": "C.UTF-8"}, limits=limits)
    if done.limit is not None or done.exit_code != 0:
        return _failure(folder, done)
    found = read_tree(box, folder, limits)
    if found.problem:
        return Output(folder=folder, message=f"it compiles to {found.problem}")
    return Output(folder=folder, classes=found.files)


def _odd_name(sources: Mapping[str, bytes]) -> str:
    """What is wrong with the names of sources, "" if nothing is: candidates, and what they run, made them up."""
    odd = next((path for path in sorted(sources) if not path.isprintable()), None)
    if odd is not None:  # a line's end would end a word of the arguments, and begin an option
        return f"{odd[:200]!a}"
    try:
        checked(sources, ())
    except UsageError as error:
        return str(error)[:MESSAGE_CHARS]
    return ""


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _failure(folder: str, done: Completed) -> Output:
    text = done.stdout.decode(errors="replace")
    if done.limit is not None:
        return Output(folder=folder, limit=done.limit)
    errors = errors_of(text)
    if errors:
        return Output(folder=folder, errors=errors)
    if done.exit_code is None or done.exit_code in _NOT_STARTED:
        said = f"{text}{done.stderr.decode(errors='replace')}"[-300:].strip()
        raise BoxError(f"the grader's own compiler ended with {ending_of(done)}: {said}")
    return Output(folder=folder, message=f"the compiler ended with {ending_of(done)}: {text[-MESSAGE_CHARS:].strip()}")


def errors_of(text: str) -> tuple[CompileError, ...]:
    """The errors in what `javac` printed, those of a file first."""
    found = [
        CompileError(
            path=one["path"][:MESSAGE_CHARS], line=int(one["line"][:9]), message=one["message"][:MESSAGE_CHARS]
        )
        for one in _ERROR.finditer(text)
    ]
    found += [CompileError(path="", line=0, message=one["message"][:MESSAGE_CHARS]) for one in _GLOBAL.finditer(text)]
    return tuple(found[:MAX_ERRORS])


def with_folder(errors: Sequence[CompileError], prefix: str) -> tuple[CompileError, ...]:
    """Errors with a module's folder before their paths."""
    return tuple(replace(one, path=f"{prefix}{one.path}") if one.path and prefix else one for one in errors)


def encoding_of(project: Project) -> str:
    """The encoding that a project says its sources have."""
    plugin = project.plugin(COMPILER)
    told = "" if plugin is None else plugin.configuration.get("encoding")
    told = told or project.properties.get("project.build.sourceEncoding", "")
    return told if _ENCODING.fullmatch(told) else "UTF-8"


def options_of(project: Project) -> tuple[str, ...]:
    """Those of a project's options of its compiler that change what compiles, and no others."""
    plugin = project.plugin(COMPILER)
    if plugin is None:
        return ()
    told = plugin.configuration
    words = [one.text for one in told.all("compilerArgs", "arg")] + [
        one.text for one in told.all("compilerArgs", "compilerArg")
    ]
    words += told.get("compilerArgument").split()
    kept = ["-parameters"] if told.get("parameters") == "true" else []
    for place, word in enumerate(words):
        if _OPTIONS.fullmatch(word):
            kept.append(word)
        elif word in _PAIRED and place + 1 < len(words) and _VALUE.fullmatch(words[place + 1]):
            kept += [word, words[place + 1]]
    return tuple(dict.fromkeys(kept))
