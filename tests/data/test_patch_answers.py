"""Patches in what a model answers."""

from __future__ import annotations

import textwrap

import pytest

from boxscore import Sample, SampleKind
from boxscore.data.patch_harness import patch_of

ONE = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
CONTEXT = "--- a/x.md\n+++ b/x.md\n@@ -1,4 +1,4 @@\n ```\n-a\n+b\n \n ```\n"
BETTER = ONE.replace("+b", "+c")
PARSER = "--- a/p\n+++ b/p\n@@ -1 +1 @@\n-END = None\n+END = '</think>'\n"
MOVED = "diff --git a/x b/z\nsimilarity index 100%\nrename from x\nrename to z\n"
MADE = "--- /dev/null\n+++ b/z\n@@ -0,0 +1 @@\n+a\n"
THERE = "--- a/z\n+++ b/z\n@@ -1 +1 @@\n-a\n+b\n"
POM = (
    "--- a/pom.xml\n+++ b/pom.xml\n@@ -1,3 +1,5 @@\n <version>\n-<patch>1</patch>\n+<patch>2</patch>\n+<patch>\n"
    "+</patch>\n </version>\n"
)
TWO = "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("text", "patch"),
    [
        ("Here:\n```diff\ndiff --git a/x b/x\n```\nDone.", "diff --git a/x b/x\n"),
        (f"<patch>\n{ONE}</patch>", ONE),
        (f"<patch>\n```diff\n{ONE}```\n</patch>", ONE),
        (f"My patch: <patch>\n{ONE}</patch> It adds b.", ONE),
        ("I would write\ndiff --git a/x b/x\n--- a/x\n", "diff --git a/x b/x\n--- a/x\n"),
        (f"```diff\n{ONE}```\nOr better:\n```diff\n{BETTER}```", BETTER),
        (f"In x:\n```diff\n{ONE}```\nIn y:\n```patch\n{TWO}```", ONE + TWO),
        (f"```diff\n{ONE}```\n```diff\n{TWO}```\nOr better in x:\n```diff\n{BETTER}```", TWO + BETTER),
        (f"```diff\n{ONE}{TWO}```\nOr better in x:\n```diff\n{BETTER}```", BETTER),
        (f"<patch>\n{ONE}</patch>\nand\n<patch>\n{TWO}</patch>", ONE + TWO),
        (f"```\n{ONE}```\n```\n{TWO}```", TWO),
        (f"```diff\n{ONE}```\nwhere this is new:\n```diff\n+b\n```", ONE),
        (f"```diff\n{ONE}```\n```diff\n```", ONE),
        (f"```\n{ONE}```", ONE),
        (f"```diff\n{TWO}```\nFinal answer: <patch>\n{ONE}</patch>.", ONE),
        (f"```diff\n{TWO}```\n  <patch>\n{ONE}  </patch>", ONE),
        (f"```diff\n{ONE}```\nThe test says:\n```\n--- expected\n+++ actual\n```", ONE),
        (f"```diff\n{ONE}```\n```console\n$ git diff\ndiff --git a/x b/x\n```", ONE),
        (f"````diff\n{ONE}```\n````", f"{ONE}```\n"),
        (f"```diff `x`\n{ONE}", ONE),
        (f"```python\nx = 1\n```\n```\n{ONE}```\n```python\nx = 2\n```", ONE),
        (f"```diff\n{ONE} \n```", f"{ONE} \n"),
        (f"```diff\n{ONE}\n```", f"{ONE}\n"),
        (f"The tags `<patch>` and `</patch>`:\n```diff\n{ONE}```", ONE),
        (f"```xml\n<patch>\nyours\n</patch>\n```\n{ONE}", ONE),
        (f"```xml\n<patch>\n{TWO}</patch>\n```\n<patch>\n{ONE}</patch>", ONE),
        (f"```diff\n{ONE}", ONE),
        ("```diff\n@@ -1 +1 @@\n-a\n+b\n```", "@@ -1 +1 @@\n-a\n+b\n"),
        (f"1. The fix:\n\n   ```diff\n{textwrap.indent(ONE, '   ')}   ```\n", ONE),
        (f"- The fix:\n      ~~~\n{textwrap.indent(ONE, '      ')}      ~~~\n", ONE),
        (f"- The fix:\n\t```diff\n{textwrap.indent(ONE, chr(9))}\t```\n", ONE),
        (f"- The fix:\n\t```diff\n{textwrap.indent(ONE, chr(9))}    ```\n", ONE),
        (f"  ```diff\n{textwrap.indent(CONTEXT, '  ')}  ```", CONTEXT),
        (f"  ```diff\n{ONE}  ```", ONE),
        (f" ```diff\n{ONE}```", ONE),
        (f"```diff\n{CONTEXT}```", CONTEXT),
        (f"<patch>\n{CONTEXT}</patch>", CONTEXT),
        (f"This:\n{CONTEXT}{TWO}", CONTEXT + TWO),
        (f"<think>First:\n```diff\n{TWO}```\n</think>\n```diff\n{ONE}```", ONE),
        (f"<think>\n```diff\n{ONE}```\n</think>\nThat is it.", ONE),
        (f"First:\n```diff\n{TWO}```\n</think>\n```diff\n{ONE}```", ONE),
        (f"```diff\n{PARSER}{ONE}```\nIt ends at `</think>` now.", PARSER + ONE),
        (f"```diff\n{MOVED}```\nand then\n```diff\n{THERE}```", MOVED + THERE),
        (f"```diff\n{MADE}```\nand then\n```diff\n{THERE}```", MADE + THERE),
        (f"```diff\n{MADE}```\nor\n```diff\n{MADE}```", MADE),
        (f"```diff\n{MADE}```\nthen\n```diff\n{THERE}```\nor all at once\n```diff\n{MADE}```", MADE),
        (f"```diff lib/x.js\n{ONE}```\n```Diff title=y\n{TWO}```", ONE + TWO),
        (f"- ```diff\n{textwrap.indent(ONE, '  ')}  ```", ONE),
        (f"10. ```diff\n{textwrap.indent(ONE, '    ')}    ```", ONE),
        (f"   ```diff\n{textwrap.indent(ONE, '   ')}  ```", ONE),
        (
            f"  ```diff\n{textwrap.indent(ONE, '  ')}\\ No newline at end of file\n  ```",
            f"{ONE}\\ No newline at end of file\n",
        ),
        (f"<patch>\n{POM}</patch>", POM),
        (f"<patch>\n```diff\n{POM}```\n</patch>", POM),
        (f"This:\n{POM}", POM),
        ("I cannot.", None),
        ("```python\nx = 1\n```", None),
        ("```diff\n```", None),
        ("<patch>\n\n</patch>", None),
    ],
)
def test_patches_in_answers(text: str, patch: str | None) -> None:
    assert patch_of(Sample(instance_id="a", sample_id="0", text=text, kind=SampleKind.ANSWER)) == patch


def test_patches_are_taken_as_they_are() -> None:
    given = Sample(instance_id="a", sample_id="0", text=" \ndiff", kind=SampleKind.PATCH)
    empty = Sample(instance_id="a", sample_id="0", text="", kind=SampleKind.PATCH)

    assert patch_of(given) == " \ndiff"
    assert patch_of(empty) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{'-' * 500_000}",
        f"-{' ' * 500_000}`",
        "<patch>\n```diff\n" * 50_000,
        f"```{' ' * 500_000}`\n",
        f"{'~' * 500_000}`\n",
        "`" * 500_000,
    ],
)
def test_answers_are_read_in_one_pass(text: str) -> None:
    assert patch_of(Sample(instance_id="a", sample_id="0", text=f"{text}\n{ONE}", kind=SampleKind.ANSWER)) == ONE


def test_a_name_that_is_no_text_is_no_fault_of_ours() -> None:
    odd = 'diff --git "a/\ud800" "b/\ud800"\n'

    assert patch_of(Sample(instance_id="a", sample_id="0", text=f"```diff\n{odd}```", kind=SampleKind.ANSWER)) == odd


def test_many_blocks_are_joined_in_one_pass() -> None:
    blocks = [ONE.replace("x", f"file{number}") for number in range(40_000)]
    answer = "".join(f"```diff\n{block}```\n" for block in blocks)

    assert patch_of(Sample(instance_id="a", sample_id="0", text=answer, kind=SampleKind.ANSWER)) == "".join(blocks)
