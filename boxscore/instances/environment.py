"""How an instance's repository is built and tested: found in its files, changed by what a user says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from boxscore.errors import UsageError
from boxscore.instances import python
from boxscore.instances.sources import REPORT, Environment, at_tree, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.instances.sources import EnvironmentOptions, Sources

_FROM = re.compile(r"^\s*FROM\s+(\S+)\s*$", re.IGNORECASE | re.MULTILINE)
_BASE = re.compile(r"patch-(?:python(?:-\d+\.\d+)?|node|java)")
_PYTEST = re.compile(r"(?:^|[\s/])(?:pytest|py\.test)\b")
_UNITTEST = re.compile(r"\bunittest\b")


def find_environment(sources: Sources, given: EnvironmentOptions) -> Environment:
    """Find how a commit is built and tested. Raises UsageError where that cannot be told, with what to give."""
    if python.is_python(sources):
        found = python.find_python(sources, given)
    elif (given.dockerfile or given.install) and given.test_command and given.parser:
        found = Environment(
            base="patch-python", instance=at_tree(*given.install), build=given.build, parser="", commands=()
        )
    else:
        raise UsageError(
            f"no environment was found: the tests ({', '.join(sources.tests[:3])}) are not Python; give --dockerfile "
            "FILE or --install COMMAND, --test-command COMMAND and --parser NAME"
        )
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
        found,
        base=base,
        instance=_FROM.sub("", text).strip() + "\n",
        found=(*found.found, "a Dockerfile"),
    )


def _with_command(found: Environment, command: str, parser: str | None, sources: Sources) -> Environment:
    """Test by a user's command, in which `{tests}` stands for the files of the test patch."""
    if parser is None and _PYTEST.search(command):
        parser = python.PYTEST_PARSER
    elif parser is None and _UNITTEST.search(command):
        parser = "unittest"
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
        found=(*(one for one in found.found if not one.startswith("tests by ")), "tests by the command given"),
    )


def _after(command: str, options: Sequence[str]) -> str:
    """Put options before the files: what follows them might be one of a shell's."""
    extra = " ".join(options)
    if not extra:
        return command
    return re.sub(r"(pytest|py\.test)\b", lambda found: f"{found[0]} {extra}", command, count=1)
