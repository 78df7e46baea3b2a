"""JavaBench itself: a clone of its repository, which the user gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

from .harness import JavaProjects
from .rows import read_project
from .samples import Context

if TYPE_CHECKING:
    from pathlib import Path

    from .rows import Project
    from .samples import Part

PROJECTS = ("PA19", "PA20", "PA21", "PA22")
ROWS = "javabench/datasets/{context}-context/data-{project}.jsonl"


class JavaBench(JavaProjects):
    base = "javabench"
    about = "JavaBench: classes of four object-oriented projects in Java"
    every = PROJECTS

    def __init__(self, part: Part | None = None) -> None:
        """See `JavaProjects`; the rows of the first project in the context are what is looked for."""
        super().__init__(part)
        context, first = self.part.context, (self.part.projects or self.every)[0]
        path = ROWS.format(context=context, project=first)
        self.source = boxscore.DataSource(path=path, sha256=CHECKSUMS[context, first])

    def read(self, path: Path, name: str) -> Project:
        return read_project(path.absolute().parents[2], name, self.part.context)


CHECKSUMS = {
    (Context.SELECTIVE, "PA19"): "56e5dc1f49922d14438f17375130d1b8a10f247ebae2e68c7a05c0b28b9a7ee2",
    (Context.SELECTIVE, "PA20"): "63fcffab41a8a7bfa50ba3d857f5fac4e8468abe10a56facee0395cc8d7f8220",
    (Context.SELECTIVE, "PA21"): "d822d7e2198b869c6ff8029a0a357ba32e6e9f3484cd552bbde41493113c13e4",
    (Context.SELECTIVE, "PA22"): "b5f1e2b813affade024bfd145bdefc63ad28cacbe9524b2ee279fd1221ee7384",
    (Context.MAXIMUM, "PA19"): "fe926656d08d7809a8b0aafa90419d6bf078b7bdd2b7b8c786d37c33a7d45371",
    (Context.MAXIMUM, "PA20"): "1ebbc46e5c335d65ad64fbc74e4e388f1705f75ae1b798b1de6d1c92fac92988",
    (Context.MAXIMUM, "PA21"): "3ce82341c209b8449d3cbcd1fefae54207d0e4afa376c1a4da3ec21fffa93c41",
    (Context.MAXIMUM, "PA22"): "133b1763c509276a19d8a6b7dc16b53e24bdca8f2b83542c0c129967e1dceeb4",
    (Context.MINIMUM, "PA19"): "179b83ff2dc804b81d7d6d5c756df2b79069de70b3ef36d0a85830f94688575a",
    (Context.MINIMUM, "PA20"): "f4acf9149f040ecfac62390f3c5e1753a209af919182cea7cb0722ab3b962182",
    (Context.MINIMUM, "PA21"): "d14ba6c724d5c876822aec0841db9bead55dde98c0bba27c7972c8fb138db378",
    (Context.MINIMUM, "PA22"): "417ba9f1751dbbdface4952ed7629d7775e6d303eb0702ab9a7ca50db2a792a9",
}
