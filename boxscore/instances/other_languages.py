"""The environments of repositories in JavaScript, Go and Java: packages and toolchain, and how their tests are run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.instances.sources import TREE, Environment, at_tree, quoted, run_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.instances.sources import EnvironmentOptions, Sources

_SCRIPT = re.compile(r"\.(?:[cm]?[jt]s|[jt]sx)$")
_TEST = re.compile(r"(?:^|[./_-])(?:test|spec)s?[./_-]|(?:^|/)__tests__/")
_INSTALLS = (
    ("package-lock.json", "npm ci"),
    ("npm-shrinkwrap.json", "npm ci"),
    ("yarn.lock", "yarn install --frozen-lockfile"),
    ("pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
)
_SCRIPT_RUNNERS = (  # by what stands in the script `test`, in this order
    ("vitest", "npx --no vitest run --reporter=verbose {tests}", "vitest"),
    ("jest", "npx --no jest --verbose --ci {tests}", "jest"),
    ("mocha", "npx --no mocha --reporter spec {tests}", "mocha"),
)


def is_javascript(sources: Sources) -> bool:
    """Whether the tests are in JavaScript or TypeScript."""
    return any(_SCRIPT.search(path) for path in sources.tests)


def find_javascript(sources: Sources, given: EnvironmentOptions, source_files: Sequence[str]) -> Environment:
    """Find packages and runner. Raises UsageError where neither package.json nor the tests name a runner."""
    del source_files
    package = _package(sources)
    needs = any(package.get(name) for name in ("dependencies", "devDependencies", "optionalDependencies"))
    lock = next(((path, line) for path, line in _INSTALLS if path in sources.files), ("package.json", "npm install"))
    install = given.install or ((lock[1],) if needs and not given.dockerfile else ())
    tests = [path for path in sources.tests if _SCRIPT.search(path)]
    tests = [path for path in tests if _TEST.search(path)] or tests
    scripts = package.get("scripts")
    script = str(scripts.get("test", "")) if isinstance(scripts, dict) else ""
    runner = next(((line, parser) for word, line, parser in _SCRIPT_RUNNERS if word in script), None)
    commands: tuple[str, ...]
    if runner is not None:
        commands, parser = (runner[0].format(tests=quoted(tests)),), runner[1]
    elif "node:test" in sources.test_texts() or "--test" in script:
        commands, parser = tuple(f"node --test-reporter=tap {quoted([path])}" for path in tests), "tap"
    elif given.test_command is not None:
        commands, parser = (given.test_command,), "tap"
    else:
        raise UsageError(
            f"no environment was found: package.json names none of {', '.join(one[0] for one in _SCRIPT_RUNNERS)} in "
            "its script `test`, and the tests do not use node:test; give --test-command and --parser"
        )
    return Environment(
        base="patch-node",
        instance=at_tree(*install),
        links=("node_modules",) if needs and given.dockerfile is None else (),
        build=given.build,
        commands=commands,
        parser=parser,
        found=(*((lock[0],) if needs else ()), f"tests by {'node:test' if parser == 'tap' else parser}"),
    )


def _package(sources: Sources) -> dict[str, object]:
    try:
        found = json.loads(sources.text("package.json") or "{}")
    except (ValueError, RecursionError) as error:
        raise UsageError(f"package.json of the commit cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


_GO = re.compile(r"^go (\d{1,4}\.\d{1,4})(\.\d{1,4})?(?!\d)", re.MULTILINE)
_TOOLCHAIN = re.compile(r"^toolchain go(\d{1,4}\.\d{1,4}\.\d{1,4})\s*$", re.MULTILINE)
_GO_DEFAULT = "1.22.12"
_GO_PATH = "/opt/go/bin"
_GO_CACHE = "/opt/gocache"
_GO_WARM = f"mkdir -p ~/.cache; cp -r {_GO_CACHE} ~/.cache/go-build"
_GO_ENV = (
    ("GOFLAGS", "-mod=mod"),
    ("GOMODCACHE", "/opt/gopath/pkg/mod"),
    ("GOSUMDB", "off"),
    ("GOPROXY", "off"),
    ("GOTOOLCHAIN", "local"),
)


def is_go(sources: Sources) -> bool:
    """Whether the tests are Go's."""
    return any(path.endswith("_test.go") for path in sources.tests)


def find_go(sources: Sources, given: EnvironmentOptions, source_files: Sequence[str]) -> Environment:
    """Find the toolchain that go.mod asks for, and test the packages of the test files."""
    del source_files
    if "go.mod" not in sources.files:
        raise UsageError("no environment was found: the commit has no go.mod at its root; give --dockerfile")
    text = sources.text("go.mod")
    version = _go_version(text)
    folders = dict.fromkeys(PurePosixPath(path).parent.as_posix() for path in sources.tests if path.endswith(".go"))
    packages = shlex.join("." if one == "." else f"./{one}" for one in folders)
    # A first build keeps what it compiled: else each box would compile the standard library.
    warm = f"GOCACHE={_GO_CACHE} go test -count=1 -run '^$' {packages} || true"
    fetch = given.install or ("export GOFLAGS=-mod=mod GOMODCACHE=/opt/gopath/pkg/mod", "go mod download", warm)
    return Environment(
        base="patch-python",
        environment=f"{run_lines(*_go_toolchain(version))}ENV PATH={_GO_PATH}:$PATH\n",
        instance=at_tree(
            f"export PATH={_GO_PATH}:$PATH", *fetch, f"mkdir -p {_GO_CACHE}", f"chmod -R a+rX {_GO_CACHE} /opt/gopath"
        ),
        build=given.build,
        commands=(f"export PATH={_GO_PATH}:$PATH", _GO_WARM, f"go test -v {packages}"),
        parser="go",
        env=_GO_ENV,
        found=("go.mod", f"Go {version}", f"packages {packages}"),
    )


def is_maven(sources: Sources) -> bool:
    """Whether the tests are Java's and Maven builds them."""
    return "pom.xml" in sources.files and any(path.endswith((".java", ".kt")) for path in sources.tests)


def find_maven(sources: Sources, given: EnvironmentOptions, source_files: Sequence[str]) -> Environment:
    """Fetch all that a first build needs, then test the classes of the test files offline, one after the other."""
    del source_files
    classes = [PurePosixPath(path).stem for path in sources.tests if path.endswith((".java", ".kt"))]
    warm = (
        f"cp -r {TREE} /tmp/warm && cd /tmp/warm && mvn -B -q -Dmaven.test.failure.ignore=true test",
        "rm -rf /tmp/warm",
        "chmod -R a+rX /opt/maven-repository",
    )
    return Environment(
        base="patch-java",
        instance=at_tree(*(given.install or warm)),
        build=given.build,
        commands=("set -x", *(f"mvn -B -o -Dtest={shlex.quote(name)} test" for name in dict.fromkeys(classes))),
        parser="maven",
        found=("pom.xml", "JDK 17", "tests by Maven"),
    )


def _go_version(text: str) -> str:
    exact = _TOOLCHAIN.search(text)
    if exact:
        return exact[1]
    asked = _GO.search(text)
    if asked is None or tuple(map(int, asked[1].split("."))) <= (1, 22):
        return _GO_DEFAULT  # newer toolchains build older modules
    return f"{asked[1]}{asked[2] or '.0'}"


def _go_toolchain(version: str) -> tuple[str, ...]:
    fetch = "curl -fsSL --connect-timeout 10"
    proxy = "https://proxy.golang.org/golang.org/toolchain/@v"  # carries what go.dev does
    others = "; ".join(
        (
            f"{fetch} -o /tmp/go.zip {proxy}/v0.0.1-go{version}.linux-amd64.zip",
            "python3 -m zipfile -e /tmp/go.zip /tmp/go",
            "tar -cz -f /tmp/go.tgz --transform 's,^[.],go,' -C /tmp/go/golang.org/toolchain@* .",
        )
    )
    return (
        "mkdir -p /opt/go /opt/gopath/pkg/mod",
        f"if ! {fetch} -o /tmp/go.tgz https://go.dev/dl/go{version}.linux-amd64.tar.gz; then {others}; fi",
        "tar -xz -f /tmp/go.tgz -C /opt/go --strip-components=1",
        "rm -rf /tmp/go /tmp/go.*",
        "chmod -R a+rx /opt/go/bin /opt/go/pkg/tool",
        "/opt/go/bin/go version",
    )
