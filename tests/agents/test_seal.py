"""The seal of agents' boxes: what is proved when one opens, and what breaks it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore import Limits, SyncAgentBox
from boxscore.agents.seal import SealedBox, instance_place, prove_instance, sealed_box
from boxscore.agents.seal_proof import Facts, added_tests, blobs_of_tests, check, read_facts
from boxscore.data.plugin_calls import make_task
from boxscore.data.plugins import load_harness
from boxscore.errors import BoxError, HarnessError
from boxscore.resources import folder, sandbox_program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from boxscore import Instance
    from boxscore.boxes.contract import Backend

WAIT_S = 110.0
LIMITS = Limits(cpu_s=60.0, wall_s=100.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20)
GIT = "git -c user.name=a -c user.email=a@b -c init.defaultBranch=main"
# A repository as images have it: one commit, packed, with nothing else in .git.
STRIPPED = f"""
set -e
mkdir stripped; cd stripped
{GIT} init -q --template= .
printf 'name = "calc"\\nversion = "1.2"\\n' > setup.py
printf 'def test_old():\\n    pass\\n' > test_calc.py
{GIT} add -A; {GIT} commit -qm base
{GIT} repack -adq; {GIT} prune-packed -q; {GIT} pack-refs --all
rm -rf .git/logs .git/hooks .git/description .git/COMMIT_EDITMSG .git/refs/heads/main
"""
ANEW = "set -e; shopt -s extglob dotglob; rm -rf !(stripped); cp -a stripped base; cp -a stripped repo; cd repo\n"
TEST_PATCH = """diff --git a/test_calc.py b/test_calc.py
index 1111111..090dd3a 100644
--- a/test_calc.py
+++ b/test_calc.py
@@ -1,2 +1,5 @@
 def test_old():
     pass
+
+def test_new():
+    assert False
diff --git a/test_more.py b/test_more.py
new file mode 100644
--- /dev/null
+++ b/test_more.py
@@ -0,0 +1,2 @@
+def test_more():
+    assert False
"""
MORE = r"def test_more():\n    assert False\n"
CALC = r"def test_old():\n    pass\n\ndef test_new():\n    assert False\n"
OTHERS = ("bin", "dev", "etc", "lib", "lib64", "proc", "root", "sys", "tmp", "usr", "var")  # with nothing of the tests'


@pytest.fixture(name="box", scope="module")
def fixture_box(local_backend: Backend) -> Iterator[SyncAgentBox]:
    """A box with a stripped repository."""
    with SyncAgentBox(backend=local_backend, limits=LIMITS) as opened:
        assert opened.exec(STRIPPED).exit_code == 0
        yield opened


def run_async(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function to its end, bounded."""

    async def bounded() -> Any:
        return await asyncio.wait_for(work(), WAIT_S)

    return asyncio.run(bounded())


def look(box: SyncAgentBox, change: str = "") -> Facts:
    """What the proof finds in a repository after a shell has changed something there."""
    done = box.exec(["bash", "-O", "extglob", "-c", f"{ANEW}{change}"])
    assert done.exit_code == 0, done
    request = {
        "tree": "/scratch/repo",
        "original": "/scratch/base",
        "cwd": "/scratch",
        "absent": ["/var/run/docker.sock"],
        "skip": ["/scratch/stripped", *(f"/{name}" for name in OTHERS)],
        "added": added_tests(TEST_PATCH),
        "blobs": blobs_of_tests(TEST_PATCH),
    }
    found = box.exec(
        ["python3", "-I", "-S", "-B", "-c", sandbox_program("seal")], stdin=msgspec.json.encode(request), cwd="/"
    )
    assert found.exit_code == 0, found.stderr
    return read_facts(found.stdout)


def broken(facts: Facts) -> str:
    """All that is broken of a seal, as its error says it."""
    with pytest.raises(HarnessError) as caught:
        check(facts, interfaces=0, subject="calc")
    return str(caught.value)


def test_a_stripped_repository_is_sealed(box: SyncAgentBox) -> None:
    """One commit, tests as they were at it, and nothing else of the project: nothing is broken."""
    facts = look(box)

    check(facts, interfaces=0, subject="calc")
    assert facts.git is not None
    assert (facts.git.commits, facts.git.objects) == (1, 4)
    assert facts.project is not None
    assert (facts.project.names, facts.project.versions) == (("calc",), ("1.2",))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (f"{GIT} commit -qm later --allow-empty; {GIT} reset -q HEAD~1", "does not lead to"),
        (f"echo 1 > x; {GIT} hash-object -w x; rm x", "objects that the base commit does not lead to"),
        (f"{GIT} tag later $({GIT} commit-tree -m later HEAD^{{tree}} -p HEAD)", "does not lead to"),
        (f"echo 1 > setup.py; {GIT} stash -q", "does not lead to"),
        (f"{GIT} commit -qm later --allow-empty; {GIT} reset -q --soft HEAD~1", "further files in .git"),
        ("cp .git/packed-refs .git/ORIG_HEAD", "further files in .git"),
        ("echo /elsewhere > .git/objects/info/alternates", "further files in .git"),
        ("mkdir .git/hooks; echo true > .git/hooks/pre-commit", "further files in .git"),
        (f"{GIT} commit -qm later --allow-empty; rm -r .git/logs .git/COMMIT_EDITMSG", "2 commits"),
        (f"{GIT} clone -q --bare . ../other.git", "other repositories"),
        (f"{GIT} bundle create -q ../other.bundle HEAD", "other repositories"),
    ],
)
def test_history_breaks_a_seal(box: SyncAgentBox, change: str, says: str) -> None:
    """Whatever git could show beyond the base commit is found, each by a look of its own."""
    facts = look(box, change)

    assert says in broken(facts)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("echo 1 > test_more.py", "the verdict's tests add are there: 'test_more.py"),
        (f"mkdir ../aside; printf '{MORE}' > ../aside/test_more.py", "aside/test_more.py"),
        (f"printf '{CALC}' > test_calc.py", "/scratch/repo/test_calc.py"),
        (f"printf '{CALC}' > ../test_calc.py", "/scratch/test_calc.py"),
    ],
)
def test_tests_of_the_verdict_break_a_seal(box: SyncAgentBox, change: str, says: str) -> None:
    """A file that the test patch adds must not be there, and none as it leaves it, here or elsewhere."""
    facts = look(box, change)

    assert says in broken(facts)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("mkdir -p ../lib/calc-1.3.dist-info; echo 'Version: 1.3' > ../lib/calc-1.3.dist-info/METADATA", ""),
        ("mkdir ../lib; echo 1 > ../lib/calc-1.3-py3-none-any.whl", "archives of the project"),
        ("mkdir ../lib; echo 1 > ../lib/Calc-1.3.tar.gz", "archives of the project"),
        (
            (
                "mkdir -p ../lib/calc-1.3.dist-info; cd ../lib; echo 'Version: 1.3' > calc-1.3.dist-info/METADATA;"
                "echo 'name = 2' > setup.py; echo setup.py,, > calc-1.3.dist-info/RECORD"
            ),
            "another version of the project is installed",
        ),
        (
            (
                "mkdir -p ../lib/calc-1.2.dist-info; cd ../lib; echo 'Version: 1.2' > calc-1.2.dist-info/METADATA;"
                "cp ../repo/setup.py .; echo setup.py,, > calc-1.2.dist-info/RECORD"
            ),
            "",
        ),
    ],
)
def test_other_versions_break_a_seal(box: SyncAgentBox, change: str, says: str) -> None:
    """A later version, installed or in an archive, is found; the tree's own, installed, is none."""
    facts = look(box, change)

    if says:
        assert says in broken(facts)
    else:
        check(facts, interfaces=0, subject="calc")


def test_the_world_breaks_a_seal(box: SyncAgentBox) -> None:
    """An interface more than there should be, and what is the host's, is found."""
    facts = look(box)

    assert "interfaces" in broken(msgspec.structs.replace(facts, interfaces=("eth0",)))
    assert "the host's" in broken(msgspec.structs.replace(facts, reachable=("/var/run/docker.sock",)))


def test_what_a_box_says_is_decoded_strictly() -> None:
    """Facts that are none are the box's trouble."""
    for data in (b"", b"{}", b'{"interfaces": [], "reachable": [], "more": 1}', b"\xff"):
        with pytest.raises(BoxError):
            read_facts(data)


def test_a_function_has_an_empty_folder(local_backend: Backend) -> None:
    """Of other instances an agent gets the image and an empty folder, sealed as well."""
    harness = load_harness("tiny")
    instance = harness.load(folder("instances") / "tiny" / "instances.jsonl")[0]

    async def work() -> tuple[SealedBox, bytes]:
        async with sealed_box(
            instance.instance_id, make_task(harness, instance), local_backend, recipe=harness.image
        ) as box:
            return box, (await box.exec("ls -A; pwd")).stdout

    box, printed = run_async(work)

    assert printed == b"/scratch\n"
    assert (box.seal.network, box.seal.base, box.seal.tests) == ("none", "", 0)


@pytest.mark.docker
def test_a_box_that_was_opened_by_others_is_proved(docker_backend: Backend) -> None:
    """What mini-swe-agent's environment does: a box at the instance's place, whose seal is then proved."""
    name = "tiny-patches/ringlet"
    place = instance_place("tiny-patches", name)

    with SyncAgentBox(place.image, backend=docker_backend, folders=place.folders, cwd=place.cwd) as box:
        seal = prove_instance(box, "tiny-patches", name)
        box.exec("git init -q other")
        with pytest.raises(HarnessError, match=r"other repositories"):
            prove_instance(box, "tiny-patches", name)

    assert (seal.network, len(seal.base), seal.tests) == ("none", 40, 1)


@pytest.mark.docker
def test_an_instance_of_patches_has_its_repository(docker_backend: Backend, instances: dict[str, Instance]) -> None:
    """The agent stands in the repository, whose only commit the record names; its tests were looked at."""
    harness = load_harness("tiny-patches")
    instance = instances["purse"]

    async def work() -> tuple[SealedBox, bytes]:
        async with sealed_box(
            instance.instance_id, make_task(harness, instance), docker_backend, recipe=harness.image
        ) as box:
            return box, (await box.exec("pwd; git rev-parse HEAD; git status --porcelain; id -u")).stdout

    box, printed = run_async(work)

    assert printed.decode().split() == ["/testbed", box.seal.base, "65534"]
    assert (box.seal.network, box.seal.tests > 0, box.seal.backend) == ("none", True, "docker")
