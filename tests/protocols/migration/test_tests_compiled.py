"""Tests are compiled beside a candidate's classes, and nothing of the candidate's runs while they are."""

from __future__ import annotations

import contextlib

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxError
from boxscore.protocols.migration.material import Material
from boxscore.protocols.migration.model import EffectiveModel, Project
from boxscore.protocols.migration.resolved import Artefact
from boxscore.protocols.migration.tests import Testable, run_module
from boxscore.protocols.migration.workplace import Jars
from boxscore.records import Limits

PROJECT = Project(folder="", group="g", artifact="a", version="1", output_directory="target/classes")
LIBRARY = Artefact(group="g", artifact="lib", version="1")
SERVICE = "target/classes/META-INF/services/javax.annotation.processing.Processor"
UNDER = Testable(
    material=Material(release=17, model=EffectiveModel((PROJECT,)), artefacts={"": (LIBRARY,)}),
    jars=Jars(in_image={LIBRARY.path: "aa"}),
    classes={"": {"toy/Quiet.class": b"x"}},
    built={SERVICE: b"toy.Quiet", "target/classes/text.txt": b"kept", "target/classes/junit-platform.properties": b"x"},
    tree="/testbed",
)


def test_processors_come_out_of_jars_alone() -> None:
    """A service that the candidate's build wrote beside its classes is not even in the box."""
    with FakeBackend().box(BoxSpec()) as box:
        with contextlib.suppress(BoxError):  # nothing is compiled in a box in memory
            run_module(
                box,
                "",
                UNDER,
                (("toy/ATest.java", "class ATest { }"),),
                ("toy.ATest#x",),
                Limits(),
                contextlib.nullcontext,
            )
        files = dict(box.files)

    (arguments,) = (data.decode() for path, data in files.items() if path.endswith("/arguments"))
    words = [line.strip('"') for line in arguments.splitlines()]
    assert words[words.index("-processorpath") + 1] == f"/opt/maven-repository/{LIBRARY.path}"
    assert any(path.endswith("/text.txt") for path in files)
    assert not [path for path in files if path.endswith((".Processor", ".properties"))]
