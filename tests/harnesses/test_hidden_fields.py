"""A canary in all that is hidden of a row is in no prompt of any variant, and in no task of visible tests."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from boxscore import Instance, render_prompt
from boxscore.data.plugin_calls import visible_task
from boxscore.data.plugins import list_harnesses, load_harness
from boxscore.data.prompts import variants
from harnesses.evocodebench.splice import Row
from harnesses.javabench.rows import ClassRow
from harnesses.web_bench.project import Project as WebProject
from harnesses.web_bench.project import ProjectTask as WebProjectTask
from harnesses.web_bench.settings import read_settings
from tests.harnesses.web_bench.clone import CONFIG

CANARY = "canary_7c1d"
HEAD = 'def add(a, b):\n    """Add.\n\n    >>> add(1, 2)\n    3\n    """\n'
HIDDEN_TEST = f"def check(candidate):\n    assert candidate(40, 2) == 42, '{CANARY}'\n"
BODY = f"    return a + b  # {CANARY}\n"
OF_FUNCTIONS: dict[str, object] = {
    "prompt": HEAD,
    "entry_point": "add",
    "canonical_solution": BODY,
    "difficulty": CANARY,
}
EVALPLUS: dict[str, object] = OF_FUNCTIONS | {
    "base_input": [[1, CANARY]],
    "plus_input": [[CANARY, 2]],
    "atol": 0,
    "contract": CANARY,
    "task_id": "T/1",
    "test": CANARY,
}
MBPP: dict[str, object] = {
    "task_id": 11,
    "code": f"def add(a, b):\n{BODY}",
    "test_list": ["assert add(1, 2) == 3"],
    "test_imports": [],
    "challenge_test_list": [f"assert add('{CANARY}', 2)"],
    "source_file": CANARY,
    "shots": [],
}
PRO: dict[str, object] = {
    "id": 1,
    "raw_problem": "def one(a, b):\n",
    "raw_solution": f"    '{CANARY}'\n    return a + b\n",
    "new_problem": "def add(a, b):\n",
    "new_solution": f"    '{CANARY}'\n    return one(a, b)\n",
    "test_code": f"assert add(1, 2) == 3\nassert add(2, 2) == 4\nassert add('{CANARY}', 2)",
    "base_tests": {"entry_point": "one", "tests": CANARY},
}
CASES = [["in\n", "out\n"], [CANARY, CANARY]]
CONTEST: dict[str, object] = {
    "question_content": "Add.",
    "starter_code": "",
    "metadata": "{}",
    "public_test_cases": json.dumps([{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]),
    "private_test_cases": json.dumps([{"input": CANARY, "output": CANARY, "testtype": "stdin"}]),
    "question_title": CANARY,
}
UNIT_TESTS = f"class TestCases:\n    def test_{CANARY}(self):\n        self.assertEqual(add(40, 2), '{CANARY}')\n"
BIGCODEBENCH: dict[str, object] = {
    "complete_prompt": HEAD,
    "instruct_prompt": "Add.",
    "code_prompt": "def add(a, b):\n",
    "canonical_solution": BODY,
    "entry_point": "add",
    "test": UNIT_TESTS,
    "libs": CANARY,
    "doc_struct": CANARY,
}
EVOEVAL: dict[str, object] = {
    "set": "difficult",
    "task_id": "EvoEval/1",
    "inputs": [f"'{CANARY}', 2"],
    "parent": CANARY,
    "main": CANARY,
}
MULTIPL_E: dict[str, object] = {"tests": CANARY, "stop_tokens": [CANARY], "gpt_solution": CANARY}
NATURAL: dict[str, object] = {"problem": "Add.", "testcases": CANARY, "reference_solution": CANARY, "files": [CANARY]}
BODIES: dict[str, object] = {
    "row": Row(
        namespace="a.add",
        type="function",
        completion_path="repository/a.py",
        signature_position=(1, 1),
        body_position=(2, 2),
        tests=(CANARY,),
        requirement={"Functionality": "Add."},
        indent=4,
    ),
    "source": f"def add(a, b):\n{BODY}",
    "repository": (("a.py", CANARY.encode()),),
}
PROJECT: dict[str, object] = {
    "project": CANARY,
    "classes": (ClassRow(task_id="P/A.java", target="a/A.java", code="class A {}", context="class B {}"),),
    "suite": CANARY,
}
WEB_PROJECT: dict[str, object] = {
    "project": WebProject(
        name="dom",
        tasks=(WebProjectTask(name="task-1", level="easy", text="Add."),),
        settings=read_settings(Path("playwright.config.js"), CONFIG),
        scripts={},
        packages={},
        surroundings=((CANARY, CANARY.encode()),),
        start=(("index.html", b"<p>"),),
        reference=(("index.html", CANARY.encode()),),
        assets=(),
        specs=(("projects/dom/test/task-1.spec.js", CANARY.encode()),),
        hidden=(),
        stable=True,
    )
}
ROWS: dict[str, dict[str, object]] = {
    "web-bench": WEB_PROJECT,
    **dict.fromkeys(("javabench", "tiny-java"), PROJECT),
    **dict.fromkeys(("multipl-e-js", "multipl-e-java", "multipl-e-go", "multipl-e-cpp"), MULTIPL_E),
    **dict.fromkeys(("naturalcodebench-python", "naturalcodebench-java"), NATURAL),
    "evocodebench": BODIES,
    "bigcodebench": BIGCODEBENCH,
    "evoeval": OF_FUNCTIONS | EVOEVAL,
    "tiny-units": OF_FUNCTIONS | {"tests": UNIT_TESTS, "reference": BODY, "level": CANARY},
    "humaneval": OF_FUNCTIONS | {"test": HIDDEN_TEST},
    "humanevalplus": EVALPLUS,
    "mbppplus": EVALPLUS,
    "mbpp": MBPP | {"text": "Add."},
    "humaneval-pro": PRO,
    "mbpp-pro": PRO,
    "bigcodebench-lite-pro": PRO,
    "ds-1000": {"code_context": CANARY, "reference_code": CANARY, "metadata": {"library": CANARY}},
    "mbpp-sanitized": MBPP | {"prompt": "Add."},
    "tiny": OF_FUNCTIONS | {"tests": HIDDEN_TEST, "reference": BODY},
    "tiny-programs": {"language": "python", "comparison": {"rule": "exact"}, "cases": CASES, "reference": CANARY},
    "livecodebench": CONTEST,
}
# Prompts of which no test is taken.
SHOW_NONE = (
    *("bigcodebench", "ds-1000", "multipl-e-", "naturalcodebench-", "evocodebench", "javabench", "tiny-java"),
    "web-bench",  # specs of which nothing is shown but what failed
)
PROMPTS = {
    "humaneval-pro": "def one(a, b):\n# Add.\ndef add(a, b):",
    "mbpp-pro": "def one(a, b):\n# Add.\ndef add(a, b):",
    "tiny-programs": "Print.\n\nFor `in` the output is\n\nout\n",
    "livecodebench": "Add.",
    "mbpp": "Add.",
    "mbpp-sanitized": "Add.",
}


def instance(name: str) -> Instance:
    row = ROWS.get(name, dict.fromkeys(("patch", "test_patch", "hints_text", "FAIL_TO_PASS", "PASS_TO_PASS"), CANARY))
    prompt = PROMPTS.get(name, HEAD if name in ROWS else "It is wrong.")
    return Instance(instance_id="t/1", prompt=prompt, row=row, reference=f"{HEAD}{BODY}")


@pytest.mark.parametrize("name", [one.name for one in list_harnesses()])
def test_nothing_hidden_is_sent(name: str, tmp_path: Path) -> None:
    harness, one = load_harness(name), instance(name)
    everything = tmp_path / "everything.jinja"
    fields = {
        "mbpp": "text tests shots",
        "mbpp-sanitized": "text tests shots",
        "livecodebench": "question starter_code",
        "humaneval-pro": "base derived example",
        "mbpp-pro": "base derived example",
        "bigcodebench-lite-pro": "base derived example",
        "bigcodebench": "prompt instruct_prompt",
        "evocodebench": "function_name context_above signature requirement",
        "javabench": "code context several",
        "tiny-java": "code context several",
        "migration-bench": "repo repo_path release level",
        "web-bench": "tasks files",
    }
    known = fields.get(name, "prompt language" if name == "tiny-programs" else "prompt")
    known = known if name in {*ROWS, *fields, "tiny-patches", "tiny-migration", "tiny-web"} else "issue"
    everything.write_text("".join(f"{{{{ {field} }}}}\n" for field in known.split()))

    prompts = [render_prompt(harness, one, variant=variant) for variant in variants(harness)]
    prompts.append(render_prompt(harness, one, template=everything))

    for prompt in prompts:
        assert CANARY not in repr(prompt)
        assert prompt.messages or prompt.completion


@pytest.mark.parametrize(
    "name", [name for name in ROWS if not name.startswith(SHOW_NONE) and not name.endswith("-pro")]
)
def test_visible_tests_hold_nothing_hidden(name: str) -> None:
    task = visible_task(load_harness(name), instance(name))

    assert task is not None
    assert CANARY not in msgspec.json.encode(task).decode()
