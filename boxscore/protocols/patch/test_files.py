"""Which files of a repository belong to its tests and their runner, and so are the instance's and not a candidate's.

docs/patches.md has the table for people. The rules are sent into the box as data (see sandbox/tree_rules.py).
"""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.diff import changed_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boxscore.protocols.patch.task import PatchTask

PYTHON = (
    *("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "tox.toml", "setup.cfg"),
    *("pyproject.toml", "noxfile.py", "runtests.py", ".coveragerc", ".noserc", "nose.cfg", "unittest.cfg", ".trialrc"),
    *("sitecustomize.py", "usercustomize.py", "pyvenv.cfg", "pip.conf", ".python-version", ".env", ".pdbrc"),
)
NODE = (
    *("package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "pnpm-workspace.yaml", "lerna.json"),
    *("nx.json", "turbo.json", ".npmrc", ".taprc", "deno.json", "bunfig.toml"),
)
JVM = (
    *("pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties"),
    *("gradlew", "mvnw", "build.xml", "junit-platform.properties", "build.sbt"),
)
OTHERS = (
    *("Cargo.toml", "Cargo.lock", "go.mod", "go.sum", "go.work", "composer.json", "composer.lock", "phpunit.xml"),
    *("phpunit.xml.dist", "phpunit.dist.xml", ".rspec", "Gemfile", "Gemfile.lock", "Rakefile", "CTestConfig.cmake"),
    *(".gitattributes", ".gitmodules"),
)
NAMES = (*PYTHON, *NODE, *JVM, *OTHERS)
PATTERNS = (
    *("*.pth", "*._pth", "*.egg", "*.egg-link"),
    *(f"{tool}.config.*" for tool in ("jest", "vitest", "vite", "karma", "ava", "babel", "nyc", "playwright")),
    *("jest.config*", "jest.setup*", "jest.preset.*", "vitest.*.ts", "vitest.workspace.*", "karma.conf*", "cypress.*"),
    *("*_test.go", "*.test.[jt]s", "*.test.[jt]sx", "*.test.[cm][jt]s", ".env.*", "org.junit.*", "org.testng.*"),
    *("*.spec.[jt]s", "*.spec.[jt]sx", "*.spec.[cm][jt]s", "rust-toolchain*"),
    *(".mocharc*", ".babelrc*", ".nycrc*", ".swcrc*", ".yarnrc*", ".pnp.*", "tsconfig*.json", "jsconfig*.json"),
)
PARTS = ("site-packages", "dist-packages", "node_modules", ".mvn", "gradle", ".cargo", ".yarn")
SOURCES = tuple(
    f".{end}"
    for end in (
        *("py", "pyi", "pyx", "js", "jsx", "mjs", "cjs", "ts", "tsx", "java", "kt", "scala", "groovy", "rb", "php"),
        *("go", "rs", "c", "cc", "cpp", "h", "hpp", "sh", "toml", "ini", "cfg"),
    )
)
RUNNER_MODULES = (
    *("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "exceptiongroup", "tomli", "attr", "attrs", "py"),
    *("pygments", "colorama", "xdist", "execnet", "nose", "nose2", "hypothesis", "_hypothesis_pytestplugin", "mock"),
    *("coverage", "typing_extensions", "importlib_metadata", "zipp", "setuptools", "pkg_resources", "sitecustomize"),
    *("usercustomize", "_distutils_hack", "django_test", "twisted", "trial", "asynctest", "imp", "distutils"),
    *("asynchat", "asyncore", "smtpd", "cgi", "cgitb", "pipes", "telnetlib", "compression", "annotationlib"),
)
_HARMLESS_MODULES = frozenset({"test", "this", "antigravity", "idlelib", "turtledemo"})
_SITES = tuple(
    f"{root}/lib/python*/{kind}"
    for root in ("/usr", "/usr/local", "/opt/*", "/opt/*/envs/*", "/opt/*/*", "/venv", "/.venv", "/*/.venv")
    for kind in ("site-packages", "dist-packages")
)
_FOLDER = re.compile(
    r"tests?|(?:.*[_-])?tests|tests[_-].*|(?:unit|integration|functional|system|regression|acceptance|e2e)[_-]?test"
    r"|specs?|__tests__|__mocks__|__fixtures__|e2e|test[_-]?data",
    re.IGNORECASE,
)
_FOLDER_IF_FIRST = re.compile(r"t|testing|unittests?|fixtures", re.IGNORECASE)
_ID_PATH = re.compile(r"[^\s:\[\]()|]+\.[A-Za-z]{1,5}(?=::|$)")
_WORD_PATH = re.compile(r"(?:\./)?([\w.-]+(?:/[\w.-]+)*)(?:::.*)?", re.DOTALL)


class PathRules(Struct, frozen=True, kw_only=True):
    """What `Rules` of sandbox/tree_rules.py is told; its docstring says what the fields are."""

    allowed: tuple[str, ...]
    paths: tuple[str, ...]
    folders: tuple[str, ...]
    names: tuple[str, ...]
    patterns: tuple[str, ...] = PATTERNS
    parts: tuple[str, ...] = PARTS
    sources: tuple[str, ...] = SOURCES
    modules: tuple[str, ...]
    roots: tuple[str, ...]
    sites: tuple[str, ...] = _SITES


def rules(task: PatchTask, patched: Iterable[str]) -> PathRules:
    """Make the rules for a task; `patched` are the files that its test patch touches."""
    patched = tuple(patched)
    tests = dict.fromkeys([*patched, *_required(task)])
    sources = frozenset(changed_paths(task.reference or "")).difference(patched)
    folders = dict.fromkeys(filter(None, (_test_folder(path, sources) for path in tests)))
    theirs = {path for path in _named(task.commands) if path not in sources}
    # Only a build runs setup.py, and a build may need what a candidate changed there.
    names = NAMES if task.build else (*NAMES, "setup.py")
    return PathRules(
        allowed=task.allowed,
        paths=tuple(sorted({*tests, *theirs})),
        folders=tuple(folders),
        names=names,
        modules=tuple(sorted({*RUNNER_MODULES, *sys.stdlib_module_names} - _HARMLESS_MODULES)),
        roots=tuple(dict.fromkeys(["", "src", "lib", "python", *(above for path in tests for above in _above(path))])),
    )


def is_test_folder(name: str, *, first: bool) -> bool:
    """Whether the name of a folder says that it holds tests; `first` is for those at the root of a repository."""
    return bool(_FOLDER.fullmatch(name) or (first and _FOLDER_IF_FIRST.fullmatch(name)))


def required_files(task: PatchTask, patched: Iterable[str]) -> frozenset[str]:
    """The files that required tests stand in, as far as their ids and the test patch say."""
    return frozenset([*patched, *_required(task)])


def _required(task: PatchTask) -> Iterator[str]:
    for test_id in (*task.fail_to_pass, *task.pass_to_pass):
        match = _ID_PATH.match(test_id)
        if match is not None and not match[0].startswith("/") and ".." not in match[0]:
            yield match[0]


def _test_folder(path: str, sources: frozenset[str]) -> str:
    """Find the uppermost folder above a test file whose name says that it holds tests, and in which no source is.

    Returns "" if there is none. `sources` are files that the reference patch changes.
    """
    parents = path.split("/")[:-1]
    for number, name in enumerate(parents):
        if is_test_folder(name, first=number == 0):
            folder = "/".join(parents[: number + 1])
            if not any(source.startswith(folder + "/") for source in sources):
                return folder
    return ""


def _above(path: str) -> Iterator[str]:
    parents = path.split("/")[:-1]
    return ("/".join(parents[:count]) for count in range(1, len(parents) + 1))


def _named(commands: Iterable[str]) -> Iterator[str]:
    """Find words of commands that can be files of the repository: the test programs that it brings itself."""
    for command in commands:
        try:
            words = shlex.split(command, comments=True)
        except ValueError:  # not a shell's words: then nothing is found in it
            continue
        for word in words:
            match = _WORD_PATH.fullmatch(word)
            if match is not None and ".." not in match[1]:
                yield match[1]
        if words and words[0] in {"make", "gmake"}:
            yield from ("Makefile", "makefile", "GNUmakefile")
