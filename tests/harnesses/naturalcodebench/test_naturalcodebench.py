"""NaturalCodeBench's rows: what is read of them and of answers, and what becomes of references in boxes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.errors import InputError, SandboxUnavailable, UsageError
from boxscore.images.recipes import reference
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.unittest.grader import open_unit_grader
from boxscore.records import Outcome, Sample, SampleKind, Trust
from harnesses.naturalcodebench import HARNESSES, java, python
from tests.naturalcodebench_rows import FILES, JAVA, PYTHON

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.records import Instance, Result

IN_PYTHON, IN_JAVA = HARNESSES


def loaded(harness: Any, rows: list[dict[str, Any]], folder: Path) -> list[Instance]:
    for number, files in FILES.items() if harness is IN_PYTHON else ():
        (folder / "input_files" / str(number)).mkdir(parents=True)
        for name, text in files.items():
            (folder / "input_files" / str(number) / name).write_text(text)
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(harness.load(path))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("[Python]a = 1[/Python]", "a = 1"),
        ("[Python]\n```python\na = 1\n```\n[/Python]", "a = 1"),
        ("[Python] a = 1", " a = 1"),
        ("Here:\n```python\na = 1\n```\n```python\nb = 2\n```", "a = 1"),
        ("Here:\n```\na = 1\n```", "a = 1"),
        ("```python\nnever closed", None),
        ("I use\nfrom a import b\nb()", "from a import b\nb()"),
        ("So: import a\nfrom b import c", "import a\nfrom b import c"),
        ("A class A:\n    pass", "class A:\n    pass"),
        ("def f(): pass", "def f(): pass"),
        ("I cannot.", None),
    ],
)
def test_python_in_answers(answer: str, code: str | None) -> None:
    assert python.extracted(answer) == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("[Java]class A {}[/Java]", "class A {}"),
        ("```java\nclass A {}\n```\nand\n```java\nclass B {}\n```", "class A {}\nclass B {}"),
        ("Use import a.B; class C {} now", "import a.B; class C {}"),
        ("So: public class C { }", "public class C { }"),
        ("I cannot.", None),
    ],
)
def test_java_in_answers(answer: str, code: str | None) -> None:
    assert java.extracted(answer) == code


@pytest.mark.parametrize(
    ("output", "passes"),
    [
        ("x\nboxscore: tests 2 2\n", True),
        ("\nboxscore: tests 2 2\nbye, says a hook\n", True),
        ("\nboxscore: tests 2 1\n2 2\n", False),
        ("\nboxscore: tests 0 0\n", False),
        ("\nboxscore: tests 2 2 2\n", False),
        ("2 2\n", False),
    ],
)
def test_all_tests_are_to_pass_whatever_is_printed_at_the_end(output: str, passes: bool) -> None:  # noqa: FBT001 - a fact
    scope: dict[str, Any] = {}
    exec(java.CHECKER, scope)

    assert scope["accept"]("", output, "1") is passes


def test_types_are_split_by_their_brackets() -> None:
    source = (
        "package a;\nimport b.C;\n/** a class D } */\n"
        "public final class A { String s = \"}\"; char c = '{'; class In {} }\n"
        "@Deprecated\npublic interface B { int f(); }\nenum E { X, Y; }\npublic record R(int x) { }\n"
    )

    found = dict(java.top_level(source))

    assert list(found) == ["A", "B", "E", "R"]
    assert not any("public" in text for text in found.values())
    assert "class In {}" in found["A"]


def test_rows_without_tests_are_refused(tmp_path: Path) -> None:
    for harness, rows in ((IN_PYTHON, PYTHON), (IN_JAVA, JAVA)):
        folder = tmp_path / harness.language
        folder.mkdir()
        with pytest.raises(InputError, match="testcases"):
            loaded(harness, [{**rows[0], "testcases": "class Nothing:\n    pass\n"}], folder)
    with pytest.raises(UsageError, match="zh"):
        IN_JAVA.narrowed("fr")
    assert IN_JAVA.narrowed("zh").name == "naturalcodebench-java@zh"


def test_an_id_leads_to_no_other_folder(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "key").write_text("7")
    (tmp_path / "rows").mkdir()
    for name in ("../../secrets", str(secrets), "..", ""):
        with pytest.raises(InputError, match="_id"):
            loaded(IN_JAVA, [{**JAVA[0], "_id": name}], tmp_path / "rows")


def graded(grader: Any, harness: Any, instances: list[Instance], change: tuple[str, str] | None = None) -> list[Result]:
    results = []
    for instance in instances:
        answer = instance.row["reference_solution"]
        if change is not None:
            answer = answer.replace(*change)
        code = harness.extract(instance, Sample(instance_id="x", sample_id="0", text=answer, kind=SampleKind.ANSWER))
        batch = Batch(
            instance_id=instance.instance_id,
            task=harness.task(instance),
            trust=Trust.CLAIM,
            candidates=(Candidate(sample_id="0", code=code or ""),),
        )
        results += list(grader.grade(batch))
    return results


def image_of(backend: Backend, name: str) -> str:
    image = reference(name)
    try:
        backend.image_digest(image)
    except SandboxUnavailable as error:
        pytest.skip(f"the image {name} is not here: {error}")
    return image


@pytest.mark.docker
@pytest.mark.slow
def test_references_in_python_pass_and_others_do_not(docker_backend: Backend, tmp_path: Path) -> None:
    instances = loaded(IN_PYTHON, PYTHON, tmp_path)
    with open_unit_grader(
        docker_backend, image_of(docker_backend, IN_PYTHON.image), cache=tmp_path / "cache"
    ) as grader:
        right = graded(grader, IN_PYTHON, instances)
        wrong = graded(grader, IN_PYTHON, instances[:1], ("if line", "if not line"))

    assert [one.outcome for one in right] == [Outcome.PASSED] * len(PYTHON), [one.reason for one in right]
    assert wrong[0].outcome is Outcome.WRONG


@pytest.mark.docker
@pytest.mark.slow
def test_references_in_java_pass_and_others_do_not(docker_backend: Backend, tmp_path: Path) -> None:
    instances = loaded(IN_JAVA, JAVA, tmp_path)
    with open_program_grader(docker_backend, image_of(docker_backend, IN_JAVA.image)) as grader:
        right = graded(grader, IN_JAVA, instances)
        wrong = graded(grader, IN_JAVA, instances[:1], ("60 *", "61 *"))
        broken = graded(grader, IN_JAVA, instances[:1], ("return", "retrun"))

    assert [one.outcome for one in right] == [Outcome.PASSED] * len(JAVA), [one.reason for one in right]
    assert {one.trust for one in right} == {Trust.CLAIM}
    assert (wrong[0].outcome, broken[0].outcome) == (Outcome.WRONG, Outcome.BUILD_FAILED)
