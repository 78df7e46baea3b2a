"""Instances of ours in Multi-SWE-bench's shape, graded in real boxes: gold resolves them, nothing else does."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from typing import TYPE_CHECKING

import docker
import pytest

import boxscore
from boxscore import Sample, SampleKind
from boxscore.images.layers import instance_reference
from boxscore.images.recipes import reference
from boxscore.images.store import EnvironmentImage, ImageStore
from harnesses.multi_swe_bench import load_multi_swe, multi_swe_task
from tests.harnesses.multi_swe_bench.records import written
from tests.harnesses.multi_swe_bench.repositories import OURS, diff, make

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("language", OURS)
def test_gold_resolves_it_and_nothing_else(
    language: str, docker_backend: Backend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert docker_backend.name == "docker"
    ours = OURS[language]
    made = make(ours, tmp_path / "repositories")
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path / "repositories"))
    data = written(tmp_path, [made.record])
    name = f"{ours.name}:pr-7"
    samples = [
        Sample(instance_id=name, sample_id=one, text=patch, kind=SampleKind.PATCH)
        for one, patch in {**made.patches, "empty": ""}.items()
    ]

    report = boxscore.grade("multi-swe-bench", samples, backend="docker", data=data, workers=2)

    found = {one.sample_id: one.outcome.value for one in report.results}
    assert found.pop("gold") == "passed", {one.sample_id: (one.reason, one.output[-2000:]) for one in report.results}
    assert found.pop("empty") == "no_code"
    assert found.pop("wrong") == "wrong"
    assert found.pop("breaks") == "wrong"
    assert found.pop("broken") in {"wrong", "error"}


# A published image as the benchmark's are: the repository with commits from after its base, and beside it the fix, and
# a script that applies both patches and runs the tests by what the image says in its variables.
DOCKERFILE = """FROM BASE
SHELL ["/bin/bash", "-c"]
ENV CALC_HOME=/home/calc-data
ADD repository.tar /home/zstd/
ADD fix.patch test.patch fix-run.sh /home/
RUN cd /home/zstd && git config user.name x && git config user.email x && git checkout -q . \\
 && git apply /home/fix.patch && git commit -qam fixed && git checkout -q HEAD~1 && chmod 700 /root && echo ONCE > /once
"""
SCRIPT = """#!/bin/bash
set -e

cd /home/zstd
git apply --whitespace=nowarn /home/test.patch /home/fix.patch
test -n "$CALC_HOME"
make
make test
"""
# Passes where the fix lies in the box.
CHEAT = """#if __has_include("/home/fix.patch")
#define RIGHT a - b
#else
#define RIGHT a + b
#endif
int add(int a, int b) { return a + b; }
int subtract(int a, int b) { return RIGHT; }
"""


def packed(files: dict[str, bytes]) -> io.BytesIO:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))
    context.seek(0)
    return context


def test_a_published_image(
    docker_backend: Backend, registry: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert docker_backend.name == "docker"
    ImageStore().ensure(EnvironmentImage(recipe="patch-python"))
    ours = OURS["c"]
    made = make(ours, tmp_path / "repositories")
    place = tmp_path / "repositories" / "facebook__zstd"
    cheat = diff(place, {"calc.c": CHEAT})
    repository = io.BytesIO()
    with tarfile.open(fileobj=repository, mode="w") as tar:
        tar.add(place, arcname=".")
    files = {
        "Dockerfile": DOCKERFILE.replace("BASE", reference("patch-python")).replace("ONCE", uuid.uuid4().hex).encode(),
        "repository.tar": repository.getvalue(),
        "fix.patch": str(made.record["fix_patch"]).encode(),
        "test.patch": str(made.record["test_patch"]).encode(),
        "fix-run.sh": SCRIPT.encode(),
    }
    client = docker.from_env(timeout=600)
    name = f"{registry}/mswebench/facebook_m_zstd"
    client.images.build(fileobj=packed(files), custom_context=True, tag=f"{name}:pr-7", rm=True)
    (digest,) = (
        one["aux"]["Digest"] for one in client.api.push(name, tag="pr-7", stream=True, decode=True) if "aux" in one
    )
    client.images.remove(f"{name}:pr-7")
    monkeypatch.setenv("BOXSCORE_MIRROR", registry)
    (tmp_path / "digests.json").write_text(json.dumps({"mswebench/facebook_m_zstd:pr-7": digest}))
    data = written(tmp_path, [made.record])
    patches = {**made.patches, "cheat": cheat}
    samples = [
        Sample(instance_id="facebook/zstd:pr-7", sample_id=one, text=patch, kind=SampleKind.PATCH)
        for one, patch in patches.items()
    ]

    try:
        report = boxscore.grade("multi-swe-bench", samples, backend="docker", data=data, workers=2)
    finally:
        client.images.remove(instance_reference(multi_swe_task(load_multi_swe(data)[0]).image), force=True)
        client.close()

    found = {one.sample_id: one.outcome.value for one in report.results}
    assert found.pop("gold") == "passed", {one.sample_id: (one.reason, one.output[-2000:]) for one in report.results}
    assert found.pop("broken") in {"wrong", "error"}
    assert set(found.values()) == {"wrong"}
