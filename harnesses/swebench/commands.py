"""What runs in the box: test commands with their directives, the prelude before them, and rebuilding after a patch."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from msgspec import Struct

from .toolchains import PATHS

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORT = "/scratch/report.xml"
CONDA_FOLDER = "/opt/miniconda3"
CONDA = f"source {CONDA_FOLDER}/bin/activate; conda activate testbed"
BUILT = f"export PATH=/opt/env/bin:{PATHS}:$PATH"
SHELL = "set -uo pipefail"
TRACE = "set -x"

_TOUCHED = re.compile(r"diff --git a/.* b/(.*)")
_NOT_TESTS = (".json", ".png", "csv", ".txt", ".md", ".jpg", ".jpeg", ".pkl", ".yml", ".yaml", ".toml")
_PYTEST = re.compile(r"(?:^|[\s/])(?:pytest|py\.test)(?=\s|$)")
_TOX = re.compile(r"(?:^|\s)tox\s.*--\s*$")
_DJANGO = "django/django"
_HUMANEVAL = "swe-bench/humaneval"
_COMPILED = {"astropy/astropy", "matplotlib/matplotlib", "scikit-learn/scikit-learn"}
_SOURCES = r"\.(pyx|pxd|pxi|c|cc|cpp|cxx|h|hpp|tp)$"


class Runner(Struct, frozen=True, kw_only=True):
    """How tests are run: the commands as given, what makes a report, and which runner of Python it is, if known."""

    commands: tuple[str, ...]
    report: str | None = None
    runner: str | None = None


def directives(repo: str, test_patch: str) -> list[str]:
    """What test commands are given: the files of the test patch but for data, and for Django as names of modules.

    As the official program finds them, which reads no quoted names: its lists of tests are of what it runs.
    """
    if repo == _HUMANEVAL:
        return ["test.py"]
    found = [path for path in _TOUCHED.findall(test_patch) if not path.endswith(_NOT_TESTS)]
    if repo != _DJANGO:
        return found
    return [path.removesuffix(".py").removeprefix("tests/").replace("/", ".") for path in found]


def python_runner(repo: str, tests: Sequence[str], test_patch: str, *, prelude: Sequence[str]) -> Runner:
    """The runner of a Python repository: its one test command, with directives and, from pytest, a JUnit report."""
    command = " ; ".join(tests)
    before = "\n".join((SHELL, *prelude))
    chosen = shlex.join(directives(repo, test_patch))
    if _PYTEST.search(command) or _TOX.search(command):
        asked = f"{command} --junitxml={REPORT}"
        whole = f"{before}\n{asked} {chosen}".rstrip()
        return Runner(commands=(whole,), report=REPORT, runner="pytest")
    whole = f"{before}\n{command} {chosen}".rstrip()
    if repo == _DJANGO:
        return Runner(commands=(whole,), runner="unittest")
    return Runner(commands=(whole,))


def other_runner(tests: Sequence[str], *, prelude: Sequence[str]) -> Runner:
    """A runner that is not known more closely. The shell prints its commands, for some parsers read names off them."""
    return Runner(commands=("\n".join((SHELL, *prelude, TRACE, *tests)),))


def rebuild(repo: str, *, activate: str) -> tuple[str, ...]:
    """What must be built again after a patch: extension modules, where the patch touches what they are made of.

    Pure Python is used from the tree and needs nothing.
    """
    if repo not in _COMPILED:
        return ()
    touched = f"git status --porcelain --untracked-files=all | grep -qE {shlex.quote(_SOURCES)}"
    return (f"{activate}\nif {touched}; then python setup.py -q build_ext --inplace; fi",)


# What v5's `eval.sh` says to run, without what our protocol does itself: writing tests, and looking at the tree.

START, END = ">>>>> Start Test Output", ">>>>> End Test Output"
_HEREDOC = re.compile(r"^git apply .*<<\s*'?(\w+)'?\s*$")
_LEFT_OUT = re.compile(
    r"^(?:#!|set -[a-z]*x|.*\blocale-gen\b"
    r"|git (?:status|show|-c core\.fileMode=false diff|checkout|config --global --add safe)\b)"
)
# A published image has the package installed from its tree, and a box has no network to install it again.
_INSTALLS = re.compile(r"^python(?:3)? (?:-m pip install|setup\.py (?:install|develop|build))\b")


class EvalScript(Struct, frozen=True, kw_only=True):
    """The parts of a script: what comes before and after the tests are written, and the test commands."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    tests: tuple[str, ...]


def read_eval_script(text: str) -> EvalScript | None:
    """Take a script apart. None where it has not both markers, so that nobody can tell what its tests are."""
    before: list[str] = []
    after: list[str] = []
    tests: list[str] = []
    part, end = before, None
    for line in text.splitlines():
        if end is not None:
            end = None if line == end else end
        elif (heredoc := _HEREDOC.match(line)) is not None:
            part, end = after, heredoc[1]
        elif START in line:
            part = tests
        elif END in line and part is tests:
            return EvalScript(before=tuple(before), after=tuple(after), tests=tuple(tests))
        elif part is before and line.startswith("rm -f "):
            pass  # test files, which the patch after it makes anew; ours are written already
        elif part is tests or (line.strip() and not _LEFT_OUT.match(line) and not _INSTALLS.match(line)):
            part.append(line)
    return None
