"""MultiPL-E's rows: what is read, what of an answer is taken, and what becomes of samples in boxes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import InputError, SandboxUnavailable
from boxscore.images.recipes import reference
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.program.grader import open_program_grader
from boxscore.records import Outcome, Sample, SampleKind, Trust
from harnesses.multipl_e import HARNESSES
from tests.multipl_e_rows import ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.records import Instance, Result
    from harnesses.multipl_e.harness import MultiplE

HARNESS = {one.language: one for one in HARNESSES}
CHAT = {
    "js": (
        "```js\nconst two = 2;\nfunction double_all(numbers) {\n  return numbers.map((n) => two * n); // }\n}\n"
        "console.log(1)\n```"
    ),
    "java": (
        "Here:\n```java\nimport java.util.*;\n\npublic class Problem {\n    public static ArrayList<Long> doubleAll("
        "ArrayList<Long> numbers) {\n        ArrayList<Long> all = new ArrayList<>();\n"
        "        for (long one : numbers) { all.add(2 * one); }\n        return all;\n    }\n"
        "    public static void main(String[] args) { }\n}\n```\nDone."
    ),
    "go": (
        "```go\nfunc double_all(numbers []int) []int {\n    all := []int{}\n    for _, one := range numbers {\n"
        "        all = append(all, 2*one)\n    }\n    return all\n}\n\nfunc main() {}\n```"
    ),
    "cpp": (
        "```cpp\nusing namespace std;\nvector<long> double_all(vector<long> numbers) {\n"
        "    for (auto& one : numbers) { one *= 2; }\n    return numbers;\n}\nint main() { return 0; }\n```"
    ),
}


def instance_of(name: str, folder: Path, /, **changed: object) -> Instance:
    path = folder / "rows.jsonl"
    path.write_text(json.dumps({**ROWS[name], **changed}) + "\n")
    (instance,) = HARNESS[name].load(path)
    return instance


def sample_of(text: str, kind: SampleKind) -> Sample:
    return Sample(instance_id="x", sample_id="0", text=text, kind=kind)


@pytest.mark.parametrize("language", ROWS)
def test_a_completion_ends_at_a_stop_token(language: str, tmp_path: Path) -> None:
    harness, instance = HARNESS[language], instance_of(language, tmp_path)
    stop = instance.row["stop_tokens"][0]
    one = harness.extract(instance, sample_of("body" + stop + "LEFT OUT", SampleKind.COMPLETION))

    assert one is not None
    assert "body\n" in one
    assert "LEFT OUT" not in one
    assert harness.extract(instance, sample_of(" \n", SampleKind.COMPLETION)) is None


@pytest.mark.parametrize("stops", ["[", "[" * 5_000 + "]" * 5_000])
def test_stop_tokens_that_are_no_python_are_refused_with_their_place(stops: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stop_tokens"):
        instance_of("js", tmp_path, stop_tokens=stops)


def test_go_imports_what_is_used_and_nothing_else(tmp_path: Path) -> None:
    body = "func double_all(numbers []int) []int {\n    return strings.Fields(s.Repeat(numbers))\n}\n"
    imports = 'package x\n\nimport (\n\t"os"\n\ts "strings"\n)\nimport "math"\n'
    code = HARNESS["go"].extract(
        instance_of("go", tmp_path), sample_of(f"```go\n{imports}{body}\nfunc main() {{}}\n```", SampleKind.ANSWER)
    )

    assert code is not None
    assert code.startswith('package main\n\nimport (\n\t"fmt"\n\t"testing"\n\ts "strings"\n)\n')
    assert code.count("import") == 1


def test_functions_behind_are_taken_where_they_can_be(tmp_path: Path) -> None:
    function = "func double_all(numbers []int) []interface{} {\n    return twice(numbers)\n}\n"
    helper = "func twice(numbers []int) []interface{} {\n    return nil\n}\n"
    answer = f"```go\n{function}\n{helper}\nfunc TestIt(t *testing.T) {{\n}}\n\nfunc main() {{\n    LEFT()\n}}\n```"
    code = HARNESS["go"].extract(instance_of("go", tmp_path), sample_of(answer, SampleKind.ANSWER))

    assert code is not None
    assert function.strip() in code
    assert helper.strip() in code
    assert "LEFT" not in code
    assert "TestIt" not in code


def graded(backend: Backend, image: str | None, harness: MultiplE, instance: Instance) -> list[Result]:
    row = ROWS[harness.language]
    samples = [sample_of(row[name], SampleKind.COMPLETION) for name in ("right", "wrong", "forged")]
    samples.append(sample_of(CHAT[harness.language], SampleKind.ANSWER))
    codes = [harness.extract(instance, sample) or "" for sample in samples]
    batch = Batch(
        instance_id=instance.instance_id,
        task=harness.task(instance),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(at), code=code) for at, code in enumerate(codes)),
    )
    with open_program_grader(backend, image) as grader:
        return list(grader.grade(batch))


@pytest.mark.bubblewrap
def test_samples_are_graded_in_a_local_box(local_backend: Backend, tmp_path: Path) -> None:
    results = graded(local_backend, None, HARNESS["js"], instance_of("js", tmp_path))
    if results[0].outcome is Outcome.INTERNAL:
        pytest.skip(results[0].reason)

    assert [one.outcome for one in results] == [Outcome.PASSED, Outcome.WRONG, Outcome.WRONG, Outcome.PASSED]
    assert {one.trust for one in results} == {Trust.ORACLE}


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.parametrize("language", ROWS)
def test_samples_are_graded_in_the_image(docker_backend: Backend, language: str, tmp_path: Path) -> None:
    image = reference("programs")
    try:
        docker_backend.image_digest(image)
    except SandboxUnavailable as error:
        pytest.skip(f"the image of programs is not here: {error}")
    results = graded(docker_backend, image, HARNESS[language], instance_of(language, tmp_path))
    tests = ROWS[language]["tests"].replace("-4", "-(4)")
    claimed = graded(docker_backend, image, HARNESS[language], instance_of(language, tmp_path, tests=tests))

    assert [one.outcome for one in results][0::3] == [Outcome.PASSED, Outcome.PASSED], [one.reason for one in results]
    assert Outcome.PASSED not in {one.outcome for one in results[1:3]}
    assert {one.trust for one in results} == {Trust.ORACLE}
    assert [one.outcome for one in claimed][0::3] == [Outcome.PASSED, Outcome.PASSED], [one.reason for one in claimed]
    assert claimed[1].outcome is not Outcome.PASSED
    assert {one.trust for one in claimed} == {Trust.CLAIM}
