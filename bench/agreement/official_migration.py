"""Ask MigrationBench's own program for its verdicts, with its data set and GitHub replaced by what is on this machine.

    python bench/agreement/official_migration.py SOURCE ROWS CLONES PREDICTIONS VERDICTS [--release 17]

Runs in that program's own environment (gitpython, javalang, packaging, protobuf, requests), with `java`, `javap` and
`mvn` of the release on PATH. SOURCE is the folder `src` of a clone of it, ROWS a JSON-lines file with `repo`,
`base_commit` and `num_test_cases`, CLONES a folder of clones named `owner__name`. VERDICTS gets a line for each
prediction, as soon as there is one, for both levels: the build is the same. Those that are there already are not asked
again. Nothing of boxscore is imported.
The program runs Maven, and with it a candidate's code, without a box: give it what you have read.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

MAJOR = {"17": 61, "21": 65}
URL = "https://github.com"


def main() -> None:
    """Judge each prediction."""
    arguments = parsed()
    rows = [json.loads(line) for line in arguments.rows.read_text("utf-8").splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GIT_CONFIG_GLOBAL"] = str(git_settings(Path(folder), arguments.clones, rows))
        final_eval = program(arguments.source, rows)
        with arguments.verdicts.open("a", encoding="utf-8") as file:
            known = {verdict["key"] for verdict in read(arguments.verdicts)}
            for prediction in json.loads(arguments.predictions.read_text("utf-8")):
                key = f"{prediction['github_url']} {prediction.get('git_diff_file', '')}"
                if key in known:
                    continue
                began = time.monotonic()
                minimal, versions = verdict_of(final_eval, prediction, MAJOR[arguments.release])
                verdict = {
                    "key": key,
                    **prediction,
                    "minimal": minimal,
                    "maximal": minimal and bool(versions),
                    "seconds": round(time.monotonic() - began, 1),
                }
                file.write(json.dumps(verdict) + "\n")
                file.flush()


def verdict_of(final_eval: Any, prediction: dict[str, Any], major: int) -> tuple[bool, bool | None]:
    """Whether a prediction passes what both levels ask for, and whether it passes what `maximal` asks for as well.

    The latter is None where the program did not come to it.
    """
    versions: list[bool] = []
    check = final_eval.eval_utils.check_version

    def noted(root_dir: str) -> bool:
        versions.append(check(root_dir))
        return True

    final_eval.eval_utils.check_version = noted
    try:
        minimal = final_eval.run_eval(
            prediction["github_url"],
            prediction.get("git_diff_file"),
            prediction.get("migrated_root_dir"),
            require_maximal_migration=True,
            require_compiled_java_major_version=major,
        )
    finally:
        final_eval.eval_utils.check_version = check
    return bool(minimal), versions[0] if versions else None


def parsed() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in ("source", "rows", "clones", "predictions", "verdicts"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--release", choices=MAJOR, default="17")
    return parser.parse_args()


def read(path: Path) -> list[dict[str, Any]]:
    """The verdicts that there are."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def git_settings(folder: Path, clones: Path, rows: list[dict[str, Any]]) -> Path:
    """Settings of git that have repositories of GitHub cloned from a folder."""
    lines = ["[safe]\n\tdirectory = *\n[advice]\n\tdetachedHead = false\n"]
    for row in rows:
        place = clones / row["repo"].replace("/", "__")
        if place.exists():
            lines.append(f'[url "{place.resolve()}"]\n\tinsteadOf = {URL}/{row["repo"]}\n')
    path = folder / "gitconfig"
    path.write_text("".join(lines), "utf-8")
    return path


def program(source: Path, rows: list[dict[str, Any]]) -> Any:
    """The program, which reads its data set from the Hub when it is imported: it gets ours."""
    hub = types.ModuleType("datasets")
    columns = {name: [row.get(name, -10) for row in rows] for name in ("repo", "base_commit", "num_test_cases")}
    hub.load_dataset = lambda *_args, **_kwargs: columns  # type: ignore[attr-defined]
    sys.modules["datasets"] = hub
    sys.path.insert(0, str(source))
    logging.basicConfig(level=logging.WARNING)
    return importlib.import_module("migration_bench.eval.final_eval")


if __name__ == "__main__":
    main()
