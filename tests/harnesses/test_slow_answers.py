"""Answers that are made to be slow to search: the time that takes must grow with their length, and no faster."""

from __future__ import annotations

import subprocess
import sys

import pytest

TIMES = 1 << 20
SEARCHES = {
    "naturalcodebench": """
from harnesses.naturalcodebench import java, python
for text in ("[Java]", "import ", "class ", "```java\\nx "):
    java.extracted(text * ({times} // len(text)))
for text in ("[Python]", "```python\\nx ", "```\\nx "):
    python.extracted(text * ({times} // len(text)))
java.top_level("/* " * ({times} // 3))
for mark in ("'", '"', '"' * 3):
    java.top_level(mark + ("\\\\" + mark) * ({times} // 4) + "\\n")
java.top_level("public " * ({times} // 7) + "class A {{}}")
""",
    "tiny_programs": """
from harnesses.tiny_programs import last_block
for text in ("```python\\n", "```\\n", "``` \\n`"):
    last_block(text * ({times} // len(text)))
""",
    "multipl_e": """
from harnesses.multipl_e.extraction import function_of_answer
for text in ("f() {{/* ", "\\n", "f() {{\\n}}\\nfunction g(a) {{\\n"):
    function_of_answer("js", "function f() {{\\n", "```js\\n" + text * ({times} // len(text)))
for mark in ("'", '"', "`"):
    text = "```js\\nfunction f() {{\\n" + mark + ("\\\\" + mark) * ({times} // 2) + "\\n"
    function_of_answer("js", "function f() {{\\n", text)
""",
}


@pytest.mark.parametrize("harness", SEARCHES)
def test_long_answers_are_searched_in_time(harness: str) -> None:
    program = SEARCHES[harness].format(times=TIMES)

    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=110, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
