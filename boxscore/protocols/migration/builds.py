"""Builds of a task's tree: a patch is put into it in a fresh box, Maven runs, and what it left is read as data."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct, structs

from boxscore import resources
from boxscore.errors import BoxError, HarnessError, ProtocolError
from boxscore.maven.command import maven
from boxscore.maven.relay import serve
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.logs.junit import INVOCATION, read_junit, worse
from boxscore.protocols.patch.test_files import PathRules
from boxscore.protocols.patch.tree import ORIGINAL, Place, Restored, put_patch, verify
from boxscore.protocols.statuses import Status  # noqa: TC001 - a field of a record
from boxscore.protocols.trusted import boot, ending_of, run_trusted, trusted_limits
from boxscore.records import Applied, LimitName  # noqa: TC001 - fields of a record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from boxscore.boxes.contract import Box, Completed
    from boxscore.maven.source import ArtefactSource
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.retry import During
    from boxscore.records import Limits

    Java = Literal[8, 17, 21]

SPLIT = ":"  # between the folder of a module and a test in it
GOALS = ("clean", "verify")
RESOLVE = ("org.apache.maven.plugins:maven-dependency-plugin:3.8.1:tree", "-Dskip=false")
GO_ON = "-Dmaven.test.failure.ignore=true"  # so that a planted failure does not end the build
WRAPPERS = ("mvnw", "mvnw.cmd", "mvnwDebug", "mvnwDebug.cmd")
JVM_CONFIG = ".mvn/jvm.config"
CLASSES, REPORTS = "target/classes/", "/surefire-reports/TEST-"
HEAD_BYTES = 8  # of a class file: a magic number, and its version
CLASS_MAGIC = b"\xca\xfe\xba\xbe"

_MODULES = ("tree_files", "tree_read")
_MAX_BYTES, _MAX_FILES, _MAX_NAMES, _MAX_CHARACTERS = 64 << 20, 20_000, 100_000, 12 << 20
_OUTPUT_BYTES = 256 << 20  # as JSON, bytes in base64; a character of a name may take five, and come twice
_TEST = re.compile(r"(?:.*/)?src/test/")
_REPORT = re.compile(r"(?:(?P<module>.+)/)?target/surefire-reports/TEST-[^/]+\.xml")
_OPTION = re.compile(
    r"(?<!\S)(?:--add-(?:opens|exports|reads|modules)(?:=|\s+)[\w./,=-]+|-X(?:m[sx]|ss)\d+[kKmMgG]"
    r"|--illegal-access=\w+|-Dfile\.encoding=[\w-]+)(?!\S)"
)
_Name = Annotated[str, Meta(max_length=8192)]


class TreeFiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The names of all files of a tree, and those that were asked for; `problem` says why some are missing."""

    names: Annotated[tuple[_Name, ...], Meta(max_length=_MAX_NAMES)] = ()
    files: Annotated[dict[_Name, bytes], Meta(max_length=_MAX_FILES)] = {}
    problem: str = ""


class Built(Struct, frozen=True, kw_only=True):
    """What a build came to. All of it but `applied` and `sources` is the word of a process that ran the tree's code.

    `sources` are the poms and Java sources of the tree before the build. `dependencies` is what `dependency:tree`
    printed, None where it failed or was not asked. `majors` maps class files to their versions, None for what is no
    class file. `statuses` are those of surefire's reports, by `module:package.Class#method`. `unread` says why some of
    this could not be read whole. `changed_tests`: the build changed files of the tests that had been restored.
    """

    applied: Applied
    sources: Mapping[str, bytes] = {}
    dependencies: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    limit: LimitName | None = None
    log: str = ""
    truncated: bool = False
    majors: Mapping[str, int | None] = {}
    statuses: Mapping[str, Status] = {}
    unread: str = ""
    changed_tests: bool = False
    fetched: tuple[tuple[str, str], ...] = ()
    cpu_s: float | None = None
    memory_bytes: int | None = None

    @property
    def modules(self) -> frozenset[str]:
        """The folders of the modules whose classes it made, "" for the root."""
        found = (path.partition(f"/{CLASSES}") for path in self.majors if f"/{CLASSES}" in path)
        roots = {""} if any(path.startswith(CLASSES) for path in self.majors) else set()
        return frozenset(roots | {folder for folder, _, _ in found})


class MavenRun(Struct, frozen=True, kw_only=True):
    """What a run of Maven came to, and the artefacts that it was brought, each with its SHA-256.

    `refused` says what it was not brought though it asked for it, since that was over a limit; "" for nothing.
    """

    done: Completed
    fetched: tuple[tuple[str, str], ...] = ()
    refused: str = ""


class Builds:
    """Builds trees in boxes; artefacts that an image lacks come from `source`."""

    def __init__(self, boxes: Boxes, source: ArtefactSource) -> None:
        self._boxes, self._source = boxes, source

    def original(self, task: MigrationTask) -> TreeFiles:
        """Read the poms, sources and tests of the project as it was. Raises what a box raises."""
        with self._boxes.open(task) as box:
            found = read_tree(box, ORIGINAL, task.limits, ends=(".java", "pom.xml"))
        if found.problem:
            raise HarnessError(f"{task.image.name} is too large to be graded: {found.problem}")
        return found

    def build(  # noqa: PLR0913 - what a build depends on
        self,
        task: MigrationTask,
        patch: str | None,
        tests: Sequence[str],
        *,
        java: Java,
        during: During,
        instead: Mapping[str, str] | None = None,
    ) -> Built | Refused:
        """Build a tree as MigrationBench does; `tests` are the original test files. Code of the tree runs `during`.

        With `instead` these files are restored, or have its texts by their paths, and failing tests do not end the
        build; so with Java 8. Without, at the level `maximal`, Maven is asked for the dependencies first.
        """
        place = place_of(task, () if instead is None else tests)
        restore = None
        if instead is not None:
            restore = {"built": False, "tests": (), "test_patch": "", "instead": tuple(instead.items()), "clear": ()}
        as_officially = instead is None and java != 8  # noqa: PLR2004 - the Java that a project comes from
        with self._boxes.open(task, during=during) as box:
            put = put_patch(box, task, place, patch, tests=frozenset(tests), to_restore=restore)
            if isinstance(put, Refused):
                return put
            sources = read_tree(box, task.image.tree, task.limits, ends=(".java", "pom.xml", JVM_CONFIG))
            # Those that open packages or bound memory; others are left out.
            config = _text(sources.files.get(JVM_CONFIG, b""))
            options = tuple(re.sub(r"\s+", "=", one) for one in _OPTION.findall(config))
            fetched: tuple[tuple[str, str], ...] = ()
            dependencies = None
            if task.level == "maximal" and as_officially:
                asked = self.run(box, RESOLVE, task=task, java=java, options=options, during=during)
                fetched = asked.fetched
                dependencies = _text(asked.done.stdout) if asked.done.exit_code == 0 else None
            goals = GOALS if as_officially else (*GOALS, GO_ON)
            ran = self.run(box, goals, task=task, java=java, options=options, during=during)
            built = _read_build(box, task, ran, Built(applied=put.applied, dependencies=dependencies))
            restored = None if put.restored is None else Restored(place=place, files=put.restored.restored)
            changed = restored is not None and bool(verify(box, task, restored))
        return structs.replace(
            built,
            sources={path: data for path, data in sources.files.items() if path != JVM_CONFIG},
            unread=sources.problem or built.unread,
            changed_tests=changed,
            fetched=tuple(dict.fromkeys((*fetched, *built.fetched))),
        )

    def run(  # noqa: PLR0913 - what a run of Maven depends on
        self,
        box: Box,
        goals: Sequence[str],
        *,
        task: MigrationTask,
        java: Java,
        during: During,
        options: Sequence[str] = (),
    ) -> MavenRun:
        """Run Maven in the tree of a task; `options` are of its JVM.

        Raises BoxError, MirrorUnavailable for artefacts that the mirror may have and does not give.
        """
        limits = structs.replace(task.limits, wall_s=min(task.limits.wall_s, task.command_s))
        with serve(box, source=self._source) as relay:
            call = maven(goals, java=java, tree=task.image.tree, relay=relay, jvm_options=options)
            with during():
                done = box.run(call.argv, env=call.env, cwd=call.cwd, limits=limits)
                if done.exit_code != 0 and done.limit is None and relay.ended:
                    raise BoxError(f"what brings artefacts into the box ended: {relay.ended}")
        return MavenRun(done=done, fetched=relay.fetched, refused=relay.refused)


def place_of(task: MigrationTask, tests: Sequence[str] = ()) -> Place:
    """Where a tree goes; `tests`, Maven's own files in `.mvn` and its wrapper are the instance's whatever a patch says.

    Maven is started by the grader, and reads no `.mvn`.
    """
    rules = PathRules(
        allowed=(JVM_CONFIG,),
        paths=tuple(tests),
        folders=(),
        names=WRAPPERS,
        patterns=(),
        parts=(".mvn",),
        modules=(),
        roots=(),
    )
    return Place(tree=task.image.tree, links=task.image.links, rules=rules)


def is_test_path(path: str) -> bool:
    """Whether a path of a tree is below a module's folder of tests."""
    return _TEST.match(path) is not None


def test_sources(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """The Java sources of tests among some files."""
    return {path: data for path, data in sources.items() if is_test_path(path) and path.endswith(".java")}


def read_tree(  # noqa: PLR0913 - where, and which of its files
    box: Box,
    root: str,
    limits: Limits,
    *,
    ends: Sequence[str] = ("",),
    within: Sequence[str] = (),
    head_bytes: int | None = None,
) -> TreeFiles:
    """Read the files of a tree whose names end in one of some ways, or the first `head_bytes` of each.

    `within` asks for one of some words in their paths, each of which begins with a slash. No link is followed. Raises
    BoxError where the box fails, ProtocolError for an answer that is none.
    """
    request = {
        "modules": _reader(),
        "root": root,
        "ends": ends,
        "within": within,
        "head": head_bytes,
        "bytes": _MAX_BYTES,
        "files": _MAX_FILES,
        "names": _MAX_NAMES,
        "characters": _MAX_CHARACTERS,
    }
    done = run_trusted(box, boot("tree_read"), request, trusted_limits(limits, output_bytes=_OUTPUT_BYTES))
    if done.exit_code != 0:
        words = _text(done.stderr)[-300:].strip()
        raise BoxError(f"a tree in a box could not be read: {words or done.limit or ending_of(done)}")
    try:
        return msgspec.json.decode(done.stdout, type=TreeFiles)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what was read in a box is no list of files: {error}") from error


@cache
def _reader() -> tuple[tuple[str, str], ...]:
    root = resources.folder("sandbox")
    return tuple((name, (root / f"{name}.py").read_text()) for name in _MODULES)


def _read_build(box: Box, task: MigrationTask, ran: MavenRun, built: Built) -> Built:
    """Add what Maven printed and what it left in the tree."""
    done = ran.done
    log = _text(done.stdout + done.stderr)
    if ran.refused:
        log += f"\nboxscore did not bring all that was asked for: {ran.refused}\n"
    statuses: dict[str, Status] = {}
    try:
        classes = read_tree(box, task.image.tree, task.limits, ends=(".class",), head_bytes=HEAD_BYTES)
        reports = read_tree(box, task.image.tree, task.limits, ends=(".xml",), within=(REPORTS,))
        unread = classes.problem or reports.problem
        statuses = read_reports(reports.files)
    except ProtocolError as error:
        classes, unread = TreeFiles(), str(error)
    return structs.replace(
        built,
        exit_code=done.exit_code,
        signal=done.signal,
        limit=done.limit,
        log=log,
        truncated=done.stdout_truncated or done.stderr_truncated,
        majors={path: major_of(head) for path, head in classes.files.items()},
        statuses=statuses,
        unread=unread,
        fetched=ran.fetched,
        cpu_s=done.cpu_s,
        memory_bytes=done.memory_bytes,
    )


def major_of(head: bytes) -> int | None:
    """The major version that a class file begins with (JVMS §4.1); None for what is no class file."""
    if len(head) < HEAD_BYTES or not head.startswith(CLASS_MAGIC):
        return None
    return int.from_bytes(head[6:8])


def read_reports(reports: Mapping[str, bytes]) -> dict[str, Status]:
    """The status of each test in surefire's reports, the worst of a method's invocations.

    Raises ProtocolError for what is no report.
    """
    statuses: dict[str, Status] = {}
    for path, data in reports.items():
        found = _REPORT.fullmatch(path)
        if found is None:  # something that the tree holds, which is nobody's report
            continue
        for case in read_junit(data):
            test = f"{found['module'] or ''}{SPLIT}{case.classname}#{INVOCATION.split(case.name, maxsplit=1)[0]}"
            statuses[test] = worse(statuses.get(test, case.status), case.status)
    return statuses


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
