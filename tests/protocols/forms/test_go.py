"""What tests of Go expect, and copies of them that expect something else."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.forms.go import Go
from boxscore.protocols.forms.plan import literal_forms, literal_windows
from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'package a\n\nimport "testing"\n\n'
TABLE = """	tests := []struct {
		name string
		in   int
		want string
	}{
		{"short", 65, "1:05"},
		{name: "long", in: 754, want: "12:34"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clock(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}"""


def test_source(body: str) -> str:
    """A file with one test."""
    return f"{HEAD}func TestA(t *testing.T) {{\n{body}\n}}\n"


test_source.__test__ = False  # type: ignore[attr-defined]


def values(body: str) -> list[list[object]]:
    """What each assertion of a test may say otherwise."""
    (test,) = Go().read("a_test.go", test_source(body), "word").tests
    return [[choice.true for choice in one.choices] for one in test.assertions]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('if got := f(1); got != "a" { t.Errorf("got %v", got) }', [["a"]]),
        ('if "a" != f(1) || 3 != g() { t.Fatal() }', [["a"], [3]]),
        ('if !reflect.DeepEqual(f(), []string{"a", "b"}) { t.Fail() }', [["a", "b"]]),
        ('want := map[string]int{"a": 3}\nif !reflect.DeepEqual(f(), want) { t.Error(want) }', [[3]]),
        ("assert.Equal(t, int64(12), f(7))", [[12]]),
        ("require.Len(t, f(), 4)", [[4]]),
        ('c.Assert(f(), qt.Equals, "some text")', [["some", "text"]]),
        ("Expect(f()).To(Equal(-3))", [[-3]]),
        ('check(t, f(2), "a")', [["a"]]),
        (TABLE, [["1:05"], ["12:34"]]),
        ('t.Run("b", func(t *testing.T) { assert.Equal(t, 31, f()) })', [[31]]),
        # What is not compared, not reached by each run, or used otherwise hides nothing.
        ('if f() == "a" { t.Error() }', []),
        ('if f() != "a" { n++ }', []),
        ("for i := 0; i < f(); i++ { if g(i) != 3 { t.Error() } }", []),
        ("if x { return }\nif f() != 3 { t.Error() }", []),
        ('want := "a"\nh(want)\nif f() != want { t.Error() }', []),
        (TABLE.replace("clock(tt.in)", "clock(tt.want)"), []),
        (TABLE.replace("clock(tt.in)", "clock(tt)"), []),
    ],
)
def test_what_may_be_said_otherwise(body: str, expected: list[list[object]]) -> None:
    """Literals that each run compares are found, at once, by a name, in tables and by libraries."""
    assert values(body) == expected


def test_words_of_a_text_are_compared_apart() -> None:
    """A form says one of them, and compares the same part of what came."""
    body = 'if got := f(); got != "some text" {\n\tt.Errorf("not some text but %q", got)\n}'
    file = Go().read("a_test.go", test_source(body), "word")
    (assertion,) = file.tests[0].assertions

    shown = file.lines.after([*file.tests[0].hidden, *assertion.choices[1].written('"other"')])

    assert 'part_word(got, 5, 9) != "other" {\n\tt.Errorf("%q", got)' in shown


def test_what_it_was_stands_nowhere_in_a_form() -> None:
    """Each form is the test with one literal, true or not; no other assertion, comment or message tells it."""
    body = (
        '// it is 12345\n\tif got := f(1); got != 12345 {\n\t\tt.Errorf("got %d, want 12345", got)\n\t}\n'
        "\tassert.Equal(t, 67890, g())"
    )
    files, rng = {"a_test.go": test_source(body)}, random.Random(1)
    windows = literal_windows(files, ["TestA"], Go(), Contents(), forms=40, rng=rng)
    plan = literal_forms(files, windows, Go(), rng, blank=True)

    text = plan.files["a_test.go"]
    assert (text.count("12345"), text.count("67890")) == (1, 1)
    assert "func TestA(" not in text
    assert text.count("func TestA_") == len(plan.forms) == plan.negated + 3
    assert {text.split("\n")[start - 1].split("(")[0][-12:] for start, _ in plan.lines.values()} == set(plan.lines)


def test_what_does_not_compile_with_the_old_code_is_left_out() -> None:
    """Functions in which a compiler finds errors go, and imports that it finds unused lose their names."""
    source = 'package a\n\nimport (\n\t"fmt"\n\t"testing"\n)\n\nfunc TestA(t *testing.T) {\n\tx()\n}\n\nfunc b() {}\n'
    kept = Go().without_lines(source, {4, 9})
    assert kept == 'package a\n\nimport (\n\t_ "fmt"\n\t"testing"\n)\n\n\n\nfunc b() {}\n'


def test_what_is_no_go_is_left_alone() -> None:
    """Its tests have no forms."""
    with pytest.raises(CannotRewriteError, match="cannot be parsed"):
        Go().read("a_test.go", "package a\nfunc {", "word")


@pytest.mark.slow  # Go compiles its library first
def test_forms_are_run_by_go(tmp_path: Path) -> None:
    """Each original passes, and each negated test fails, of single comparisons, texts and tables."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no go here")
    (tmp_path / "go.mod").write_text("module a\n\ngo 1.19\n")
    (tmp_path / "a.go").write_text(
        'package a\n\nimport "fmt"\n\nfunc clock(x int) string { return fmt.Sprintf("%d:%02d", x/60, x%60) }\n'
    )
    source = test_source(
        f'{TABLE}\n\tif got := clock(9999); got != "166:39" {{\n\t\tt.Fatalf("%q, not 166:39", got)\n\t}}\n'
        "\tif len(clock(1)) != 4 {\n\t\tt.Error()\n\t}"
    )
    files, rng = {"a_test.go": source}, random.Random(1)
    windows = literal_windows(files, ["TestA"], Go(), Contents(), forms=60, rng=rng)
    plan = literal_forms(files, windows, Go(), rng, blank=True)
    (tmp_path / "a_test.go").write_text(plan.files["a_test.go"])

    environment = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": "-mod=mod"}
    done = subprocess.run(
        [go, "test", "-v", "./..."], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    said = parse_log("go", done.stdout)
    passed = {one.word for one in plan.forms if said[f"TestA_{one.word}"] is Status.PASSED}
    assert passed == {one.word for one in plan.forms if one.passes}
    assert plan.negated > 20
