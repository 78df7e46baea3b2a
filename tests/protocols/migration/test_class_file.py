"""Class files of a hostile build: read as data within bounds, and compared with the grader's own."""

from __future__ import annotations

import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.class_difference import comparable_level, compare_classes
from boxscore.protocols.migration.class_file import CLASS_BYTES, read_class, read_major
from boxscore.protocols.migration.constants import decoded
from tests.protocols.migration.class_files import RETURN, Pool, assembled, class_file

if TYPE_CHECKING:
    from pathlib import Path

PATH = "toy/Calc.class"


def test_a_class_file_is_read() -> None:
    """Its names and version."""
    found = read_class(class_file(calls=("a", "b")))

    assert (found.major, found.name, found.parent) == (61, "toy/Calc", "java/lang/Object")
    assert [method.name for method in found.methods] == ["run", "calls"]


def test_where_constants_stand_does_not_matter() -> None:
    """Debug information moves constants to other places; the code is the same."""
    own = {PATH: class_file(calls=("a", "b"))}
    built = {PATH: class_file(calls=("a", "b"), before=("LineNumberTable", "this", "x"))}

    assert built != own
    assert compare_classes(built, own) == ""


@pytest.mark.parametrize(
    ("built", "reason"),
    [
        ({}, "lacks toy/Calc.class"),
        ({PATH: class_file(), "toy/More.class": class_file("toy/More")}, "has toy/More.class"),
        ({PATH: class_file(major=52)}, "class file version 52, not 61"),
        ({PATH: class_file("toy/Other")}, "holds the class 'toy/Other'"),
        ({PATH: class_file(parent="java/lang/ClassLoader")}, "other parents"),
        ({PATH: class_file(methods=(("run", RETURN), ("more", RETURN)))}, "other methods than the sources give: more"),
        ({PATH: class_file(methods=(("run", b"\x00" + RETURN),))}, "other methods than the sources give: run()V"),
        ({PATH: b"\xca\xfe\xba\xbe"}, "a class file is broken"),
        ({PATH: class_file()[:-1]}, "it is cut off"),
        ({PATH: class_file() + b"\0"}, "1 bytes follow it"),
        ({PATH: bytes(CLASS_BYTES + 1)}, "a class file has"),
        ({PATH: bytes(20 << 20)}, "much larger"),
    ],
)  # fmt: skip
def test_other_classes_than_the_sources_give_are_told(built: dict[str, bytes], reason: str) -> None:
    """A stub, a forged version, a class that no source gives, and one that is no class at all."""
    assert reason in compare_classes(built, {PATH: class_file()})


def test_what_methods_do_can_be_left_out() -> None:
    """A build that has always woven code into its classes differs in their code, and in nothing else."""
    own, built = {PATH: class_file(calls=("a",))}, {PATH: class_file(calls=("b",))}

    assert "calls()V" in compare_classes(built, own)
    assert compare_classes(built, own, level="shape") == ""


def test_how_far_two_sets_agree_is_told() -> None:
    """A build that weaves, one that has classes of another language, and one that is not like its sources at all."""
    own = {PATH: class_file(calls=("a",))}

    assert comparable_level(own, own) == "code"
    assert comparable_level({PATH: class_file(calls=("b",))}, own) == "shape"
    assert comparable_level({**own, "toy/K.class": class_file("toy/K")}, own) == "part"
    assert comparable_level({}, own) == "versions"
    assert comparable_level({PATH: class_file(calls=("a",), major=51)}, own) == "code"


def test_further_classes_have_the_version_too() -> None:
    """Whatever is not compared was made for the release that is asked for."""
    own = {PATH: class_file()}
    built = {**own, "toy/K.class": class_file("toy/K", major=52)}

    assert "toy/K.class of the build has the class file version 52" in compare_classes(
        built, own, level="part", major=61
    )
    assert compare_classes({PATH: class_file(parent="x")}, own, level="versions", major=61) == ""
    assert "version 52, not 61" in compare_classes(built, {}, level="versions", major=61)


def test_the_version_is_that_which_was_asked_for() -> None:
    """Also where both compilers agree on another."""
    own = {PATH: class_file(major=52)}

    assert "version 52, not 61" in compare_classes(own, own, major=61)


@pytest.mark.parametrize(
    "code",
    [
        b"\xa7\x00\x01" + RETURN,  # into an instruction
        b"\xcb" + RETURN,
        b"\x12\xff",
        b"\xba\x00\x01\x00\x00",
        b"\xaa\x00\x00\x00" + struct.pack(">iii", 0, 0, 0x7FFFFFFF),
        b"\xab\x00\x00\x00" + struct.pack(">ii", 0, -1),
        b"\xc4",
        bytes(70_000),
    ],
)
def test_code_that_is_none_is_refused(code: bytes) -> None:
    """Jumps into instructions, unknown ones, constants that are not there, switches without end."""
    with pytest.raises(ProtocolError, match="a class file is broken"):
        read_class(class_file(methods=(("run", code),)))


def test_few_long_texts_that_are_used_often_are_bounded() -> None:
    """64 KiB that 20,000 calls name would be gigabytes of names."""
    pool = Pool()
    name = pool.class_("x" * 0xFFFF)
    pair = pool.of(12, pool.text("y" * 0xFFFF), pool.text("z" * 0xFFFF))
    member = struct.pack(">BHH", 10, name, pair)
    words = pool.text("run"), pool.text("()V"), pool.text("Code")
    first = len(pool.entries) + 1
    calls = b"".join(b"\xb8" + struct.pack(">H", index) for index in range(first, first + 20_000)) + RETURN
    code = struct.pack(">HHI", 9, 9, len(calls)) + calls + struct.pack(">HH", 0, 0)
    method = struct.pack(">HHHHHI", 1, words[0], words[1], 1, words[2], len(code)) + code
    data = assembled([*pool.entries, *([member] * 20_000)], name, name, method, 1)

    with pytest.raises(ProtocolError, match="characters together"):
        read_class(data)


def test_a_constant_that_points_to_itself_is_refused() -> None:
    """Every index is checked as it is followed."""
    with pytest.raises(ProtocolError, match="constant 1 is of kind 7"):
        read_class(assembled([struct.pack(">BH", 7, 1)], 1, 0))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\xc0\x80b", "a\0b"),
        ("grüß".encode(), "grüß"),
        (b"\xed\xa0\xbd\xed\xb8\x80", "\U0001f600"),
        (b"\xed\xa0\xbd", "\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_java_has_its_own_utf_8(data: bytes, text: str) -> None:
    """NUL is two bytes, other planes are two surrogates, and what is neither is replaced."""
    assert decoded(data) == text


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_change_of_bytes_breaks_the_reader(data: st.DataObject) -> None:
    """Whatever a file is changed into, it is read or refused."""
    broken = bytearray(class_file(calls=("a", "b"), before=("x",)))
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(broken[: data.draw(st.integers(0, len(broken)))]) if data.draw(st.booleans()) else bytes(broken)

    try:
        found = read_class(cut)
    except ProtocolError:
        return

    assert read_major(cut) == found.major


@pytest.mark.slow
def test_what_javac_makes_is_the_same_by_other_ways(tmp_path: Path) -> None:
    """`--release` or `-source` and `-target`, with debug information or without: one set of sources, one code."""
    if shutil.which("javac") is None:
        pytest.skip("no javac here")
    (tmp_path / "A.java").write_text(
        "import java.util.function.*; public class A implements Runnable { int p; enum E { X, Y } class In { }\n"
        "  public void run() { Function<String, Integer> f = Integer::parseInt; String s = p + f.toString();\n"
        '    switch (s) { case "a": p = 1; break; default: p = 70000; } Runnable r = () -> System.out.println(p);\n'
        "    try { r.run(); } finally { p++; } switch (E.X) { case X: p = 2; } } }"
    )
    ways = {"one": ("--release", "17"), "two": ("-source", "17", "-target", "17", "-g")}
    classes = {}
    for name, options in ways.items():
        out = tmp_path / name
        command = ["javac", "-nowarn", *options, "-d", str(out), str(tmp_path / "A.java")]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"javac here does not compile for 17: {done.stderr[:200]!r}")
        classes[name] = {path.name: path.read_bytes() for path in out.iterdir()}

    assert classes["one"] != classes["two"]
    assert compare_classes(classes["two"], classes["one"], major=61) == ""
