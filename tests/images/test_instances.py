"""Images of instances: references, building and sealing, checks, sizes, removal, pull by digest, command line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import docker
import docker.errors
import pytest
from msgspec.structs import replace

from boxscore import SandboxUnavailable, UsageError
from boxscore.cli.app import main
from boxscore.images import disk, layers, usage
from boxscore.images import environments as images_environments
from boxscore.images import instances as trees
from boxscore.images.layers import ENVIRONMENT, INSTANCE, base_reference
from boxscore.images.recipes import KIND, LABEL, reference
from boxscore.images.records import InstanceImage
from boxscore.images.usage import held_references
from tests.tiny_patches import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker import DockerClient
    from docker.models.images import ImageCollection

pytestmark = pytest.mark.timeout(600)  # what the first test with an engine finds missing is built for it

OURS = f"boxscore.test={uuid.uuid4()}"  # a label, by which layers that a failed build leaves are found and removed
TOY = InstanceImage(name="toy", environment="RUN true", instance="RUN mkdir /testbed", files=(("a", b"1"),))
DIGEST = "sha256:" + "0" * 64
# A repository as it comes: history, a tag, a branch, a remote, a hook, a submodule, ignored files, loose permissions.
MESSY = r"""
ENV GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
RUN git init -q /testbed; cd /testbed; echo gone > later.py; git add -A; git commit -qm future; git tag v2 \
 && git branch other && git rm -q later.py && tar -xzf /tmp/toy.tar.gz --strip-components=1 && git add -A \
 && git add -f kept.log && git commit -qm base && git remote add origin https://example.invalid/x \
 && echo '#!/bin/sh' > .git/hooks/post-checkout && chmod 755 .git/hooks/post-checkout \
 && echo 2 > changed.py && echo new > new.py && echo no > ignored.log \
 && git init -q inner && echo in > inner/file && (cd inner && git add -A && git commit -qm inner) && git add inner \
 && git commit -qm submodule && cp /usr/bin/true suid && chmod 4777 suid && mkfifo pipe && chmod 700 secret.py
"""


def sdist() -> bytes:
    files = {
        "toy.py": b"def f():\n    return 1\n",
        "changed.py": b"1\n",
        "secret.py": b"\n",
        "kept.log": b"tracked all the same\n",
        ".gitignore": b"*.log\n",
        "tests/test_toy.py": b"import toy\n",
    }
    return pack("toy-1.0", files)


def command(*words: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        main([*words])
    code = exit_.value.code
    assert isinstance(code, int)
    return code


class TestReference:
    """References are told without an engine, by content."""

    def test_is_stable_and_follows_the_content(self) -> None:
        changed = [
            replace(TOY, environment="RUN false"),
            replace(TOY, instance="RUN false"),
            replace(TOY, base="patch-node"),
            replace(TOY, base="patch-python-3.9"),
            replace(TOY, tree="/app"),
            replace(TOY, files=(("a", b"2"),)),
            replace(TOY, pinned=f"x/y@{DIGEST}"),
        ]

        references = {layers.instance_reference(one) for one in [TOY, *changed]}

        assert len(references) == 8
        assert all(one.startswith("boxscore/instance:") for one in references)
        assert layers.instance_reference(
            replace(TOY, name="other", links=("node_modules",))
        ) == layers.instance_reference(TOY)

    @pytest.mark.parametrize("tree", ["/", "testbed", "/a/../etc", "/usr/src", "/tmp", "/boxscore/tree", "/a b", '/a"'])
    def test_a_repository_cannot_be_anywhere(self, tree: str) -> None:
        with pytest.raises(UsageError, match="repository"):
            layers.instance_reference(replace(TOY, tree=tree))

    @pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", ".boxscore/strip-history", "", ".", "a//b"])
    def test_a_file_stays_in_its_context(self, name: str) -> None:
        with pytest.raises(UsageError, match="build context"):
            layers.instance_reference(replace(TOY, files=((name, b""),)))

    @pytest.mark.parametrize("pinned", ["x/y", "x/y:latest", f"x/y@{DIGEST}\nRUN evil"])
    def test_only_digests_are_pinned(self, pinned: str) -> None:
        with pytest.raises(UsageError, match="sha256"):
            layers.instance_reference(replace(TOY, pinned=pinned))


class TestUse:
    """Which images a run uses."""

    def test_is_told_to_others_until_its_end(self) -> None:
        with usage.in_use(["a", "b"]):
            with usage.in_use(["b", "c"]), usage.in_use([]):
                assert held_references() == {"a", "b", "c"}
            assert held_references() == {"a", "b"}
        assert held_references() == frozenset()

    def test_ends_with_a_killed_process(self, tmp_path: Path) -> None:
        script = (
            "import os, sys\nfrom boxscore.images.usage import in_use\n"
            "with in_use(['a']):\n    print(flush=True)\n    sys.stdin.read()\n"
        )
        with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            before = held_references()
            process.kill()

        assert before == {"a"}
        assert held_references() == frozenset()
        assert list((tmp_path / "cache" / "instances" / "in-use").iterdir()) == []


@pytest.fixture(name="client", scope="module")
def fixture_client() -> Iterator[DockerClient]:
    try:
        client = docker.from_env(timeout=300)
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker engine: {error}")
    with closing(client):
        assert [one.present for one in images_environments.build(["patch-python"])] == [True]
        yield client
        for image in client.images.list(filters={"label": OURS, "dangling": True}):
            client.images.remove(str(image.id))


@pytest.fixture(autouse=True)
def fixture_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))


def toy(name: str, instance: str, **options: Any) -> InstanceImage:
    return InstanceImage(
        name=name,
        instance=f"LABEL {OURS}\nENV ONCE={uuid.uuid4()}\nCOPY toy.tar.gz /tmp/\n{instance}",
        files=(("toy.tar.gz", sdist()),),
        **options,
    )


def forget(client: DockerClient, *images: InstanceImage, environments: bool = True) -> None:
    for image in images:
        for name in (
            layers.instance_reference(image),
            *([layers.environment_reference(image)] if environments else []),
        ):
            if not name.startswith("boxscore/patch-"):
                with suppress(docker.errors.APIError):
                    client.images.remove(name)


def run(client: DockerClient, image: InstanceImage, script: str) -> str:
    output: bytes = client.containers.run(
        layers.instance_reference(image),
        ["/bin/bash", "-c", script],
        network_mode="none",
        user="65534:65534",
        remove=True,
    )
    return output.decode()


@pytest.fixture(name="messy", scope="module")
def fixture_messy(client: DockerClient) -> Iterator[InstanceImage]:
    image = toy("messy", MESSY, environment=f"ENV ENVIRONMENT={uuid.uuid4()}")
    try:
        (info,) = trees.ensure_instance_images([image])
        assert info.error is None
        yield image
    finally:
        forget(client, image)


GIT = "git -c safe.directory='*' -C /boxscore/tree"


@pytest.mark.docker
class TestSeal:
    """A messy repository, sealed."""

    def test_is_one_commit_and_nothing_else(self, messy: InstanceImage) -> None:
        (found,) = trees.check_instance_images([messy])

        assert found.problems == ()
        assert found.ok
        assert found.elsewhere == ()

    def test_labels_say_what_may_be_removed_with_what(self, client: DockerClient, messy: InstanceImage) -> None:
        names = layers.instance_reference(messy), layers.environment_reference(messy)

        labels = [client.images.get(name).labels for name in names]

        assert [(one[LABEL], one[KIND], one[f"{LABEL}.base"]) for one in labels] == [
            ("1", INSTANCE, names[1]),
            ("1", ENVIRONMENT, base_reference(messy.base)),
        ]

    def test_holds_the_files_as_they_were_left_and_nobody_can_change_them(
        self, client: DockerClient, messy: InstanceImage
    ) -> None:
        said = run(
            client,
            messy,
            f"cd /boxscore/tree; cat changed.py; ls ignored.log; {GIT} ls-files; cat secret.py && stat -c %A suid;"
            "touch x toy.py .git/x 2>/dev/null || echo refused; ls -A /testbed /boxscore; env | grep PIP_CERT || true",
        )

        assert said.split() == [
            *("2", "ignored.log", ".gitignore", "changed.py", "inner/file", "kept.log", "new.py", "secret.py"),
            *("suid", "tests/test_toy.py", "toy.py"),
            *("-rwxr-xr-x", "refused", "/boxscore:", "bin", "tree", "/testbed:"),
        ]


@pytest.mark.docker
class TestBuild:
    """Several builds at once."""

    def test_one_that_fails_does_not_stop_the_others(self, client: DockerClient) -> None:
        good = toy(
            "good", "ENV SOURCE_DATE_EPOCH=86400\nRUN mkdir /app && tar -xzf /tmp/toy.tar.gz -C /app", tree="/app"
        )
        bad = toy("bad", "RUN echo the-reason && false")
        nowhere = toy("nowhere", "RUN true")
        try:
            said: list[str] = []
            infos = trees.ensure_instance_images([bad, good, nowhere, good], say=said.append)

            assert [(one.name, one.present) for one in infos] == [
                *(("bad", False), ("good", True), ("nowhere", False), ("good", True)),
            ]
            assert str(infos[0].error).startswith("the-reason (exit code 1); building boxscore/instance:")
            assert "; the whole log: " in str(infos[0].error)
            assert "\n" not in str(infos[0].error)
            assert "/testbed is no folder" in str(infos[2].error)
            assert len(said) == 3
            assert trees.check_instance_images([good, bad])[0].ok
            assert run(client, good, f"{GIT} log --format=%as") == "1970-01-02\n"
        finally:
            forget(client, good)

    def test_two_that_want_the_same_build_it_once(self, client: DockerClient) -> None:
        image = toy("same", "RUN sleep 1; mkdir /testbed", environment=f"ENV ENVIRONMENT={uuid.uuid4()}")
        said: list[str] = []
        try:
            with ThreadPoolExecutor(3) as pool:
                found = list(pool.map(lambda _: trees.ensure_instance_images([image], say=said.append), range(3)))

            assert [one.error for (one,) in found] == [None] * 3
            assert len(said) == 2  # the environment, the instance
        finally:
            forget(client, image)

    def test_a_repository_comes_from_a_folder_of_clones(
        self, client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clone = tmp_path / "owner__name"
        clone.mkdir()
        (clone / "a.py").write_text("1\n")
        identity = ("-c", "user.name=x", "-c", "user.email=x")
        for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "one"]):
            subprocess.run(["git", *words], cwd=clone, check=True)
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True)
        image = toy(
            "cloned",
            "COPY repository.tar /tmp/\nRUN mkdir /testbed && tar -xf /tmp/repository.tar -C /testbed",
            repository=("owner/name", commit.stdout.strip()),
        )
        monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path))
        try:
            assert [one.error for one in trees.ensure_instance_images([image])] == [None]
            assert run(client, image, "cat /boxscore/tree/a.py") == "1\n"
            assert layers.instance_reference(replace(image, repository=None)) == layers.instance_reference(image)
        finally:
            forget(client, image)

    def test_too_little_room_stops_a_build(self) -> None:
        with pytest.raises(SandboxUnavailable, match="must stay free"):
            trees.ensure_instance_images([toy("large", "RUN true")], reserve_bytes=1 << 60)


DIRT = {
    "commits": "git commit -q --allow-empty -m more",
    "parents": "git update-ref refs/heads/main $(git commit-tree -p HEAD -m later HEAD^{tree})",
    "heads": "git -c core.logAllRefUpdates=false checkout -q --detach",
    "remotes": "git remote add origin https://example.invalid/x",
    "settings": "git config core.sshCommand evil",
    "refs": "git update-ref refs/tags/v9 HEAD",
    "reflogs": "mkdir -p .git/logs && echo x > .git/logs/HEAD",
    "hooks": "mkdir -p .git/hooks && touch .git/hooks/post-checkout",
    "unreachable": "echo stray | git hash-object -w --stdin",
    "alternates": "echo /nowhere > .git/objects/info/alternates",
    "leftovers": "echo later > .git/objects/pack/tmp_pack_later",
    "nested": "mkdir -p sub && git init -q sub",
    "staged": "echo later | git update-index --add --cacheinfo 100644,$(git hash-object -w --stdin),later.py",
    "changed": "git update-index --assume-unchanged toy.py && echo later >> toy.py",
    "unsafe": "chown 1000 toy.py",
}


ELSEWHERE = {
    "/srv/other/.git": "git init -q /srv/other",
    "/srv/bare.git": "git init -q --bare /srv/bare.git",
    "/srv/worktree": "mkdir -p /srv/worktree && echo gitdir: /srv/bare.git > /srv/worktree/.git",
    "/srv/later.bundle": "git bundle create -q /srv/later.bundle HEAD",
}
PRIVILEGED = {"/usr/bin/true": "chmod u+s /usr/bin/true", "/boxscore/tree/toy.py": "chmod g+s toy.py"}
IDENTITY = "export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x"


@contextmanager
def spoilt(client: DockerClient, image: InstanceImage, *steps: str) -> Iterator[InstanceImage]:
    dirty = replace(image, name="dirty", instance=f"{image.instance}\nENV DIRTY={uuid.uuid4()}")
    script = " && ".join([IDENTITY, *steps])
    dockerfile = f"FROM {layers.instance_reference(image)}\nLABEL {OURS}\nWORKDIR /boxscore/tree\nRUN {script}\n"
    try:
        client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=layers.instance_reference(dirty), rm=True)
        yield dirty
    finally:
        forget(client, dirty, environments=False)


@pytest.mark.docker
class TestCheck:
    """A check that finds nothing wrong is worth something only if it can find it."""

    def test_finds_each_kind_of_dirt(self, client: DockerClient, messy: InstanceImage) -> None:
        steps = [*DIRT.values(), *PRIVILEGED.values(), *ELSEWHERE.values(), "touch /testbed/x"]
        with spoilt(client, messy, *steps) as dirty:
            (found,) = trees.check_instance_images([dirty])

        assert not found.ok
        assert set(found.privileged) == PRIVILEGED.keys()
        assert set(found.elsewhere) == ELSEWHERE.keys()
        assert len(found.problems) == len(DIRT) + len(PRIVILEGED) + 1

    @pytest.mark.parametrize("step", ["mv .git /srv/git && ln -s /srv/git .git", "rm -r .git", "rm .git/HEAD"])
    def test_a_repository_that_is_none(self, client: DockerClient, messy: InstanceImage, step: str) -> None:
        with spoilt(client, messy, step) as dirty:
            (found,) = trees.check_instance_images([dirty])

        assert not found.ok
        assert "cannot be read" in found.problems[0]

    def test_an_image_that_was_never_sealed(self, client: DockerClient, messy: InstanceImage) -> None:
        unsealed = replace(messy, name="unsealed", instance=f"ENV UNSEALED={uuid.uuid4()}")
        client.images.get(reference("patch-python")).tag(*layers.instance_reference(unsealed).split(":"))
        try:
            assert not trees.check_instance_images([unsealed])[0].ok
        finally:
            forget(client, unsealed, environments=False)


class OnlyApi:
    """What an engine says that has a few images alone."""

    def __init__(self, images: ImageCollection, *names: str) -> None:
        self._images, self._names = images, names

    def images(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        key, _, value = filters["label"].partition("=")
        found = []
        for name in self._names:
            with suppress(docker.errors.ImageNotFound):
                found.append(self._images.get(name))
        return [
            {"Id": one.id, "RepoTags": one.tags, "Labels": one.labels, "Size": one.attrs["Size"]}
            for one in found
            if one.labels.get(key) == value
        ]


class Only:
    """A real engine of which a few images alone are seen, so that a test may ask for all to be removed."""

    def __init__(self, client: DockerClient, *names: str) -> None:
        self.api, self.images = OnlyApi(client.images, *names), client.images

    @classmethod
    def connect(cls, client: DockerClient, *names: str) -> Callable[[], DockerClient]:
        return lambda: cast("DockerClient", cls(client, *names))

    def close(self) -> None:
        """Nothing: the engine is somebody else's."""


def label_only(client: DockerClient, image: InstanceImage) -> None:
    environment, instance = layers.environment_reference(image), layers.instance_reference(image)
    for name, kind, base in (
        (environment, ENVIRONMENT, base_reference(image.base)),
        (instance, INSTANCE, environment),
    ):
        dockerfile = f"FROM {base}\nLABEL {LABEL}=1 {KIND}={kind} {LABEL}.base={base} once={uuid.uuid4()}\n"
        client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=name, rm=True)


@pytest.mark.docker
class TestEvict:
    """Removal on a real engine, of images of these tests only."""

    def test_the_unused_go_and_those_in_use_stay(self, client: DockerClient) -> None:
        images = [toy(name, "RUN true", environment=f"ENV {name}={uuid.uuid4()}") for name in ("ONE", "TWO")]
        names = [name for one in images for name in (layers.instance_reference(one), layers.environment_reference(one))]
        others, said = f"boxscore/instance:d{uuid.uuid4().hex[:15]}", list[str]()
        client.images.get(reference("python")).tag(*others.split(":"))
        try:
            for image in images:
                label_only(client, image)
            with usage.in_use([names[0], names[2]]):  # between two boxes of a run no container holds them
                assert disk.evict(say=said.append, connect=Only.connect(client, *names)) == ()
                one = Only.connect(client, names[0])
                assert images_environments.clean(everything=True, say=said.append, connect=one) == ()
            assert sorted(said) == sorted(f"{name} stays: a run uses it" for name in (names[0], names[0], names[2]))
            said.clear()

            container = client.containers.create(names[2], ["true"])
            try:
                removed = disk.evict(say=said.append, connect=Only.connect(client, *names, others))
            finally:
                container.remove(force=True)

            assert removed == tuple(names[:2])
            assert [line.split()[0] for line in said] == [names[2]]
            assert usage.last_used(names[0]) is None
            assert disk.evict(connect=Only.connect(client, *names, others)) == tuple(names[2:])
            assert others in client.images.get(others).tags
        finally:
            forget(client, *images)
            client.images.remove(others)


# As little of a system as a repository needs, so that it is quickly pushed and pulled.
SMALL = r"""
FROM BASE AS whole
SHELL ["/bin/bash", "-c"]
RUN mkdir -p /x/tmp /x/usr/{bin,lib64,lib/x86_64-linux-gnu,lib/python3.11} && cd /x && ln -s usr/{bin,lib,lib64} . \
 && cp -L /lib64/ld-linux* usr/lib64/ && (cd /usr/bin; cp -L bash sh git python3 find rm mv ls cp chown chmod ln \
    readlink mkdir cut sort comm wc grep head true test stat cat env /x/usr/bin/) \
 && (ldd usr/bin/* | grep -o '/lib/[^ ]*' | sort -u | xargs -I{} cp -L {} usr/lib/x86_64-linux-gnu/) \
 && cd /usr/lib/python3.11 && cp -r *.py encodings collections /x/usr/lib/python3.11/
FROM scratch
COPY --from=whole /x /
SHELL ["/bin/bash", "-c"]
RUN git init -q /testbed; cd /testbed; echo 1 > a.py; git add -A; echo ONCE; \
    git -c user.name=x -c user.email=x commit -qm one; chmod u+s /usr/bin/true
"""


@pytest.mark.docker
class TestPull:
    """Images that are in a registry already."""

    def test_by_digest_and_through_a_mirror(self, client: DockerClient, registry: str) -> None:
        name = f"{registry}/owner/toy-{uuid.uuid4().hex}"
        dockerfile = SMALL.replace("BASE", reference("patch-python")).replace("ONCE", name)
        client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=f"{name}:x", rm=True)
        events = list(client.api.push(name, tag="x", stream=True, decode=True))
        client.images.remove(f"{name}:x")
        (digest,) = (event["aux"]["Digest"] for event in events if "aux" in event)
        pinned = f"{name}@{digest}"
        image = InstanceImage(name="pinned", pinned=pinned.replace(registry, "registry.invalid"))
        try:
            (info,) = trees.ensure_instance_images([image], mirror=registry)

            assert (info.error, info.present) == (None, True)
            assert trees.check_instance_images([image])[0].problems == ()
            with pytest.raises(docker.errors.ImageNotFound):
                client.images.get(pinned)
        finally:
            forget(client, image)


HARNESS = """
import json
from boxscore import DataSource, Instance, Limits, PatchTask, InstanceImage, Trust

class Toys:
    name = "toys"
    title = "Toys"
    trust = Trust.ORACLE
    image = "patch-python"
    source = DataSource(path="toys.jsonl")
    parts = ()

    def load(self, path):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return [Instance(instance_id=row["id"], prompt="", row=row) for row in rows]

    def prompt(self, instance):
        return []

    def extract(self, instance, sample):
        return sample.text

    def task(self, instance):
        image = InstanceImage(name=instance.instance_id, instance=instance.row["instance"])
        return PatchTask(image=image, fail_to_pass=("a",), pass_to_pass=(), commands=("true",), parser="pytest")

HARNESS = Toys()
"""


@pytest.mark.docker
class TestCommands:
    """`boxscore images` for a benchmark."""

    @pytest.fixture(name="bench")
    def fixture_bench(self, tmp_path: Path, client: DockerClient) -> Iterator[list[str]]:
        rows = [
            {"id": "toys/0", "instance": f"RUN mkdir /testbed && echo {uuid.uuid4()} > /testbed/a.py"},
            {"id": "toys/1", "instance": f"LABEL {OURS}\nRUN echo the-reason && false"},
        ]
        (tmp_path / "toys.py").write_text(textwrap.dedent(HARNESS))
        (tmp_path / "toys.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        yield [str(tmp_path / "toys.py"), "--data", str(tmp_path)]
        forget(client, *(InstanceImage(name=row["id"], instance=row["instance"]) for row in rows))

    def test_build_and_check_one_instance(self, bench: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        one = [*bench, "-i", "toys/0", "--json"]

        codes = [command("images", word, *one) for word in ("check", "build", "check")]
        parts = capsys.readouterr().out.split("\n]\n")
        told = [json.loads(f"{part}]") for part in parts if part.strip()]

        assert codes == [1, 0, 0]
        assert [[row["name"] for row in rows] for rows in told] == [["toys/0"]] * 3
        assert [rows[0]["present"] for rows in told] == [False, True, True]
