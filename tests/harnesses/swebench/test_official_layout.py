"""An image in the layout of SWE-bench's own, in a registry: pulled by its digest and graded."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import docker
import docker.errors
import pytest

from boxscore import Sample, grade
from boxscore.images.build import BuildOptions
from boxscore.images.instance_build import ensure_environment, ensure_interpreter, ensure_recipe
from boxscore.images.layers import environment_reference
from boxscore.images.records import InstanceImage
from harnesses.swebench.row import published_image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

    from boxscore.boxes.contract import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]

PREFIX = "/opt/miniconda3/envs/testbed"
# The environment is made where the network is; then it is moved to the place that it has in those images.
ENVIRONMENT = (
    "RUN /usr/local/lib/boxscore/install-as-of 2024-10-20 pytest==8.3.3 setuptools==69.5.1 wheel && "
    f"mkdir -p /opt/miniconda3/bin {PREFIX.rpartition('/')[0]} && mv /opt/env {PREFIX} && "
    f"echo {PREFIX}/lib > /etc/ld.so.conf.d/testbed.conf && ldconfig && "
    f"sed -i 's,^#!/opt/env/,#!{PREFIX}/,' {PREFIX}/bin/*"
)
# What conda's own does for whoever sources it, as far as evaluations use it.
ACTIVATE = f"""conda() {{
  [ "$1 $2" = "activate testbed" ] || return 1
  export CONDA_PREFIX={PREFIX} CONDA_DEFAULT_ENV=testbed PATH={PREFIX}/bin:$PATH PS1="(testbed) ${{PS1:-}}"
}}
"""
BROKEN = "def hours(minutes):\n    return minutes // 100\n"
RIGHT = BROKEN.replace("100", "60")
OLD_TEST = "from clock.face import hours\n\n\ndef test_none():\n    assert hours(0) == 0\n"
NEW_TEST = OLD_TEST + "\n\ndef test_two():\n    assert hours(120) == 2\n"
TEST_PATCH = """diff --git a/tests/test_face.py b/tests/test_face.py
--- a/tests/test_face.py
+++ b/tests/test_face.py
@@ -3,3 +3,7 @@
\x20
 def test_none():
     assert hours(0) == 0
+
+
+def test_two():
+    assert hours(120) == 2
"""
PATCH = """diff --git a/clock/face.py b/clock/face.py
--- a/clock/face.py
+++ b/clock/face.py
@@ -1,2 +1,2 @@
 def hours(minutes):
-    return minutes // 100
+    return minutes // 60
"""
WRONG = PATCH.replace("+    return minutes // 60", "+    return minutes // 61 + 1")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
EVAL = f"""#!/bin/bash
set -uxo pipefail
source /opt/miniconda3/bin/activate
conda activate testbed
cd /testbed
git config --global --add safe.directory /testbed
cd /testbed
git status
git show
git -c core.fileMode=false diff {COMMIT}
source /opt/miniconda3/bin/activate
conda activate testbed
python -m pip install -e .
git checkout {COMMIT} tests/test_face.py
git apply -v - <<'EOF_114329324912'
{TEST_PATCH}
EOF_114329324912
: '>>>>> Start Test Output'
pytest -rA tests/test_face.py
: '>>>>> End Test Output'
git checkout {COMMIT} tests/test_face.py
"""
FILES = {
    "repo/setup.py": "from setuptools import setup\n\nsetup(name='clock', packages=['clock'])\n",
    "repo/clock/__init__.py": "",
    "repo/clock/face.py": BROKEN,
    "repo/tests/test_face.py": OLD_TEST,
    "activate": ACTIVATE,
    "eval.sh": EVAL,
}
GIT = "git -c user.name=SWE-bench -c user.email=setup@swebench.config"
# The repository as there: the upstream commit, one of the benchmark's own on top, everybody may write, no remote.
DOCKERFILE = f"""FROM {{base}}
LABEL {{label}}
COPY activate /opt/miniconda3/bin/activate
COPY repo /testbed
COPY eval.sh /eval.sh
WORKDIR /testbed
RUN git init -q . && git add -A && {GIT} commit -qm upstream && chmod -R 777 /testbed \\
 && {PREFIX}/bin/python -m pip install -q --no-index --no-build-isolation --no-deps -e . \\
 && {GIT} commit -q --allow-empty -am SWE-bench && rm -rf /boxscore /opt/env
CMD ["/bin/bash"]
"""


def packed(files: dict[str, str]) -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    made.seek(0)
    return made


@contextmanager
def pushed(client: DockerClient, registry: str, name: str) -> Iterator[str]:
    environment = InstanceImage(name="clock", base="patch-python-3.9", environment=ENVIRONMENT)
    options = BuildOptions.from_environment()
    ensure_recipe("patch-python", options, lambda _: None)
    ensure_interpreter(environment.base, options, lambda _: None)
    ensure_environment(environment, options, lambda _: None)
    label = f"boxscore.test={uuid.uuid4()}"
    dockerfile = DOCKERFILE.format(base=environment_reference(environment), label=label)
    repository, _, tag = f"{registry}/{name}".rpartition(":")
    try:
        client.images.build(
            fileobj=packed({**FILES, "Dockerfile": dockerfile}), custom_context=True, tag=f"{repository}:{tag}", rm=True
        )
        client.images.push(repository, tag=tag)
        digest = client.images.get_registry_data(f"{repository}:{tag}").id
        client.images.remove(f"{repository}:{tag}")
        yield digest
    finally:
        for image in client.images.list(filters={"label": label}):
            with suppress(docker.errors.APIError):
                client.images.remove(str(image.id), force=True)
        with suppress(docker.errors.APIError):
            client.images.remove(environment_reference(environment))


def records() -> list[dict[str, object]]:
    classic: dict[str, object] = {
        "repo": "sqlfluff/sqlfluff",
        "instance_id": "org__clock-1",
        "base_commit": COMMIT,
        "patch": PATCH,
        "test_patch": TEST_PATCH,
        "problem_statement": "Two hours have 120 minutes.",
        "created_at": "2024-01-02T03:04:05Z",
        "version": "1.0",
        "FAIL_TO_PASS": ["tests/test_face.py::test_two"],
        "PASS_TO_PASS": ["tests/test_face.py::test_none"],
    }
    v5 = {"eval_script": EVAL, "log_parser": "parse_log_pytest", "eval_type": "pass_and_fail"}
    return [classic, {**classic, **v5, "instance_id": "org__clock-2", "image": published_image("org__clock-1")}]


def test_a_published_image(
    docker_backend: Backend, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert docker_backend.name == "docker"
    name = published_image("org__clock-1")
    spec = {"python": "3.9", "install": "python -m pip install -e .", "test_cmd": "pytest -rA"}
    table = {
        "MAP_REPO_VERSION_TO_SPECS": {"sqlfluff/sqlfluff": {"1.0": spec}},
        "MAP_REPO_TO_EXT": {"sqlfluff/sqlfluff": "py"},
    }
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(one) + "\n" for one in records()))
    (tmp_path / "v4.1.0_repo_version_specs.json").write_text(json.dumps(table))
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BOXSCORE_MIRROR", registry)
    ids = [str(one["instance_id"]) for one in records()]
    samples = [
        Sample(instance_id=instance, sample_id=which, text=patch)
        for instance in ids
        for which, patch in (("right", PATCH), ("wrong", WRONG))
    ]
    with closing(docker.from_env()) as client, pushed(client, registry, name) as digest:
        (tmp_path / "digests.json").write_text(json.dumps({name: digest}))

        report = grade("swe-bench", samples, backend="docker", data=rows, workers=1)
        images = [text for text in client.api.images(name="boxscore/instance") if "org__clock" in str(text["Labels"])]

        for image in images:
            client.images.remove(image["Id"], force=True)

    found = {(result.instance_id, result.sample_id): result.outcome for result in report.results}
    assert found == {
        (one, which): {"right": "passed", "wrong": "wrong"}[which] for one in ids for which in ("right", "wrong")
    }
    levels = [result.trust for result in report.results if result.outcome == "passed"]
    assert len(levels) == len(ids)
    assert {*levels} <= {"blind", "watched"}
