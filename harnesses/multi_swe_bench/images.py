"""Images of instances: the published ones with what grading needs put in, and recipes for those that can be built."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from boxscore import InstanceImage, UsageError, pinned_image, save_variables

if TYPE_CHECKING:
    from .repositories import Recipe, Repository
    from .row import MultiRow

SCRIPT = "/home/fix-run.sh"
OFFLINE = "/opt/boxscore/offline"  # programs that are called with their option for working without a network
_ENVIRONMENT = "/opt/boxscore/environment"  # a box gives its programs none of an image's variables
_TAR, _TAG_FILE = "repository.tar", ".boxscore-tag"  # as `boxscore.InstanceImage` says
_TREE = "/testbed"
_PATHS = "/opt/toolchain/bin:/opt/cargo/bin"
_APT = "apt-get -q install -y --no-install-recommends"
_FETCH = "curl -fsSL --connect-timeout 10"
_IDENTITY = "-c user.name=boxscore -c user.email=boxscore@localhost"
_GO, _RUST = "1.23.4", "1.85.0"
_GO_CACHE = "/opt/gopath/cache"
_BASES = {"js": "patch-node", "java": "patch-java"}
_HOME = "/root"  # of published images, whose programs run as root there
# Where a published image has what was fetched for it, and that nothing more is.
_PUBLISHED_ENV = {
    "go": (("GOPROXY", "off"), ("GOFLAGS", "-buildvcs=false")),
    "rs": (("CARGO_NET_OFFLINE", "true"),),
    "java": (
        ("MAVEN_OPTS", f"-Dmaven.repo.local={_HOME}/.m2/repository"),
        ("MAVEN_USER_HOME", f"{_HOME}/.m2"),
    ),
}
_BUILT_ENV = {
    "go": (("GOMODCACHE", "/opt/gopath/pkg/mod"), ("GOPROXY", "off"), ("GOFLAGS", "-buildvcs=false")),
    "rs": (("CARGO_HOME", "/opt/cargo"), ("RUSTUP_HOME", "/opt/rustup"), ("CARGO_NET_OFFLINE", "true")),
}


def instance_image(row: MultiRow, known: Repository) -> InstanceImage:
    """The image of an instance: the published one where its digest is known, else a recipe.

    Raises UsageError where there is neither.
    """
    if row.digest is not None:
        return InstanceImage(
            name=row.instance_id,
            tree=f"/home/{row.repo}",
            pinned=pinned_image(row.image, row.digest),
            instance=_published(known),
        )
    if known.recipe is None:
        raise UsageError(
            f"{row.instance_id}: {row.org}/{row.repo} has no recipe, and the digest of {row.image} is not known: "
            "write the digests down with `boxscore images digests` and name the file with BOXSCORE_DIGESTS"
        )
    return InstanceImage(
        name=row.instance_id,
        base=_BASES.get(known.language, "patch-python"),
        environment=_environment(known.language, known.recipe),
        instance=_instance(row, known.language, known.recipe),
        links=("node_modules",) if known.language == "js" else (),
        repository=(f"{row.org}/{row.repo}", row.base.sha),
    )


def environment(row: MultiRow, known: Repository) -> tuple[tuple[str, str], ...]:
    env = _BUILT_ENV if row.digest is None else _PUBLISHED_ENV
    return env.get(known.language, ())


def commands(row: MultiRow, known: Repository) -> tuple[str, ...]:
    """The test commands: a recipe's own, or a published image's script without the line that applies patches."""
    compiled = (
        _compiled(_GO_CACHE if row.digest is None else f"{_HOME}/.cache/go-build") if known.language == "go" else []
    )
    if row.digest is None and known.recipe is not None:
        return ("\n".join(("set -e", f"export PATH={_PATHS}:$PATH", *compiled, *known.recipe.commands)),)
    # Gradle writes locks beside what it fetched, which a box cannot.
    copied = (
        [f'cp -r {_HOME}/.gradle "$HOME/.gradle"', 'export GRADLE_USER_HOME="$HOME/.gradle"'] if known.gradle else []
    )
    script = f"bash -c \"$(grep -v 'git apply' {SCRIPT})\""
    return ("\n".join((f"source {_ENVIRONMENT}", f"export PATH={OFFLINE}:$PATH", *copied, *compiled, script)),)


def _compiled(cache: str) -> list[str]:
    """Give Go what the image has compiled: it writes beside that, so links to it are enough."""
    linked = f'mkdir -p "$HOME/.cache"; cp -rs {cache} "$HOME/.cache/go-build"'
    return [f"if [ -d {cache} ]; then {linked}; fi"]


def _published(known: Repository) -> str:
    """Take the patches out of a published image, which has the fix beside the repository, and let tests in.

    Python and git, which grading needs, are installed where they are missing; tests run as an ordinary user.
    """
    lines = [
        "rm -f /home/fix.patch /home/test.patch",
        f"test -f {SCRIPT}",
        "if ! command -v python3 || ! command -v git || ! command -v patch; then",
        f"  apt-get -q update; {_APT} python3 git patch",
        "fi",
        f"chmod a+x {_HOME}",
        f"mkdir -p {OFFLINE}",
        save_variables(_ENVIRONMENT),
    ]
    if known.language == "java" and not known.gradle:
        lines += [
            f'printf \'#!/bin/sh\\nexec %s -o "$@"\\n\' "$(command -v mvn || echo mvn)" > {OFFLINE}/mvn',
            f"chmod 755 {OFFLINE}/mvn",
        ]
    return f"{_run(*lines)}\n"


def _environment(language: str, recipe: Recipe) -> str:
    toolchain = {"go": _go, "rs": _rust}.get(language)
    tools = "automake autoconf libtool bison flex pkg-config" if language == "c" else ""
    packages = shlex.join(sorted(recipe.packages))
    return (
        _run(
            "export DEBIAN_FRONTEND=noninteractive",
            "apt-get -q update",
            f"{_APT} build-essential ca-certificates curl git unzip {tools} {packages}".rstrip(),
            *(toolchain() if toolchain is not None else ()),
            "apt-get -q clean",
        )
        + "\n"
    )


def _go() -> list[str]:
    proxy = "https://proxy.golang.org/golang.org/toolchain/@v"  # carries the toolchains of go.dev
    return [
        "mkdir -p /opt/toolchain /opt/gopath",
        f"if {_FETCH} -o /tmp/go.tgz https://go.dev/dl/go{_GO}.linux-amd64.tar.gz; then",
        "  tar -xz -f /tmp/go.tgz -C /opt/toolchain --strip-components=1",
        "else",
        f"  {_FETCH} -o /tmp/go.zip {proxy}/v0.0.1-go{_GO}.linux-amd64.zip; unzip -q /tmp/go.zip -d /tmp/go",
        "  mv /tmp/go/golang.org/toolchain@*/* /opt/toolchain/",
        "fi",
        "rm -rf /tmp/go /tmp/go.*",
        "chmod -R a+rx /opt/toolchain/bin /opt/toolchain/pkg/tool",
    ]


def _rust() -> list[str]:
    return [
        "export CARGO_HOME=/opt/cargo RUSTUP_HOME=/opt/rustup; mkdir -p /opt/cargo",
        f"if {_FETCH} -o /tmp/rustup https://sh.rustup.rs; then",
        f"  sh /tmp/rustup -y --profile minimal --no-modify-path --default-toolchain {_RUST}; rm /tmp/rustup",
        "else",
        f"  {_APT} cargo rustc",
        "fi",
    ]


def _instance(row: MultiRow, language: str, recipe: Recipe) -> str:
    url, sha = f"https://github.com/{row.org}/{row.repo}", shlex.quote(row.base.sha)
    fetched = [f"export {name}={shlex.quote(value)}" for name, value in _BUILT_ENV.get(language, ())]
    prepared = [line for line in fetched if "OFFLINE" not in line and "GOPROXY" not in line]
    place = _run(
        f"git config --system --add safe.directory {_TREE}",
        f"if [ -s /tmp/{_TAR} ]; then",
        f"  mkdir -p {_TREE}; tar -xf /tmp/{_TAR} -C {_TREE} --no-same-owner; cd {_TREE}; rm -f {_TAG_FILE}",
        f"  git init -q .; git add -A -f .; git {_IDENTITY} commit -q -m {sha}",
        "else",
        f"  git clone -q --no-checkout {shlex.quote(url)} {_TREE}; cd {_TREE}",
        f"  git cat-file -e {sha} 2>/dev/null || git fetch -q origin {sha}",
        f"  git checkout -q --detach {sha}; git remote remove origin",
        "  git submodule -q update --init --recursive || true",
        "fi",
        f"rm -f /tmp/{_TAR}",
    )
    prepared += [f"export GOCACHE={_GO_CACHE}"] if language == "go" else []
    prepare = _run(f"cd {_TREE}", f"export PATH={_PATHS}:$PATH", *prepared, *recipe.prepare)
    return f"COPY {_TAR} /tmp/{_TAR}\n{place}\n{prepare}\n"


def _run(*lines: str) -> str:
    return "RUN " + json.dumps(["/bin/bash", "-c", "\n".join(("set -euo pipefail", *lines))], ensure_ascii=False)
