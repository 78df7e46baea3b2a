"""Write a new harness with its data and its test: `boxscore init`."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

from boxscore.data.plugins import shipped_harness
from boxscore.errors import UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")

HARNESS = '''"""{name}: say here what the benchmark is and where its data comes from.

Each line of `{file}.jsonl` is one function to write: see the fields of `FunctionHarness` in docs/harnesses.md.
"""

from pathlib import Path

import boxscore


class {kind}(boxscore.FunctionHarness):
    """The harness of {name}."""

    name = "{name}"
    title = "{name}: three functions on text"
    source = boxscore.DataSource(path=str(Path(__file__).resolve().with_name("{file}.jsonl")))

    id_field = "id"
    reference_field = "gold"  # the answer that must pass
    completes = False  # the prompt is a question, not the head of the function
    limits = boxscore.Limits(cpu_s=2.0)


HARNESS = {kind}()
'''

ROWS = (
    {
        "id": "loud",
        "prompt": "Write loud(text), which gives a text in capitals.",
        "entry_point": "loud",
        "tests": "assert loud('a') == 'A'\nassert loud('') == ''\n",
        "gold": "def loud(text):\n    return text.upper()\n",
    },
    {
        "id": "vowels",
        "prompt": "Write vowels(text), which counts the letters a, e, i, o and u in a text.",
        "entry_point": "vowels",
        "tests": "assert vowels('boxscore') == 3\nassert vowels('hmm') == 0\n",
        "gold": "def vowels(text):\n    return sum(text.count(letter) for letter in 'aeiou')\n",
    },
    {
        "id": "initials",
        "prompt": "Write initials(name), which gives the first letter of each word of a name.",
        "entry_point": "initials",
        "tests": "assert initials('Ada Lovelace') == 'AL'\nassert initials('') == ''\n",
        "gold": "def initials(name):\n    return ''.join(word[0] for word in name.split())\n",
    },
)

TEST = '''"""Tests of the harness of {name}: run them with pytest."""

from pathlib import Path

import boxscore
from boxscore.testing import check_harness

HARNESS = Path(__file__).with_name("{file}.py")


def test_contract():
    """Prompts, extraction and tasks are as they must be; nothing is run."""
    assert check_harness(HARNESS) == ()


def test_references_pass():
    """Each reference passes its own tests, in a sandbox."""
    report = boxscore.grade(HARNESS)

    assert report.outcomes == {{"passed": 3}}


def test_a_wrong_answer_does_not_pass():
    """The tests can tell a wrong answer from a right one."""
    wrong = boxscore.Sample(instance_id="{name}/loud", sample_id="0", text="def loud(text):\\n    return text\\n")

    assert boxscore.grade(HARNESS, [wrong], instances=["{name}/loud"]).outcomes == {{"wrong": 1}}
'''


def _is_installed(module: str, folder: Path) -> bool:
    """Whether Python finds a module of this name elsewhere; a folder without an `__init__.py` is none."""
    found = importlib.util.find_spec(module)
    return found is not None and found.origin is not None and Path(found.origin).absolute().parent != folder.absolute()


def write_harness(name: str, folder: Path) -> tuple[Path, ...]:
    """Write a harness, its data and its test into `folder`, and return their paths.

    Raises UsageError for a name that cannot be one and where a file is there already: nothing is written then.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a harness's name: use small letters, digits and - or _, a letter first")
    file = name.replace("-", "_")
    if shipped_harness(name) is not None:
        raise UsageError(f"{name!r} is a benchmark that ships with boxscore: choose another name")
    words = {"name": name, "file": file, "kind": "".join(part.capitalize() for part in re.split("[-_]", name))}
    texts = {
        folder / f"{file}.py": HARNESS.format(**words),
        folder / f"{file}.jsonl": "".join(json.dumps(row | {"id": f"{name}/{row['id']}"}) + "\n" for row in ROWS),
        folder / f"test_{file}.py": TEST.format(**words),
    }
    if file == "conftest" or file in sys.stdlib_module_names or _is_installed(file, folder):
        raise UsageError(f"{file}.py would hide the module {file!r} from tests beside it: choose another name")
    there = [str(path) for path in texts if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(f"not overwritten: {', '.join(there)}; choose another name, or another folder with --dir")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with path.open("x", encoding="utf-8") as new:
                new.write(text)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    return tuple(texts)
