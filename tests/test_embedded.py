"""The embedded benchmarks: their harnesses keep their contract, and each recorded sample ends as it says."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import DataError, InputError, Outcome, Sample, SampleKind
from boxscore.data.harness_check import check_harness
from boxscore.data.plugins import load_harness
from boxscore.images import environments
from boxscore.protocols.details import decode_result
from boxscore.resources import folder
from tests.tiny_patches import pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore import Backend, Instance

BENCHMARKS = ("tiny", "tiny-units", "tiny-programs", "tiny-patches", "tiny-java", "tiny-migration", "tiny-web")
KINDS = {"completion": SampleKind.COMPLETION, "solution": SampleKind.SOLUTION, "answer": SampleKind.ANSWER}
ANYTHING_ELSE = "fail"


def lines(name: str, file: str) -> list[dict[str, Any]]:
    text = (folder("instances") / name.replace("-", "_") / file).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


ROWS = {name: lines(name, "instances.jsonl") for name in BENCHMARKS}
SAMPLES = {name: lines(name, "samples.jsonl") for name in BENCHMARKS}


def id_of(row: Mapping[str, Any]) -> str:
    return str(row.get("instance_id") or row["task_id"])


@pytest.mark.parametrize("name", BENCHMARKS)
def test_harnesses_keep_their_contract(name: str, request: pytest.FixtureRequest) -> None:
    if name == "tiny-patches":
        request.getfixturevalue("instances")  # whose releases may not be here

    assert check_harness(name) == ()


@pytest.mark.parametrize("name", BENCHMARKS)
def test_samples_belong_to_instances_and_expect_known_outcomes(name: str) -> None:
    known = {id_of(row): "releases" not in row for row in ROWS[name]}

    assert len({(row["instance_id"], row["sample_id"]) for row in SAMPLES[name]}) == len(SAMPLES[name])
    assert {row["instance_id"] for row in SAMPLES[name]} == known.keys()
    for row in SAMPLES[name]:
        assert len(KINDS.keys() & row.keys()) == 1
        assert row["expect"] == ANYTHING_ELSE or Outcome(row["expect"])
    for instance, has_reference in known.items():
        expected = {row["expect"] for row in SAMPLES[name] if row["instance_id"] == instance}
        assert expected - {"passed"}
        assert "passed" in expected or not has_reference


def repository(name: str, row: Mapping[str, Any], where: Path) -> Path:
    """The repository of an instance, with git, in a folder."""
    project = row.get("project") or id_of(row).rpartition("/")[2]
    root = folder("instances") / name.replace("-", "_") / project / "repository"
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            place = where / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    git(where, "init", "-q", ".")
    return where


def git(where: Path, *words: str, patch: str = "") -> bool:
    done = subprocess.run(["git", *words], cwd=where, input=patch.encode(), capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("name", ["tiny-patches", "tiny-migration"])
def test_recorded_patches_apply_unless_they_must_not(name: str, tmp_path: Path) -> None:
    for row in ROWS[name]:
        if "releases" not in row:
            tree = repository(name, row, tmp_path / id_of(row))
            for one in SAMPLES[name]:
                if one["instance_id"] == id_of(row) and one.get("solution"):
                    applies = git(tree, "apply", "--check", patch=one["solution"])
                    must = one["expect"] != "patch_rejected" and one["sample_id"] != "does-not-apply"
                    assert applies == must, (id_of(row), one["sample_id"])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tiny-programs", {"language": "cobol"}),
        ("tiny-programs", {"cases": [["1"]]}),
        ("tiny-programs", {"comparison": {"rule": "vague"}}),
        ("tiny-programs", {"comparison": {"rule": "exact", "more": 1}}),
        ("tiny-patches", {"parser": 3}),
        ("tiny-patches", {"unknown": 1}),
        ("tiny-migration", {"level": "most"}),
        ("tiny-migration", {"release": 11}),
        ("tiny-web", {"served": "by hand"}),
    ],
)
def test_a_bad_row_is_an_input_error(name: str, change: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "versions.json").write_text("{}")  # of migrations
    (tmp_path / "instances.jsonl").write_text(json.dumps(ROWS[name][0] | change))

    with pytest.raises(InputError, match=r"instances\.jsonl:1: "):
        load_harness(name).load(tmp_path / "instances.jsonl")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no code", None),
        ("``` \nopen", None),
        ("```python\nfirst\n```\nbetter:\n```py\nsecond\n```\n", "second\n"),
        ("text ```inline``` more\n```\nplain\n```", "plain\n"),
        ("1. This:\n\n   ```python\n   for n in x:\n       n\n   ```\n", "for n in x:\n    n\n"),
        ("", None),
    ],
)
def test_the_last_block_of_an_answer_is_the_program(text: str, code: str | None) -> None:
    instance = boxscore.Instance(instance_id="tiny-programs/lamps", prompt="", row={})
    sample = Sample(instance_id=instance.instance_id, sample_id="0", text=text, kind=SampleKind.ANSWER)

    assert load_harness("tiny-programs").extract(instance, sample) == code


HOSTILE = (
    "",
    " ",
    "no",
    "yes",
    "yes -1",
    "yes 3 1 2",
    "--5",
    "-",
    "1_0",
    "\u0661",
    "9" * 10_000,
    "nan",
    "\0",
    "yes 99 1",
)


def test_no_output_makes_a_checker_raise() -> None:
    """One that raises has no verdict, so a program could choose to have none."""
    for row in ROWS["tiny-programs"]:
        checker: dict[str, Any] = {}
        exec(row["comparison"].get("checker", ""), checker)
        for stdin, expected in row["cases"] if checker.get("accept") else ():
            for output in HOSTILE:
                right = output == "no" and expected.strip() == "no"
                assert bool(checker["accept"](stdin, output, expected)) is right


def released(data: Path, before: Mapping[str, str | None], after: Mapping[str, str | None], **row: object) -> Instance:
    """Load an instance of two releases of our own making, from a data folder."""
    place = data / "tiny_patches"
    (place / "calc").mkdir(parents=True)
    (place / "calc" / "problem.md").write_text("It is wrong.\n")
    releases = []
    for number, files in enumerate((before, after)):
        packed = pack(f"calc-{number}", {name: text.encode() for name, text in files.items() if text is not None})
        (place / f"calc-{number}.tar.gz").write_bytes(packed)
        releases.append((f"http://127.0.0.1:9/calc-{number}.tar.gz", hashlib.sha256(packed).hexdigest()))
    like = next(one for one in ROWS["tiny-patches"] if one["instance_id"] == "tiny-patches/semver")
    own = {"instance_id": "tiny-patches/calc", "releases": releases, "fix": [*after], "tests": []}
    (place / "instances.jsonl").write_text(json.dumps(like | own | row))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BOXSCORE_DATA", str(data))
        patched.setenv("BOXSCORE_CACHE", str(data))
        return load_harness("tiny-patches").load(place / "instances.jsonl")[0]


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
def test_a_difference_of_releases_is_a_patch_that_git_applies(
    before: str | None, after: str | None, tmp_path: Path
) -> None:
    where = tmp_path / "tree"
    where.mkdir()
    git(where, "init", "-q", ".")
    if before is not None:
        (where / "ä.txt").write_bytes(before.encode())
    patch = released(tmp_path, {"ä.txt": before}, {"ä.txt": after}).reference

    assert patch
    assert git(where, "apply", patch=patch)
    assert (where / "ä.txt").read_bytes().decode() == after if after is not None else not (where / "ä.txt").exists()


def test_a_release_is_the_repository_and_the_differences_its_patches(tmp_path: Path) -> None:
    before = {"calc.py": "x = 1\n", "test_calc.py": "", "NEWS": "no\n"}
    after = {"calc.py": "x = 2\n", "test_calc.py": "def test(): pass\n", "NEWS": "yes\n"}

    instance = released(tmp_path, before, after, fix=["calc.py"], tests=["test_calc.py"])

    task = load_harness("tiny-patches").task(instance)
    assert isinstance(task, boxscore.PatchTask)
    assert task.reference == instance.reference
    assert str(instance.reference).endswith("@@ -1 +1 @@\n-x = 1\n+x = 2\n")
    assert "+def test(): pass" in task.test_patch
    assert task.image.files == (("release.tar.gz", (tmp_path / "tiny_patches" / "calc-0.tar.gz").read_bytes()),)


@pytest.mark.parametrize(
    ("release", "reason"),
    [("a.tar.gz", r"http://127\.0\.0\.1:9/a\.tar\.gz"), ("calc-0.tar.gz", "not the published file")],
)
def test_a_release_that_cannot_be_had_is_a_data_error(tmp_path: Path, release: str, reason: str) -> None:
    releases = [[f"http://127.0.0.1:9/{release}", "0" * 64]] * 2

    with pytest.raises(DataError, match=reason):
        released(tmp_path, {"a": "1"}, {"a": "2"}, releases=releases)


def unlike(name: str, rows: Sequence[Mapping[str, Any]], backend: Backend, out: Path) -> list[str]:
    """Grade recorded samples; name those that end otherwise than they must."""
    image = load_harness(name).image
    needed = ["web", "browser"] if name == "tiny-web" else [image] if image else []
    if backend.name == "docker" and (missing := [one.name for one in environments.check(needed) if not one.present]):
        pytest.skip(f"images are not here: boxscore images build {' '.join(missing)}")
    samples = [
        Sample(instance_id=row["instance_id"], sample_id=row["sample_id"], text=row[field], kind=KINDS[field])
        for row in rows
        for field in KINDS.keys() & row.keys()
    ]
    boxscore.grade(name, samples, backend=backend.name, workers=2, out=out, reuse=False)
    results = [decode_result(line) for line in (out / "results.jsonl").read_bytes().splitlines()]
    found = {(one.instance_id, one.sample_id): one for one in results}
    assert len(found) == len(rows)
    return [
        f"{row['instance_id']} {row['sample_id']}: {one.outcome}, not {row['expect']}: {one.reason}"
        for row in rows
        if not _fits((one := found[row["instance_id"], row["sample_id"]]).outcome, row["expect"])
    ]


def _fits(outcome: Outcome, expected: str) -> bool:
    return outcome not in ("passed", "internal") if expected == ANYTHING_ELSE else outcome == expected


SLOW_OUTCOMES = ("timeout", "memory", "process_limit")


@pytest.mark.bubblewrap
@pytest.mark.parametrize("name", ["tiny", "tiny-programs"])
def test_quick_samples_end_as_they_must(name: str, local_backend: Backend, tmp_path: Path) -> None:
    rows = [one for one in SAMPLES[name] if not one["instance_id"].endswith(("-cpp", "-js"))]
    rows = [one for one in rows if one["expect"] not in SLOW_OUTCOMES]

    assert unlike(name, rows, local_backend, tmp_path / "run") == []


FEW = ("gold", "partial", "wrong", "regression")


@pytest.mark.docker
@pytest.mark.timeout(600)
@pytest.mark.parametrize("instance", ["tiny-patches/purse", "tiny-patches/wortlaut"])
def test_patches_are_told_apart(instance: str, docker_backend: Backend, tmp_path: Path) -> None:
    rows = [one for one in SAMPLES["tiny-patches"] if one["instance_id"] == instance and one["sample_id"] in FEW]

    assert unlike("tiny-patches", rows, docker_backend, tmp_path / "run") == []


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(10_800)
@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_sample_ends_as_it_must(name: str, docker_backend: Backend, tmp_path: Path) -> None:
    assert unlike(name, SAMPLES[name], docker_backend, tmp_path / "run") == []


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", [*BENCHMARKS, "tiny-java@test-wise", "tiny-java@project-wise"])
def test_references_pass(name: str, docker_backend: Backend, tmp_path: Path) -> None:
    report = boxscore.grade(name, backend=docker_backend.name, workers=2, out=tmp_path / "run", reuse=False)

    assert set(report.outcomes) == {"passed"}
