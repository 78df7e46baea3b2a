"""The function in a chat answer: the block that defines it, up to the bracket that closes the function."""

from __future__ import annotations

import re

FENCE = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
CALLED = re.compile(r"([A-Za-z_$][\w$]*)\s*\(")
# Comments, texts and characters, in which brackets count for nothing. What follows a backslash begins no text: else
# each mark in a text that nothing ends would be looked for an end.
PASSED_OVER = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\\.|[{}]", re.DOTALL
)
HEADS = {  # lines that a program of the prompt begins with, and that an answer may leave out
    "js": re.compile(r"(?!)"),
    "java": re.compile(r"^import [^\n]*\n|^class Problem \{\n", re.MULTILINE),
    "go": re.compile(r"(?!)"),
    "cpp": re.compile(r"^#include[^\n]*\n", re.MULTILINE),
}
PUBLIC_PROBLEM = re.compile(r"\bpublic\s+(?=(?:final\s+)?class\s+Problem\b)")  # a file has but one public class
LATER = re.compile(r"^(?:async )?func(?:tion)?[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
GO_PACKAGE = re.compile(r"^package [^\n]*\n", re.MULTILINE)
GO_IMPORTS = re.compile(r"^import\s*(?:\([^)]{0,5000}\)|[^\n(]+)\n", re.MULTILINE)
BEFORE_DOT = re.compile(r"\b(\w+)\.")
GO_IMPORT = re.compile(r'(?:[\w.]+[ \t]+)?"[^"\n]+"')
MAX_SIGNATURE = 1_000  # characters from the name of a function to the bracket that opens its body
MAX_READ = 16 << 20  # characters that are looked through for later functions, the rest of an answer for each
CLOSED_BY_TESTS = frozenset({"java", "cpp"})


def function_of_answer(language: str, prompt: str, answer: str) -> str | None:
    """The program that an answer gives, without tests of its own; None where no block of it defines the function."""
    name = function_name(prompt)
    heads: list[str] = HEADS[language].findall(prompt)
    blocks: list[str] = FENCE.findall(answer)
    for block in blocks:
        end = end_of_function(language, block, name)
        if end is None:
            continue
        code = PUBLIC_PROBLEM.sub("", block[:end]) if language == "java" else block[:end]
        code += "".join(later_functions(language, block[end:])) if language in {"js", "go"} else ""
        if language == "go":
            return with_go_imports(prompt, code)
        missing = [line for line in heads if not is_in(language, line, code)]
        return "".join(missing) + code
    return None


def later_functions(language: str, rest: str) -> list[str]:
    """The functions that stand behind the one that is wanted, which may use them; no `main`, and no tests."""
    found, left = [], MAX_READ
    for head in LATER.finditer(rest):
        end = end_of_function(language, rest[head.start() :], head[1]) if left > 0 else None
        left -= len(rest) - head.start()
        if end is not None and head[1] != "main" and not head[1].lower().startswith("test"):
            found.append(f"\n{rest[head.start() : head.start() + end]}\n")
    return found


def with_go_imports(prompt: str, code: str) -> str:
    """A Go file of the code: with what the prompt imports, and of the code's own imports what is used.

    Go refuses a file that imports what it does not use, as imports for tests are that have been left out.
    """
    rest = GO_IMPORTS.sub("", code)
    own = {one.strip() for block in GO_IMPORTS.findall(code) for one in GO_IMPORT.findall(block)}
    given = {one.strip() for block in GO_IMPORTS.findall(prompt) for one in GO_IMPORT.findall(block)}
    named = set(BEFORE_DOT.findall(rest))
    used = {one for one in own - given if go_name(one) in named}
    block = "".join(f"\t{one}\n" for one in sorted(given | used))
    return f"package main\n\nimport (\n{block})\n{GO_PACKAGE.sub('', rest)}"


def go_name(imported: str) -> str:
    """The name by which a file uses what it imports: that before the path, else the path's last part."""
    alias, _, path = imported.partition('"')
    return alias.strip() or path.rstrip('"').rpartition("/")[2]


def is_in(language: str, head: str, code: str) -> bool:
    """Whether code has a line of the prompt's head, or one of its own that does as well."""
    if head.strip() in code:
        return True
    return language == "java" and "class" in head and re.search(r"\bclass\s+Problem\b", code) is not None


def function_name(prompt: str) -> str:
    """The name of the function whose head ends a prompt; "" where no head does."""
    signature = prompt.rstrip().rpartition("\n")[2]
    found = CALLED.search(signature)
    return "" if found is None else found[1]


def without_open_comments(block: str) -> str:
    """A block, as long as it was, without marks that begin a comment which nothing ends: each is looked for an end."""
    from_here = max(block.rfind("*/") - 1, 0)
    return block[:from_here] + block[from_here:].replace("/*", "/ ")


def end_of_function(language: str, block: str, name: str) -> int | None:
    """Where the function of a name ends in some code; without its own last bracket where tests bring that."""
    # In Go the bracket that opens a body ends its line, and types have brackets of their own.
    letters, end_of_line = (r"[^\n]", r"[ \t]*$") if language == "go" else (r"[^;{}]", "")
    opening = rf"{letters}{{0,{MAX_SIGNATURE}}}\{{{end_of_line}"
    pattern = rf"^[^\n/*=.]*(?<![\w$.]){re.escape(name)}\s*\({opening}"
    head = re.search(pattern, block, re.MULTILINE) if name else None
    if head is None:
        assigned = language == "js" and re.search(
            rf"^[^\S\n]*(?:const|let|var)\s+{re.escape(name)}\s*=", block, re.MULTILINE
        )
        return len(block) if assigned else None
    depth = 1
    for found in PASSED_OVER.finditer(without_open_comments(block), head.end()):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.start() if language in CLOSED_BY_TESTS else found.end()
    return len(block)
