"""How an instance's repository is built and tested: found in its files, changed by what a user says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from boxscore.errors import UsageError
from boxscore.instances import other_languages, python
from boxscore.instances.sources import REPORT, Environment, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.instances.sources import EnvironmentOptions, Sources

    Find = Callable[[Sources, EnvironmentOptions, Sequence[str]], Environment]

_FROM = re.compile(r"^\s*FROM\s+(\S+)\s*$", re.IGNORECASE | re.MULTILINE)
_BASE = re.compile(r"patch-(?:python(?:-\d+\.\d+)?|node|java)")
_KINDS: tuple[tuple[Callable[[Sources], bool], Find], ...] = (
    (python.is_python, python.find_python),
    (other_languages.is_javascript, other_languages.find_javascript),
    (other_languages.is_go, other_languages.find_go),
    (other_languages.is_maven, other_languages.find_maven),
)
_RUNNERS = (  # what in a command tells how its log is to be read
    (re.compile(r"(?:^|[\s/])(?:pytest|py\.test)\b"), python.PYTEST_PARSER),
    (re.compile(r"\bmanage\.py test\b|\bruntests\.py\b"), "django"),
    (re.compile(r"\bunittest\b"), "unittest"),
    (re.compile(r"\bvitest\b"), "vitest"),
    (re.compile(r"\bjest\b"), "jest"),
    (re.compile(r"\bmocha\b"), "mocha"),
    (re.compile(r"\bnode\b.*--test\b|\btap\b"), "tap"),
    (re.compile(r"\bgo test\b"), "go"),
    (re.compile(r"\bcargo\b"), "cargo"),
    (re.compile(r"\bmvn\b"), "maven"),
    (re.compile(r"\bgradlew?\b"), "gradle"),
    (re.compile(r"\brspec\b"), "rspec"),
    (re.compile(r"\bphpunit\b"), "phpunit"),
)


def find_environment(sources: Sources, given: EnvironmentOptions, source_files: Sequence[str]) -> Environment:
    """Find how a commit is built and tested. Raises UsageError where that cannot be told, with what to give."""
    find = next((find for suits, find in _KINDS if suits(sources)), None)
    if find is None and given.dockerfile is not None and given.test_command is not None:
        found = Environment(base="patch-python", parser="", commands=())
    elif find is None:
        raise UsageError(
            f"no environment was found: the tests ({', '.join(sources.tests[:3])}) are neither Python, JavaScript, Go "
            "nor Java with Maven; give --dockerfile FILE, --test-command COMMAND and --parser NAME"
        )
    else:
        found = find(sources, given, source_files)
    if given.dockerfile is not None:
        found = _with_dockerfile(found, given.dockerfile)
    if given.test_command is not None:
        found = _with_command(found, given.test_command, given.parser, sources)
    elif given.parser is not None:
        found = structs.replace(found, parser=given.parser)
    return found


def _with_dockerfile(found: Environment, text: str) -> Environment:
    bases = _FROM.findall(text)
    strange = [name for name in bases if not _BASE.fullmatch(name)]
    if strange or len(bases) > 1:
        raise UsageError(
            f"--dockerfile: FROM {(strange or bases)[-1]} cannot be: one FROM at most, and of patch-python, "
            "patch-python-X.Y, patch-node or patch-java, which have what grading needs"
        )
    base = bases[0] if bases else found.base
    return structs.replace(
        found, base=base, instance=_FROM.sub("", text).strip() + "\n", found=(*found.found, "a Dockerfile")
    )


def _with_command(found: Environment, command: str, parser: str | None, sources: Sources) -> Environment:
    """Test by a user's command, in which `{tests}` stands for the files of the test patch."""
    parser = parser or next((name for mark, name in _RUNNERS if mark.search(command)), None)
    if parser is None:
        raise UsageError(f"--test-command {command!r}: how its log is read cannot be told; say so with --parser")
    tests = quoted(python.runnable(sources.tests) or sources.tests)
    runner = "pytest" if parser.startswith("pytest") else parser
    if runner == "pytest":
        more = [word for word in ("-rA", f"--junitxml={REPORT}") if word.partition("=")[0] not in command]
        command = _after(command, more)
    return structs.replace(
        found,
        commands=(command.replace("{tests}", tests),),
        parser=parser,
        report=REPORT if runner == "pytest" else None,
        runner=runner if runner in {"pytest", "unittest"} else None,
        found=(*found.found[:-1], "tests by the command given"),
    )


def _after(command: str, options: Sequence[str]) -> str:
    """Put options before the files: what follows them might be one of a shell's."""
    extra = " ".join(options)
    if not extra:
        return command
    return re.sub(r"(pytest|py\.test)\b", lambda found: f"{found[0]} {extra}", command, count=1)
