"""What the *project* protocol grades: files over a skeleton, and the tests that they must pass."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.checks import first_of
from boxscore.protocols.contract import Task
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.shows import Case, Cases, Drawing, Summary, failed_test, passed_tests
from boxscore.records import CompileError, Detail, Evidence, Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


PARAMETERS = "junit-platform.properties"


class ProjectTask(Task, frozen=True, kw_only=True):
    """How to grade an instance of the *project* protocol. Everything but the sample's files is trusted.

    - `files`: paths and contents of the whole project but its tests
    - `replaced`: the paths that a sample may give; where it gives none, that of `files` stands
    - `tests`: paths and contents of the tests' sources and resources
    - `required`: ids of tests, `package.Class#method`, that must each be reported once and pass. Without `tests` and
      `required` the project is only compiled, and the best outcome is `no_tests`
    - `reference`: a sample that passes, as `encode_files` makes it
    - `language`: `java`; `release`: the Java version to compile for
    - `libraries`: folders of jars below `/usr/share/boxscore/libraries` of the image
    - `sources`, `test_sources`: folders of sources; `resources`: folders on the class path
    - `method_s`: seconds for one test; None: as long as all
    - `shown`: texts that models see; nothing in them is a secret
    - `limits`: of the tests of one sample
    """

    language: Literal["java"] = "java"
    files: tuple[tuple[str, bytes], ...]
    replaced: tuple[str, ...]
    tests: tuple[tuple[str, bytes], ...]
    required: tuple[str, ...]
    sources: str = "src/main/java"
    test_sources: str = "src/test/java"
    resources: tuple[str, ...] = ("src/main/resources", "src/test/resources")
    libraries: tuple[str, ...] = ("junit5",)
    release: int = 17
    reference: str | None = None
    method_s: float | None = None
    shown: tuple[str, ...] = ()
    limits: Limits = Limits(
        cpu_s=60.0,
        wall_s=240.0,
        memory_bytes=2 << 30,
        processes=256,
        disk_bytes=256 << 20,
        output_bytes=1 << 20,
    )


def limits_in_force(task: ProjectTask) -> Limits:
    """The limits of one sample's tests as they are enforced."""
    return replace(task.limits, wall_s=max(task.limits.wall_s, task.limits.cpu_s))


def parameters_of(task: ProjectTask) -> tuple[tuple[str, str], ...]:
    """JUnit's own parameters, as the tests' `junit-platform.properties` has them: lines of a name, `=` and a value."""
    files = [data for path, data in task.tests if path.rpartition("/")[2] == PARAMETERS]
    lines = "\n".join(data.decode("utf-8", "replace") for data in files).splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith(("#", "!")))
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


MOST_FILES, MOST_BYTES, NAMED = 1_000, 16 << 20, 3
NEVER = ("junit-platform.properties", "module-info.java")
"""Files by which a project would tell the runner or the JVM what to do."""
SERVICES = "META-INF"


class GivenFiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The files of a sample by their paths in the project, and which of them its benchmark says were left undone."""

    files: dict[str, str]
    incomplete: tuple[str, ...] = ()


def encode_files(files: Mapping[str, str], *, incomplete: Iterable[str] = ()) -> str:
    """The text of a sample that gives these files, by their paths in the project: equal for equal files."""
    given = GivenFiles(files=dict(sorted(files.items())), incomplete=tuple(sorted(incomplete)))
    data = msgspec.to_builtins(given) if given.incomplete else {"files": given.files}
    return msgspec.json.encode(data).decode()


def decode_files(code: str) -> GivenFiles:
    """Read the text of a sample. Raises ValueError for what is none, saying why."""
    try:
        return msgspec.json.decode(code.encode("utf-8", "surrogatepass"), type=GivenFiles)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f'it is not {{"files": {{"path": "text"}}}}: {error}') from None


def admitted(task: ProjectTask, code: str) -> GivenFiles | Refused:
    """Read a sample, and see that it gives nothing but files that it may give."""
    if not code.strip():
        return Refused(outcome=Outcome.NO_CODE, reason="the sample gives no files")
    try:
        given = decode_files(code)
    except ValueError as error:
        return Refused(outcome=Outcome.NO_CODE, reason=f"the sample gives no files: {error}"[:300])
    others = sorted(given.files.keys() - {*task.replaced})
    if others:
        named = ", ".join(f"{path[:100]!r}{_why(path)}" for path in others[:NAMED])
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        return Refused(outcome=Outcome.PATCH_REJECTED, reason=f"a sample may not give {named}{more}")
    if sum(len(text) for text in given.files.values()) > MOST_BYTES:
        return Refused(outcome=Outcome.PATCH_REJECTED, reason=f"its files have more than {MOST_BYTES} bytes")
    return given


def unless_undone(outcome: Outcome, reason: str, incomplete: Sequence[str]) -> tuple[Outcome, str]:
    """What a sample comes to, where its benchmark says which of its files are left undone: these keep it from passing.

    Tests may pass all the same: they need not reach what is missing.
    """
    if outcome is not Outcome.PASSED or not incomplete:
        return outcome, reason
    return Outcome.NO_CODE, f"left undone: {first_of(incomplete, NAMED)}"


def never_given(path: str) -> bool:
    """Whether no sample may give a file of this path, whatever its task says."""
    parts = PurePosixPath(path).parts
    return SERVICES in parts or PurePosixPath(path).name in NEVER


def _why(path: str) -> str:
    return ", which tells the runner or the JVM what to do" if never_given(path) else ""


def project_files(task: ProjectTask, given: GivenFiles) -> dict[str, bytes]:
    """The whole project but its tests, with what the sample gives."""
    return {**dict(task.files), **{path: text.encode("utf-8", "replace") for path, text in given.files.items()}}


class ProjectDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="project"):
    """What the result of a set of files over a skeleton says beyond its outcome.

    `replaced` are the files that the sample gave, `incomplete` those that it left undone. `compiled` is None where
    nothing was compiled. `errors` are the compiler's. `tests` maps each required test to its status: `PASSED`,
    `FAILED`, `ERROR`, `SKIPPED`, or `MISSING` where none was reported; `invocations` has, of tests that were run
    with several parameters, how many of these passed, and how many there were.
    """

    replaced: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    compiled: bool | None = None
    errors: tuple[CompileError, ...] = ()
    tests: dict[str, str] = {}
    invocations: dict[str, tuple[int, int]] = {}
    compile_s: float | None = None
    test_s: float | None = None
    evidence: Evidence = Evidence()


def summary(detail: ProjectDetail) -> Summary:
    """The first test that failed, or the compiler with its errors; no tests where none was run."""
    errors = [f"{one.path or 'javac'}:{one.line}: error: {one.message}" for one in detail.errors]
    return Summary(
        decided="the compiler" if detail.compiled is False else failed_test(detail.tests),
        tests=detail.tests if detail.compiled else {},
        passed=passed_tests(detail.tests),
        printed="\n".join(errors) if errors else None,
    )


def drawing(detail: ProjectDetail) -> Drawing:
    """The errors of the compiler, and the tests."""
    return Drawing(sections=(*error_cases(detail.errors), *test_cases(detail.tests, decides=True)))


def error_cases(errors: Sequence[CompileError]) -> Iterator[Cases]:
    """A compiler's errors, each at its place."""
    cases = [
        Case(test=f"{one.path}:{one.line}" if one.path else "the compiler", outcome="error", reason=one.message)
        for one in errors
    ]
    if cases:
        yield Cases(title="Errors of the compiler", cases=tuple(cases))


def test_cases(tests: Mapping[str, str], *, decides: bool) -> Iterator[Cases]:
    """Tests, those that failed first."""
    first = failed_test(tests)
    order = sorted(tests, key=lambda test: tests[test] == "PASSED")
    cases = [Case(test=test, outcome=tests[test].lower(), decided=decides and test == first) for test in order]
    if cases:
        yield Cases(title="Tests", cases=tuple(cases))
