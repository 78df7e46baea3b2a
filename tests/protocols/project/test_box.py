"""Projects in real boxes: a compiler that is kept, and tests that run in a JVM of a sample's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import Outcome, ProjectDetail, SandboxUnavailable, encode_files
from boxscore.errors import HarnessError
from boxscore.images.recipes import reference
from boxscore.protocols.project.compiler import JavaCompiler, Unit
from boxscore.protocols.project.grader import open_project_grader
from tests.protocols.project.toy import COUNTER, REFERENCE, REQUIRED, SKELETON, SOLUTION, TASK, graded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.project.compiler import Compiled
    from boxscore.records import Result

pytestmark = pytest.mark.timeout(900)
BACKENDS = [pytest.param("local", marks=pytest.mark.bubblewrap), pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture(scope="module", params=BACKENDS)
def place(request: pytest.FixtureRequest) -> tuple[Backend, str | None]:
    if request.param == "local":
        return request.getfixturevalue("local_backend"), None
    backend, image = request.getfixturevalue("docker_backend"), reference("jvm")
    try:
        backend.image_digest(image)
    except SandboxUnavailable as error:
        pytest.skip(f"the image `jvm` is not here: {error}")
    return backend, image


@pytest.fixture(scope="module")
def compiler(place: tuple[Backend, str | None]) -> Iterator[JavaCompiler]:
    opened = JavaCompiler(*place)
    try:
        opened.tools((), 17)
    except HarnessError as error:
        opened.close()
        pytest.skip(str(error))
    yield opened
    opened.close()


def compiled(compiler: JavaCompiler, text: str | bytes, classes: Mapping[str, bytes] | None = None) -> Compiled:
    source = text if isinstance(text, bytes) else text.encode()
    return compiler.compile(Unit(sources={"src/main/java/A.java": source}, classes=classes or {}))


def test_class_files_and_errors_are_data(compiler: JavaCompiler) -> None:
    made = compiled(
        compiler, "package a.b;\nclass A { class B {} Runnable c = new Runnable() { public void run() {} }; }"
    )
    refused = compiled(compiler, 'class A {\n int one = "x";\n}')

    assert sorted(made.classes) == ["a/b/A", "a/b/A$1", "a/b/A$B"]
    assert all(data.startswith(b"\xca\xfe\xba\xbe") for data in made.classes.values())
    assert made.classes["a/b/A"][6:8] == (61).to_bytes(2, "big")
    (error,) = refused.errors
    assert (error.path, error.line) == ("src/main/java/A.java", 2)
    assert error.message == "incompatible types: java.lang.String cannot be converted to int"


def test_one_unit_leaves_nothing_for_the_next(compiler: JavaCompiler) -> None:
    assert compiled(compiler, "package left; public class A { public static int behind = 1; }").outcome is None
    assert compiled(compiler, "class A { wrong").outcome is Outcome.BUILD_FAILED

    after = compiled(compiler, "class B { int x = left.A.behind; A other; Request request; }")

    assert [error.message.splitlines()[0] for error in after.errors] == [
        "cannot find symbol",
        "cannot find symbol",
        "package left does not exist",
    ]


def test_classes_of_the_project_are_there_for_its_tests(compiler: JavaCompiler) -> None:
    made = compiled(compiler, "package a; public class A { public int one() { return 1; } }")

    assert compiled(compiler, "class ATest { int x = new a.A().one(); }", made.classes).outcome is None
    assert compiled(compiler, "class ATest { int x = new a.A().one(); }").outcome is Outcome.BUILD_FAILED


@pytest.mark.parametrize(
    "text",
    [
        "package java.util; class A {}",
        "public class B {}",
        "class A { \0 }",
        "class A { void f() { " + "int x = 1; { " * 5000,
        "class A { void f() { int x = 0; " + "x = x + 1; " * 30_000 + "} }",
    ],
)
def test_what_no_compiler_takes(compiler: JavaCompiler, text: str) -> None:
    assert compiled(compiler, text).outcome is Outcome.BUILD_FAILED
    assert compiled(compiler, "class A {}").outcome is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('class A { int x; String s = "" + ' + " + ".join(["x"] * 20_000) + "; }", Outcome.BUILD_FAILED),
        ("".join(f"class A{number} {{}}\n" for number in range(6_000)), Outcome.BUILD_FAILED),
        (
            'class A { static final String A0 = "0123456789";'
            + "".join(f"static final String A{number + 1} = A{number} + A{number};" for number in range(40))
            + "}",
            Outcome.MEMORY,
        ),
        (
            "class N<Z> {} class C<X> extends N<N<? super C<C<X>>>> { N<? super C<Byte>> f(C<Byte> c) { return c; } }",
            Outcome.TIMEOUT,
        ),
    ],
)
def test_what_a_compiler_never_ends_with(compiler: JavaCompiler, text: str, outcome: Outcome) -> None:
    assert compiled(compiler, text).outcome is outcome
    assert compiled(compiler, "class A {}").outcome is None


@pytest.fixture(scope="module")
def results(place: tuple[Backend, str | None], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    samples = {
        "reference": REFERENCE,
        "wrong": encode_files({COUNTER: SOLUTION.replace("+=", "-=")}),
        "exit": encode_files({COUNTER: SKELETON.replace("return -1;", "System.exit(0); return 0;")}),
        "beside": encode_files({COUNTER: SOLUTION + "class CounterTest {}"}),
    }
    backend, image = place
    with open_project_grader(backend, image) as grader:
        found = graded(grader, *samples.values(), task=replace(TASK, reference=None))
    named = dict(zip(samples, found, strict=True))
    if named["reference"].outcome is Outcome.INTERNAL and "here" in named["reference"].reason:
        pytest.skip(named["reference"].reason)
    return named


def test_a_solution_passes(results: dict[str, Result]) -> None:
    result = results["reference"]

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert isinstance(result.detail, ProjectDetail)
    assert result.detail.tests == dict.fromkeys(REQUIRED, "PASSED")
    assert result.layers


def test_others_do_not(results: dict[str, Result]) -> None:
    wrong = results["wrong"]

    assert wrong.outcome is Outcome.WRONG
    assert isinstance(wrong.detail, ProjectDetail)
    assert wrong.detail.tests == {REQUIRED[0]: "FAILED", REQUIRED[1]: "FAILED", REQUIRED[2]: "PASSED"}
    assert results["exit"].outcome is Outcome.ERROR
    assert results["beside"].outcome is Outcome.TAMPERED
