"""The image of a repository: the tree at its commit, and all that its build on JDK 8 resolves in a Maven repository."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from boxscore import InstanceImage

if TYPE_CHECKING:
    from .row import Row

BASE = "jvm"
TREE = "/testbed"
_TAR, _TAG_FILE = "repository.tar", ".boxscore-tag"  # as `boxscore.InstanceImage` says
_JAVA_8 = "/usr/lib/jvm/java-8"
_MAVEN = "/opt/maven/bin/mvn -B -ntp -Dmaven.repo.local=/opt/maven-repository"
_IDENTITY = "-c user.name=boxscore -c user.email=boxscore@localhost"


def instance_image(row: Row) -> InstanceImage:
    """The image of a repository, built from GitHub or from BOXSCORE_REPOS."""
    return InstanceImage(
        name=row.repo,
        tree=TREE,
        base=BASE,
        instance=f"COPY {_TAR} /tmp/{_TAR}\n{_place(row)}\n{_resolve()}\n",
        repository=(row.repo, row.base_commit),
    )


def _place(row: Row) -> str:
    """Put the repository at its place, from the tar of the build context or from GitHub."""
    url, commit = shlex.quote(f"https://github.com/{row.repo}"), row.base_commit
    return _run(
        f"git config --system --add safe.directory {TREE}",
        f"if [ -s /tmp/{_TAR} ]; then",
        f"  mkdir -p {TREE}; tar -xf /tmp/{_TAR} -C {TREE} --no-same-owner; cd {TREE}; rm -f {_TAG_FILE}",
        f"  git init -q .; git add -A -f .; git {_IDENTITY} commit -q -m {commit}",
        "else",
        f"  git clone -q --no-checkout {url} {TREE}; cd {TREE}",
        f"  git cat-file -e {commit} 2>/dev/null || git fetch -q origin {commit}",
        f"  git checkout -q --detach {commit}; git remote remove origin",
        "fi",
        f"rm -f /tmp/{_TAR}",
    )


def _resolve() -> str:
    """Build on JDK 8 with tests, as grading will, so that what it needs is in the image; leave the tree as it was.

    A test that fails here does not end the build of the image: which tests pass is learned where they are graded. The
    second round is for what a broken connection has left out.
    """
    build = f"{_MAVEN} -Dmaven.test.failure.ignore=true clean verify"
    return _run(
        f"cd {TREE}",
        f"export JAVA_HOME={_JAVA_8} MAVEN_OPTS=-Xmx1g",
        f"{_MAVEN} dependency:resolve || true",
        f"{build} || {build}",
        f"{_MAVEN} dependency:resolve-plugins dependency:tree || true",
        f"{_MAVEN} help:effective-pom > /dev/null || true",
        "git clean -ffdxq; git checkout -q -f .",
        "chmod -R a+rX /opt/maven-repository",
    )


def _run(*lines: str) -> str:
    return "RUN " + json.dumps(["/bin/bash", "-c", "\n".join(("set -euo pipefail", *lines))], ensure_ascii=False)
