"""What a candidate's build, poms and sources may be made of to hold up, break or blame the grader that reads them."""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from boxscore import resources
from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.boxes.fake import FakeBackend, FakeRun
from boxscore.errors import BoxError
from boxscore.protocols.migration.admitted import package_of
from boxscore.protocols.migration.arguments import is_harmless
from boxscore.protocols.migration.class_difference import compare_classes
from boxscore.protocols.migration.class_file import read_class
from boxscore.protocols.migration.compile import added_folders, compile_modules
from boxscore.protocols.migration.java_compiler import Job, compile_java
from boxscore.protocols.migration.judge import texts_of_tests
from boxscore.protocols.migration.material import Material, own_from_elsewhere, placeable
from boxscore.protocols.migration.model import EffectiveModel, Element, Execution, Plugin, Project
from boxscore.protocols.migration.processors import named_processors
from boxscore.protocols.migration.raw_poms import raw_faults
from boxscore.protocols.migration.reading import read_source
from boxscore.protocols.migration.resolved import Artefact
from boxscore.protocols.migration.shadow import shadows
from boxscore.protocols.migration.tests import OPTION_BYTES, options_of_tests
from boxscore.protocols.migration.workplace import Jars
from boxscore.records import Limits
from tests.protocols.migration.class_files import RETURN, Pool

if TYPE_CHECKING:
    from pathlib import Path

MANY = 0xFFFF
LIBRARY = Artefact(group="g", artifact="lib", version="1")


def written(pool: Pool, *, interfaces: bytes = b"", code: bytes = RETURN, bootstraps: bytes = b"\0\0") -> bytes:
    """A class `A` of one method, put together from a pool that has all else."""
    this, above = pool.class_("A"), pool.class_("java/lang/Object")
    names = [pool.text(text) for text in ("m", "()V", "Code", "BootstrapMethods")]
    body = struct.pack(">HHI", 1, 1, len(code)) + code + b"\0\0\0\0"
    method = struct.pack(">HHHHHI", 1, names[0], names[1], 1, names[2], len(body)) + body
    return b"".join(
        (
            struct.pack(">IHHH", 0xCAFEBABE, 0, 61, len(pool.entries) + 1),
            *pool.entries,
            struct.pack(">HHHH", 0x21, this, above, len(interfaces) // 2),
            interfaces,
            struct.pack(">HH", 0, 1),
            method,
            struct.pack(">HHI", 1, names[3], len(bootstraps)) + bootstraps,
        )
    )


def test_a_bootstrap_method_of_many_arguments_is_spelled_once() -> None:
    """Thousands of calls may share it; spelled for each of them it would take hours."""
    pool = Pool()
    number = pool.of(3, 0, 7)
    handle = pool.add(struct.pack(">BBH", 15, 6, pool.method("A", "m")))
    names = [pool.of(12, pool.text(f"m{one}"), pool.text("()V")) for one in range(10_000)]
    calls = [pool.add(struct.pack(">BHH", 18, 0, name)) for name in names]
    code = b"".join(b"\xba" + struct.pack(">H", one) + b"\0\0" for one in calls)
    bootstraps = struct.pack(">HHH", 1, handle, MANY) + struct.pack(">H", number) * MANY

    found = read_class(written(pool, code=code, bootstraps=bootstraps))

    assert found.methods[0].code


def test_a_name_that_is_pointed_to_very_often_is_not_written_out_each_time() -> None:
    """All interfaces of a class may be the same long name, which would be gigabytes in a message."""
    pool = Pool()
    interfaces = struct.pack(">H", pool.class_("x" * 65_000)) * MANY

    reason = compare_classes({"A.class": written(pool, interfaces=interfaces)}, {"A.class": written(Pool())})

    assert "A.class of the build: a class file is broken: its names have more than" in reason


def test_a_class_of_the_sources_that_cannot_be_read_is_no_trouble_of_ours() -> None:
    """Its compiler made it of what a candidate wrote."""
    reason = compare_classes({"A.class": b"built"}, {"A.class": b"own"})

    assert reason.startswith("A.class that the sources give: a class file is broken")


def test_a_source_of_empty_lines_is_looked_at_once() -> None:
    """From each of its lines to the end it would take hours."""
    assert package_of(b"\n" * 300_000 + b"package late;") == "late"


@pytest.mark.parametrize(
    "names",
    [["/".join(["a"] * 70) + "/A.java"], ["b" * 300 + "/A.java"], ["A.java", "A.java/B.java"]],
    ids=["deep", "long", "a file and a folder"],
)
def test_sources_that_no_box_can_have_are_refused(names: list[str]) -> None:
    """A box refuses such names as a mistake of its caller, which would end the run."""
    job = Job(sources=dict.fromkeys(names, b"class A { }"), class_path=())

    with FakeBackend().box(BoxSpec()) as box:
        found = compile_java(box, job, java="/jdk", limits=Limits())

    assert "a source has a name that no compiler is given" in found.message


def test_a_compiler_that_says_bash_has_been_started() -> None:
    """A folder may have that name, so that a warning about what is in it begins so."""
    said = Completed(exit_code=3, wall_s=0.0, stdout=b"bash:/A.java:1: warning: odd\nThe system is out of resources.")
    backend = FakeBackend(run=lambda _: said)
    job = Job(sources={"A.java": b"class A { }"}, class_path=())

    with backend.box(BoxSpec()) as box:
        found = compile_java(box, job, java="/jdk", limits=Limits())

    assert "out of resources" in found.message


def test_files_of_a_build_that_no_box_can_have_are_left_out() -> None:
    """A build makes up their names, and ours stay where one would be in the way."""
    deep = "/".join(["a"] * 70)
    files = {
        "kept/a.txt": b"",
        deep: b"",
        "\\xff" * 100: b"",
        "x": b"",
        "x/y": b"",
        "ours/z": b"",
        "of": b"",
        "n\n": b"",
    }

    assert set(placeable(files, {"ours": b"", "of/ours": b""})) == {"kept/a.txt", "x/y"}


def test_options_that_no_command_can_have_are_left_out() -> None:
    """A build passes its properties on in a file; a word that is too long for a command would start no JVM."""
    told = Element("systemPropertyVariables", "", (Element("short", "yes"), Element("long", "x" * OPTION_BYTES)))
    plugin = Plugin(artifact="maven-surefire-plugin", configuration=Element("configuration", "", (told,)))
    project = Project(folder="", group="g", artifact="a", version="1", plugins=(plugin,))

    assert options_of_tests(project) == ("-Dshort=yes",)


def test_no_module_brings_a_processor_for_another() -> None:
    """A library may write the file by which a compiler finds a processor among the classes of a module."""
    maker = Project(folder="maker", group="g", artifact="maker", version="1", source_directory="maker/src")
    user = Project(folder="user", group="g", artifact="user", version="1", source_directory="user/src")
    own = Artefact(group="g", artifact="maker", version="1")
    material = Material(
        release=17,
        model=EffectiveModel((maker, user)),
        artefacts={"user": (own, LIBRARY)},
        sources={"user/src/A.java": b"class A { }"},
    )

    with FakeBackend().box(BoxSpec()) as box:
        with contextlib.suppress(BoxError):  # nothing is compiled in a box in memory
            compile_modules(box, material, {}, Jars(in_image={LIBRARY.path: "aa"}), Limits())
        (arguments,) = (data.decode() for path, data in box.files.items() if path.endswith("/arguments"))

    words = [line.strip('"') for line in arguments.splitlines()]
    assert words[words.index("-processorpath") + 1] == f"/opt/maven-repository/{LIBRARY.path}"
    assert len(words[words.index("-cp") + 1].split(":")) == 2


def test_a_library_of_assertions_cannot_be_written_anew(tmp_path: Path) -> None:
    """What tests were run with before is looked into, too, though the project has left it."""
    jar = tmp_path / "truth.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("com/google/common/truth/Truth.class", b"")
    material = Material(release=17, model=EffectiveModel(()))

    def run(asked: FakeRun) -> Completed:
        done = subprocess.run([sys.executable, *asked.argv[1:]], input=asked.stdin, capture_output=True, check=True)
        return Completed(exit_code=0, wall_s=0.0, stdout=done.stdout)

    classes = {"": ["com/google/common/truth/Truth.class", "toy/Calc.class"]}
    with FakeBackend(run=run).box(BoxSpec()) as box:
        found = shadows(box, material, classes, Jars(), known=(), before=(str(jar),), limits=Limits())

    assert found == ("com/google/common/truth/Truth.class stands in the place of the one in truth.jar",)


@pytest.mark.parametrize(("version", "count"), [("1", 0), ("2", 1)])
def test_a_project_does_not_take_its_own_later_release(version: str, count: int) -> None:
    """Under another name it could have the published one pass its tests, with no source left of its own."""
    before = Material(release=8, model=EffectiveModel((Project(folder="", group="g", artifact="a", version="1"),)))
    model = EffectiveModel(tuple(Project(folder=one, group="g", artifact=one or "b", version="1") for one in ("", "a")))
    taken = Artefact(group="g", artifact="a", version=version)

    found = tuple(own_from_elsewhere(before, Material(release=17, model=model, artefacts={"": (taken, LIBRARY)})))

    assert len(found) == count
    assert all("takes g:a 2 from a repository, which the project made itself" in one for one in found)


def test_sources_that_a_plugin_adds_by_an_absolute_path_are_compiled() -> None:
    """An effective pom has `${basedir}/src/more` as one."""
    told = Element("sources", "", (Element("source", "/testbed/m/src/more"), Element("source", "src/rest")))
    use = Execution(goals=("add-source",), configuration=Element("configuration", "", (told,)))
    helper = Plugin(group="org.codehaus.mojo", artifact="build-helper-maven-plugin", executions=(use,))
    project = Project(folder="m", group="g", artifact="a", version="1", plugins=(helper,))

    assert added_folders(project, "/testbed") == ("m/src/more", "m/src/rest")


def test_escapes_hide_no_test() -> None:
    """Java reads them before it knows of comments; who does not sees tests that are not there."""
    source = rb"""
        class ATest {
            \u002f* @org.junit.Test public void gone() { } *\u002f
            @org.junit.\u0054est public void kept() { String said = "\\u002f*"; }
        }
    """

    (found,) = read_source(source).types

    assert [(method.name, method.style) for method in found.methods] == [("kept", "junit4")]
    assert r'"\\u002f*"' in found.methods[0].tokens


def test_processors_are_named_by_any_element_and_with_a_classifier() -> None:
    """Maven takes whatever stands below; Querydsl's processor for Jakarta has a classifier."""
    words = {"groupId": "com.querydsl", "artifactId": "querydsl-apt", "version": "5.1.0", "classifier": "jakarta"}
    path = Element("annotationProcessorPath", "", tuple(Element(tag, text) for tag, text in words.items()))
    paths = Element("configuration", "", (Element("annotationProcessorPaths", "", (path,)),))
    plugin = Plugin(artifact="maven-compiler-plugin", configuration=paths)
    project = Project(folder="", group="g", artifact="a", version="1", plugins=(plugin,))

    (found,) = named_processors(project)

    assert found.path == "com/querydsl/querydsl-apt/5.1.0/querydsl-apt-5.1.0-jakarta.jar"


def test_a_pom_reads_no_property_that_only_a_look_at_it_has() -> None:
    """It would say of its dependencies, when it is asked, what does not hold when it is built."""
    pom = b"<project><dependencies><dependency><version>[5,6-${ skip }]</version></dependency></dependencies></project>"

    (found,) = raw_faults({}, {"pom.xml": pom})

    assert "it reads the property skip" in found
    assert not list(raw_faults({"pom.xml": pom}, {"pom.xml": pom + b"\n"}))


def test_an_agent_may_be_the_jar_of_a_dependency() -> None:
    """Mockito asks for this from Java 21 on; our own JVM is given none."""
    word = "-javaagent:${org.mockito:mockito-core:jar}"

    assert is_harmless(word, ("/opt/repository",))
    assert not is_harmless(word, ())
    assert not is_harmless("-javaagent:${my.agent}", ("/opt/repository",))


def test_a_tree_of_long_paths_is_not_listed_whole(tmp_path: Path) -> None:
    """Its names alone would be more than a box may answer, and that the trouble of nobody."""
    (tmp_path / "folder").mkdir()
    for number in range(20):
        (tmp_path / "folder" / f"{number}{'x' * 200}").touch()
    program = "import json, sys, tree_read; print(json.dumps(tree_read.answer(json.load(sys.stdin))))"
    asked = {"root": str(tmp_path), "folders": [""], "ends": [""], "within": [], "bytes": 9, "files": 99, "names": 99}

    def answer(characters: int) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps({**asked, "characters": characters}),
            cwd=resources.folder("sandbox"),
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(json.loads(done.stdout))

    assert answer(3000) == {"names": [], "files": {}, "problem": "paths of more than 3000 characters"}
    assert len(str(answer(9000)["names"])) > 3000


def test_tests_are_read_in_the_encoding_that_they_were_written_in() -> None:
    """A migration may move its own sources to another; the tests of the project as it was stay what they are."""
    old = Project(
        folder="", group="g", artifact="a", version="1", properties={"project.build.sourceEncoding": "cp1252"}
    )
    material = Material(
        release=17,
        model=EffectiveModel((Project(folder="", group="g", artifact="a", version="1"),)),
        tests={"src/test/java/ATest.java": b"// \xe9"},
        before=EffectiveModel((old,)),
    )

    assert texts_of_tests(material, "") == (("ATest.java", "// \u00e9"),)
