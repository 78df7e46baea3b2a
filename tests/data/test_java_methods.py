"""Methods of Java as they are found in whole and in broken sources."""

from __future__ import annotations

from boxscore.data.java_methods import java_body, java_methods, with_java_bodies

SOURCE = """```java
package a;

public abstract class A {
    // TODO of the class
    A() {
        // TODO
    }

    abstract int over(int one);

    int over(String naïve) {
        return 1;
    }

    int late() {
        Runnable inner = new Runnable() {
            public void run() {
                // TODO
            }
        };
        return 2;
    }
}
```
"""


def test_names_numbers_and_todo() -> None:
    found = [(one.name, one.number, one.todo, one.broken) for one in java_methods(SOURCE)]

    assert found == [
        ("A", 0, True, False),
        ("over", 1, False, False),
        ("late", 0, True, False),
        ("run", 0, True, False),
    ]


def test_bodies_behind_other_alphabets() -> None:
    over = next(one for one in java_methods(SOURCE) if one.name == "over")

    assert java_body(SOURCE, over) == "{\n        return 1;\n    }"


def test_bodies_are_replaced() -> None:
    changed = with_java_bodies(SOURCE, {("A", 0): " ", ("late", 0): " return ü; ", ("run", 0): "x", ("over", 1): "y"})

    assert "A() { }" in changed
    assert "int late() { return ü; }\n}" in changed
    assert "return 1;" in changed


def test_what_does_not_parse_is_broken() -> None:
    broken, sound = java_methods("class A { void a() { int x = (1; } void b() { } }")

    assert (broken.broken, sound.broken) == (True, False)


def test_deep_sources_take_no_time() -> None:
    depth = 2000
    source = "class A { void a() { // TODO\n" + "new A() { void a() { " * depth + "} }; " * depth + "} }"

    found = java_methods(source)

    assert len(found) == depth + 1
    assert [one.todo for one in found[:2]] == [True, False]


def test_text_that_repeats_itself_is_not_read() -> None:
    assert java_methods("class A { void f() { } } List<" + "List<" * 20_000) == ()
