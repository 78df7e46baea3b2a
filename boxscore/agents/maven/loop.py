"""SD-Feedback's loop: it migrates a Maven project by the first error of each build.

    seed changes of the poms ──▶ build ──passed──▶ done
                                  │ first error
              ┌──── feedback ◀────▼
              └──▶ ask ──▶ changes ──▶ build ──▶ other errors: kept │ the same ones: undone, and told so

A conversation is about one error: once changes are kept, the next question begins another.
"""

from __future__ import annotations

import enum
import posixpath
import time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.agents.maven.changes import changed, read_answer
from boxscore.agents.maven.errors import POM, below, read_errors, same_errors, snippet
from boxscore.agents.maven.poms import with_release, with_versions
from boxscore.agents.texts import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boxscore.agents.contract import Assignment
    from boxscore.agents.maven.errors import BuildError
    from boxscore.agents.maven.project import Project

PASSED, ROUNDS, TIME = "passed", "rounds", "time"
REVERTED = "after applying the suggested changes, therefore the changes are reverted."


class Progress(enum.StrEnum):
    """Which errors of a build count as progress over those before: else its changes are undone."""

    DIFFERENT = "different"
    NON_INCREASING = "non_increasing"
    DECREASING = "decreasing"


class LoopSettings(Struct, frozen=True, kw_only=True):
    """How the loop goes: SD-Feedback's own values.

    `rounds` is how many answers are asked for at most. `time_s` is how long it may go on, and `build_s` how long one
    build may take, in seconds. A conversation of more than `restart` messages begins anew, 0 for never. Without `seeds`
    no pom is changed before the first build.
    """

    rounds: int = 30
    time_s: float = 5400.0
    build_s: float = 5400.0
    progress: Progress = Progress.DIFFERENT
    restart: int = 10
    seeds: bool = True


class MigrationLoop:
    """The migration of one project."""

    def __init__(
        self,
        assignment: Assignment,
        project: Project,
        settings: LoopSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._assignment, self._project, self._settings = assignment, project, settings
        self._clock, self._until = clock, clock() + settings.time_s
        self._said: list[dict[str, Any]] = []
        self._feedback = ""

    async def run(self) -> str:
        """Migrate until there is a reason to end, and say which. Raises LimitReached, ModelError, BoxError."""
        if self._settings.seeds:
            await self._plant_seeds()
        errors = await self._build()
        for _ in range(self._settings.rounds):
            if not errors:
                return PASSED
            if self._clock() >= self._until:
                return TIME
            errors = await self._round(errors)
        return ROUNDS if errors else PASSED

    async def _plant_seeds(self) -> None:
        """Change the poms as far as that needs no model; what is no pom stays as it is."""
        for path in await self._project.poms():
            text = await self._project.read(path)
            if text is None:
                continue
            try:
                seeded = with_release(text.encode(), self._project.release)
                new = with_versions(seeded, self._project.versions).decode()
            except ValueError:
                continue
            if new != text:
                await self._project.write(path, new)
                self._note("seed", {"path": path}, f"built for Java {self._project.release}")

    async def _round(self, errors: tuple[BuildError, ...]) -> tuple[BuildError, ...]:
        """Ask about the first error, make the changes and build; give the errors that there are then."""
        question = await self._question(errors[0])  # which may begin the conversation anew
        messages = [*self._said, {"role": "user", "content": question}]
        answer = await self._assignment.ask(messages)
        self._said = [*messages, {"role": "assistant", "content": answer.text}]
        before, problem = await self._change(answer.text)
        if problem:
            self._feedback = problem
            self._note("edit", {}, problem)
            return errors
        self._note("edit", {"paths": ", ".join(sorted(before))}, "")
        now = await self._build()
        worse = _no_progress(errors, now, self._settings.progress)
        if not worse:
            self._said, self._feedback = [], ""
            return now
        for path, text in before.items():
            await self._project.write(path, text)
        self._feedback = worse
        self._note("revert", {"paths": ", ".join(sorted(before))}, worse)
        return errors

    async def _question(self, error: BuildError) -> str:
        """What is asked next: about the answer before, or anew about an error."""
        feedback, most = self._feedback, self._settings.restart
        if feedback and self._said and not (most and len(self._said) > most):
            return filled("maven_follow_up", feedback=feedback)
        self._said, self._feedback = [], ""
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
            content = None if _leads_out(path) else await self._project.read(path)
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
        built = await self._project.build(max(1.0, min(self._settings.build_s, self._until - self._clock())))
        errors = () if built.passed else read_errors(built.log, self._project.tree)
        told = "\n".join(f"{one.path}:{one.line}: {one.message}" for one in errors[:5]) or "no errors"
        ended = "timeout" if built.timed_out else "passed" if built.passed else f"{len(errors)} errors"
        self._note("build", {"command": "mvn clean verify"}, told, ended=ended)
        return errors

    def _note(self, tool: str, arguments: Mapping[str, Any], observation: str, **extra: str) -> None:
        self._assignment.trajectory.add_action(tool, arguments, observation, extra=extra)


def _no_progress(before: tuple[BuildError, ...], now: tuple[BuildError, ...], rule: Progress) -> str:
    """Why changes are to be undone, in words for the model; "" where they are kept."""
    if not now:
        return ""
    if same_errors(before, now):
        return f"The build errors are all the same as before, {REVERTED}"
    if rule is Progress.NON_INCREASING and len(now) > len(before):
        return f"There are more build errors, {REVERTED}"
    if rule is Progress.DECREASING and len(now) >= len(before):
        return f"The build errors don't decrease, {REVERTED}"
    return ""


def _leads_out(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/") or ".git" in path.split("/")
