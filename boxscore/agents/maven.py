"""`repair` with the preset `sd-feedback-maven`: it migrates a Maven project by the first error of each build.

    seed changes of the poms ──▶ build ──passed──▶ done
                                  │ first error
              ┌──── feedback ◀────▼
              └──▶ ask ──▶ changes ──▶ build ──▶ other errors: kept │ the same ones: undone, and the model is told

A conversation is about one error: once changes are kept, the next question begins another. Builds run in a copy of the
project, so that nothing they leave behind becomes part of the patch; artefacts that the image lacks come by the relay,
as when the patch is graded.
"""

from __future__ import annotations

import posixpath
import time
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from msgspec import Struct

from boxscore.agents.box import in_thread
from boxscore.agents.contract import work_in_rounds
from boxscore.agents.maven_text import POM, below, changed, read_answer, read_errors, same_errors, seeded, snippet
from boxscore.agents.registry import MAVEN
from boxscore.agents.seal import SealedBox
from boxscore.agents.shell import draft_of_box
from boxscore.agents.texts import digest_of, filled
from boxscore.errors import BoxError, UsageError
from boxscore.maven.command import maven
from boxscore.maven.mirror import configured_source, mirror_url
from boxscore.maven.relay import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from boxscore.agents.blocking import SyncAgentBox
    from boxscore.agents.contract import Assignment, Draft, Message
    from boxscore.agents.maven_text import BuildError
    from boxscore.agents.registry import AgentOptions
    from boxscore.boxes.contract import Stream
    from boxscore.maven.relay import Relay
    from boxscore.models.contract import Answer
    from boxscore.protocols.contract import MavenGoal

PASSED, TIME = "passed", "time"
COPY = "/scratch/build"
MOST_FILE_BYTES, MOST_LOG_BYTES, MOST_POMS = 4 << 20, 8 << 20, 2000
ASIDE_S = 300.0


class Settings(Struct, frozen=True, kw_only=True):
    """How the loop goes: SD-Feedback's own values.

    `rounds` is how many answers are asked for at most, `time_s` how long it may go on, in seconds. A conversation of
    more than `restart` messages begins anew, 0 for never.
    """

    rounds: int = 30
    time_s: float = 5400.0
    restart: int = 10


def maven_repair_agent(given: AgentOptions) -> MavenRepairAgent:
    """Make the agent; options are named as its settings. Raises UsageError."""
    usual = Settings()
    settings = Settings(
        rounds=given.count("rounds", usual.rounds),
        time_s=given.number("time", usual.time_s),
        restart=given.count("restart", usual.restart, least=0),
    )
    given.done()
    return MavenRepairAgent(settings)


class MavenRepairAgent:
    """Migrates by the first error of each build. Its `stop_reason` is `passed`, `rounds` or `time`."""

    name = "repair"
    wants_box = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def digest(self) -> str:
        """A digest of the loop's prompts."""
        return digest_of("maven_source", "maven_project", "maven_follow_up")

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield one draft: what has become of the project when it ended, however that was."""
        if assignment.completion is not None:
            raise UsageError("agent 'repair' needs a chat model: base models only continue a text")
        async with assignment.open_box() as box:
            if not isinstance(box, SealedBox) or box.workspace is None or box.workspace.maven is None:
                raise UsageError(
                    f"agent 'repair' with preset={MAVEN} migrates Maven projects: use it with a benchmark of migrations"
                )
            async with open_project(box, box.workspace.image.tree, box.workspace.maven) as project:
                why = await Migration(assignment, project, self.settings).run()
            draft = await draft_of_box(assignment, box, why)
        yield draft


class Built(Struct, frozen=True, kw_only=True):
    """What a build came to: whether Maven ended well, and what it printed, cut at the limit on output."""

    passed: bool
    log: str
    timed_out: bool = False


@asynccontextmanager
async def open_project(box: SealedBox, tree: str, goal: MavenGoal) -> AsyncIterator[Project]:
    """Let the project of a sealed box be built, with artefacts of the configured mirror.

    Raises BoxError, and at the end MirrorUnavailable where an artefact could not be had for no fault of the model.
    """
    box.allow((urlsplit(mirror_url()).hostname or "",))
    with ExitStack() as stack:
        opened = serve(_Programs(box.blocking), source=configured_source())
        relay = await in_thread(lambda: stack.enter_context(opened), "boxscore-relay")
        try:
            yield Project(box, tree, relay, release=goal.release, versions=dict(goal.versions))
        finally:
            await in_thread(stack.close, "boxscore-relay-end")


class _Programs:
    """Opens programs in an agent's box, as `boxscore.maven.relay` wants it."""

    def __init__(self, box: SyncAgentBox) -> None:
        self._box = box

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        return self._box.start(argv, cwd="/", env=env)


class Project:
    """A Maven project in a box at `tree`, below which paths are: to be built for Java `release`.

    `versions` are what its dependencies must at least have, by `group:artifact`.
    """

    def __init__(self, box: SealedBox, tree: str, relay: Relay, *, release: int, versions: Mapping[str, str]) -> None:
        self.tree, self.release, self.versions = tree, release, versions
        self._box, self._relay = box, relay

    async def poms(self) -> tuple[str, ...]:
        """The poms of the project, the root's first. Raises BoxError."""
        words = ["find", ".", "-name", POM, "-not", "-path", "*/target/*", "-type", "f", "-print0"]
        done = await self._box.exec(words, cwd=self.tree, timeout_s=ASIDE_S)
        if done.exit_code != 0:
            raise BoxError(f"the poms of an agent's box could not be listed: it ended with {done.returncode}")
        found = [name.removeprefix("./") for name in done.stdout.decode(errors="replace").split("\0") if name]
        return tuple(sorted(found, key=lambda path: (path.count("/"), path))[:MOST_POMS])

    async def read(self, path: str) -> str | None:
        """A file's text; None where there is none, or where it is no text that could be changed. Raises BoxError."""
        try:
            return (await self._box.get(f"{self.tree}/{path}", max_bytes=MOST_FILE_BYTES)).decode()
        except (OSError, UnicodeDecodeError):
            return None

    async def write(self, path: str, text: str) -> None:
        """Write a file that was there. Raises BoxError."""
        try:
            await self._box.put(f"{self.tree}/{path}", text.encode())
        except OSError as error:
            raise BoxError(f"a file of an agent's project cannot be written: {error.strerror}") from error

    async def build(self, timeout_s: float) -> Built:
        """Copy the project, and build and test it there as when it is graded. Raises BoxError."""
        copied = await self._box.exec(
            ["sh", "-c", f"rm -rf {COPY} && cp -a {self.tree} {COPY}"], cwd="/", timeout_s=ASIDE_S
        )
        if copied.exit_code != 0:
            reason = ascii(copied.stderr[-300:].decode(errors="replace").strip())
            raise BoxError(f"an agent's project could not be copied to be built: {reason}")
        java = cast("Literal[17, 21]", self.release)
        call = maven(("clean", "verify"), java=java, tree=COPY, relay=self._relay)
        done = await self._box.exec(
            list(call.argv), env=call.env, cwd=call.cwd, timeout_s=timeout_s, output_bytes=MOST_LOG_BYTES
        )
        log = done.stdout.decode(errors="replace").replace(COPY, self.tree)
        return Built(passed=done.exit_code == 0, log=log, timed_out=done.timed_out)


class Migration:
    """The migration of one project."""

    def __init__(
        self,
        assignment: Assignment,
        project: Project,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._assignment, self._project, self._settings = assignment, project, settings
        self._clock, self._until = clock, clock() + settings.time_s
        self._errors: tuple[BuildError, ...] | None = None  # of the build that stands; None before the first
        self._said: list[Message] = []
        self._feedback = ""

    async def run(self) -> str:
        """Migrate until there is a reason to end, and say which. Raises ModelError, BoxError."""
        return await work_in_rounds(self._assignment, self._question, self._act, rounds=self._settings.rounds)

    async def _question(self) -> list[Message] | str:
        if self._errors is None:
            await self._seed()
            self._errors = await self._build()
        if not self._errors:
            return PASSED
        if self._clock() >= self._until:
            return TIME
        most = self._settings.restart
        if self._feedback and self._said and not (most and len(self._said) > most):
            text = filled("maven_follow_up", feedback=self._feedback)
        else:
            self._said, text = [], await self._about(self._errors[0])
        self._said = [*self._said, {"role": "user", "content": text}]
        return self._said

    async def _act(self, answer: Answer) -> str:
        """Make the changes of an answer and build; undo them where the errors are the same."""
        self._said = [*self._said, {"role": "assistant", "content": answer.text}]
        before, self._feedback = await self._change(answer.text)
        self._note("edit", {"paths": ", ".join(sorted(before))} if before else {}, self._feedback)
        if self._feedback or self._errors is None:
            return ""
        now = await self._build()
        if not same_errors(self._errors, now):
            self._errors, self._said = now, []
            return "" if now else PASSED
        for path, text in before.items():
            await self._project.write(path, text)
        self._feedback = (
            "The build errors are all the same as before, after applying the suggested changes, therefore the changes "
            "are reverted."
        )
        self._note("revert", {"paths": ", ".join(sorted(before))}, self._feedback)
        return ""

    async def _seed(self) -> None:
        """Change the poms as far as that needs no model; what is no pom stays as it is."""
        for path in await self._project.poms():
            text = await self._project.read(path)
            try:
                new = text and seeded(text, self._project.release, self._project.versions)
            except ValueError:
                continue
            if new and new != text:
                await self._project.write(path, new)
                self._note("seed", {"path": path}, f"built for Java {self._project.release}")

    async def _about(self, error: BuildError) -> str:
        """A question about an error: the pom, and where a source is at fault its lines around the error."""
        tree, release = self._project.tree, str(self._project.release)
        pom = await self._project.read(POM) or ""
        common = {"project_path": f"{tree}/{POM}", "project": pom, "error": error.message, "release": release}
        if not error.line:
            return filled("maven_project", **common)
        source = await self._project.read(error.path) or ""
        return filled(
            "maven_source",
            **common,
            path=posixpath.join(tree, error.path),
            source=source,
            line=str(error.line),
            column=str(error.column),
            snippet=snippet(source, error.line),
        )

    async def _change(self, text: str) -> tuple[Mapping[str, str], str]:
        """Make the changes of an answer; give what the files held before, and what is wrong where none was made."""
        answer = read_answer(text)
        if answer.problems:
            return {}, "\n".join(answer.problems)
        before: dict[str, str] = {}
        problems = []
        for given, changes in sorted(answer.changes.items()):
            path = below(self._project.tree, given)
            leads_out = path.startswith("/") or not {"..", ".git"}.isdisjoint(path.split("/"))
            content = None if leads_out else await self._project.read(path)
            if content is None:
                problems.append(f"File to patch doesn't exist: `{given}`.")
                continue
            new = changed(content, changes)
            if new is None or new == content:
                count = f"For all find blocks count = {len(changes)}."
                problems.append(f"Find blocks are not found at all for `{given}`: {count}")
                continue
            before[path] = content
            await self._project.write(path, new)
        return before, "" if before else "\n".join(problems)

    async def _build(self) -> tuple[BuildError, ...]:
        """Build; give the errors, of which there are none where that went well."""
        self._assignment.check_limits()
        built = await self._project.build(max(1.0, self._until - self._clock()))
        errors = () if built.passed else read_errors(built.log, self._project.tree)
        text = "\n".join(f"{one.path}:{one.line}: {one.message}" for one in errors[:5]) or "no errors"
        ended = "timeout" if built.timed_out else "passed" if built.passed else f"{len(errors)} errors"
        self._note("build", {"command": "mvn clean verify"}, text, ended=ended)
        return errors

    def _note(self, tool: str, arguments: Mapping[str, Any], observation: str, **extra: str) -> None:
        self._assignment.trajectory.add_action(tool, arguments, observation, extra=extra)
