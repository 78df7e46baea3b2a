"""The environment of a Python repository: interpreter, packages and runner, as its files name them."""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from typing import TYPE_CHECKING, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from boxscore.errors import UsageError
from boxscore.instances.sources import REPORT, Environment, at_tree, quoted, run_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.instances.sources import EnvironmentOptions, Sources

PYTEST = f"python3 -m pytest -rA -p no:cacheprovider --junitxml={REPORT}"
PYTEST_PARSER = "pytest-v2"  # an id may hold spaces, as those of parameters do
UNITTEST = "python3 -m unittest -v"
OWN = "3.11"  # of the base image itself
VERSIONS = (OWN, "3.12", "3.13", "3.10", "3.9", "3.8", "3.7", "3.6")

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
_GROUPS = ("test", "tests", "testing", "dev", "develop")
_TEST_REQUIREMENTS = tuple(
    place
    for name in ("test", "tests", "testing")
    for place in (
        *(f"requirements-{name}.txt", f"requirements_{name}.txt", f"{name}-requirements.txt"),
        *(f"{name}_requirements.txt", f"requirements/{name}.txt"),
    )
)
_DEV_REQUIREMENTS = (
    *("requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "dev_requirements.txt"),
    *("requirements/dev.txt", "requirements/develop.txt", "tests/requirements.txt", "test/requirements.txt"),
)
_REQUIRES = re.compile(r"python_requires\s*=\s*[\"']?([^\"'\n]+)")
_TESTS = re.compile(r"(?:^|/)(?:test[^/]*|[^/]*_tests?)\.py$")
_FUNCTION = re.compile(r"^\+?(?:async )?def test", re.MULTILINE)
# Options that need a plugin, hide what is read, or end a run early; the first list takes a value.
_TAKES_VALUE = {"-n", "--numprocesses", "--dist", "--cov", "--cov-report", "--cov-config", "--maxfail", "--junitxml"}
_HIDES = re.compile(
    r"-q+|--quiet|-x|--exitfirst|--no-summary|--color(?:=.*)?|-r\w+|-n\w+|--nf|--ff|--sw|--cov-\S+|--no-cov\S*"
    r"|(?:--numprocesses|--dist|--cov|--maxfail|--junitxml)(?:=.*)?"
)


def is_python(sources: Sources) -> bool:
    """Whether the tests are in Python."""
    return any(path.endswith(".py") for path in sources.tests)


def find_python(sources: Sources, given: EnvironmentOptions) -> Environment:
    """Find interpreter, packages and runner; what is given goes before what is found.

    Raises UsageError where no file of the repository says how it is installed, and the user neither.
    """
    project = _project(sources)
    marks = [path for path in _MARKS if path in sources.files]
    if not marks and not given.install and not given.requirements and not given.dockerfile:
        raise UsageError(
            f"no environment was found: the commit has none of {', '.join(_MARKS)}; say how it is installed with "
            "--install COMMAND (`--install true` for nothing), --requirements FILE or --dockerfile FILE"
        )
    version, why = _version(sources, project, given)
    base = "patch-python" if version == OWN else f"patch-python-{version}"
    runner = _runner(sources, given)
    packages = (*given.requirements, *(("pytest",) if runner == "pytest" and not _names_pytest(given) else ()))
    lines, where = ((), ()) if given.install or given.dockerfile else _installs(sources, project)
    lines = (*given.install, *lines)
    return Environment(
        base=base,
        environment=_requirements(packages, given),
        instance=at_tree(*(_dated(line, given) for line in lines)),
        build=given.build,
        found=(f"Python {version} ({why})", *where, f"tests by {runner}"),
        **_commands(sources, runner),
    )


def runnable(tests: Sequence[str]) -> list[str]:
    """Those of the files of tests that a runner is given: the rest are helpers and data."""
    return [path for path in tests if _TESTS.search(path)] or [path for path in tests if path.endswith(".py")]


def addopts(text: str) -> str | None:
    """The options that configuration gives pytest, without those that hide what is read; None where all may stay."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return ""
    kept, skip = list[str](), False
    for word in words:
        if skip and not word.startswith("-"):
            skip = False
            continue
        skip = word in _TAKES_VALUE
        if not skip and not _HIDES.fullmatch(word):
            kept.append(word)
    return None if kept == words else shlex.join(kept)


def _commands(sources: Sources, runner: str) -> dict[str, Any]:
    tests = quoted(runnable(sources.tests))
    if runner == "unittest":
        return {
            "commands": (f"{UNITTEST} {tests}",),
            "parser": "unittest",
            "runner": "unittest",
        }
    options = addopts(_configured(sources))
    command = PYTEST if options is None else f"{PYTEST} -o addopts={shlex.quote(options)}"
    return {
        "commands": (f"{command} {tests}",),
        "parser": PYTEST_PARSER,
        "report": REPORT,
        "runner": "pytest",
    }


def _project(sources: Sources) -> dict[str, Any]:
    text = sources.text("pyproject.toml")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"pyproject.toml of the commit cannot be read: {error}") from error


def _table(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A table inside tables; an empty one where anything else stands there."""
    found: object = value
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _ini(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return configparser.ConfigParser(interpolation=None)
    return parser


def _version(sources: Sources, project: Mapping[str, Any], given: EnvironmentOptions) -> tuple[str, str]:
    """The interpreter's X.Y, and who says so."""
    if given.python is not None:
        return given.python, "given"
    places = (
        ("pyproject.toml", _table(project, "project").get("requires-python")),
        *((path, (_REQUIRES.search(sources.text(path)) or [None, None])[1]) for path in ("setup.cfg", "setup.py")),
    )
    for place, asked in places:
        if isinstance(asked, str) and asked.strip():
            found = next((one for one in VERSIONS if _admits(asked, one)), None)
            if found is None:
                raise UsageError(f"{place} asks for Python {asked!r}, which none of {', '.join(VERSIONS)} is: --python")
            return found, f"{place} asks for {asked.strip()}"
    return OWN, "nothing asks for another"


def _admits(asked: str, version: str) -> bool:
    try:
        specifiers = SpecifierSet(asked)
        return any(specifiers.contains(f"{version}.{patch}") for patch in ("0", "99"))
    except (InvalidSpecifier, ValueError):  # it is no version, or one of more digits than Python reads
        return version == OWN


def _runner(sources: Sources, given: EnvironmentOptions) -> str:
    configured = (
        "[tool.pytest" in sources.text("pyproject.toml")
        or "pytest.ini" in sources.files
        or "[pytest]" in sources.text("tox.ini")
        or "[tool:pytest]" in sources.text("setup.cfg")
    )
    texts = sources.test_texts()
    if configured or "pytest" in texts or _FUNCTION.search(texts) or _names_pytest(given):
        return "pytest"
    return "unittest" if "unittest" in texts else "pytest"


def _names_pytest(given: EnvironmentOptions) -> bool:
    return any(re.match(r"pytest\b(?![-_])", line) for line in given.requirements)


def _configured(sources: Sources) -> str:
    """What the first file with configuration of pytest says under `addopts`, as pytest looks for it."""
    for path, head in (("pytest.ini", "pytest"), (".pytest.ini", "pytest")):
        if path in sources.files:
            return _ini(sources.text(path)).get(head, "addopts", fallback="")
    table = _table(_project(sources), "tool", "pytest", "ini_options")
    if table:
        value = table.get("addopts", "")
        return shlex.join(map(str, value)) if isinstance(value, list) else str(value)
    for path, head in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        found = _ini(sources.text(path))
        if found.has_section(head):
            return found.get(head, "addopts", fallback="")
    return ""


def _installs(sources: Sources, project: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The commands that install what the repository names, and what each is from."""
    lines, where = list[str](), list[str]()
    files = [path for path in _TEST_REQUIREMENTS if path in sources.files]
    files = files or [path for path in _DEV_REQUIREMENTS if path in sources.files][:1]
    extras = _table(project, "project", "optional-dependencies")
    extra = next((name for name in _GROUPS if name in extras), None)
    group = _group(_table(project, "dependency-groups"))
    if "requirements.txt" in sources.files:
        files.insert(0, "requirements.txt")
    for path in files:
        lines.append(f"pip install --quiet -r {shlex.quote(path)}")
        where.append(path)
    if group:
        lines.append(f"pip install --quiet {shlex.join(group[1])}")
        where.append(f"dependency group {group[0]}")
    if "setup.py" in sources.files or "build-system" in project or "project" in project:
        place = f".[{extra}]" if extra else "."
        lines.append(f"pip install --quiet -e {shlex.quote(place)}")
        where.append(f"pip install -e {place}")
    return tuple(lines), tuple(where)


def _group(groups: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """The requirements of the first group that is of tests, with those of the groups that it includes."""
    name = next((name for name in _GROUPS if isinstance(groups.get(name), list)), None)
    if name is None:
        return None
    found = list(dict.fromkeys(_members(groups, name, ())))
    return (name, found) if found else None


def _members(groups: Mapping[str, Any], name: str, above: tuple[str, ...]) -> Iterator[str]:
    for one in groups.get(name, ()):
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            other = one.get("include-group")
            if isinstance(other, str) and other not in (*above, name) and isinstance(groups.get(other), list):
                yield from _members(groups, other, (*above, name))


def _requirements(lines: Sequence[str], given: EnvironmentOptions) -> str:
    """The environment's instruction: packages that instances with equal ones share."""
    if not lines:
        return ""
    file = "/tmp/requirements.txt"  # noqa: S108 - in the image
    written = f"printf '%s\\n' {shlex.join(lines)} > {file}"
    return run_lines(written, _dated(f"pip install --quiet -r {file}", given), f"rm {file}")


def _dated(line: str, given: EnvironmentOptions) -> str:
    """The command as uv runs it, which alone can leave out what was published later."""
    if given.date is None or not line.startswith("pip install "):
        return line
    return f"uv pip install --exclude-newer {shlex.quote(given.date)} {line.removeprefix('pip install ')}"
