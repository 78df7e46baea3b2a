"""The instance layer: the repository at its base commit, set up as its spec says, as Dockerfile instructions."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from .dockerfile import run
from .environment import INSTALL, SETUPTOOLS, TODAY, tree_steps
from .toolchains import PATHS

if TYPE_CHECKING:
    from .specs import RepoSpec

TREE = "/testbed"
TAR, TAG_FILE = "repository.tar", ".boxscore-tag"  # as `boxscore.InstanceImage` says
_COPIES = re.compile(r"^python setup\.py (?:build; *python setup\.py )?install$")
_PIP = re.compile(r"(?:\bpython3? -m )?\bpip3? install\b")
_PLAIN = re.compile(r"^python -m pip install \.(?=\[|$|\s)")
_IDENTITY = "-c user.name=boxscore -c user.email=boxscore@localhost"


def python_instance(repo: str, commit: str, spec: RepoSpec, *, day: str = TODAY) -> str:
    """The instructions for a Python repository: it is used from its own tree, never from a copy elsewhere.

    What it needs and does not have yet is resolved as of `day`.
    """
    script = [
        f"cd {TREE}",
        # What builds a package is resolved anew with every image.
        f"echo {shlex.quote(SETUPTOOLS)} > /tmp/constraints.txt; export PIP_CONSTRAINT=/tmp/constraints.txt",
        *tree_steps(spec),
        *(_PIP.sub(f"{INSTALL} {day}", editable(command)) for command in spec.installs()),
        "rm -f /tmp/constraints.txt",
    ]
    return f"{clone(repo, commit)}{run(*script)}\n"


def node_instance(repo: str, commit: str, spec: RepoSpec) -> str:
    script = [f"cd {TREE}", f"export PATH={PATHS}:$PATH", *spec.pre_install, *spec.installs(), *spec.build]
    return f"{clone(repo, commit)}{run(*script)}\n"


def clone(repo: str, commit: str) -> str:
    """Put the repository at its place: from the tar in the build context, or where that is empty from GitHub.

    A clone keeps its history for as long as the package is installed, for versions are often made of tags; a tree from
    a tar gets one commit with the last tag.
    """
    url = f"https://github.com/{repo}"
    return (
        f"COPY {TAR} /tmp/{TAR}\n"
        + run(
            f"git config --system --add safe.directory {TREE}",
            f"if [ -s /tmp/{TAR} ]; then",
            f"  mkdir -p {TREE}; tar -xf /tmp/{TAR} -C {TREE} --no-same-owner; cd {TREE}",
            f"  tag=$(head -n 1 {TAG_FILE} 2>/dev/null || true); rm -f {TAG_FILE}; git init -q .",
            f'  git add -A -f .; git {_IDENTITY} commit -q -m {commit}; if [ -n "$tag" ]; then git tag "$tag"; fi',
            "else",
            f"  git clone -q --no-checkout {shlex.quote(url)} {TREE}; cd {TREE}",
            f"  git cat-file -e {commit} 2>/dev/null || git fetch -q origin {commit}",
            f"  git checkout -q --detach {commit}; git remote remove origin",
            "  git submodule -q update --init --recursive || true",
            "fi",
            f"rm -f /tmp/{TAR}",
        )
        + "\n"
    )


def editable(command: str) -> str:
    """An install command that uses the tree itself: a copy elsewhere would be tested in place of a patched tree."""
    if _COPIES.match(command):
        return "python -m pip install -e ."
    return _PLAIN.sub("python -m pip install -e .", command)
