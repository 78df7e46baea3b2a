"""The embedded benchmark `tiny-patches`: its files are what they say they are, and its bugs are bugs."""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore import BoxSpec, DataError, InputError, Outcome, Sample, SampleKind
from boxscore.data.plugins import load_harness
from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import instance_reference
from boxscore.protocols.patch.logs import junit_statuses, parse_log, read_junit
from tests.tiny_patches import ANYTHING_ELSE, OURS, PREFIX, RELEASED, ROOT, ROWS, SAMPLES, pack, samples_of
from tests.tiny_repositories import git, lay_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore import Backend, Instance, PatchTask
    from boxscore.protocols.statuses import Status

HARNESS = load_harness("tiny-patches")
START = "== tests =="
MAX_REPORT_BYTES = 1 << 20
SLOW = [pytest.param(name, marks=() if row.get("quick") else pytest.mark.slow) for name, row in ROWS.items()]


def repository(name: str, where: Path) -> Path:
    """Put a repository of ours, with git, in a folder."""
    return lay_out(ROOT / name / "repository", where)


def task_of(instance: Instance) -> PatchTask:
    """The task of an instance."""
    task = HARNESS.task(instance)
    assert isinstance(task, boxscore.PatchTask)
    return task


def test_the_set_is_mixed() -> None:
    """There are eight repositories at least, in three languages, of ours and published, for two runners of Python."""
    assert len(ROWS) >= 8
    assert len(OURS) >= 5
    assert len(RELEASED) >= 3
    assert {row["language"] for row in ROWS.values()} == {"python", "javascript", "java"}
    assert {row["parser"] for row in ROWS.values()} == {"pytest", "pytest-v2", "unittest", "tap", "maven"}
    assert sum("build" in row for row in ROWS.values()) >= 2
    assert any(not test.isascii() for test in ROWS["wortlaut"]["fail_to_pass"])
    quick = [row for row in ROWS.values() if row.get("quick")]
    assert len(quick) == 3
    assert {row["base"] for row in quick} == {"patch-python"}


@pytest.mark.parametrize("name", ROWS)
def test_required_tests_are_apart(name: str) -> None:
    """Each instance has tests to fix and tests to keep passing, none twice."""
    row = ROWS[name]
    required = [*row["fail_to_pass"], *row["pass_to_pass"]]
    assert row["fail_to_pass"]
    assert row["pass_to_pass"]
    assert len(set(required)) == len(required)


@pytest.mark.parametrize("name", ROWS)
def test_samples_expect_known_outcomes(name: str) -> None:
    """Each sample has one text and an outcome to expect; each instance has an empty one and some that must fail."""
    rows = samples_of(name)
    assert len(rows) == sum(row["instance_id"] == PREFIX + name for row in SAMPLES)
    for row in rows.values():
        assert len({"solution", "answer"} & row.keys()) == 1
        assert row["expect"] == ANYTHING_ELSE or Outcome(row["expect"])
    assert rows["empty"]["expect"] == "no_code"
    wanted = {"gold", "wrong", "partial", "regression", "does-not-apply"} if name in OURS else {"unrelated"}
    assert wanted <= rows.keys()
    assert any(sample.startswith("attack-") for sample in rows)


def test_samples_are_of_instances() -> None:
    """No sample is of an instance that is not there."""
    assert {row["instance_id"].removeprefix(PREFIX) for row in SAMPLES} == ROWS.keys()


@pytest.mark.parametrize("name", OURS)
def test_patches_fit_the_repository(name: str, tmp_path: Path) -> None:
    """The fix and the tests apply on their own and together, and touch no file in common."""
    tree = repository(name, tmp_path)
    gold, test = ((ROOT / name / patch).read_text(encoding="utf-8") for patch in ("gold.patch", "test.patch"))

    assert git(tree, "apply", "--check", patch=test)
    assert git(tree, "apply", patch=gold)
    assert git(tree, "apply", patch=test)
    assert samples_of(name)["gold"]["solution"] == gold
    touched = [{line for line in patch.splitlines() if line.startswith("diff --git ")} for patch in (gold, test)]
    assert not touched[0] & touched[1]


@pytest.mark.parametrize("name", OURS)
def test_recorded_patches_apply_unless_they_must_not(name: str, tmp_path: Path) -> None:
    """What is to be rejected does not apply, or not only inside of the repository; all else does."""
    tree = repository(name, tmp_path)
    for sample, row in samples_of(name).items():
        if "solution" not in row or sample == "empty":
            continue
        applies = git(tree, "apply", "--check", patch=row["solution"])
        assert applies == (row["expect"] != "patch_rejected"), sample


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n", "a\nc\n"),
        ("a\nb", "a\nb\n"),
        ("a\n", "a\nb"),
        ("a\x0cb\u2028c\n", "a\x0cb\u2028d\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        (None, "new\n"),
        ("old\n", None),
        ("".join(f"{number}\n" for number in range(90)), "".join(f"{number}\n" for number in range(0, 90, 7))),
    ],
)
def test_a_difference_is_a_patch_that_git_applies(before: str | None, after: str | None, tmp_path: Path) -> None:
    """What `git apply` makes of the older file with the difference is the newer one."""
    where = tmp_path / "tree"
    where.mkdir()
    git(where, "init", "-q", ".")
    if before is not None:
        (where / "ä.txt").write_bytes(before.encode())
    patch = released(tmp_path, {"ä.txt": before}, {"ä.txt": after}).reference

    assert patch
    assert git(where, "apply", patch=patch)
    assert (where / "ä.txt").read_bytes().decode() == after if after is not None else not (where / "ä.txt").exists()


def released(
    data_folder: Path, before: Mapping[str, str | None], after: Mapping[str, str | None], **other: object
) -> Instance:
    """Load an instance of two releases of our own making, from a data folder."""
    archives = data_folder / "tiny_patches"
    archives.mkdir()
    releases = []
    for number, files in enumerate((before, after)):
        data = pack(f"calc-{number}", {name: text.encode() for name, text in files.items() if text is not None})
        path = archives / f"calc-{number}.tar.gz"
        path.write_bytes(data)
        releases.append((f"http://127.0.0.1:9/{path.name}", hashlib.sha256(data).hexdigest()))
    (archives / "calc").mkdir()
    (archives / "calc" / "problem.md").write_text("It is wrong.\n")
    row = {**ROWS["semver"], "instance_id": "tiny-patches/calc", "releases": releases, "fix": [*after], "tests": []}
    (archives / "instances.jsonl").write_text(json.dumps(row | other))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BOXSCORE_DATA", str(data_folder))
        return HARNESS.load(archives / "instances.jsonl")[0]


def test_a_release_is_the_repository_and_the_differences_its_patches(tmp_path: Path) -> None:
    """The older distribution goes into the image as it is; fix and tests are what the row says they are."""
    before = {"calc.py": "x = 1\n", "test_calc.py": "", "NEWS": "no\n"}
    after = {"calc.py": "x = 2\n", "test_calc.py": "def test(): pass\n", "NEWS": "yes\n"}

    instance = released(tmp_path, before, after, fix=["calc.py"], tests=["test_calc.py"])

    task = task_of(instance)
    assert (
        instance.reference
        == "diff --git a/calc.py b/calc.py\n--- a/calc.py\n+++ b/calc.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
    )
    assert task.reference == instance.reference
    assert "+def test(): pass" in task.test_patch
    assert task.image.files == (("release.tar.gz", (tmp_path / "tiny_patches" / "calc-0.tar.gz").read_bytes()),)


def test_a_release_that_cannot_be_fetched_is_a_data_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is neither network nor cache the error names the address."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))
    monkeypatch.delenv("BOXSCORE_DATA", raising=False)
    (tmp_path / "instances.jsonl").write_text(
        json.dumps({**ROWS["semver"], "releases": [["http://127.0.0.1:9/a.tar.gz", "0" * 64]] * 2})
    )

    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:9/a\.tar\.gz"):
        HARNESS.load(tmp_path / "instances.jsonl")


def test_a_release_of_another_checksum_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the right name in a data folder is not taken for the release."""
    (tmp_path / "tiny_patches").mkdir()
    (tmp_path / "tiny_patches" / "a.tar.gz").write_bytes(b"something else")
    monkeypatch.setenv("BOXSCORE_DATA", str(tmp_path))
    (tmp_path / "instances.jsonl").write_text(
        json.dumps({**ROWS["semver"], "releases": [["http://127.0.0.1:9/a.tar.gz", "0" * 64]] * 2})
    )

    with pytest.raises(DataError, match="not the published file"):
        HARNESS.load(tmp_path / "instances.jsonl")


@pytest.mark.parametrize("change", [{"parser": 3}, {"unknown": 1}, {"fail_to_pass": "one"}])
def test_a_bad_row_is_an_input_error(change: dict[str, object], tmp_path: Path) -> None:
    """A row with a field that is unknown or of another type is told by its line."""
    (tmp_path / "instances.jsonl").write_text(json.dumps(ROWS["purse"] | change))

    with pytest.raises(InputError, match=r"instances\.jsonl:1: "):
        HARNESS.load(tmp_path / "instances.jsonl")


GOLD = "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n+y\n \n"


@pytest.mark.parametrize(
    ("text", "kind", "patch"),
    [
        ("", SampleKind.SOLUTION, None),
        (" \n", SampleKind.SOLUTION, None),
        (GOLD, SampleKind.SOLUTION, GOLD),
        (GOLD[:-1], SampleKind.COMPLETION, GOLD[:-1]),  # whose last line is ended when it is applied
        (f"So:\n```\n1\n```\n```diff\n{GOLD}```\nDone.", SampleKind.ANSWER, GOLD),
        (f"Done.\ndiff --git a/x b/x\n{GOLD}", SampleKind.ANSWER, f"diff --git a/x b/x\n{GOLD}"),
        ("I could not find it.", SampleKind.ANSWER, None),
    ],
)
def test_extract_gives_the_patch(text: str, kind: SampleKind, patch: str | None) -> None:
    """A patch is taken to the byte, from a chat answer the last block that is one, and nothing from nothing."""
    instance = boxscore.Instance(instance_id="tiny-patches/x", prompt="", row={})
    sample = Sample(instance_id="tiny-patches/x", sample_id="0", text=text, kind=kind)

    assert HARNESS.extract(instance, sample) == patch


def test_every_instance_makes_a_task(instances: dict[str, Instance]) -> None:
    """Each has a prompt, a fix, tests that are not the fix, and a place for its repository."""
    for name, instance in instances.items():
        task = task_of(instance)
        assert instance.prompt.startswith("# ")
        assert instance.prompt in HARNESS.prompt(instance)[0]["content"]
        assert instance.reference
        assert task.reference == instance.reference
        assert "diff --git " in task.test_patch, name
        assert task.test_patch != instance.reference


def script(task: PatchTask, patch: str) -> str:
    """A naive grader: apply, build, write the tests, run them."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in task.env]
    lines += ["export HOME=/scratch/home; mkdir -p $HOME", f"cp -R /boxscore/tree/. {task.image.tree}"]
    lines += [f"cd {task.image.tree}"]
    lines += ["git apply --whitespace=nowarn /scratch/patch || exit 9"] if patch else []
    lines += [*task.build, "git apply --whitespace=nowarn /scratch/tests || exit 9", f"echo '{START}'"]
    return "\n".join([*lines, *task.commands])


def statuses(backend: Backend, task: PatchTask, patch: str) -> dict[str, Status]:
    """What becomes of the required tests, as the naive grader sees it."""
    spec = BoxSpec(image=instance_reference(task.image), limits=task.limits, folders=(task.image.tree, "/tmp"))
    with backend.box(spec) as box:
        box.put("/scratch/patch", patch.encode())
        box.put("/scratch/tests", task.test_patch.encode())
        done = box.run(["bash", "-c", f"exec 2>&1\n{script(task, patch)}"])
        log = done.stdout.decode(errors="replace")
        assert START in log, log
        seen = parse_log(task.parser, log.partition(START)[2])
        if task.report:
            cases = read_junit(box.get(task.report, max_bytes=MAX_REPORT_BYTES))
            seen |= junit_statuses(cases, (*task.fail_to_pass, *task.pass_to_pass))
    return seen


def passed(tests: Sequence[str], seen: Mapping[str, Status]) -> list[bool]:
    """Which of the tests passed."""
    return [seen.get(test) == "PASSED" for test in tests]


@pytest.fixture(scope="session")
def built(docker_backend: Backend, instances: dict[str, Instance]) -> Backend:
    """The docker backend, with the images that `make test` needs."""
    found = ensure_instance_images([task_of(instances[name]).image for name, row in ROWS.items() if row.get("quick")])
    assert [one.error for one in found] == [None] * len(found)
    return docker_backend


@pytest.mark.docker
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SLOW)
def test_the_fix_mends_what_it_should_and_breaks_nothing(
    name: str, built: Backend, instances: dict[str, Instance]
) -> None:
    """Before the fix exactly the tests to fix fail; after it all required tests pass."""
    task = task_of(instances[name])
    assert [one.error for one in ensure_instance_images([task.image])] == [None]

    before, after = statuses(built, task, ""), statuses(built, task, str(task.reference))

    assert not any(passed(task.fail_to_pass, before))
    assert all(passed(task.pass_to_pass, before))
    assert all(passed((*task.fail_to_pass, *task.pass_to_pass), after))


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", OURS)
def test_partial_and_regressing_patches_are_what_they_say(
    name: str, built: Backend, instances: dict[str, Instance]
) -> None:
    """A partial one fixes some and breaks none; a regressing one fixes all and breaks one at least."""
    task = task_of(instances[name])
    assert [one.error for one in ensure_instance_images([task.image])] == [None]

    partial = statuses(built, task, samples_of(name)["partial"]["solution"])
    regression = statuses(built, task, samples_of(name)["regression"]["solution"])

    assert set(passed(task.fail_to_pass, partial)) == {True, False}
    assert all(passed(task.pass_to_pass, partial))
    assert all(passed(task.fail_to_pass, regression))
    assert not all(passed(task.pass_to_pass, regression))
