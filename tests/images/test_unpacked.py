"""Images without an engine: what is unpacked of archives, honest and hostile, and what a killed process leaves."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.boxes.local.roots import find_root, images_folder
from boxscore.cache import cache_folder
from boxscore.errors import BoxscoreError, ImageMissing, InputError
from boxscore.images import unpacked
from boxscore.images.unpacked import (
    disk_bytes,
    import_archive,
    pull_unpacked,
    remove_tree,
    remove_unpacked,
    sweep,
    unpacked_images,
)
from boxscore.images.usage import in_use, mark_used

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = pytest.mark.skipif(not shutil.which("umoci") or not shutil.which("skopeo"), reason="skopeo, umoci missing")
Entry = tuple[tarfile.TarInfo, bytes]
KIND = "application/vnd.oci.image"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    remove_tree(tmp_path / "cache")


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, mode: int = 0o644, link: str = "") -> Entry:
    found = tarfile.TarInfo(name)
    found.type, found.mode, found.linkname, found.size = kind, mode, link, len(data)
    return found, data


def folder(name: str, mode: int = 0o755) -> Entry:
    return entry(name, kind=tarfile.DIRTYPE, mode=mode)


def link(name: str, target: str) -> Entry:
    return entry(name, kind=tarfile.SYMTYPE, link=target)


def hard(name: str, target: str) -> Entry:
    return entry(name, kind=tarfile.LNKTYPE, link=target)


def layer(entries: Sequence[Entry]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for one, data in entries:
            archive.addfile(one, io.BytesIO(data))
    return held.getvalue()


def layout(
    folder: Path,
    *layers: Sequence[Entry],
    name: str = "made:1",
    spoil: str = "",
    pack: Callable[[bytes], bytes] = gzip.compress,
) -> Path:
    """An OCI layout of one image; `spoil` names the blob or the digest that is not as it is named."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes, kind: str, *, wrong: bool = False) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if wrong else data)
        return {"mediaType": f"{KIND}.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    plain = [layer(one) for one in layers]
    ids = ["sha256:" + ("0" * 64 if spoil == "diff" else hashlib.sha256(one).hexdigest()) for one in plain]
    packed = [blob(pack(one), "layer.v1.tar+gzip", wrong=spoil == "layer") for one in plain]
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ids}, "config": {}}
    described = blob(json.dumps(config).encode(), "config.v1+json", wrong=spoil == "config")
    manifest = json.dumps({"schemaVersion": 2, "config": described, "layers": packed}).encode()
    named = blob(manifest, "manifest.v1+json") | {"annotations": {"org.opencontainers.image.ref.name": name}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def rootfs(name: str = "made:1") -> Path:
    root = find_root(name)
    assert root is not None
    return root.path


BASE = (
    folder("a"),
    entry("a/kept", b"kept"),
    entry("a/gone", b"gone"),
    folder("opaque"),
    entry("opaque/old", b"old"),
    entry("twice", b"lower"),
    folder("turned"),
    entry("turned/inside", b"x"),
)


def test_layers_over_each_other(tmp_path: Path) -> None:
    upper = (
        entry("a/.wh.gone"),
        folder("opaque"),
        entry("opaque/.wh..wh..opq"),
        entry("opaque/new", b"new"),
        entry("twice", b"upper"),
        entry("turned", b"a file now"),
        entry("b", b"linked"),
        hard("c", "b"),
        entry("rights", b"x", mode=0o6755),
        folder("closed", mode=0o0),
        entry("closed/file", b"x"),
    )
    import_archive(layout(tmp_path / "one", BASE, upper))

    root = rootfs()
    found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    assert found == [
        "a/kept",
        "b",
        "c",
        "closed/file",
        "etc/hosts",
        "etc/passwd",
        "opaque/new",
        "rights",
        "turned",
        "twice",
    ]
    assert (root / "twice").read_text() == "upper"
    assert (root / "b").stat().st_ino == (root / "c").stat().st_ino
    assert (root / "rights").stat().st_mode & 0o7777 == 0o755


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    lower = (folder("caf\udce9"), entry("caf\udce9/gone", b"x"), entry("caf\udce9/kept", b"x"), entry("gone\udce9"))
    import_archive(
        layout(tmp_path / "one", lower, (folder("caf\udce9"), entry("caf\udce9/.wh.gone"), entry(".wh.gone\udce9")))
    )

    assert [path.name for path in (rootfs() / "caf\udce9").iterdir()] == ["kept"]
    assert not (rootfs() / "gone\udce9").exists()


def in_members(data: bytes) -> bytes:
    return gzip.compress(data[:1024]) + gzip.compress(data[1024:])


@pytest.mark.parametrize("pack", [bytes, in_members])
def test_layers_packed_otherwise(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    import_archive(layout(tmp_path / "one", BASE, (entry("a/.wh.gone"),), pack=pack))

    assert [path.name for path in (rootfs() / "a").iterdir()] == ["kept"]


def test_deep_folders_are_refused_and_removed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be laid out"):
        import_archive(layout(tmp_path / "one", [folder("d/" * 1200)]))
    sweep()
    assert not list(images_folder().glob("*/.part-*"))


def test_files_of_a_layer_take_room_once(tmp_path: Path) -> None:
    import_archive(layout(tmp_path / "one", BASE, name="one:1"))
    import_archive(layout(tmp_path / "two", BASE, (entry("more", b"more"),), name="two:1"))

    assert (rootfs("one:1") / "a/kept").stat().st_ino == (rootfs("two:1") / "a/kept").stat().st_ino
    assert disk_bytes(["one:1"])["one:1"][0] == 0
    assert remove_unpacked("one:1")
    assert (rootfs("two:1") / "a/kept").read_text() == "kept"
    assert remove_unpacked("two:1")
    assert not remove_unpacked("two:1")
    assert unpacked_images() == []
    assert list((images_folder() / "layers").iterdir()) == []


def test_a_layer_whose_removal_is_killed_is_unpacked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(folder: Path) -> None:
        if folder.is_dir() and folder.parent.name == "layers":
            (folder / "unpacked/tree/a/kept").unlink()
            raise KeyboardInterrupt
        remove_tree(folder)

    import_archive(layout(tmp_path / "one", BASE, name="one:1"))
    with monkeypatch.context() as patched:
        patched.setattr(unpacked, "remove_tree", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_unpacked("one:1")

    import_archive(tmp_path / "one")

    assert (rootfs("one:1") / "a/kept").read_text() == "kept"
    assert sweep() == []


@pytest.mark.parametrize(
    "entries",
    [
        [entry("../escaped", b"x")],
        [entry("/../../escaped", b"x")],
        [link("out", "../../../../../.."), entry("out/escaped", b"x")],
        [link("out", "OUTSIDE"), entry("out/escaped", b"x")],
        [hard("stolen", "../../../../../../../../etc/passwd")],
        [link("out", "OUTSIDE"), hard("out/escaped", "twice")],
        [link("out", "OUTSIDE"), entry("out/.wh.victim")],
        [link("out", "OUTSIDE"), entry("out/.wh..wh..opq")],
        [entry(".wh..")],
        [entry("a/.wh...")],
        [entry(".wh...")],
        [entry("a/.wh.")],
        [link("etc", "OUTSIDE")],
        [link("etc/hosts", "OUTSIDE/file")],
        [
            entry("null", kind=tarfile.CHRTYPE),
            entry("disk", kind=tarfile.BLKTYPE),
            entry("pipe", kind=tarfile.FIFOTYPE),
        ],
        [link("loop", "loop"), entry("loop/x", b"x")],
        [link("etc", "/nonexistent")],
        [entry("etc", b"no folder")],
        [entry("f", b"x"), *(hard(f"f{number}", "f") for number in range(33_000))],
    ],
    ids=lambda entries: " ".join(f"{one.name}>{one.linkname}" for one, _ in entries[:4]),
)
@pytest.mark.parametrize("above", [True, False], ids=["above", "alone"])
def test_nothing_gets_out(tmp_path: Path, entries: Sequence[Entry], *, above: bool) -> None:
    """Whatever an archive says, files beside the image stay as they are, and the image has no device."""
    victim = tmp_path / "victim"
    (victim / "hosts").mkdir(parents=True)
    (victim / "passwd").write_text("mine")
    (victim / "file").write_text("mine")
    entries = [outside(one, victim) for one in entries]
    before = sorted(str(path) for path in tmp_path.rglob("*"))

    try:
        import_archive(layout(tmp_path / "one", *([BASE, entries] if above else [[*BASE, *entries]])))
    except BoxscoreError:
        assert find_root("made:1") is None
    inside = (str(tmp_path / "cache"), str(tmp_path / "one"))
    after = sorted(str(path) for path in tmp_path.rglob("*") if not str(path).startswith(inside))
    assert after == before
    assert (victim / "file").read_text() == (victim / "passwd").read_text() == "mine"
    for parent, _, names in os.walk(tmp_path / "cache"):
        for name in names:
            path = Path(parent, name)
            kind = path.lstat()
            assert not stat.S_ISBLK(kind.st_mode)
            assert not stat.S_ISCHR(kind.st_mode)
            assert kind.st_uid == os.geteuid()
            assert not path.is_file() or not path.samefile("/etc/passwd")


def outside(one: Entry, victim: Path) -> Entry:
    """The entry, with OUTSIDE put in its link."""
    return entry(one[0].name, one[1], one[0].type, one[0].mode, one[0].linkname.replace("OUTSIDE", str(victim)))


@pytest.mark.parametrize("spoil", ["layer", "config", "diff"])
def test_digests_are_checked(tmp_path: Path, spoil: str) -> None:
    with pytest.raises((InputError, ImageMissing)):
        import_archive(layout(tmp_path / "one", BASE, spoil=spoil))
    assert unpacked_images() == []


def test_clean_without_an_engine(tmp_path: Path) -> None:
    """`images clean` removes what is half unpacked, and with `--all` what is whole."""
    import_archive(layout(tmp_path / "one", BASE))
    (images_folder() / "layers" / ".part-0").mkdir()

    def removed(*options: str) -> list[str]:
        words = [sys.executable, "-m", "boxscore", "images", "clean", "--json", *options]
        env = os.environ | {"DOCKER_HOST": "unix:///nonexistent"}
        return list(json.loads(subprocess.run(words, check=True, capture_output=True, env=env).stdout))

    assert removed() == [str(images_folder() / "layers" / ".part-0")]
    assert find_root("made:1") is not None
    with in_use(["made:1"]):
        assert removed("--all") == []
    assert removed("--all") == ["made:1"]
    assert unpacked_images() == []


def test_the_least_recently_used_instances_are_removed(tmp_path: Path) -> None:
    """Of instances only, until their own layers take so much; what a run uses stays."""
    names = ["boxscore/instance:1", "boxscore/instance:2", "boxscore/instance:3", "boxscore/python:1"]
    for number, name in enumerate(names):
        own = entry(f"own{number}", bytes([number]) * 3_000_000)
        import_archive(layout(tmp_path / str(number), BASE, (own,), name=name))
        mark_used(name)
        os.utime(cache_folder() / "instances" / name.rpartition(":")[2], (number, number))

    def run(*words: str, code: int = 0) -> Any:
        env = os.environ | {"DOCKER_HOST": "unix:///nonexistent"}
        done = subprocess.run(
            [sys.executable, "-m", "boxscore", "images", *words, "--json"], check=False, capture_output=True, env=env
        )
        assert done.returncode == code
        return json.loads(done.stdout)

    assert {one["reference"] for one in run("check")} == set(names)
    with in_use([names[0]]):
        os.utime(cache_folder() / "instances/1", (0, 0))
        assert run("clean", "--keep-gb", "0.0065") == [names[1]]
    assert run("clean", "--keep-gb", "0") == [names[0], names[2]]
    assert [one.reference for one in unpacked_images()] == [names[3]]
    assert run("check", "python", code=1)[0]["present"] is False


def test_saved_archives(tmp_path: Path) -> None:
    made = layout(tmp_path / "one", BASE)
    for kind, name in (("docker-archive", "kept:1"), ("oci-archive", "kept:2")):
        target = f"{kind}:{tmp_path / kind}:{name}"
        words = ["skopeo", "--insecure-policy", "copy", "-q", f"oci:{made}:made:1", target]
        subprocess.run(words, check=True)

        (found,) = import_archive(tmp_path / kind)

        assert found.reference == name
        assert (rootfs(name) / "a/kept").read_text() == "kept"


@pytest.mark.parametrize("data", [b"", b"no archive", b'[{"RepoTags": 5}]'])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "file.tar"
    if data.startswith(b"["):
        with tarfile.open(file, "w") as archive:
            found = tarfile.TarInfo("manifest.json")
            found.size = len(data)
            archive.addfile(found, io.BytesIO(data))
    else:
        file.write_bytes(data)
    with pytest.raises(InputError):
        import_archive(file)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("tag", ["", ":tag"])
def test_pull_from_a_registry(
    tmp_path: Path, registry: str, monkeypatch: pytest.MonkeyPatch, tag: str, *, mirrored: bool
) -> None:
    """By digest; one with a tag gets the name that it has where it was built."""
    digest = publish(layout(tmp_path / "one", BASE), f"{registry}/some/image:tag")
    if mirrored:
        monkeypatch.setenv("BOXSCORE_MIRROR", registry)
    pinned = f"{'registry.invalid' if mirrored else registry}/some/image{tag}@{digest}"
    words = [sys.executable, "-m", "boxscore", "images", "import", "--json", pinned]
    env = os.environ | {"DOCKER_HOST": "unix:///nonexistent"}

    (found,) = json.loads(subprocess.run(words, check=True, capture_output=True, env=env).stdout)

    assert found["reference"] == ("some/image:tag" if tag else pinned)
    assert (rootfs(found["reference"]) / "a/kept").read_text() == "kept"


def test_what_is_not_in_a_registry_is_not_pulled(tmp_path: Path, registry: str) -> None:
    publish(layout(tmp_path / "one", BASE), f"{registry}/some/image:tag")
    with pytest.raises(ImageMissing):
        pull_unpacked(f"{registry}/some/image:tag@sha256:{'0' * 64}")
    with pytest.raises(BoxscoreError, match="not pinned"):
        pull_unpacked(f"{registry}/some/image:tag")
    assert unpacked_images() == []


def publish(made: Path, target: str) -> str:
    """Push the image of a layout; return its digest."""
    words = ["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false"]
    file = made.parent / "digest"
    subprocess.run([*words, "--digestfile", str(file), f"oci:{made}:made:1", f"docker://{target}"], check=True)
    return file.read_text()


def test_a_kill_leaves_nothing_that_counts(tmp_path: Path) -> None:
    """What was half unpacked is no image, is removed, and the next attempt ends well."""
    many = [*BASE, *(entry(f"a/{number}", b"x" * 1000) for number in range(20_000))]
    made = layout(tmp_path / "one", many)
    code = (
        "import pathlib, sys; from boxscore.images import unpacked; unpacked.import_archive(pathlib.Path(sys.argv[1]))"
    )
    with subprocess.Popen([sys.executable, "-c", code, made]) as process:
        until = time.monotonic() + 60
        while not list(images_folder().glob("layers/.part-*/unpacked/tree")) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)

    assert unpacked_images() == []
    assert sweep()
    assert not list(images_folder().glob("*/.part-*"))
    import_archive(made)
    assert len(list((rootfs() / "a").iterdir())) == 20_002
