"""Run sources of a JavaScript or TypeScript project, bundled by esbuild, with packages that npm brings for them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ESBUILD = "esbuild@0.25"


@contextmanager
def bundled_run(
    entry: Mapping[str, str], packages: Sequence[str], given: str, aliases: Sequence[str] = ()
) -> Iterator[tuple[Path, str]]:
    """Bundle the first of some files with what it imports, run it on an input, and give its folder and its output.

    `entry` are files by name, `aliases` what esbuild's `--alias` takes. Raises CalledProcessError.
    """
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "package.json").write_text("{}")
        for file, text in entry.items():
            (home / file).write_text(text)
        npm = ["npm", "install", "--silent", "--no-fund", "--no-audit", ESBUILD, *packages]
        subprocess.run(npm, cwd=home, check=True)
        options = ["--bundle", "--platform=node", "--outfile=made.cjs", "--log-level=error"]
        bundle = ["npx", "esbuild", next(iter(entry)), *options, *(f"--alias:{one}" for one in aliases)]
        subprocess.run(bundle, cwd=home, env={**os.environ, "NODE_PATH": f"{home}/node_modules"}, check=True)
        made = subprocess.run(["node", "made.cjs"], cwd=home, input=given, text=True, check=True, capture_output=True)
        yield home, made.stdout
