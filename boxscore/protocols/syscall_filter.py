"""The system calls that graded code may make: an allow-list, assembled as a seccomp filter.

What Python needs to compute, to use threads and child processes, and to work with files of its own is allowed. All
else fails with EPERM, so that code which only probes goes on; Python then raises PermissionError, and a sample
that ends by it has the outcome `forbidden`. Sockets fail with EACCES, except unnamed pairs. Advice about the page cache
is taken and not followed, and nobody may ask what is in it: it outlives the candidate. A wish for other processors is
taken and not followed either: a box may have one, on which all of it takes turns. Messages that may carry descriptors
cannot be sent: in a cycle of sockets these keep memory and files after all processes have ended, until somebody else's
socket is closed. `flock`, leases and watches of folders fail: a local box shows the machine's own
system files, and whoever may read one could lock it for everybody. Record locks of `fcntl` are exclusive only on files
that may be written, so they are allowed. Extended attributes are not supported, as on many file systems: a copy of a
file then goes without them. Calls through another architecture's table end the process.

The supervisor enters the filter first and candidates inherit it, so the calls by which it changes identity and owners
are allowed too; without capabilities they do nothing.
"""

from __future__ import annotations

import errno

from boxscore.boxes.seccomp import (
    ALLOW,
    FIRST_ARGUMENT,
    JUMP_AT_LEAST,
    JUMP_EQUAL,
    LOAD,
    NAMESPACE_FLAGS,
    PROCESSORS,
    RETURN,
    SOCKET_FAMILIES,
    allow,
    cache_rules,
    fail,
    head,
    only,
    op,
    unless,
    without,
)
from boxscore.boxes.syscalls import numbers

SECOND_ARGUMENT = FIRST_ARGUMENT + 8
OPEN_FILES = 256  # of a candidate: only the supervisor's own line has a number that is not below it
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
HARMLESS_PRCTL = (1, 3, 15, 16, 21, 23, 38, 39, 0x53564D41)  # parent's death, names, questions, memory names

CLONE_PARENT = 0x8000  # a child of the supervisor, which the candidate's own clocks would not count
LEASES_AND_WATCHES = (1024, 1026)  # F_SETLEASE, F_NOTIFY

_NAMES = """
access alarm arch_prctl brk capget chdir chmod chown clock_getres clock_gettime clock_nanosleep close
close_range copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fallocate
fchdir fchmod fchmodat fchmodat2 fchownat fdatasync fork fstat fstatfs fsync ftruncate futex futex_requeue
futex_wait futex_waitv futex_wake futimesat get_mempolicy get_robust_list getcpu getcwd getdents getdents64
getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom
getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid kill
landlock_add_rule landlock_create_ruleset landlock_restrict_self link linkat lseek lstat membarrier
memfd_create mkdir mkdirat mmap mprotect mremap msync munmap nanosleep newfstatat open openat openat2 pause
pipe pipe2 poll ppoll pread64 preadv pselect6 pwrite64 pwritev pwritev2 read readlink readlinkat readv
recvfrom recvmsg rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending
rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
sched_getscheduler sched_yield select sendfile sendto set_robust_list set_tid_address setgroups setitimer
setpgid setresgid setresuid setrlimit setsid setsockopt shutdown sigaltstack signalfd signalfd4 socketpair
splice stat statfs statx symlink symlinkat sync sync_file_range sysinfo tee tgkill time timer_create
timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime
times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork wait4 waitid write writev
"""
ALLOWED = tuple(_NAMES.split())
EXTENDED_ATTRIBUTES = tuple(
    f"{prefix}{call}xattr" for prefix in ("", "l", "f") for call in ("get", "set", "list", "remove")
)


def compile_candidate_filter(machine: str, more: tuple[str, ...] = (), open_files: int = OPEN_FILES) -> bytes:
    """Assemble the filter for a processor named as `uname -m` names it, as an array of `struct sock_filter`.

    `more` are calls that it lets through beside those of all candidates; `socket` for the families of a box's own
    network alone. Nobody's descriptors but the supervisor's own
    have numbers from `open_files` on.
    """
    cpu = PROCESSORS[machine]
    return b"".join(
        (
            *head(cpu),
            allow(numbers((name for name in (*ALLOWED, *more) if name != "socket"), cpu.column)),
            without(cpu.number("clone"), NAMESPACE_FLAGS | CLONE_PARENT, errno.EPERM),
            unless(cpu.number("clone3"), [fail(errno.ENOSYS)]),
            only(cpu.number("socket"), SOCKET_FAMILIES if "socket" in more else (), errno.EACCES),
            only(cpu.number("prlimit64"), (0,), errno.EPERM),
            unless(cpu.number("sched_setaffinity"), _nothing_for_itself()),
            unless(
                cpu.number("sendmsg"),
                [
                    op(LOAD, FIRST_ARGUMENT),
                    op(JUMP_AT_LEAST, open_files, 1, 0),
                    fail(errno.EPERM),
                    op(RETURN, ALLOW),
                ],
            ),
            only(cpu.number("prctl"), HARMLESS_PRCTL, errno.EPERM),
            _without(cpu.number("ioctl"), TERMINAL_INJECTION),
            _without(cpu.number("fcntl"), LEASES_AND_WATCHES),
            *cache_rules(cpu),
            *(unless(number, [fail(errno.ENOTSUP)]) for number in numbers(EXTENDED_ATTRIBUTES, cpu.column)),
            fail(errno.EPERM),
        )
    )


def _nothing_for_itself() -> list[bytes]:
    """Do nothing, and say that it is done, where the first argument is 0; refuse others, which gVisor would not."""
    return [op(LOAD, FIRST_ARGUMENT), op(JUMP_EQUAL, 0, 0, 1), fail(0), fail(errno.EPERM)]


def _without(call: int, refused: tuple[int, ...]) -> bytes:
    """Let `call` through unless its second argument is one of `refused`."""
    tests = (word for value in refused for word in (op(JUMP_EQUAL, value, 0, 1), fail(errno.EPERM)))
    return unless(call, [op(LOAD, SECOND_ARGUMENT), *tests, op(RETURN, ALLOW)])


def candidate_filters(more: tuple[str, ...] = (), open_files: int = OPEN_FILES) -> dict[str, bytes]:
    """The filters of all processors that are known, by `uname -m`: the box may be on another machine than we are."""
    return {machine: compile_candidate_filter(machine, more, open_files) for machine in PROCESSORS}
