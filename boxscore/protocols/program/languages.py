"""The languages that programs may be written in: a table, an entry each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from boxscore.records import Limits

MEBIBYTE = 1 << 20


class Language(Struct, frozen=True, kw_only=True):
    """How programs of a language are built and run.

    `source` is the file that a program is put in. `build` is the command that makes `artefact` of it, or that only
    looks at it where there is none; programs that it refuses come to `refused`. `run` is the command of a program;
    without one it is Python and runs in a process that the supervisor forked, which has it loaded. What was made is
    executed itself or, with `beside`, put beside the program in each case, where the run command names it.
    `{memory_mib}` in that is the limit on memory. With `any_address` its runtime reserves addresses by the gigabyte, so
    that its data is bounded and not its addresses. `tool` is what must be in the box, and `get` says how it gets there.
    """

    name: str
    source: str
    build: tuple[str, ...] = ()
    refused: Literal["syntax", "build_failed"] = "syntax"
    artefact: str = ""
    beside: bool = False
    run: tuple[str, ...] = ()
    any_address: bool = False
    stack_bytes: int = 8 * MEBIBYTE
    tool: str
    get: str
    control: str  # a program that prints twice the number it reads, to prove the language with


def _java(folder: str, *, processors: bool) -> tuple[str, ...]:
    """Compile `Main.java`, and what it uses of the files beside it, with the jars of a folder; pack the classes.

    Without `processors` no annotation processor of those jars runs, and the compiler starts faster.
    """
    options = (
        f"{'' if processors else '-proc:none '}-nowarn -encoding UTF-8 -sourcepath . -d classes -cp '{JARS}/{folder}/*'"
    )
    compiler = f"javac {' '.join(f'-J{option}' for option in (*_JVM, _ARCHIVE, '-Xmx640m'))} {options} Main.java"
    return ("sh", "-c", f"{compiler} && exec python3 -I -m zipfile -c main.jar classes/*")


def _jvm(folder: str, name: str, *options: str) -> tuple[str, ...]:
    """Run the class of a name, beside the jars of a folder."""
    return ("java", *_JVM, *options, "-Xmx{memory_mib}m", "-cp", f"main.jar:{JARS}/{folder}/*", name)


JARS = "/usr/share/boxscore"
GO = "/usr/lib/go"  # compiler, linker and compiled standard library, as `images/programs/install-go` puts them
_JVM = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"),
    "-Djava.io.tmpdir=.",
)
_ARCHIVE = f"-XX:SharedArchiveFile={JARS}/java/javac.jsa"  # of what javac loads; taken where it is there
_CPP_CONTROL = "#include <iostream>\nint main() { long n; std::cin >> n; std::cout << 2 * n << std::endl; }\n"
_JAVA_CONTROL = (
    "class Main { public static void main(String[] a) {"
    " System.out.println(2 * new java.util.Scanner(System.in).nextLong()); } }"
)
_GO_COMPILE = f"{GO}/compile -p main -complete -importcfg {GO}/importcfg"
_GO_LINK = f"{GO}/link -s -w -importcfg {GO}/importcfg"
_GO_CONTROL = 'package main\n\nimport "fmt"\n\nfunc main() { var n int; fmt.Scan(&n); fmt.Println(2 * n) }\n'
_IMAGE = "use the image `programs` (`boxscore images build programs`), or install {} on the machine for local boxes"

LANGUAGES = {
    language.name: language
    for language in (
        Language(
            name="python",
            source="main.py",
            tool="python3",
            get="every box has it",
            control="print(2 * int(input()))",
        ),
        Language(
            name="cpp",
            source="main.cpp",
            build=("g++", "-std=c++17", "-O2", "-pipe", "-o", "main", "main.cpp"),
            refused="build_failed",
            artefact="main",
            run=("./main",),
            stack_bytes=64 * MEBIBYTE,
            tool="g++",
            get=_IMAGE.format("g++"),
            control=_CPP_CONTROL,
        ),
        Language(
            name="javascript",
            source="main.js",
            build=("node", "--check", "main.js"),
            run=("node", "--max-old-space-size={memory_mib}", "main.js"),
            any_address=True,
            tool="node",
            get=_IMAGE.format("nodejs"),
            control="console.log(2 * Number(require('fs').readFileSync(0, 'utf8')))",
        ),
        Language(
            name="java",
            source="Main.java",
            build=_java("java", processors=False),
            refused="build_failed",
            artefact="main.jar",
            beside=True,
            run=_jvm("java", "Main", "-ea"),
            any_address=True,
            tool="javac",
            get=_IMAGE.format("a JDK of 17 or newer"),
            control=_JAVA_CONTROL,
        ),
        Language(
            name="java-junit",
            source="Main.java",
            build=_java("junit", processors=True),
            refused="build_failed",
            artefact="main.jar",
            beside=True,
            run=_jvm("junit", "BoxscoreRunner"),
            any_address=True,
            tool="javac",
            get="use the image `programs` (`boxscore images build programs`)",
            control=_JAVA_CONTROL.replace("Main", "BoxscoreRunner extends org.junit.jupiter.api.Assertions"),
        ),
        Language(
            name="go",
            source="main.go",
            build=("sh", "-c", f"{_GO_COMPILE} -o main.o main.go && exec {_GO_LINK} -o main main.o"),
            refused="build_failed",
            artefact="main",
            run=("./main",),
            any_address=True,
            tool=f"{GO}/compile",
            get="use the image `programs` (`boxscore images build programs`)",
            control=_GO_CONTROL,
        ),
    )
}


def message(language: Language, limits: Limits) -> dict[str, object]:
    """What the grader in a box gets to know of a language."""
    run = tuple(word.format(memory_mib=limits.memory_bytes // MEBIBYTE) for word in language.run)
    return {
        "name": language.name,
        "source": language.source,
        "build": language.build,
        "refused": language.refused,
        "artefact": language.artefact,
        "beside": language.beside,
        "run": run,
        "any_address": language.any_address,
        "stack_bytes": language.stack_bytes,
    }
