"""The filter of graded code, interpreted here instruction by instruction."""

from __future__ import annotations

import errno
import struct

import pytest

from boxscore.boxes import seccomp
from boxscore.boxes.docker import container
from boxscore.boxes.syscalls import numbers
from boxscore.protocols.syscall_filter import ALLOWED, EXTENDED_ATTRIBUTES, candidate_filters, compile_candidate_filter
from boxscore.protocols.warm import UNITTEST

ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x50000
PROCESSORS = sorted(seccomp.PROCESSORS)
INSPECTED = (
    *("clone", "clone3", "socket", "prctl", "prlimit64", "ioctl", "sched_setaffinity", "sendmsg", "fcntl"),
    *("fadvise64", "readahead", "madvise", "preadv2"),
)


def verdict(program: bytes, *, audit: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    data = struct.pack("<IIQ6Q", number, audit, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    held, at = 0, 0
    while True:
        code, when_true, when_false, value = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        if code == seccomp.RETURN:
            return int(value)
        if code == seccomp.LOAD:
            (held,) = struct.unpack_from("<I", data, value)
            continue
        holds = {
            seccomp.JUMP_EQUAL: held == value,
            seccomp.JUMP_AT_LEAST: held >= value,
            seccomp.JUMP_ANY_BIT: held & value != 0,
        }[code]
        at += when_true if holds else when_false


@pytest.mark.parametrize("machine", PROCESSORS)
def test_it_denies_by_default(machine: str) -> None:
    cpu, program = seccomp.PROCESSORS[machine], compile_candidate_filter(machine)
    listed = numbers(ALLOWED, cpu.column)
    inspected = {cpu.number(name) for name in INSPECTED}

    found = {n: verdict(program, audit=cpu.audit, number=n) for n in range(1000) if n not in inspected}

    assert {n for n, answer in found.items() if answer == ALLOW} == set(listed)
    attributes = set(numbers(EXTENDED_ATTRIBUTES, cpu.column))
    assert {n for n, answer in found.items() if answer == FAIL | errno.ENOTSUP} == attributes
    assert {found[n] for n in found.keys() - set(listed) - attributes} == {FAIL | errno.EPERM}


@pytest.mark.parametrize("machine", PROCESSORS)
@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        ("clone", (0x11, 0), ALLOW),
        ("clone", (0x003D0F00, 0), ALLOW),
        ("clone", (0x10000011, 0), FAIL | errno.EPERM),
        ("clone", (0x00020000, 0), FAIL | errno.EPERM),
        ("clone", (0x8011, 0), FAIL | errno.EPERM),
        ("clone3", (0, 0), FAIL | errno.ENOSYS),
        ("socket", (1, 1), FAIL | errno.EACCES),
        ("socket", (2, 1), FAIL | errno.EACCES),
        ("sendmsg", (255, 1), FAIL | errno.EPERM),
        ("sendmsg", (256, 1), ALLOW),
        ("prlimit64", (0, 7), ALLOW),
        ("prlimit64", (4711, 7), FAIL | errno.EPERM),
        ("sched_setaffinity", (0, 8), FAIL),
        ("sched_setaffinity", (1, 8), FAIL | errno.EPERM),
        ("prctl", (15, 0), ALLOW),
        ("prctl", (4, 1), FAIL | errno.EPERM),
        ("prctl", (22, 2), FAIL | errno.EPERM),
        ("fcntl", (3, 6), ALLOW),
        ("fcntl", (3, 38), ALLOW),
        ("fcntl", (3, 1024), FAIL | errno.EPERM),
        ("fcntl", (3, 1026), FAIL | errno.EPERM),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), FAIL | errno.EPERM),
        ("ioctl", (0, 0x541C), FAIL | errno.EPERM),
        ("fadvise64", (3, 0, 0, 4), FAIL),
        ("readahead", (3, 0, 4096), FAIL),
        ("madvise", (0, 4096, 4), ALLOW),
        ("madvise", (0, 4096, 8), ALLOW),
        ("madvise", (0, 4096, 3), FAIL),
        ("madvise", (0, 4096, 20), FAIL),
        ("madvise", (0, 4096, 21), FAIL),
        ("preadv2", (3, 0, 1, 0, 0, 0), ALLOW),
        ("preadv2", (3, 0, 1, 0, 0, 8), FAIL | errno.EOPNOTSUPP),
    ],
)
def test_arguments_are_told_apart(machine: str, call: str, arguments: tuple[int, ...], expected: int) -> None:
    cpu = seccomp.PROCESSORS[machine]

    found = verdict(compile_candidate_filter(machine), audit=cpu.audit, number=cpu.number(call), arguments=arguments)

    assert found == expected


@pytest.mark.parametrize("machine", PROCESSORS)
@pytest.mark.parametrize(
    ("call", "first", "expected"),
    [
        *(("socket", family, ALLOW) for family in (1, 2, 10, 16)),
        *(("socket", family, FAIL | errno.EACCES) for family in (0, 3, 17, 31, 38, 40, 44)),
        ("connect", 5, ALLOW),
        ("sendmsg", 999, FAIL | errno.EPERM),
        ("sendmsg", 1_000, ALLOW),
        ("ptrace", 0, FAIL | errno.EPERM),
    ],
)
def test_tests_beside_programs_may_talk_within_their_box(machine: str, call: str, first: int, expected: int) -> None:
    cpu, program = seccomp.PROCESSORS[machine], candidate_filters(UNITTEST.calls, UNITTEST.open_files)[machine]

    assert verdict(program, audit=cpu.audit, number=cpu.number(call), arguments=(first,)) == expected


@pytest.mark.parametrize("machine", PROCESSORS)
def test_other_tables_end_the_process(machine: str) -> None:
    cpu, program = seccomp.PROCESSORS[machine], compile_candidate_filter(machine)

    assert verdict(program, audit=0x40000003, number=1) == KILL
    assert verdict(program, audit=cpu.audit, number=0x40000000) == KILL


def test_no_box_lets_a_candidate_do_less_than_its_filter() -> None:
    inspected_by_boxes = {"clone", "clone3", "socket", "fadvise64", "readahead", "madvise", "preadv2"}
    named = {*ALLOWED, *INSPECTED, *UNITTEST.calls} - inspected_by_boxes

    assert named <= set(container.ALLOWED)
    assert named.isdisjoint(seccomp.DENIED)
    assert set(container.ALLOWED).isdisjoint(seccomp.DENIED)
