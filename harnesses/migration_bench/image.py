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
# Which plugins a pom means that names none of them follows from Maven's version: this one the benchmark was made with.
_MAVEN_VERSION = "3.9.6"
_MAVEN_SHA512 = (
    "706f01b20dec0305a822ab614d51f32b07ee11d0218175e55450242e49d21563"
    "86483b506b3a4e8a03ac8611bae96395fd5eec15f50d3013d5deed6d1ee18224"
)
_MAVEN = "/opt/maven/bin/mvn -B -ntp -Dmaven.repo.local=/opt/maven-repository"
# The plugin that the protocol asks for dependencies; another version of it would be brought into each box.
_LOOKS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:tree"
_JVM = "-Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
_IDENTITY = "-c user.name=boxscore -c user.email=boxscore@localhost"


def instance_image(row: Row) -> InstanceImage:
    return InstanceImage(
        name=row.repo,
        tree=TREE,
        base=BASE,
        environment=f"{_benchmarks_maven()}\n",
        instance=f"COPY {_TAR} /tmp/{_TAR}\n{_place(row)}\n{_resolve()}\n",
        repository=(row.repo, row.base_commit),
    )


def _benchmarks_maven() -> str:
    """Put the Maven that the benchmark was made with in the place of the newer one, with our settings."""
    path = f"org/apache/maven/apache-maven/{_MAVEN_VERSION}/apache-maven-{_MAVEN_VERSION}-bin.tar.gz"
    return _run(
        "central=https://repo1.maven.org/maven2",
        "[ ! -s /boxscore/build/maven-mirror ] || central=$(cat /boxscore/build/maven-mirror)",
        f'curl -fsSL --retry 3 -o /tmp/maven.tar.gz "${{central%/}}/{path}"',
        f'echo "{_MAVEN_SHA512}  /tmp/maven.tar.gz" | sha512sum --check --quiet',
        "rm -rf /opt/maven/bin /opt/maven/boot /opt/maven/lib",
        "tar -xzf /tmp/maven.tar.gz -C /opt/maven --strip-components=1 --no-same-owner --exclude='*/conf/*'",
        "chmod -R a+rX /opt/maven; rm /tmp/maven.tar.gz",
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
    second round is for what a broken connection has left out. The last call is for plugins that look at the project.
    """
    build = f"{_MAVEN} -Dmaven.test.failure.ignore=true clean verify"
    return _run(
        f"cd {TREE}",
        f"export JAVA_HOME={_JAVA_8}",
        f"export MAVEN_OPTS={shlex.quote(_JVM)}",
        f"{build} || {build}",
        f"{_MAVEN} {_LOOKS} > /dev/null || true",
        "git clean -ffdxq; git checkout -q -f .",
        "chmod -R a+rX /opt/maven-repository",
    )


def _run(*lines: str) -> str:
    return "RUN " + json.dumps(["/bin/bash", "-c", "\n".join(("set -euo pipefail", *lines))], ensure_ascii=False)
