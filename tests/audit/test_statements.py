"""What is seen of prompts without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.audit.findings import FindingKind
from boxscore.audit.statements import near_duplicates, statement_findings
from boxscore.audit.work import AuditOptions, incomplete_examples, make_work
from boxscore.run.request import Request
from tests.audit.toy import Toy, benchmark, instance

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "def add(a, b):\n    "


def test_a_harness_that_breaks_its_contract() -> None:
    class Finder(Toy):
        def extract(self, instance: object, sample: object) -> str | None:
            return "def add(a, b):\n    return a + b\n"

    one = instance("toy/1", f'{HEAD}"""Add."""\n', "    return a + b\n", "assert add(1, 2) == 3\n")
    found = list(statement_findings(Finder(), one, Finder().task(one)))

    assert {found.kind for found in found} == {FindingKind.BROKEN_CONTRACT}
    assert "extract finds code in an empty sample" in found[0].text


def test_names_that_a_prompt_hides() -> None:
    class Two(Toy):
        def names(self, instance: object) -> tuple[str, ...]:
            return ("add", "Node")

    one = instance(
        "toy/1", f'{HEAD}"""Add."""\n', "    return a + b\n\n\nNode = add\n", "assert Node(1, 2) == add(1, 2)"
    )
    hidden = list(statement_findings(Two(), one, Two().task(one)))

    assert [(found.kind, found.text) for found in hidden] == [
        (FindingKind.HIDDEN_NAME, "the tests need Node, which the prompt does not name")
    ]


def test_examples_that_need_more_than_the_prompt_has(tmp_path: Path) -> None:
    body = 'def f(tree):\n    """Sum.\n\n    assert f(root) == 3\n    assert f(len([1])) == 1\n    """\n'
    for head, missing in (("", [("root",)]), ("root = 3\n\n\n", [])):
        one = instance("toy/1", head + body, "    return tree\n", "assert f(3) == 3\n")
        given = benchmark(tmp_path, one)
        work = make_work(Request(benchmark="toy"), given, AuditOptions(mutants=0))

        assert list(incomplete_examples(given, work.examples).values()) == missing


LONG = "find the longest path between two nodes of a weighted graph without any cycle in it"
PROMPTS = {"1": LONG, "2": f"{LONG.capitalize()}.", "3": "print the name of each planet that has more than one moon"}


def test_near_duplicates() -> None:
    (near,) = near_duplicates(PROMPTS)

    assert (near.instance_id, near.other, near.share) == ("2", "1", 1.0)


def test_what_every_prompt_says_makes_none_near() -> None:
    prompts = {str(number): f"{LONG}: {' '.join(f'w{number}x{word}' for word in range(10))}" for number in range(30)}

    assert list(near_duplicates(prompts)) == []
