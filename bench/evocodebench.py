"""Compare boxscore with EvoCodeBench's own `pass_k.py` on the same bodies in the same images.

    bench/evocodebench.py samples --data DATA --repository NAME … --out SAMPLES [--official FOLDER --model MODEL …]
    bench/evocodebench.py official --data DATA --repository NAME … --official FOLDER --needs FOLDER --samples SAMPLES
        --out VERDICTS
    bench/evocodebench.py unboxed --data DATA --repository NAME … --samples SAMPLES --out RUN/results.jsonl
    bench/evocodebench.py compare --samples SAMPLES --run RUN --verdicts VERDICTS

DATA is the data folder that the harness reads; FOLDER is a checkout of the benchmark's repository. `samples` makes the
reference, an empty body and seeded mutants of every row, and takes what MODEL (`local_infilling/gpt-4-1106_greedy`)
answered, which FOLDER holds. `boxscore grade evocodebench@NAME+… -p SAMPLES` grades them. `official` runs the program
in a container of an image that boxscore has built for the repository, with the references in place of the stub.
`unboxed` runs the harness's commands and parser in such a container: that is cheaper than a box for each sample, and
leaves out only the box. `compare` counts and names what differs.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import mutants
from bench.official import read_rows, write_rows
from boxscore.images.layers import instance_reference
from harnesses.evocodebench import HARNESS
from harnesses.evocodebench.environments import environment
from harnesses.evocodebench.splice import body_of_completion, indented, lines_of, original_body, with_body
from harnesses.evocodebench.task import PARSER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore import Instance
    from harnesses.evocodebench.row import Row

Sample = dict[str, str]

PROGRAM = "/official"
TREE = "/testbed"
NEEDS = ("psutil", "tqdm", "numpy", "func_timeout")  # of the program, for the system's own Python in the image
EMPTY = "pass"
MEMORY = "6g"


def load(data: Path, repositories: list[str]) -> list[Instance]:
    """The instances of some repositories."""
    return list(HARNESS.narrowed("+".join(repositories)).load(data / HARNESS.source.path))


def made(instances: list[Instance], count: int, seed: int = 1) -> Iterator[Sample]:
    """The reference, an empty body and `count` mutants of each instance."""
    rng = random.Random(f"evocodebench-{seed}")
    for instance in instances:
        row: Row = instance.row["row"]
        body = original_body(instance.row["source"], row)
        yield sample(row, "reference", body)
        yield sample(row, "empty", EMPTY)
        seen: set[str] = set()
        kinds = rng.choices(list(mutants.WEIGHTS), list(mutants.WEIGHTS.values()), k=count * 20)
        for kind in kinds:
            text = mutant(instance, kind, rng)
            if text is not None and text not in seen:
                seen.add(text)
                yield sample(row, f"{kind}-{len(seen)}", text)
            if len(seen) == count:
                break


def mutant(instance: Instance, kind: str, rng: random.Random) -> str | None:
    """The body with one mistake of a kind; None where the kind does not fit."""
    row: Row = instance.row["row"]
    first, last = row.signature_position
    head = "".join(lines_of(instance.row["source"])[first - 1 : last])
    program = textwrap.dedent(head + original_body(instance.row["source"], row))
    head = "".join(lines_of(program)[: last - first + 1])
    try:
        return mutants.mutate(mutants.Gold(row.namespace, program, row.name, head), kind, rng)
    except SyntaxError:
        return None


def published(folder: Path, instances: list[Instance], models: list[str]) -> Iterator[Sample]:
    """The published completions of models, each text once."""
    rows = {instance.instance_id: instance.row["row"] for instance in instances}
    seen: set[tuple[str, str]] = set()
    for model in models:
        for one in read_rows(folder / "model_completion" / model / "completion.jsonl"):
            key = (one["namespace"], one["completion"])
            if one["namespace"] in rows and key not in seen:
                seen.add(key)
                yield sample(rows[one["namespace"]], model, one["completion"])


def sample(row: Row, name: str, body: str) -> Sample:
    """A record that both programs read."""
    return {"instance_id": row.namespace, "sample_id": name, "solution": body}


def by_repository(asked: argparse.Namespace) -> Iterator[tuple[list[Instance], list[Sample]]]:
    """The instances of each repository that there are samples of, and these."""
    samples = read_rows(asked.samples)
    wanted = {one["instance_id"] for one in samples}
    for repository in asked.repositories:
        found = [one for one in load(asked.data, [repository]) if one.instance_id in wanted]
        ids = {one.instance_id for one in found}
        if found:
            yield found, [one for one in samples if one["instance_id"] in ids]


def ask(asked: argparse.Namespace) -> None:
    """Run `pass_k.py` on all samples, repository by repository."""
    verdicts = read_rows(asked.out) if asked.out.exists() else []
    for found, samples in by_repository(asked):
        verdicts += run_official(asked, found, samples)
        write_rows(asked.out, verdicts)
        print(f"{found[0].row['row'].project}: {len(samples)} samples", flush=True)


def run_official(asked: argparse.Namespace, instances: list[Instance], samples: list[Sample]) -> list[Sample]:
    """What the program says of samples of one repository."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, asked, instances[0].row["row"], samples)
        in_container(folder, instances)
        found = read_rows(folder / "log.jsonl")
    return [{"instance_id": one["namespace"], "solution": one["completion"], "verdict": one["Result"]} for one in found]


def prepare(folder: Path, asked: argparse.Namespace, row: Row, samples: list[Sample]) -> None:
    """Lay out what the program reads: its file, samples, rows, the repository, and an environment to activate."""
    shutil.copy(asked.official / "pass_k.py", folder)
    shutil.copy(asked.data / HARNESS.source.path, folder / "data.jsonl")
    source = asked.data / HARNESS.source.path
    shutil.copytree(source.parent / "Source_Code" / row.project, folder / "Source_Code" / row.project)
    activate = folder / "Source_Code" / row.project / "myenv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f"export PATH=/opt/env/bin:$PATH PYTHONPATH={environment(row.project).python_path}\n")
    outputs = [{"namespace": one["instance_id"], "completion": one["solution"]} for one in samples]
    write_rows(folder / "outputs.jsonl", outputs)
    shutil.copytree(asked.needs, folder / "needs")
    # The tests find the repository where it is installed; a link would lead pytest away from there.
    (folder / "run").write_text(
        f"set -e\nrm -rf {TREE}/* \ncp -a {PROGRAM}/Source_Code/{row.project}/. {TREE}/\n"
        f"mkdir -p /sources && ln -s {TREE} /sources/{row.project}\ncd {PROGRAM}\n"
        f"PYTHONPATH={PROGRAM}/needs /usr/bin/python3 pass_k.py --output_file outputs.jsonl --log_file log.jsonl "
        f"--data_file data.jsonl --source_code_root /sources --k 1 --n 1\n"
    )


JUDGE = """
import json, pathlib, subprocess
asked = json.loads(pathlib.Path("asked.json").read_text())
names = {}
exec(asked["parser"], names)
with open("judged.jsonl", "a") as file:
    for one in asked["samples"]:
        target = pathlib.Path("TREE", one["path"])
        before = target.read_bytes()
        target.write_text(one["text"])
        log = "".join(
            subprocess.run(["bash", "-c", command], cwd="TREE", capture_output=True, text=True).stdout
            for command in one["commands"]
        )
        target.write_bytes(before)
        found = names["parser"](log)
        outcome = "passed" if all(found.get(test) == "pass" for test in one["tests"]) else "wrong"
        file.write(json.dumps({**one["names"], "outcome": outcome}) + "\\n")
        file.flush()
""".replace("TREE", TREE)


def judge(asked: argparse.Namespace) -> None:
    """Run the harness's commands on all samples, repository by repository."""
    done = read_rows(asked.out) if asked.out.exists() else []
    for found, samples in by_repository(asked):
        done += run_unboxed(found, samples)
        write_rows(asked.out, done)
        print(f"{found[0].row['row'].project}: {len(samples)} samples", flush=True)


def run_unboxed(found: list[Instance], samples: list[Sample]) -> list[Sample]:
    """What the harness's commands and parser say of samples of one repository."""
    instances = {one.instance_id: one for one in found}
    requests = [request(instances[one["instance_id"]], one) for one in samples]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        row: Row = found[0].row["row"]
        write_tree(folder, found[0])
        (folder / "asked.json").write_text(json.dumps({"parser": PARSER, "samples": requests}))
        (folder / "judge.py").write_text(JUDGE)
        (folder / "run").write_text(
            f"set -e\nrm -rf {TREE}/*\ncp -a {PROGRAM}/tree/. {TREE}/\ncd {PROGRAM}\n"
            f"export PYTHONPATH={environment(row.project).python_path}\n/usr/bin/python3 -I judge.py\n"
        )
        in_container(folder, found)
        return read_rows(folder / "judged.jsonl")


def request(instance: Instance, one: Sample) -> dict[str, Any]:
    """A file with a body in its place, and how that is tested."""
    row: Row = instance.row["row"]
    task = HARNESS.task(instance)
    text = with_body(instance.row["source"], row, indented(body_of_completion(one["solution"]), row))
    names = {"instance_id": one["instance_id"], "sample_id": one["sample_id"]}
    return {"names": names, "path": row.path, "text": text, "commands": task.commands, "tests": task.fail_to_pass}


def write_tree(folder: Path, instance: Instance) -> None:
    """Write the files of a repository."""
    for path, data in instance.row["repository"]:
        target = folder / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def in_container(folder: Path, instances: list[Instance]) -> None:
    """Run the folder's `run` in a container of the first image of these instances that is here."""
    references = [instance_reference(HARNESS.task(instance).image) for instance in instances]
    here = next((one for one in references if is_here(one)), None)
    if here is None:
        sys.exit(f"no image of {instances[0].row['row'].project} is here: `boxscore images build`")
    command = ["docker", "run", "--rm", f"--memory={MEMORY}", "--network=none", f"--volume={folder}:{PROGRAM}"]
    subprocess.run([*command, here, "bash", f"{PROGRAM}/run"], check=True, stdout=subprocess.DEVNULL)


def is_here(reference: str) -> bool:
    """Whether the engine has an image."""
    asked = ["docker", "image", "inspect", "--format={{.Id}}", reference]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def compare(asked: argparse.Namespace) -> bool:
    """Print counts and each difference; say whether there is none."""
    official = {(one["instance_id"], one["solution"]): one["verdict"] == "Pass" for one in read_rows(asked.verdicts)}
    ours = {(one["instance_id"], one["sample_id"]): one["outcome"] for one in read_rows(asked.run / "results.jsonl")}
    counts: Counter[str] = Counter()
    different = 0
    for one in read_rows(asked.samples):
        outcome = ours.get((one["instance_id"], one["sample_id"]))
        theirs = official.get((one["instance_id"], one["solution"]))
        kind = one["sample_id"] if one["sample_id"] in ("reference", "empty") else "other"
        if outcome is None or theirs is None:
            counts[f"{kind}: no verdict of {'ours' if outcome is None else 'theirs'}"] += 1
            continue
        same = (outcome == "passed") == theirs
        counts[f"{kind}: {'same' if same else 'different'}, {'passed' if theirs else 'failed'} there"] += 1
        if not same:
            different += 1
            print(f"{one['instance_id']} {one['sample_id']}: {outcome} here, {'Pass' if theirs else 'Fail'} there")
    for text, number in sorted(counts.items()):
        print(f"{number:6} {text}")
    return not different


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description="Compare boxscore with EvoCodeBench's own program.")
    parser.add_argument("step", choices=("samples", "official", "unboxed", "compare"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--repository", dest="repositories", action="append")
    parser.add_argument("--official", type=Path)
    parser.add_argument("--model", dest="models", action="append", default=[])
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--needs", type=Path, help=f"a folder with {', '.join(NEEDS)} for Python 3.11")
    parser.add_argument("--mutants", type=int, default=3)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--verdicts", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.step == "samples":
        instances = load(asked.data, asked.repositories)
        samples = [*made(instances, asked.mutants), *published(asked.official, instances, asked.models)]
        write_rows(asked.out, samples)
        print(f"{len(instances)} instances, {len(samples)} samples")
    elif asked.step in ("official", "unboxed"):
        (ask if asked.step == "official" else judge)(asked)
    else:
        sys.exit(0 if compare(asked) else 1)


if __name__ == "__main__":
    main()
