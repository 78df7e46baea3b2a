"""Compare boxscore with EvoCodeBench's own `pass_k.py` on the same bodies in the same images.

    bench/agreement/evocodebench.py samples --data DATA --repository NAME … --out SAMPLES [--mutants 3]
    bench/agreement/evocodebench.py official --data DATA --repository NAME … --official FOLDER --needs FOLDER
        --samples SAMPLES --out VERDICTS
    bench/agreement/compare.py VERDICTS RUN

DATA is the data folder that the harness reads, with `Source_Code`; `--official` is a checkout of the benchmark's
repository, `--needs` a folder with psutil, tqdm, numpy and func_timeout for Python 3.11. `samples` makes the reference,
an empty body and seeded mutants of every row. `official` runs the program in a container of an image that boxscore has
built for the repository (`boxscore images build evocodebench@NAME`), with the references in place of the stub. RUN is
of `boxscore grade evocodebench@NAME+… -p SAMPLES`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.agreement import mutants
from bench.official import read_rows, verdict, write_rows
from boxscore.images.layers import instance_reference
from harnesses.evocodebench import HARNESS
from harnesses.evocodebench.environments import environment
from harnesses.evocodebench.splice import lines_of, original_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore import Instance
    from harnesses.evocodebench.splice import Row

Record = dict[str, Any]

PROGRAM = "/official"
TREE = "/testbed"
EMPTY = "pass"
MEMORY = "6g"


def load(data: Path, repositories: list[str]) -> list[Instance]:
    """The instances of some repositories."""
    return list(HARNESS.narrowed("+".join(repositories)).load(data / HARNESS.source.path))


def make_samples(instances: Sequence[Instance], count: int, seed: int = 1) -> Iterator[Record]:
    """The reference, an empty body and `count` mutants of each instance."""
    rng = random.Random(f"evocodebench-{seed}")
    for instance in instances:
        row: Row = instance.row["row"]
        bodies = {"reference": original_body(instance.row["source"], row), "empty": EMPTY}
        kinds = rng.choices(list(mutants.WEIGHTS), list(mutants.WEIGHTS.values()), k=count * 20)
        for kind in kinds:
            text = mutant(instance, kind, rng)
            if text is not None and text not in bodies.values() and len(bodies) < count + 2:
                bodies[f"{kind}-{len(bodies) - 1}"] = text
        for name, body in bodies.items():
            yield {"instance_id": row.namespace, "sample_id": name, "solution": body}


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


def run_official(asked: argparse.Namespace, instances: list[Instance], samples: list[Record]) -> list[Record]:
    """What `pass_k.py` says of samples of one repository: of each, whether all its tests pass."""
    row: Row = instances[0].row["row"]
    source = asked.data / HARNESS.source.path
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(asked.official / "pass_k.py", folder)
        shutil.copy(source, folder / "data.jsonl")
        shutil.copytree(asked.needs, folder / "needs")
        shutil.copytree(source.parent / "Source_Code" / row.project, folder / "Source_Code" / row.project)
        activate = folder / "Source_Code" / row.project / "myenv" / "bin" / "activate"
        activate.parent.mkdir(parents=True)
        activate.write_text(f"export PATH=/opt/env/bin:$PATH PYTHONPATH={environment(row.project).python_path}\n")
        outputs = [{"namespace": one["instance_id"], "completion": one["solution"]} for one in samples]
        write_rows(folder / "outputs.jsonl", outputs)
        # The tests find the repository where it is installed; a link would lead pytest away from there.
        (folder / "run").write_text(
            f"set -e\nrm -rf {TREE}/* \ncp -a {PROGRAM}/Source_Code/{row.project}/. {TREE}/\n"
            f"mkdir -p /sources && ln -s {TREE} /sources/{row.project}\ncd {PROGRAM}\n"
            f"PYTHONPATH={PROGRAM}/needs /usr/bin/python3 pass_k.py --output_file outputs.jsonl --log_file log.jsonl "
            f"--data_file data.jsonl --source_code_root /sources --k 1 --n 1\n"
        )
        run_in_container(folder, instances)
        return official_verdicts(samples, read_rows(folder / "log.jsonl"))


def official_verdicts(samples: Sequence[Record], log: Sequence[Record]) -> list[Record]:
    """The verdicts of a log of `pass_k.py`, by instance and body, as it names no samples; some may be missing."""
    results = {(one["namespace"], one["completion"]): one["Result"] for one in log}
    found = [(one, results.get((one["instance_id"], one["solution"]))) for one in samples]
    return [
        verdict({**one, "task_id": one["instance_id"]}, result, passed=result == "Pass")
        for one, result in found
        if result is not None
    ]


def run_in_container(folder: Path, instances: list[Instance]) -> None:
    """Run the folder's `run` in a container of the first image of these instances that is here."""
    for reference in (instance_reference(HARNESS.task(instance).image) for instance in instances):
        inspect = ["docker", "image", "inspect", "--format={{.Id}}", reference]
        if subprocess.run(inspect, capture_output=True, check=False).returncode == 0:
            command = ["docker", "run", "--rm", f"--memory={MEMORY}", "--network=none", f"--volume={folder}:{PROGRAM}"]
            command += [reference, "bash", f"{PROGRAM}/run"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            return
    sys.exit(f"no image of {instances[0].row['row'].project} is here: `boxscore images build`")


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("samples", "official"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repository", dest="repositories", action="append", required=True)
    parser.add_argument("--official", type=Path)
    parser.add_argument("--needs", type=Path)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--mutants", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    if asked.step == "samples":
        write_rows(asked.out, list(make_samples(load(asked.data, asked.repositories), asked.mutants)))
        return
    samples, found = read_rows(asked.samples), read_rows(asked.out) if asked.out.exists() else []
    wanted = {one["instance_id"] for one in samples}
    for repository in asked.repositories:
        instances = [one for one in load(asked.data, [repository]) if one.instance_id in wanted]
        ids = {one.instance_id for one in instances}
        found += run_official(asked, instances, [one for one in samples if one["instance_id"] in ids]) if ids else []
        write_rows(asked.out, found)


if __name__ == "__main__":
    main()
