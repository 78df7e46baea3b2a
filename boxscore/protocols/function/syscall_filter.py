"""The system calls that graded code may make: an allow-list, assembled as a seccomp filter.

What Python needs to compute, to use threads and child processes, and to work with files of its own is allowed. All
else fails with EPERM, so that code which only probes goes on; Python then raises PermissionError, and a sample
that ends by it has the outcome `forbidden`. Sockets fail with EACCES, except unnamed pairs. Advice about the page cache
is taken and not followed, and nobody may ask what is in it: it outlives the candidate. Messages that may carry
descriptors cannot be sent: in a cycle of sockets these keep memory and files after all processes have ended, until
somebody else's socket is closed. `flock`, leases and watches of folders fail: a local box shows the machine's own
system files, and whoever may read one could lock it for everybody. Record locks of `fcntl` are exclusive only on files
that may be written, so they are allowed. Calls through another architecture's table end the process.

The supervisor enters the filter first and candidates inherit it, so the calls by which it changes identity and owners
are allowed too; without capabilities they do nothing.
"""

from __future__ import annotations

import errno

from boxscore.boxes.seccomp import (
    ALLOW,
    FIRST_ARGUMENT,
    JUMP_ANY_BIT,
    JUMP_AT_LEAST,
    JUMP_EQUAL,
    LOAD,
    NAMESPACE_FLAGS,
    PROCESSORS,
    RETURN,
    allow,
    fail,
    head,
    only,
    op,
    unless,
)

SECOND_ARGUMENT, THIRD_ARGUMENT, SIXTH_ARGUMENT = (FIRST_ARGUMENT + 8 * number for number in (1, 2, 5))
OPEN_FILES = 256  # of a candidate: only the supervisor's own line has a number that is not below it
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
HARMLESS_PRCTL = (1, 3, 15, 16, 21, 23, 38, 39, 0x53564D41)  # parent's death, names, questions, memory names

CLONE_PARENT = 0x8000  # a child of the supervisor, which the candidate's own clocks would not count
CACHE_ADVICE = (3, 20, 21)  # MADV_WILLNEED, MADV_COLD, MADV_PAGEOUT
ONLY_IF_CACHED = 8  # RWF_NOWAIT
LEASES_AND_WATCHES = (1024, 1026)  # F_SETLEASE, F_NOTIFY

# name: (x86_64, aarch64); None where the architecture has no such call
PRCTL, PRLIMIT, IOCTL, SCHED_SETAFFINITY, SENDMSG = (157, 167), (302, 261), (16, 29), (203, 122), (46, 211)
FADVISE, READAHEAD, MADVISE, PREADV2 = (221, 223), (187, 213), (28, 233), (327, 286)
FCNTL = (72, 25)

ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "access": (21, None),
    "alarm": (37, None),
    "arch_prctl": (158, None),
    "brk": (12, 214),
    "capget": (125, 90),
    "chdir": (80, 49),
    "chmod": (90, None),
    "chown": (92, None),
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "close": (3, 57),
    "close_range": (436, 436),
    "copy_file_range": (326, 285),
    "creat": (85, None),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "epoll_create": (213, None),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_pwait": (281, 22),
    "epoll_pwait2": (441, 441),
    "epoll_wait": (232, None),
    "eventfd": (284, None),
    "eventfd2": (290, 19),
    "execve": (59, 221),
    "execveat": (322, 281),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "fallocate": (285, 47),
    "fchdir": (81, 50),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "fchownat": (260, 54),
    "fdatasync": (75, 83),
    "fork": (57, None),
    "fstat": (5, 80),
    "fstatfs": (138, 44),
    "fsync": (74, 82),
    "ftruncate": (77, 46),
    "futex": (202, 98),
    "futex_requeue": (456, 456),
    "futex_wait": (455, 455),
    "futex_waitv": (449, 449),
    "futex_wake": (454, 454),
    "futimesat": (261, None),
    "get_mempolicy": (239, 236),
    "get_robust_list": (274, 100),
    "getcpu": (309, 168),
    "getcwd": (79, 17),
    "getdents": (78, None),
    "getdents64": (217, 61),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getgroups": (115, 158),
    "getitimer": (36, 102),
    "getpeername": (52, 205),
    "getpgid": (121, 155),
    "getpgrp": (111, None),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getpriority": (140, 141),
    "getrandom": (318, 278),
    "getresgid": (120, 150),
    "getresuid": (118, 148),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "getsid": (124, 156),
    "getsockname": (51, 204),
    "getsockopt": (55, 209),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "getuid": (102, 174),
    "kill": (62, 129),
    "landlock_add_rule": (445, 445),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
    "link": (86, None),
    "linkat": (265, 37),
    "lseek": (8, 62),
    "lstat": (6, None),
    "membarrier": (324, 283),
    "memfd_create": (319, 279),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "msync": (26, 227),
    "munmap": (11, 215),
    "nanosleep": (35, 101),
    "newfstatat": (262, None),
    "open": (2, None),
    "openat": (257, 56),
    "openat2": (437, 437),
    "pause": (34, None),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "poll": (7, None),
    "ppoll": (271, 73),
    "pread64": (17, 67),
    "preadv": (295, 69),
    "pselect6": (270, 72),
    "pwrite64": (18, 68),
    "pwritev": (296, 70),
    "pwritev2": (328, 287),
    "read": (0, 63),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "readv": (19, 65),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "restart_syscall": (219, 128),
    "rmdir": (84, None),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigpending": (127, 136),
    "rt_sigprocmask": (14, 135),
    "rt_sigqueueinfo": (129, 138),
    "rt_sigreturn": (15, 139),
    "rt_sigsuspend": (130, 133),
    "rt_sigtimedwait": (128, 137),
    "rt_tgsigqueueinfo": (297, 240),
    "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    "sched_getaffinity": (204, 123),
    "sched_getattr": (315, 275),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_yield": (24, 124),
    "select": (23, None),
    "sendfile": (40, 71),
    "sendto": (44, 206),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "setgroups": (116, 159),
    "setitimer": (38, 103),
    "setpgid": (109, 154),
    "setresgid": (119, 149),
    "setresuid": (117, 147),
    "setrlimit": (160, 164),
    "setsid": (112, 157),
    "setsockopt": (54, 208),
    "shutdown": (48, 210),
    "sigaltstack": (131, 132),
    "signalfd": (282, None),
    "signalfd4": (289, 74),
    "socketpair": (53, 199),
    "splice": (275, 76),
    "stat": (4, None),
    "statfs": (137, 43),
    "statx": (332, 291),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "sync": (162, 81),
    "sync_file_range": (277, 84),
    "sysinfo": (99, 179),
    "tee": (276, 77),
    "tgkill": (234, 131),
    "time": (201, None),
    "timer_create": (222, 107),
    "timer_delete": (226, 111),
    "timer_getoverrun": (225, 109),
    "timer_gettime": (224, 108),
    "timer_settime": (223, 110),
    "timerfd_create": (283, 85),
    "timerfd_gettime": (287, 87),
    "timerfd_settime": (286, 86),
    "times": (100, 153),
    "tkill": (200, 130),
    "truncate": (76, 45),
    "umask": (95, 166),
    "uname": (63, 160),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "utime": (132, None),
    "utimensat": (280, 88),
    "utimes": (235, None),
    "vfork": (58, None),
    "wait4": (61, 260),
    "waitid": (247, 95),
    "write": (1, 64),
    "writev": (20, 66),
}


def compile_candidate_filter(machine: str) -> bytes:
    """Assemble the filter for a processor named as `uname -m` names it, as an array of `struct sock_filter`."""
    cpu = PROCESSORS[machine]
    allowed = sorted(number for pair in ALLOWED.values() if (number := pair[cpu.column]) is not None)
    return b"".join(
        (
            *head(cpu),
            allow(allowed),
            unless(
                cpu.clone,
                [
                    op(LOAD, FIRST_ARGUMENT),
                    op(JUMP_ANY_BIT, NAMESPACE_FLAGS | CLONE_PARENT, 0, 1),
                    fail(errno.EPERM),
                    op(RETURN, ALLOW),
                ],
            ),
            unless(cpu.clone3, [fail(errno.ENOSYS)]),
            unless(cpu.socket, [fail(errno.EACCES)]),
            only(PRLIMIT[cpu.column], (0,), errno.EPERM),
            only(SCHED_SETAFFINITY[cpu.column], (0,), errno.EPERM),  # gVisor lets everybody set it for others
            unless(
                SENDMSG[cpu.column],
                [
                    op(LOAD, FIRST_ARGUMENT),
                    op(JUMP_AT_LEAST, OPEN_FILES, 1, 0),
                    fail(errno.EPERM),
                    op(RETURN, ALLOW),
                ],
            ),
            only(PRCTL[cpu.column], HARMLESS_PRCTL, errno.EPERM),
            _without(IOCTL[cpu.column], TERMINAL_INJECTION),
            _without(FCNTL[cpu.column], LEASES_AND_WATCHES),
            *_cache_rules(cpu.column),
            fail(errno.EPERM),
        )
    )


def _without(call: int, refused: tuple[int, ...]) -> bytes:
    """Let `call` through unless its second argument is one of `refused`."""
    tests = (word for value in refused for word in (op(JUMP_EQUAL, value, 0, 1), fail(errno.EPERM)))
    return unless(call, [op(LOAD, SECOND_ARGUMENT), *tests, op(RETURN, ALLOW)])


def _cache_rules(column: int) -> list[bytes]:
    """Keep candidates from clearing the page cache and from asking what is in it; answer 0 to advice, as Linux may."""
    return [
        unless(FADVISE[column], [fail(0)]),
        unless(READAHEAD[column], [fail(0)]),
        unless(
            MADVISE[column],
            [
                op(LOAD, THIRD_ARGUMENT),
                *(word for advice in CACHE_ADVICE for word in (op(JUMP_EQUAL, advice, 0, 1), fail(0))),
                op(RETURN, ALLOW),
            ],
        ),
        unless(
            PREADV2[column],
            [
                op(LOAD, SIXTH_ARGUMENT),
                op(JUMP_ANY_BIT, ONLY_IF_CACHED, 0, 1),
                fail(errno.EOPNOTSUPP),
                op(RETURN, ALLOW),
            ],
        ),
    ]


def candidate_filters() -> dict[str, bytes]:
    """The filters of all processors that are known, by `uname -m`: the box may be on another machine than we are."""
    return {machine: compile_candidate_filter(machine) for machine in PROCESSORS}
