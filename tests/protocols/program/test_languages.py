"""Programs in other languages on real boxes: built once, run anew for each case."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import SandboxUnavailable
from boxscore.images.recipes import reference
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.program.languages import LANGUAGES
from boxscore.protocols.program.task import Case, ProgramDetail, ProgramTask
from boxscore.records import Limits, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader
    from boxscore.records import Result

LIMITS = Limits(cpu_s=2.0, wall_s=200.0, memory_bytes=512 << 20)
BUILDING = Limits(cpu_s=60.0, wall_s=600.0)
CASES = (Case(stdin="1 2\n", expected="3\n"), Case(stdin="40 2\n", expected="42\n"))
TOOLS = {"cpp": "g++", "javascript": "node", "java": "javac", "go": "/usr/lib/go/compile"}

CPP_ADD = "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << std::endl; }\n"
CPP = {
    CPP_ADD: Outcome.PASSED,
    "int main() { return 0; }": Outcome.WRONG,
    "int main() {": Outcome.BUILD_FAILED,
    'asm(".incbin \\"/scratch/other\\"");\nint main() {}': Outcome.BUILD_FAILED,
    "int main() { return 7; }": Outcome.ERROR,
    "#include <cstdlib>\nint main() { abort(); }": Outcome.SIGNAL,
    "#include <vector>\nint main() { std::vector<long> v(1L << 30, 1); return v[5] - 1; }": Outcome.MEMORY,
    # deep recursion, within the stack that programs in C++ get
    "#include <cstdio>\nint f(int n) { volatile char b[64]; b[0] = 1; return n ? f(n - 1) + b[0] : 0; }\n"
    'int main() { int a, b; scanf("%d %d", &a, &b); printf("%d", f(300000) - 300000 + a + b); }': Outcome.PASSED,
    # a program may not become another one for the next case
    '#include <fcntl.h>\n#include <cstdio>\nint main() { int a, b; scanf("%d %d", &a, &b);\n'
    'if (open("/proc/self/exe", O_RDWR) >= 0) return 1; printf("%d", a + b); }': Outcome.PASSED,
}
JS_ADD = "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number); console.log(a + b);"
JAVASCRIPT = {
    JS_ADD: Outcome.PASSED,
    JS_ADD.replace("0,", "'/dev/stdin',"): Outcome.PASSED,
    JS_ADD.replace("console.log(", "require('fs').writeFileSync('/dev/stdout', '' + ").replace(
        "+ a + b", "+ (a + b)"
    ): (Outcome.PASSED),
    "require('readline').createInterface({input: process.stdin}).on('line', line => {\n"
    "  const [a, b] = line.split(' ').map(Number); process.stdout.write(`${a + b}\\n`) })": Outcome.PASSED,
    "console.log(3)": Outcome.WRONG,
    "let x = ;": Outcome.SYNTAX,
    "null.x": Outcome.ERROR,
    "require('net').createServer().listen(0)": Outcome.ERROR,
}

JAVA_HEAD = "import java.util.*;\nclass Helper { static int add(int a, int b) { return a + b; } }\n"
JAVA_ADD = (
    f"{JAVA_HEAD}public class Main {{ public static void main(String[] args) {{ Scanner in = new Scanner(System.in);\n"
    "System.out.println(Helper.add(in.nextInt(), in.nextInt())); } }"
)
JAVA = {
    JAVA_ADD: Outcome.PASSED,
    JAVA_ADD.replace("a + b", "a - b"): Outcome.WRONG,
    JAVA_ADD.replace("in.nextInt()));", "in.nextInt())"): Outcome.BUILD_FAILED,
    JAVA_ADD.replace("return a + b", "return a / 0"): Outcome.ERROR,
    JAVA_ADD.replace("return a + b", "assert a > 100; return a"): Outcome.ERROR,
    JAVA_ADD.replace("return a + b", "return new long[1 << 28].length"): Outcome.MEMORY,
    JAVA_ADD.replace("return a + b", "System.exit(3); return a"): Outcome.ERROR,
    JAVA_ADD.replace("return a + b", "while (true) a++"): Outcome.TIMEOUT,
}
GO_ADD = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tvar a, b int\n\tfmt.Scan(&a, &b)\n\tfmt.Println(a + b)\n}\n'
GO = {
    GO_ADD: Outcome.PASSED,
    GO_ADD.replace("a + b", "a - b"): Outcome.WRONG,
    GO_ADD.replace("var a, b", "var a, b, c"): Outcome.BUILD_FAILED,
    GO_ADD.replace("a + b", "a / (b - b)"): Outcome.ERROR,
    GO_ADD.replace("\tfmt.Println", "\tfor a > 0 {\n\t\tb++\n\t}\n\tfmt.Println"): Outcome.TIMEOUT,
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("local", marks=pytest.mark.bubblewrap),
        pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.slow]),
        pytest.param("docker-jvm", marks=[pytest.mark.docker, pytest.mark.slow]),
    ],
)
def grader(request: pytest.FixtureRequest) -> Iterator[BatchGrader]:
    image = None
    if request.param != "local":
        backend = request.getfixturevalue("docker_backend")
        image = reference("programs" if request.param == "docker" else "jvm")
        try:
            backend.image_digest(image)
        except SandboxUnavailable as error:
            pytest.skip(f"the image of programs is not here: {error}")
    else:
        backend = request.getfixturevalue("local_backend")
    with open_program_grader(backend, image) as opened:
        yield opened


def results(request: pytest.FixtureRequest, grader: BatchGrader, language: str, codes: list[str]) -> list[Result]:
    if "jvm" in request.node.callspec.id and language != "java":
        pytest.skip("the JVM's image has no other language")
    if "local" in request.node.callspec.id and shutil.which(TOOLS[language], path="/usr/bin:/bin") is None:
        pytest.skip(f"local boxes need {TOOLS[language]} on the machine")
    batch = Batch(
        instance_id="toy/add",
        task=ProgramTask(language=language, cases=CASES, limits=LIMITS, compile_limits=BUILDING),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(at), code=code) for at, code in enumerate(codes)),
    )
    return list(grader.grade(batch))


@pytest.mark.parametrize(
    ("language", "codes"),
    [
        ("cpp", CPP),
        ("javascript", JAVASCRIPT),
        pytest.param("java", JAVA, marks=pytest.mark.slow),
        pytest.param("go", GO, marks=pytest.mark.slow),
    ],
)
def test_each_kind_of_end_has_its_outcome(
    request: pytest.FixtureRequest, grader: BatchGrader, language: str, codes: dict[str, Outcome]
) -> None:
    graded = results(request, grader, language, list(codes))

    assert [(one.outcome, code) for one, code in zip(graded, codes, strict=True)] == [
        (outcome, code) for code, outcome in codes.items()
    ], [one.reason for one in graded]
    for one in graded:
        assert isinstance(one.detail, ProgramDetail)
        assert one.detail.compiled is not None
        if one.outcome in {Outcome.SYNTAX, Outcome.BUILD_FAILED}:
            assert one.detail.cases == ()
            assert one.reason
            assert ("declared and not used" if language == "go" else "error") in one.detail.compiled.errors.lower()


def test_a_language_that_is_not_there_is_ours(local_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = LANGUAGES["cpp"]
    monkeypatch.setitem(LANGUAGES, "cpp", replace(nowhere, build=("no-such-compiler", "main.cpp")))
    with open_program_grader(local_backend, None) as grader:
        outcomes = []
        for language, code in (("cpp", CPP_ADD), ("python", "print(sum(map(int, input().split())))")):
            batch = Batch(
                instance_id="toy/add",
                task=ProgramTask(language=language, cases=CASES, limits=LIMITS),
                trust=Trust.ORACLE,
                candidates=(Candidate(sample_id="0", code=code), Candidate(sample_id="1", code=code)),
            )
            outcomes += list(grader.grade(batch))

        run = replace(batch, task=ProgramTask(language="cpp", cases=(Case(stdin="1 2\n"),), limits=LIMITS))
        (unjudged, _) = grader.grade(run)

    assert [one.outcome for one in outcomes] == [Outcome.INTERNAL] * 2 + [Outcome.PASSED] * 2
    assert (unjudged.outcome, unjudged.trust, outcomes[0].trust) == (Outcome.INTERNAL, Trust.NONE, Trust.ORACLE)
    assert "no-such-compiler" in outcomes[0].reason
    assert "boxscore images build programs" in outcomes[0].reason
