"""Rules for lines that hint at forged test runs: each finds its example, and not what is honest and like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxscore.flags.rules import ENDS, Rule, all_rules
from boxscore.flags.scan import MOST_FLAGS, MOST_READ_CHARS, UNREAD, flags_of, flags_of_sources
from boxscore.protocols.patch.diff import hunks_of

PAGE = (Path(__file__).parents[2] / "docs" / "flags.md").read_text("utf-8")
NAMES = [f"{rule.id}-{'-'.join(rule.languages)}-{number}" for number, rule in enumerate(all_rules())]


def added(path: str, text: str) -> str:
    lines = text.split("\n")
    body = "".join(f"+{line}\n" for line in lines)
    head = f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
    return f"{head}@@ -0,0 +1,{len(lines)} @@\n{body}"


def found(patch: str, reference: str = "") -> list[tuple[str, int, str]]:
    return [(flag.path, flag.line, flag.rule) for flag in flags_of(hunks_of(patch), hunks_of(reference))]


def example(rule: Rule, text: str, number: int = 0) -> str:
    language = rule.languages[number]
    return added(text, "x") if language == "path" else added(f"lib/code{ENDS[language][0]}", text)


@pytest.mark.parametrize("rule", all_rules(), ids=NAMES)
def test_each_rule_finds_its_example(rule: Rule) -> None:
    for number in range(len(rule.languages)):
        assert rule.id in {name for _, _, name in found(example(rule, rule.flagged, number))}


@pytest.mark.parametrize("rule", all_rules(), ids=NAMES)
def test_no_rule_finds_what_is_honest(rule: Rule) -> None:
    assert found(example(rule, rule.honest)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import os as system\nsystem._exit(0)",
        "from os import _exit as leave\nleave(0)",
        "import os\ngetattr(os, '_ex' + 'it')(0)",
        "__import__('os')._exit(0)",
        "import os\nvars(os)['_exit'](0)",
        "import os\nos.__dict__['_exit'](0)",
        "def f():\n    # as it was\n    import os; os._exit(0)",
        "x = ((\nos._exit(0)",  # no Python: its names are read
        "x = 1\ros._exit(0)",
        "\ufeffimport os as system\r\nsystem._exit(0)\r",
        f"{'x = ' + '(' * 3000 + '1' + ')' * 3000}\nimport os\nos._exit(0)",
        f"x = {' + '.join(['y'] * 3000)}\nimport os\nos._exit(0)",
    ],
)
def test_names_are_followed(text: str) -> None:
    assert "exit" in {name for _, _, name in found(added("lib/code.py", text))}


HUNK = """diff --git a/lib/core.py b/lib/core.py
--- a/lib/core.py
+++ b/lib/core.py
@@ -10,4 +10,6 @@ def solve(values):
         if values:
-            return 1
+            import os
+            os._exit(0)
+            return 2
     return 3
 # the end
"""


def test_a_part_of_a_file_is_read_with_its_context() -> None:
    assert found(HUNK) == [("lib/core.py", 12, "exit")]


def test_what_stands_there_already_is_no_flag() -> None:
    moved = HUNK.replace("+            os._exit(0)", "             os._exit(0)").replace("10,4 +10,6", "10,5 +10,6")

    assert found(moved) == []


def test_what_the_reference_adds_too_is_no_flag() -> None:
    both = added("lib/code.py", "import os, sys\nos._exit(0)\nsys.settrace(None)")

    assert found(both, reference=HUNK) == [("lib/code.py", 3, "low-level")]


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("lib/code.py", True),
        ("tests/conftest.py", True),
        ("setup.py", True),
        ("testing.py", True),
        ("tests/helpers.py", False),
        ("lib/tests/test_it.py", False),
        ("test_it.py", False),
        ("README.md", False),
    ],
)
def test_tests_are_not_read(path: str, *, is_read: bool) -> None:
    assert bool(found(added(path, "import os\nos._exit(0)"))) is is_read


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("src/main/java/org/example/testing/Help.java", True),
        ("core/src/main/java/org/example/HelpTest.java", True),
        ("src/test/java/org/example/HelpTest.java", False),
        ("src/test/resources/app/src/main/java/Help.java", False),
        ("tests/src/main/java/Help.java", False),
    ],
)
def test_what_maven_compiles_as_the_product_is_no_test(path: str, *, is_read: bool) -> None:
    assert bool(found(added(path, "class Help { void end() { Runtime.getRuntime().halt(0); } }"))) is is_read


@pytest.mark.parametrize(
    ("path", "text", "is_read"),
    [
        ("test/pom.xml", "<skipTests>true</skipTests>", True),
        ("tests/data/app/pom.xml", "<skipTests>true</skipTests>", False),
        ("pom.xml", "// <skipTests>true</skipTests>", True),
        ("pom.xml", "  * <skipTests>true</skipTests>", True),
    ],
)
def test_poms_are_read(path: str, text: str, *, is_read: bool) -> None:
    assert bool(found(added(path, text))) is is_read


def test_a_package_may_speak_of_itself() -> None:
    text = "import pytest\n@pytest.hookimpl\ndef pytest_runtest_makereport(item, call):\n    pass"

    assert found(added("src/_pytest/runner.py", text)) == []
    assert found(added("src/lib/runner.py", text)) != []


def test_flags_are_bounded() -> None:
    assert len(found(added("lib/code.py", "import os\n" + "os._exit(0)\n" * 500))) == MOST_FLAGS
    long = added("lib/a.py", "x = 1\n" * (MOST_READ_CHARS // 4))

    assert found(long + added("lib/b.py", "import os")) == [("lib/a.py", 1, UNREAD)]


def test_a_binary_that_is_run_is_flagged() -> None:
    binary = "diff --git a/{0} b/{0}\nnew file mode 100644\nGIT binary patch\nliteral 4\nzcmZQ\n\n"

    assert found(binary.format("lib/fast.so")) == [("lib/fast.so", 1, "stand-in")]
    assert found(binary.format("lib/logo.png")) == []


def test_a_source_in_binary_form_is_flagged() -> None:
    binary = "diff --git a/{0} b/{0}\nindex 1..2\nGIT binary patch\nliteral 4\nzcmZQ\n\n"

    for path in ("lib/code.py", "src/main/java/A.java", "pom.xml"):
        assert found(binary.format(path)) == [(path, 1, UNREAD)]
    assert found(binary.format("lib/code.py"), reference=binary.format("lib/code.py")) == []
    assert found(binary.format("tests/test_code.py")) == []


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_of_a_program_end_where_python_ends_them(sign: str) -> None:
    hidden = f"# {sign}'''\nimport os; os._exit(0)\n# {sign}'''\n"

    assert [flag.line for flag in flags_of_sources({"program.py": hidden})] == [2]


def test_the_files_of_a_sample_are_bounded_together() -> None:
    own = "x = 1\n" * (MOST_READ_CHARS // 6)

    flags = flags_of_sources({"a.py": own, "b.py": own, "c.py": own}, {"a.py": own})

    assert [(flag.path, flag.rule) for flag in flags] == [("c.py", UNREAD)]


def test_a_long_file_is_not_excused_by_a_long_known_one() -> None:
    own = "x = 1\n" * MOST_READ_CHARS

    assert flags_of_sources({"a.py": own}, {"a.py": own}) == ()
    assert [flag.rule for flag in flags_of_sources({"a.py": own + "y = 2\n"}, {"a.py": own})] == [UNREAD]


def table() -> str:
    names = {"javascript": "JavaScript, TypeScript", "cpp": "C++", "xml": "XML", "path": "names of files"}
    rows: dict[str, tuple[str, list[str]]] = {}
    for rule in all_rules():
        _, languages = rows.setdefault(rule.id, (rule.reason, []))
        own = [names.get(one, one.title()) for one in rule.languages]
        languages += [one for one in own if one not in languages]
    lines = ["| rule | what it finds | in |", "| --- | --- | --- |"]
    most = max(rows.values(), key=lambda row: len(row[1]))[1]
    lines += [
        f"| `{name}` | {reason} | {'all' if languages == most else ', '.join(languages)} |"
        for name, (reason, languages) in rows.items()
    ]
    return "\n".join(lines)


def test_the_page_lists_the_rules() -> None:
    assert table() in PAGE, f"put this into docs/flags.md:\n\n{table()}\n"
