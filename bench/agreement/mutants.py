"""Make samples that are not gold, out of gold: small, seeded changes of the syntax tree.

    bench/agreement/mutants.py --data DATA --out DIR [--count 550] [--seed 1] [--set NAME ...]

DATA holds the published files, as in `FILES`. For each of the sets DIR gets
`SET.jsonl` with `{task_id, sample_id, solution}` (HumanEval: `completion`) and `SET.gold.jsonl`. The kind of change is
in the `sample_id`. The same data, count and seed give the same bytes. Mutants may still be right: what they are is for
the official evaluator to say.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import random
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import read_rows
from boxscore.audit import mutants as operators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Change = Callable[[ast.AST, random.Random], ast.AST | None]
    Opening = Callable[[ast.FunctionDef, random.Random], str]


class Gold(NamedTuple):
    """A gold solution: `head` is text that must stay (a HumanEval prompt), `program` is head and answer."""

    task_id: str
    program: str
    entry: str
    head: str = ""


PRO = {"humaneval-pro": "HumanEvalPro/", "mbpp-pro": "MbppPro/", "bigcodebench-lite-pro": ""}  # how ids begin
SETS = ("humaneval", "humanevalplus", "mbpp", "mbpp-sanitized", "mbppplus", *PRO)
EVOEVAL = ("difficult", "creative", "subtle", "combine", "tool_use", "verbose", "concise")
FILES = {
    "humaneval": "humaneval/HumanEval.jsonl.gz",
    "humanevalplus": "evalplus/HumanEvalPlus-v0.1.10.jsonl.gz",
    "mbpp": "mbpp/mbpp.jsonl",
    "mbpp-sanitized": "mbpp/sanitized-mbpp.json",
    "mbppplus": "evalplus/MbppPlus-v0.2.0.jsonl.gz",
    "humaneval-pro": "codeeval_pro/humaneval_pro.json",
    "mbpp-pro": "codeeval_pro/mbpp_pro.json",
    "bigcodebench-lite-pro": "codeeval_pro/bigcodebench_lite_pro.json",
    "bigcodebench": "bigcodebench/BigCodeBench.annotation-hf_data.jsonl.gz",
    **{f"evoeval-{name}": f"evoeval/EvoEval_{name}-v0.1.0.jsonl.gz" for name in EVOEVAL},
}
WRAPPERS = {
    "type": ("list({})", "tuple({})", "str({})", "float({})", "int({})", "[{}]", "({},)", "set({})", "bool({})"),
    "exotic": (
        "__import__('collections').Counter({})",
        "__import__('collections').OrderedDict({})",
        "__import__('fractions').Fraction({})",
        "__import__('decimal').Decimal({})",
        "frozenset({})",
        "iter({})",
        "(lambda: {})",
        "complex({})",
    ),
}
OPENINGS: dict[str, tuple[str, ...]] = {
    "raise": ("raise ValueError('no')", "raise KeyError", "1 / 0", "assert False", "undefined_name"),
    "early": ("return None", "return 0", "return []", "return ''", "return True", "return False"),
    "print": ("print('debug', locals())", "print('x' * 2000)", "import sys; sys.stderr.write('note')"),
    "slow": ("for _slow in range(200_000): pass",),
    "endless": ("while True: pass", "import time; time.sleep(1000)"),
    "leave": ("raise SystemExit(0)", "import sys; sys.exit()", "input()", "raise KeyboardInterrupt"),
}
WEIGHTS = {
    "arithmetic": 14,
    "comparison": 13,
    "boolean": 5,
    "constant": 15,
    "bound": 10,
    "branch": 8,
    "dropped": 8,
    "returned": 1,
    "type": 8,
    "exotic": 2,
    "raise": 4,
    "early": 4,
    "print": 4,
    "slow": 1,
    "endless": 1,
    "leave": 1,
    "recursion": 1,
    "argument": 2,
    "generator": 1,
    "cut": 1,
}


def wrap(kind: str) -> Change:
    """Return a change that gives an answer another type."""

    def change(node: ast.AST, rng: random.Random) -> ast.AST | None:
        if not isinstance(node, ast.Return) or node.value is None:
            return None
        text = rng.choice(WRAPPERS[kind]).format(ast.unparse(node.value))
        return ast.Return(value=ast.parse(text, mode="eval").body)

    return change


def change_generator(node: ast.AST, _: random.Random) -> ast.AST | None:
    """`yield` for `return`."""
    return ast.Expr(ast.Yield(node.value)) if isinstance(node, ast.Return) and node.value else None


CHANGES: dict[str, Change] = {"type": wrap("type"), "exotic": wrap("exotic"), "generator": change_generator}
"""Changes beside the operators of `boxscore audit`."""


def opening(kind: str, function: ast.FunctionDef, rng: random.Random) -> str | None:
    """Source to put at the start of `function`, or None where the kind does not fit."""
    names = [argument.arg for argument in function.args.args]
    if kind == "recursion":
        return f"return {function.name}({', '.join(names)})"
    if kind == "argument":
        what = rng.choice(("sort()", "reverse()", "clear()", "append(0)", "pop()"))
        return f"if isinstance({names[0]}, list): {names[0]}.{what}" if names else None
    return rng.choice(OPENINGS[kind])


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


def change_site(function: ast.FunctionDef, change: Change, rng: random.Random) -> bool:
    """Apply `change` at one fitting place below the body of `function`; False where there is none."""
    first = int(ast.get_docstring(function) is not None)
    nodes = [node for statement in function.body[first:] for node in ast.walk(statement)]
    rng.shuffle(nodes)
    for node in nodes:
        new = change(node, rng)
        if new is not None:
            if new is not node:
                replacer = _Replace(node, new)
                function.body = [replacer.visit(statement) for statement in function.body]
            return True
    return False


def find(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The last top-level function of that name: the one that counts."""
    return next((node for node in tree.body[::-1] if isinstance(node, ast.FunctionDef) and node.name == name), None)


def render(gold: Gold, tree: ast.Module, function: ast.FunctionDef) -> str:
    """The program as text; with a head: what comes after it."""
    if not gold.head:
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    first = int(ast.get_docstring(function) is not None)
    body = "\n".join(ast.unparse(ast.fix_missing_locations(node)) for node in function.body[first:])
    rest = "\n".join(ast.unparse(node) for node in tree.body[tree.body.index(function) + 1 :])
    return textwrap.indent(body, "    ") + "\n" + (f"\n{rest}\n" if rest else "")


def by_operator(gold: Gold, kind: str, rng: random.Random) -> str | None:
    """One mutant by an operator of `boxscore audit`; None where there is no place for it behind the head."""
    code = gold.program
    # Now and then two changes: samples of models are rarely one token away from right.
    for _ in range(rng.choice((1, 1, 1, 2))):
        seed = rng.getrandbits(32)
        made = operators.mutants(code, entry_point=gold.entry, most=5, seed=seed, operators={kind})
        found = next((one.code for one in made if one.code.startswith(gold.head)), None)
        if found is None:
            return None
        code = found
    return code.removeprefix(gold.head) if code != gold.program else None


def mutate(gold: Gold, kind: str, rng: random.Random) -> str | None:
    """One mutant of that kind, or None where the kind does not fit."""
    if kind in operators.OPERATORS:
        return by_operator(gold, kind, rng)
    tree = copy.deepcopy(ast.parse(gold.program))
    function = find(tree, gold.entry)
    if function is None:
        return None
    before = render(gold, tree, function)
    if kind == "cut":
        return before[: rng.randrange(len(before) // 4, len(before))]
    if kind in CHANGES:
        # Now and then two changes: samples of models are rarely one token away from right.
        for _ in range(rng.choice((1, 1, 1, 2))):
            if not change_site(function, CHANGES[kind], rng):
                return None
    else:
        text = opening(kind, function, rng)
        if text is None:
            return None
        first = int(ast.get_docstring(function) is not None)
        function.body[first:first] = ast.parse(f"def f():\n {text}").body[0].body  # type: ignore[attr-defined]
    after = render(gold, tree, function)
    return after if after != before else None


def mutants(golds: list[Gold], count: int, rng: random.Random) -> Iterator[tuple[Gold, str, str]]:
    """Yield `count` different mutants as (gold, sample_id, text), spread evenly over the problems."""
    seen: set[tuple[str, str]] = set()
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    while len(seen) < count:
        for gold in rng.sample(golds, len(golds)):
            kind = rng.choices(kinds, weights)[0]
            text = mutate(gold, kind, rng)
            if text is None or (gold.task_id, text) in seen:
                continue
            seen.add((gold.task_id, text))
            yield gold, f"{kind}-{len(seen)}", text
            if len(seen) == count:
                return


def tested_name(code: str, test: str) -> str:
    """The function of `code` that an MBPP test calls."""
    defined = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    called = [node.func.id for node in ast.walk(ast.parse(test)) if _is_named_call(node)]  # type: ignore[attr-defined]
    return next((name for name in called if name in defined), defined[-1])


def _is_named_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def pro_gold(name: str, row: dict[str, Any]) -> Iterator[Gold]:
    """A row of CodeEval-Pro twice: to change the derived function, which is tested, and the base function."""
    program = "".join(row[field] for field in ("raw_problem", "raw_solution", "new_problem", "new_solution"))
    task_id = f"{PRO[name]}{row['id']}"
    derived = tested_name(program, row["test_code"])
    yield Gold(task_id, program, derived)
    before = [
        node.name
        for node in ast.parse(row["raw_problem"] + row["raw_solution"]).body
        if isinstance(node, ast.FunctionDef)
    ]
    if before and before[-1] != derived:
        yield Gold(task_id, program, before[-1])


def read_gold(name: str, data: Path) -> list[Gold]:
    """The gold solutions of a set."""
    rows = read_rows(data / FILES[name])
    if name in PRO:
        return [gold for row in rows for gold in pro_gold(name, row)]
    if name.startswith("humaneval"):
        return [Gold(r["task_id"], r["prompt"] + r["canonical_solution"], r["entry_point"], r["prompt"]) for r in rows]
    if name == "bigcodebench":
        programs = (f"{row['complete_prompt']}\n{row['canonical_solution']}" for row in rows)
        return [Gold(r["task_id"], text, r["entry_point"]) for r, text in zip(rows, programs, strict=True)]
    if name.startswith("evoeval"):  # whose program has a line end there
        return [Gold(r["task_id"], f"{r['prompt']}\n{r['canonical_solution']}", r["entry_point"]) for r in rows]
    if name == "mbppplus":
        return [Gold(r["task_id"], r["prompt"] + r["canonical_solution"], r["entry_point"]) for r in rows]
    return [
        Gold(f"Mbpp/{r['task_id']}", r["code"].replace("\r\n", "\n"), tested_name(r["code"], r["test_list"][0]))
        for r in rows
    ]


def write(path: Path, samples: Iterable[tuple[Gold, str, str]]) -> int:
    """Write samples as JSON lines; returns how many."""
    lines = [
        json.dumps({"task_id": gold.task_id, "sample_id": sample, "completion" if gold.head else "solution": text})
        for gold, sample, text in samples
    ]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def main() -> None:
    """Write the samples of every set."""
    parser = argparse.ArgumentParser(description="Make samples that are not gold, out of gold.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=550, help="mutants of each set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", dest="sets", action="append", choices=FILES, help="one of the sets, several times")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.sets or SETS:
        golds = read_gold(name, asked.data)
        rng = random.Random(f"{name}-{asked.seed}")
        made = write(asked.out / f"{name}.jsonl", mutants(golds, asked.count, rng))
        once = {gold.task_id: gold for gold in golds}.values()
        kept = write(asked.out / f"{name}.gold.jsonl", ((g, "gold", g.program.removeprefix(g.head)) for g in once))
        print(f"{name}: {made} mutants, {kept} gold")


if __name__ == "__main__":
    main()
