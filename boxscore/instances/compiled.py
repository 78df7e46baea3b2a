"""The environments of repositories in Go and in Java: toolchain, what is fetched beforehand, and the test command."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.instances.sources import TREE, Environment, at_tree, run_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.instances.sources import EnvironmentOptions, Sources

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
