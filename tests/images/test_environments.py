"""Images: references, base and build, pull by digest, cleaning."""

from __future__ import annotations

import io
import tarfile
import uuid
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import docker
import docker.errors
import pytest

from boxscore import InputError, SandboxUnavailable, UsageError
from boxscore.images import environments
from boxscore.images.build import BuildOptions, ensure_image, find_ca_bundle
from boxscore.images.inspect import privileged_files
from boxscore.images.pull import pull_by_digest, pull_patiently, pull_pinned, with_mirror
from boxscore.images.recipes import LABEL, recipe, recipes, reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

DIGEST = "sha256:" + "0" * 64


def write_recipe(root: Path, *, dockerfile: str = "ARG BASE\nFROM ${BASE}\n", registry: str = "debian:x") -> None:
    for name in ("base", "toy"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "base" / "base.toml").write_text(f'registry = "{registry}"\nsuite = "bookworm"\n')
    (root / "toy" / "image.toml").write_text('description = "a toy"\nbase = "base"\n')
    (root / "toy" / "Dockerfile").write_text(dockerfile)


class TestReference:
    """`reference` says which image is wanted without asking anyone."""

    @pytest.mark.parametrize("changed", ["toy/Dockerfile", "base/base.toml"])
    def test_follows_the_content(self, tmp_path: Path, changed: str) -> None:
        write_recipe(tmp_path)
        before = recipe("toy", tmp_path).reference

        with (tmp_path / changed).open("a") as file:
            file.write("# changed\n")

        assert recipe("toy", tmp_path).reference != before

    def test_broken_recipe_names_its_file(self, tmp_path: Path) -> None:
        write_recipe(tmp_path)
        (tmp_path / "toy" / "image.toml").write_text("description = 1\n")

        with pytest.raises(InputError, match=r"image\.toml"):
            recipe("toy", tmp_path)

    def test_every_bundled_recipe_reads(self) -> None:
        assert [one.name for one in recipes() if "Dockerfile" not in dict(one.files)] == []


def test_a_ca_bundle_that_is_missing_is_an_error() -> None:
    with pytest.raises(InputError):
        find_ca_bundle({"BOXSCORE_CA_BUNDLE": "/nowhere"})


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ("python@d", "m:5000/library/python@d"),
        ("owner/python@d", "m:5000/owner/python@d"),
        ("ghcr.io/owner/python@d", "m:5000/owner/python@d"),
        ("localhost/python@d", "m:5000/python@d"),
        ("host:99/python@d", "m:5000/python@d"),
    ],
)
def test_mirror_replaces_the_registry(pinned: str, expected: str) -> None:
    assert with_mirror(pinned, "m:5000") == expected
    assert with_mirror(pinned, None) == pinned


@pytest.mark.parametrize("unpinned", ["python", "python:3.11", "python@sha256:00", f"-v@{DIGEST}", f"a b@{DIGEST}"])
def test_only_digests_are_pulled(unpinned: str) -> None:
    with pytest.raises(UsageError):
        pull_by_digest(cast("DockerClient", None), unpinned, mirror=None, say=print)


class FakeImages:
    """As much of the SDK's images and of its API as `clean` uses."""

    def __init__(self, tags: list[list[str]], *, in_use: str) -> None:
        self.there, self.in_use = tags, in_use

    def images(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        assert filters == {"label": f"{LABEL}=1"}
        return [
            {"Id": f"sha256:{index}", "RepoTags": tags or None, "Labels": {}, "Size": 1}
            for index, tags in enumerate(self.there)
        ]

    def remove(self, target: str, *, noprune: bool) -> None:
        if target == self.in_use:
            raise docker.errors.APIError("conflict", explanation="image is in use")


class TestClean:
    """`clean` removes what no recipe wants."""

    def clean(self, images: FakeImages, **options: Any) -> tuple[str, ...]:
        client = SimpleNamespace(api=images, images=images, close=lambda: None)
        return environments.clean(connect=lambda: cast("DockerClient", client), **options)

    def test_what_is_wanted_or_in_use_stays(self) -> None:
        one, said = recipe("python"), list[str]()
        there = [[one.reference], [one.base_reference], ["boxscore/python:old"], [], ["boxscore/a:1"]]

        removed = self.clean(FakeImages(there, in_use="boxscore/a:1"), say=said.append)

        assert removed == ("boxscore/python:old", "sha256:3")
        assert said == ["boxscore/a:1 stays: image is in use"]


@pytest.fixture(name="client")
def fixture_client() -> Iterator[DockerClient]:
    try:
        client = docker.from_env(timeout=300)
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker engine: {error}")
    with closing(client):
        yield client


@pytest.fixture(name="built")
def fixture_built(client: DockerClient) -> str:
    try:
        client.images.get(reference("python"))
    except docker.errors.ImageNotFound:
        pytest.skip("the python image is not built: `boxscore images build`")
    return reference("python")


def toy_image(client: DockerClient, name: str, *, mode: int = 0o755) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("tool")
        entry.mode, entry.size = mode, 4
        archive.addfile(entry, io.BytesIO(b"tool"))
    repository, _, tag = name.rpartition(":")
    client.api.import_image_from_data(packed.getvalue(), repository, tag, changes=[f"LABEL {LABEL}=1"])


@pytest.mark.docker
class TestEngine:
    """Against a real engine."""

    def test_check_finds_the_image_and_nothing_privileged(self, built: str) -> None:
        (info,) = environments.check(["python"])

        assert (info.present, info.reference, info.privileged) == (True, built, ())
        assert info.digest is not None
        assert info.digest.startswith("sha256:")
        assert info.size_bytes is not None
        assert info.size_bytes > 1 << 20
        assert info.base

    def test_the_image_has_what_answers_need_and_no_more(self, client: DockerClient, built: str) -> None:
        program = (
            "import importlib.util as u, numpy, shutil, sys\n"
            "print(sys.version_info[:2], u.find_spec('pip'), shutil.which('cc'), shutil.which('gcc'))"
        )

        output = client.containers.run(
            built, ["/usr/bin/python3", "-I", "-c", program], network_mode="none", user="65534:65534", remove=True
        )

        assert output == b"(3, 11) None None None\n"

    def test_a_build_records_its_base(self, client: DockerClient, built: str, tmp_path: Path) -> None:
        dockerfile = "ARG BASE\nFROM ${BASE}\nCOPY ca-bundle.crt /tmp/\nRUN grep -q AUTHORITY /tmp/ca-bundle.crt\n"
        write_recipe(tmp_path / "images", registry=built, dockerfile=dockerfile + f"ENV ONCE={uuid.uuid4()}\n")
        (tmp_path / "ca").write_text("AUTHORITY")
        one = recipe("toy", tmp_path / "images")
        try:
            ensure_image(client, one, BuildOptions(ca_bundle=tmp_path / "ca", registry_s=3), lambda _: None)

            labels = client.images.get(one.reference).labels
            assert labels[LABEL] == "1"
            assert labels[f"{LABEL}.base"] == client.images.get(built).id
        finally:
            client.images.remove(one.reference, force=True)

    def test_a_recipe_with_privileged_files_is_refused(self, client: DockerClient, built: str, tmp_path: Path) -> None:
        dockerfile = f"ARG BASE\nFROM ${{BASE}}\nENV ONCE={uuid.uuid4()}\nRUN chmod u+s /usr/bin/su\n"
        write_recipe(tmp_path, registry=built, dockerfile=dockerfile)
        one = recipe("toy", tmp_path)

        with pytest.raises(SandboxUnavailable, match="/usr/bin/su"):
            ensure_image(client, one, BuildOptions(registry_s=3), lambda _: None)

        with pytest.raises(docker.errors.ImageNotFound):
            client.images.get(one.reference)

    def test_a_failed_build_says_why(self, client: DockerClient, built: str, tmp_path: Path) -> None:
        write_recipe(tmp_path, registry=built, dockerfile="ARG BASE\nFROM ${BASE}\nRUN echo the-reason && false\n")

        with pytest.raises(SandboxUnavailable, match="the-reason"):
            ensure_image(client, recipe("toy", tmp_path), BuildOptions(registry_s=3), lambda _: None)

    def test_without_registry_and_mmdebstrap_it_says_what_to_install(
        self, client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_recipe(tmp_path, registry="127.0.0.1:1/nothing:x")
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(SandboxUnavailable, match=r"apt-get install mmdebstrap.*BOXSCORE_BASE_IMAGE"):
            ensure_image(client, recipe("toy", tmp_path), BuildOptions(), lambda _: None)

    def test_privileged_files_are_found(self, client: DockerClient) -> None:
        name = f"boxscore/test-{uuid.uuid4().hex}:x"
        toy_image(client, name, mode=0o4755)
        try:
            assert privileged_files(client, name) == ("/tool",)
        finally:
            client.images.remove(name, force=True)


@pytest.mark.parametrize("refusal", [{"error": "toomanyrequests: You have reached your pull rate limit."}, 429])
def test_a_registry_that_limits_its_rate_is_asked_again(refusal: dict[str, str] | int) -> None:
    answers, waited = [refusal, refusal, {"status": "done"}], list[float]()

    def pull() -> list[dict[str, str]]:
        answer = answers.pop(0)
        if isinstance(answer, int):
            response = cast("Any", SimpleNamespace(status_code=answer))
            raise docker.errors.APIError("refused", response=response, explanation="Too Many Requests (HAP429)")
        return [answer]

    pull_patiently(pull, "image", sleep=waited.append)

    assert answers == []
    assert len(waited) == 2


@pytest.mark.docker
class TestPull:
    """Against a real registry and a real engine."""

    def push(self, client: DockerClient, registry: str, *, mode: int = 0o755) -> str:
        name = f"{registry}/owner/toy-{uuid.uuid4().hex}"
        toy_image(client, f"{name}:x", mode=mode)
        events = list(client.api.push(name, tag="x", stream=True, decode=True))
        client.images.remove(f"{name}:x", force=True)
        (digest,) = (event["aux"]["Digest"] for event in events if "aux" in event)
        return f"{name}@{digest}"

    def test_an_image_with_privileged_files_is_refused(self, client: DockerClient, registry: str) -> None:
        pinned = self.push(client, registry, mode=0o6755)
        try:
            with pytest.raises(SandboxUnavailable, match="/tool"):
                pull_pinned(pinned)
        finally:
            client.images.remove(pinned, force=True)


def test_without_an_engine_nothing_is_pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    with pytest.raises(SandboxUnavailable, match="DOCKER_HOST"):
        environments.check()
