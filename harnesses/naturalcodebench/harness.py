"""The harness of NaturalCodeBench: rows with their input files, one of two programming and of two natural languages."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING

import boxscore
from boxscore import SampleKind, Trust

from . import java, python

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import Instance, Sample, Task

PUBLISHED = "https://raw.githubusercontent.com/THUDM/NaturalCodeBench/268e85044a44e434ac3681b269f6531abbf1a291/problems"
CHECKSUMS = {
    ("python", "en"): "ebbd3887bebc0e2dd949d3b4eaa2b8e905c7346f42fcafd5cdba89d0d938a808",
    ("python", "zh"): "2c5327ad1a978099df211b1b2b99b8803005a8bb821245823c351ac3f774a7a4",
    ("java", "en"): "9f20840efb9df455f90205de5c2ecb25a463b81dd32decb3d1964e71c7ccbd5a",
    ("java", "zh"): "8df729e2645adf87660b6a922308158b8082e27377456c427350ed0d21608e9d",
}
FIELDS = ("prompt", "testcases", "reference_solution")
FILES = "input_files"  # the folder beside the rows with a folder of files for each problem that needs some
NAME = re.compile(r"\w[\w-]{0,99}")  # of that folder: it leads to no other place
ANY_FENCE = re.compile(r"```\w*\n(.*?)\n```", re.DOTALL)
MAX_FILES_BYTES = 32 << 20
TITLES = {"python": "Python", "java": "Java"}
NATURAL = {"en": "", "zh": ", asked in Chinese"}


class NaturalCodeBench:
    trust = Trust.CLAIM
    parts: tuple[str, ...] = ()
    counts_missing = True
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("chat.jinja")}

    def __init__(self, language: str, natural: str = "en") -> None:
        self.language = language
        file = f"ncb_{language}_{natural}.jsonl"
        self.source = boxscore.DataSource(
            path=f"naturalcodebench/{file}", sha256=CHECKSUMS[language, natural], url=f"{PUBLISHED}/{file}"
        )
        self.image = "bigcodebench" if language == "python" else "programs"
        self.name = f"naturalcodebench-{language}{'' if natural == 'en' else f'@{natural}'}"
        self.title = f"NaturalCodeBench: problems of real users in {TITLES[language]}{NATURAL[natural]}"

    def narrowed(self, part: str) -> NaturalCodeBench:
        """The same problems, asked in another language. Raises UsageError for one that there is not."""
        if part not in NATURAL:
            raise boxscore.UsageError(f"{part!r} is no part of it; there are {' and '.join(NATURAL)}")
        return NaturalCodeBench(self.language, part)

    def load(self, path: Path) -> Sequence[Instance]:
        return [self._instance(row, path, line) for line, row in boxscore.read_rows(path, key="_id")]

    def _instance(self, row: dict[str, object], path: Path, line: int) -> Instance:
        text = {name: boxscore.text_field(row, name, path=path, line=line) for name in FIELDS}
        name = str(row["_id"])
        if NAME.fullmatch(name) is None:
            raise boxscore.InputError("must be a number or a plain name", path=path, line=line, field="_id")
        part = {"python": python, "java": java}[self.language]
        try:
            part.check(text["testcases"])
        except ValueError as error:
            raise boxscore.InputError(str(error), path=path, line=line, field="testcases") from None
        fenced = ANY_FENCE.search(text["reference_solution"])  # one reference in Java is in a fence that says Python
        reference = part.extracted(text["reference_solution"]) or (fenced[1] if fenced is not None else None)
        domain = row.get("classification")
        files = input_files(path.parent / FILES / name, text=self.language == "java")
        return boxscore.Instance(
            instance_id=f"{self.language}/{name}",
            prompt=text["prompt"],
            row={**row, "files": files},
            reference=reference,
            tags={"domain": domain} if isinstance(domain, str) and domain else {},
        )

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        return {"prompt": instance.prompt}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """Search an answer as the benchmark's own program does; any other sample is the program."""
        part = {"python": python, "java": java}[self.language]
        code = part.extracted(sample.text) if sample.kind is SampleKind.ANSWER else sample.text
        return None if code is None or not code.strip() else part.program(code, instance)

    def task(self, instance: Instance) -> Task:
        files = tuple((name, base64.b64decode(data)) for name, data in instance.row["files"])
        return python.task(instance, files) if self.language == "python" else java.task(instance, files)


def input_files(folder: Path, *, text: bool) -> list[tuple[str, str]]:
    """Names, below `folder`, and contents in base64 of the files that a problem reads; none where there is no folder.

    Raises InputError where they are too large to be sent into a box with each sample, or must be `text` and are not.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if sum(path.stat().st_size for path in paths) > MAX_FILES_BYTES:
        raise boxscore.InputError(f"its files are larger than {MAX_FILES_BYTES >> 20} MiB together", path=folder)
    for path in paths if text else ():
        try:
            path.read_text("utf-8")
        except UnicodeDecodeError:
            raise boxscore.InputError("a program in Java can have files of text beside it only", path=path) from None
    return [
        (path.relative_to(folder).as_posix(), base64.b64encode(path.read_bytes()).decode("ascii")) for path in paths
    ]
