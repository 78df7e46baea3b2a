"""The seccomp profile of docker boxes: a list of what is allowed; everything else fails with EPERM.

It is narrower than Docker's own: no ptrace and reading of other processes' memory, io_uring, keyrings, namespaces,
mounts, bpf, perf, userfaultfd, secret memory or vmsplice, and no System V or POSIX queues, semaphores and shared
memory, which outlive the program that made them. `clone` is allowed without namespace flags. `clone3` fails
with ENOSYS, because a filter cannot see its flags; C libraries then fall back to `clone`.
"""

from __future__ import annotations

import errno
import json
from functools import cache
from typing import Any

from boxscore.boxes.seccomp import NAMESPACE_FLAGS, SOCKET_FAMILIES

PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)  # Linux, its 32-bit and uname-2.6 forms, and the question

FILES = """
access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64
fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync
ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr inotify_add_watch inotify_init
inotify_init1 inotify_rm_watch ioctl lchown lchown32 lgetxattr link linkat listxattr llistxattr _llseek
lremovexattr lseek lsetxattr lstat lstat64 memfd_create mkdir mkdirat mknod mknodat newfstatat open openat
openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
removexattr rename renameat renameat2 rmdir sendfile sendfile64 setxattr splice stat stat64 statfs statfs64
statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime
utimensat utimensat_time64 utimes write writev
"""
WAITING = """
epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
eventfd2 _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4 timerfd_create
timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 io_cancel io_destroy io_getevents
io_pgetevents io_pgetevents_time64 io_setup io_submit
"""
MEMORY = """
brk get_mempolicy madvise map_shadow_stack membarrier mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap
mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages
"""
PROCESSES = """
alarm arch_prctl capget capset execve execveat exit exit_group fork futex futex_requeue futex_time64
futex_wait futex_waitv futex_wake getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups
getgroups32 getitimer getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32
getrlimit get_robust_list getrusage getsid get_thread_area gettid getuid getuid32 ioprio_get ioprio_set kill
landlock_add_rule landlock_create_ruleset landlock_restrict_self nanosleep pause pidfd_open pidfd_send_signal
prctl prlimit64 restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr
sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval
sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
seccomp setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid
setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit
set_robust_list setsid set_thread_area set_tid_address setuid setuid32 sigaltstack sigprocmask sigreturn
tgkill time times tkill ugetrlimit vfork wait4 waitid waitpid
"""
CLOCKS = """
clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64
gettimeofday timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
timer_settime64
"""
TALKING = """
accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64
recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
"""
ABOUT_THE_SYSTEM = "getrandom sysinfo uname"
FOR_ARM = "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"

ALLOWED = tuple(
    f"{FILES} {WAITING} {MEMORY} {PROCESSES} {CLOCKS} {TALKING} {ABOUT_THE_SYSTEM} {FOR_ARM}".split(),
)


@cache
def profile() -> str:
    """Return the profile as the JSON that the engine takes."""
    rules: list[dict[str, Any]] = [
        _allow(*ALLOWED),
        _allow("clone", argument=(0, NAMESPACE_FLAGS, 0, "SCMP_CMP_MASKED_EQ")),
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
    ]
    rules += [_allow("personality", argument=(0, value, 0, "SCMP_CMP_EQ")) for value in PERSONALITIES]
    rules += [_allow("socket", argument=(0, value, 0, "SCMP_CMP_EQ")) for value in SOCKET_FAMILIES]
    architectures = [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
    ]
    return json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "archMap": architectures, "syscalls": rules})


def _allow(*names: str, argument: tuple[int, int, int, str] | None = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"names": list(names), "action": "SCMP_ACT_ALLOW", "args": []}
    if argument is not None:
        index, value, second, operation = argument
        rule["args"] = [{"index": index, "value": value, "valueTwo": second, "op": operation}]
    return rule
