"""Compare what is taken out of chat answers with what EvoEval's own sanitizer takes out of them.

    bench/evoeval_answers.py --source DIR --data DATA

DIR is a checkout of EvoEval, DATA holds its sets. Ten answers are made of each reference: in fences, among prose, with
narrow indents, cut short, inside a class, and so on. Prints how many come to the same bytes, of how many neither side
takes a function, and each that differs; exits with 1 if one does. What is made here is parsed and never run.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import types
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boxscore
from boxscore.data.harness_check import load_all

if TYPE_CHECKING:
    from collections.abc import Iterator

AWAY = ("evalplus", "evalplus.data", "evoeval", "evoeval.data", "tqdm")  # where it has data from
SETS = ("difficult", "creative", "subtle", "combine", "tool_use", "verbose", "concise")


def sanitizer(source: Path) -> Any:
    """EvoEval's `tool/sanitize.py`, without what it needs for folders and data sets."""
    for name in AWAY:
        module = types.ModuleType(name)
        vars(module).update(get_human_eval_plus=None, get_evo_eval=None, tqdm=None)
        sys.modules[name] = module
    spec = importlib.util.spec_from_file_location("sanitize", source / "tool/sanitize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def theirs(official: Any, answer: str, prompt: str, name: str) -> str:
    """What its steps make of an answer, with `--eof`, as it does to each file of a folder."""
    head = f"def {name}("
    code = official.to_four_space_indents(head + answer.rsplit(head, maxsplit=1)[-1])
    for end in official.NON_CODE_EOFS:
        code = code.split(end)[0]
    return str(prompt.split(head, maxsplit=1)[0] + official.extract_function(code, name))


def answers(instance: boxscore.Instance, rng: random.Random) -> Iterator[str]:
    """Answers that hold the reference, whole or not."""
    name, code = instance.row["entry_point"], instance.reference or ""
    lines = code.split("\n")
    yield f"Here it is:\n\n```python\n{code}\n```\nIt works."
    yield f"```\n{code}\n\n# Test\nprint({name}(1))\n```"
    yield f"{code}\n\nprint({name}(1))\nThis is prose (without an end"
    yield code.replace("    ", "   ")
    yield "\n".join(lines[: rng.randrange(3, len(lines) + 1)])
    yield f"```python\n{instance.row['canonical_solution']}\n```"
    yield f"Sure.\n```python\n{code}\n```\nOr:\n```python\ndef {name}(x):\n    return 1\n```"
    yield f"{code}<|endoftext|>\ndef other(): pass"
    yield "class Solution:\n" + "\n".join(f"    {line}" for line in lines)
    yield f"{code}\n\ndef helper(a):\n  return a\n"


def main() -> int:
    """Go through the sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    asked = parser.parse_args()
    official, rng, counts = sanitizer(asked.source), random.Random(1), Counter[str]()
    for harness, instances in (load_all(f"evoeval@{name}", asked.data) for name in SETS):
        for instance in instances:
            head = f"def {instance.row['entry_point']}("
            for text in answers(instance, rng):
                kind = boxscore.SampleKind.ANSWER
                given = boxscore.Sample(instance_id=instance.instance_id, sample_id="0", text=text, kind=kind)
                ours = harness.extract(instance, given)
                wanted = theirs(official, text, instance.prompt, instance.row["entry_point"])
                without = ours is None and wanted == instance.prompt.split(head)[0]
                counts["no function" if without else "same" if ours == wanted else "different"] += 1
                if not without and ours != wanted:
                    print(f"{instance.instance_id}: {text[:60]!r}: {wanted[-60:]!r}, ours {(ours or '')[-60:]!r}")
    print(dict(counts))
    return min(counts["different"], 1)


if __name__ == "__main__":
    sys.exit(main())
