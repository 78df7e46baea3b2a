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
    without one it is Python and runs in a process that the supervisor forked, which has it loaded. `{memory_mib}` in a
    command is the limit on memory. With `any_address` its runtime reserves addresses by the gigabyte, so that its data
    is bounded and not its addresses. `tool` is what must be in the box, and `get` says how it gets there.
    """

    name: str
    source: str
    build: tuple[str, ...] = ()
    refused: Literal["syntax", "build_failed"] = "syntax"
    artefact: str = ""
    run: tuple[str, ...] = ()
    any_address: bool = False
    stack_bytes: int = 8 * MEBIBYTE
    tool: str
    get: str
    control: str  # a program that prints twice the number it reads, to prove the language with


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
            control="#include <iostream>\nint main() { long n; std::cin >> n; std::cout << 2 * n << std::endl; }\n",
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
        "run": run,
        "any_address": language.any_address,
        "stack_bytes": language.stack_bytes,
    }
