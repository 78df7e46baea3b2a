"""Compare verdicts on MultiPL-E with those of its own evaluation, and with those that somebody published.

    bench/agreement/multipl_e.py samples PRED.jsonl LANGUAGE > samples.jsonl
    boxscore grade multipl-e-LANGUAGE -p samples.jsonl --run-id RUN
    bench/agreement/multipl_e.py compare DETAILS.json runs/RUN

PRED.jsonl and DETAILS.json are as the evaluation of Qwen2.5-Coder writes them (`pred_java_output.jsonl`,
`humaneval-java-details.json`): `generation` is the prompt with the completion as it was cut, `passed` the verdict.

    bench/agreement/multipl_e.py mutants humaneval-LANGUAGE.jsonl LANGUAGE --count 210 > samples.jsonl
    boxscore grade multipl-e-LANGUAGE -p samples.jsonl --out RUN
    bench/agreement/multipl_e.py official humaneval-LANGUAGE.jsonl LANGUAGE --samples samples.jsonl --out VERDICTS
    bench/agreement/compare.py VERDICTS RUN

These samples are the code in `gpt_solution`, taken out as of a chat answer, of rows drawn at random, and mutants of it:
an operator, a bound or a constant of its text is changed, in three of each. `official` does what `eval_LANGUAGE.py` of
MultiPL-E's `evaluation/src` does, on the program with the row's tests as they are, in one container of boxscore's image
`programs`, without a network; for Go with the tools of this machine. VERDICTS is as `functions.py` writes it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import read_rows, run_inside, verdict, volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.official import Row

EACH = 3  # mutants of an answer
SWAPS = (
    (r"(?<= )<(?= )", "<="),  # without blanks it may be of a type
    (r"(?<= )>(?= )", ">="),
    (r"(?<= )<=(?= )", "<"),
    (r"(?<= )>=(?= )", ">"),
    (r"==", "!="),
    (r"\+(?![+=])", "-"),
    (r"(?<=[\w) ])-(?![-=>])", "+"),
    (r"\b0\b", "1"),
    (r"\b1\b", "2"),
    (r"\b2\b", "3"),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"&&", "||"),
    (r"\|\|", "&&"),
    (r"%", "/"),
)
NO_CODE = ("import ", "#include", "//", "*")  # what lines begin with that are not changed
JAR = "/usr/share/boxscore/java/javatuples-1.2.jar"
FILES = {"js": "p.js", "java": "Problem.java", "cpp": "p.cpp", "go": "p_test.go"}
COMMANDS = {
    "js": (("node", "p.js"),),
    "java": (
        ("javac", "-encoding", "UTF8", "-cp", JAR, "-d", ".", "Problem.java"),
        ("java", "-ea", "-cp", f".:{JAR}", "Problem"),
    ),
    "cpp": (("g++", "p.cpp", "-o", "p", "-std=c++17"), ("./p",)),
    "go": (("/usr/local/go/bin/go", "test", "p_test.go"),),
}
TIMEOUT_S = {"go": 120, "js": 60, "java": 60, "cpp": 60}  # of wall time; 30 and 15 lose right samples on a busy machine
GO = {"GO111MODULE": "off", "GOCACHE": "/tmp/go", "GOTOOLCHAIN": "local"}


def published(predictions: Path, language: str) -> Iterator[Row]:
    """The predictions as samples."""
    for row in read_rows(predictions):
        yield {"task_id": f"multipl-e-{language}/{row['task_id']}", "solution": row["generation"]}


def compare(details: Path, run: Path) -> None:
    """Print how many verdicts agree, and each that does not."""
    verdicts = {name: bool(one[0][1]["passed"]) for name, one in json.loads(details.read_text("utf-8")).items()}
    counts: Counter[str] = Counter()
    for result in read_rows(run / "results.jsonl"):
        name = result["instance_id"].rpartition("/")[2]
        ours = result["outcome"] == "passed"
        counts[f"ours {ours}, published {verdicts[name]}"] += 1
        if ours is not verdicts[name]:
            print(name, result["outcome"], result["reason"])
    print(dict(counts))


def made(rows: list[Row], language: str, count: int) -> Iterator[Row]:
    """Answers of rows drawn at random, each with its mutants, until there are so many mutants."""
    from harnesses.multipl_e.extraction import function_of_answer  # noqa: PLC0415 - a container has none

    rng = random.Random(f"multipl-e-{language}")
    left = count
    for row in rng.sample(rows, len(rows)):
        code = function_of_answer(language, row["prompt"], row["gpt_solution"] or "")
        if code is None or not left:
            continue
        texts = {"answer": code}
        texts |= {f"mutant-{turn}": text for turn, text in enumerate(changed(code, rng)[: min(EACH, left)])}
        left -= len(texts) - 1
        for name, text in texts.items():
            yield {"task_id": f"multipl-e-{language}/{row['name']}", "sample_id": name, "solution": text}


def changed(code: str, rng: random.Random) -> list[str]:
    """All programs that differ in one place of the function's body, in an order drawn at random."""
    body = code.find("{", max(code.find("("), 0))
    found = [(place.span(), new) for old, new in SWAPS for place in re.finditer(old, code)]
    lines = {span: code[code.rfind("\n", 0, span[0]) + 1 : span[0]].strip() for span, _ in found}
    kept = [(span, new) for span, new in found if span[0] > body and not lines[span].startswith(NO_CODE)]
    return [code[:first] + new + code[last:] for (first, last), new in rng.sample(kept, len(kept))]


def official(asked: argparse.Namespace) -> None:
    """Run this file again in a container."""
    from boxscore.images.recipes import reference  # noqa: PLC0415 - a container has no boxscore

    options = ["--memory=4g", *(f"--env={name}={value}" for name, value in GO.items())]
    options.append(volume(asked.file, "/race/rows.jsonl:ro"))
    if asked.other == "go":
        options.append(volume(asked.go, "/usr/local/go:ro"))
    run_inside("agreement/multipl_e.py", ["/race/rows.jsonl", asked.other], asked, reference("programs"), *options)


def inside(asked: argparse.Namespace) -> None:
    """Grade, in the container."""
    rows = {row["name"]: row for row in read_rows(asked.file)}
    with asked.out.open("w", encoding="utf-8") as out:
        for sample in read_rows(asked.samples):
            row = rows[sample["task_id"].rpartition("/")[2]]
            status, said = graded(asked.other, program_of(asked.other, row, sample["solution"]))
            line = verdict(sample, f"{status}: {said[-180:]}", passed=status == "OK")
            out.write(json.dumps(line) + "\n")
            out.flush()


def program_of(language: str, row: Row, code: str) -> str:
    """The program with its tests; an answer in Go has the package that the tests are of."""
    if language == "go":
        package = re.search(r"^package \w+", row["prompt"], re.MULTILINE)
        code = re.sub(r"^package \w+\n", "", code, count=1, flags=re.MULTILINE)
        code = f"{package[0] if package else ''}\n{code}"
    return f"{code}\n{row['tests']}"


def graded(language: str, program: str) -> tuple[str, str]:
    """The status that MultiPL-E gives a program, and what was printed last."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, FILES[language]).write_text(program, "utf-8")
        said, code = "", 0
        for number, command in enumerate(COMMANDS[language]):
            try:
                done = subprocess.run(
                    command,
                    cwd=folder,
                    capture_output=True,
                    timeout=TIMEOUT_S[language],
                    check=False,
                    stdin=subprocess.DEVNULL,
                )
            except subprocess.TimeoutExpired:
                return "Timeout", ""
            said, code = (done.stdout + done.stderr).decode(errors="ignore"), done.returncode
            if code and number + 1 < len(COMMANDS[language]):
                return "SyntaxError", said
    failed = "FAIL" in said if language == "go" else code != 0
    return "Exception" if failed else "OK", said


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("samples", "compare", "mutants", "official", "inside"))
    parser.add_argument("file", type=Path)
    parser.add_argument("other", help="a language, or a run")
    parser.add_argument("--count", type=int, default=210, help="mutants")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--go", type=Path, default=Path("/usr/local/go"), help="where Go is installed")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.do in ("samples", "mutants"):
        rows = published(asked.file, asked.other) if asked.do == "samples" else None
        for one in rows or made(read_rows(asked.file), asked.other, asked.count):
            print(json.dumps(one))
    elif asked.do == "compare":
        compare(asked.file, Path(asked.other))
    else:
        (official if asked.do == "official" else inside)(asked)


if __name__ == "__main__":
    main()
