"""The seccomp filters, interpreted here instruction by instruction."""

from __future__ import annotations

import errno
import struct

import pytest

from boxscore.boxes import seccomp
from boxscore.boxes.syscalls import numbers
from boxscore.errors import SandboxUnavailable

ALLOW, KILL = 0x7FFF0000, 0x80000000


def verdict(program: bytes, *, audit: int, number: int, argument: int = 0, later: tuple[int, ...] = (0,) * 5) -> int:
    data = struct.pack("<IIQ6Q", number, audit, 0, argument, *later)
    held, at = 0, 0
    while True:
        code, when_true, when_false, value = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        if code == seccomp.LOAD:
            (held,) = struct.unpack_from("<I", data, value)
        elif code == seccomp.RETURN:
            return int(value)
        else:
            test = {
                seccomp.JUMP_EQUAL: held == value,
                seccomp.JUMP_AT_LEAST: held >= value,
                seccomp.JUMP_ANY_BIT: held & value != 0,
            }
            at += when_true if test[code] else when_false


@pytest.mark.parametrize("name", ["x86_64", "aarch64"])
def test_every_denied_call_fails(name: str) -> None:
    cpu, program = seccomp.PROCESSORS[name], seccomp.compile_filter(name)

    found = {verdict(program, audit=cpu.audit, number=n) for n in numbers(seccomp.DENIED, cpu.column)}

    assert found == {0x50000 | errno.EPERM}


@pytest.mark.parametrize("name", ["x86_64", "aarch64"])
def test_all_other_calls_pass(name: str) -> None:
    cpu, program = seccomp.PROCESSORS[name], seccomp.compile_filter(name)
    denied = {*numbers((*seccomp.DENIED, *seccomp.FILE_ADVICE, "clone3", "socket"), cpu.column)}

    found = {n: verdict(program, audit=cpu.audit, number=n, argument=0) for n in range(500) if n not in denied}

    assert set(found.values()) == {ALLOW}


@pytest.mark.parametrize(
    ("call", "argument", "expected"),
    [
        ("clone", 0x11, ALLOW),
        ("clone", 0x10000000 | 0x11, 0x50000 | errno.EPERM),
        ("clone", 0x00020000, 0x50000 | errno.EPERM),
        ("clone3", 0, 0x50000 | errno.ENOSYS),
        ("personality", 0xFFFFFFFF, ALLOW),
        ("personality", 0x0040000, 0x50000 | errno.EPERM),
        ("socket", 1, ALLOW),
        ("socket", 2, ALLOW),
        ("socket", 16, ALLOW),
        ("socket", 40, 0x50000 | errno.EAFNOSUPPORT),
        ("socket", 38, 0x50000 | errno.EAFNOSUPPORT),
    ],
)
def test_arguments(call: str, argument: int, expected: int) -> None:
    cpu = seccomp.PROCESSORS["x86_64"]
    program = seccomp.compile_filter("x86_64")

    assert verdict(program, audit=cpu.audit, number=cpu.number(call), argument=argument) == expected


@pytest.mark.parametrize(
    ("call", "later", "expected"),
    [
        ("fadvise64", (0, 0, 4, 0, 0), 0x50000),
        ("readahead", (0, 4096, 0, 0, 0), 0x50000),
        ("madvise", (4096, 4, 0, 0, 0), ALLOW),
        ("madvise", (4096, 8, 0, 0, 0), ALLOW),
        ("madvise", (4096, 20, 0, 0, 0), 0x50000),
        ("madvise", (4096, 21, 0, 0, 0), 0x50000),
        ("madvise", (4096, 0x1_0000_0015, 0, 0, 0), 0x50000),
        ("madvise", (4096, 25, 0, 0, 0), 0x50000 | errno.EINVAL),
        ("preadv2", (0, 1, 0, 0, 2), ALLOW),
        ("preadv2", (0, 1, 0, 0, 8), 0x50000 | errno.EOPNOTSUPP),
        ("preadv2", (0, 1, 0, 0, 0x81), 0x50000 | errno.EOPNOTSUPP),
    ],
)
@pytest.mark.parametrize("name", ["x86_64", "aarch64"])
def test_the_page_cache_is_out_of_reach(name: str, call: str, later: tuple[int, ...], expected: int) -> None:
    cpu, program = seccomp.PROCESSORS[name], seccomp.compile_filter(name)

    assert verdict(program, audit=cpu.audit, number=cpu.number(call), later=later) == expected


def test_other_tables_kill() -> None:
    cpu = seccomp.PROCESSORS["x86_64"]
    program = seccomp.compile_filter("x86_64")

    assert verdict(program, audit=0x40000003, number=1) == KILL
    assert verdict(program, audit=cpu.audit, number=0x40000000 | 1) == KILL


def test_unknown_processor() -> None:
    with pytest.raises(SandboxUnavailable, match="riscv64"):
        seccomp.compile_filter("riscv64")
