"""What a box's container is made of: identity, limits, the system calls that are allowed, and other defences."""

from __future__ import annotations

import errno
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from docker.types import LogConfig, Mount, Ulimit
from msgspec import Struct

from boxscore.boxes import labels
from boxscore.boxes.contract import has_shared_memory, shared_memory_bytes
from boxscore.boxes.docker.hosts import SYSCTLS
from boxscore.boxes.docker.init_process import COMMAND
from boxscore.boxes.seccomp import CACHE_FLAGS, FILE_ADVICE, MEMORY_ADVICE, NAMESPACE_FLAGS, SOCKET_FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from docker import APIClient

    from boxscore.boxes.contract import BoxSpec
    from boxscore.records import Limits


SCRATCH = "/scratch"

USER = 65534  # programs

SUPERVISOR_CAPABILITIES = ("SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE")

GVISOR_CAPABILITIES = ("SYS_ADMIN",)  # to cover /proc; within gVisor's kernel, and given up at once

INIT_CAPABILITIES = ("KILL",)  # programs are no root: none of theirs

SUPERVISED_MEMORY = 512 << 20  # for the supervisor and the grader beside the candidate

SUPERVISED_PROCESSES = 32

SPARE_PROCESSES = 16  # init, the idle process, and the engine's own when it starts a program

SCRATCH_FILES = 16_384

BYTES_PER_FILE = 8_192  # at the least, where a folder is larger than that many files would need

SHARED_FILES = 1024

NOWHERE = "192.0.2.1"  # of the addresses that no machine has (RFC 5737): asked for names that are no aliases

OPEN_FILES, STACK_BYTES = 1024, 8 << 20

USER_PROCESSES = 16_384  # of one number in all containers together; `pids_limit` bounds those of a box

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

GVISOR = "runsc"

EMPTY_TMPFS = "ro,noexec,nosuid,nodev,size=4096,mode=0555"

# What the machine's kernel counts for everybody, and so would tell one box of another. The first are the engine's own;
# what a kernel does not have is passed over.
HIDDEN = (
    *("/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list"),
    *("/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"),
    *("/proc/vmstat", "/proc/zoneinfo", "/proc/buddyinfo", "/proc/pagetypeinfo", "/proc/slabinfo", "/proc/diskstats"),
    *("/proc/interrupts", "/proc/softirqs", "/proc/irq", "/proc/schedstat", "/proc/locks", "/proc/key-users"),
    *("/proc/pressure", "/proc/fs", "/proc/allocinfo", "/proc/lock_stat"),
    *(f"/proc/sys/fs/{name}" for name in ("aio-nr", "dentry-state", "file-nr", "inode-nr", "inode-state", "quota")),
    *("/proc/sys/kernel/pty", "/sys/block", "/sys/devices/virtual", "/sys/devices/pci0000:00", "/sys/devices/platform"),
    *("/sys/devices/pnp0", "/sys/kernel/irq", "/sys/kernel/slab", "/sys/kernel/uevent_seqnum", "/sys/kernel/debug"),
    *("/sys/kernel/tracing", "/sys/kernel/mm/ksm", "/sys/kernel/mm/swap"),
    *(f"/sys/fs/{kind}" for kind in ("ext4", "xfs", "btrfs", "f2fs", "fuse", "bcachefs", "erofs", "selinux")),
    *(f"/sys/devices/system/node/node{node}/{name}" for node in range(8) for name in ("vmstat", "numastat", "meminfo")),
    *(f"/sys/devices/system/cpu/cpu{cpu}/cpuidle" for cpu in range(64)),
)


class Engine(Struct, frozen=True, kw_only=True):
    """What the Docker engine says that it can do."""

    memory: bool
    processes: bool
    seccomp: bool
    cpus: int
    runtimes: tuple[str, ...]
    default_runtime: str | None
    ignores_groups: tuple[str, ...]

    @classmethod
    def from_info(cls, info: dict[str, Any]) -> Engine:
        """Read the engine's description of itself."""
        runtimes: dict[str, dict[str, Any]] = info.get("Runtimes") or {}
        return cls(
            memory=bool(info.get("MemoryLimit")) and bool(info.get("SwapLimit", True)),
            processes=bool(info.get("PidsLimit", True)),
            seccomp=any(str(option).startswith("name=seccomp") for option in info.get("SecurityOptions") or ()),
            cpus=max(1, int(info.get("NCPU") or 1)),
            runtimes=tuple(sorted(runtimes)),
            default_runtime=info.get("DefaultRuntime") or None,
            ignores_groups=tuple(
                sorted(name for name, one in runtimes.items() if "--ignore-cgroups" in (one.get("runtimeArgs") or ()))
            ),
        )

    def counts(self, runtime: str | None) -> bool:
        """Whether a runtime uses control groups, so that the engine's limits bite and its counts are true."""
        return runtime not in self.ignores_groups

    def layers(self, runtime: str | None, *, supervised: bool, networked: bool = False) -> tuple[str, ...]:
        """Name what is in force under a runtime; what is not certain is left out.

        Where the engine's limit on memory does not bite, each program of a plain box is watched (`memory-audit`);
        a supervisor's candidates have a limit for each process alone.
        """
        found = {
            "private-network" if networked else "network",
            "read-only-root",
            "no-capabilities",
            "no-new-privileges",
            "non-root",
            "disk",
            "init",
        }
        sentry = runtime == GVISOR
        if sentry:
            found.add("gvisor")
        if self.seccomp and not sentry:  # gVisor answers system calls itself and does not apply the profile
            found.add("seccomp")
        grouped = self.counts(runtime)
        found |= {"memory"} if self.memory and grouped else {"memory-rlimit"}
        if not grouped and not supervised:
            found.add("memory-audit")
        found |= {"processes"} if self.processes and grouped else {"processes-rlimit"}
        return tuple(sorted(found))


def memory_bytes(limits: Limits, *, supervised: bool) -> int:
    """Return the container's memory limit."""
    return limits.memory_bytes + (SUPERVISED_MEMORY if supervised else 0)


def processes(limits: Limits, *, supervised: bool) -> int:
    """Return the container's limit on processes and threads."""
    return limits.processes + (SUPERVISED_PROCESSES if supervised else SPARE_PROCESSES)


def _writable(limits: Limits, owner: str) -> str:
    files = max(SCRATCH_FILES, limits.disk_bytes // BYTES_PER_FILE)
    return f"rw,exec,nosuid,nodev,size={limits.disk_bytes},nr_inodes={files},{owner}"


def _shared_memory(spec: BoxSpec) -> dict[str, str]:
    """A box's own /dev/shm; a supervised one has none unless it asks, so that no candidate leaves anything in it."""
    if not has_shared_memory(spec):
        return {}
    size = shared_memory_bytes(spec.limits)
    return {"/dev/shm": f"rw,noexec,nosuid,nodev,size={size},nr_inodes={SHARED_FILES},mode=1777"}  # noqa: S108 - the box's own


def _folders(spec: BoxSpec, runtime: str | None) -> dict[str, str]:
    """Folders in memory, with what they may hold: those that programs write, and empty ones in place of others."""
    owner = "mode=0711,uid=0,gid=0" if spec.supervised else f"mode=0700,uid={USER},gid={USER}"
    return {
        SCRATCH: _writable(spec.limits, owner),
        **{folder: _writable(spec.limits, owner) for folder in spec.folders},
        **_shared_memory(spec),
        "/dev/mqueue": EMPTY_TMPFS,  # hides queues that would outlive programs
        **_gvisor_folders(spec, runtime),
    }


def _gvisor_folders(spec: BoxSpec, runtime: str | None) -> dict[str, str]:
    """Under gVisor, /tmp, which it would otherwise mount without a bound."""
    return {"/tmp": EMPTY_TMPFS} if runtime == GVISOR and "/tmp" not in spec.folders else {}  # noqa: S108 - as above


def _capabilities(spec: BoxSpec, runtime: str | None) -> tuple[str, ...]:
    if not spec.supervised:
        return INIT_CAPABILITIES
    return SUPERVISOR_CAPABILITIES + (GVISOR_CAPABILITIES if runtime == GVISOR else ())


def _ulimits(*, raised: bool) -> list[Ulimit]:
    """What each process may have; `raised`: whatever the engine's `default-ulimits` say, which may be too little."""
    found = [Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES), Ulimit(name="core", soft=0, hard=0)]
    if not raised:
        return found
    found += [Ulimit(name=name, soft=-1, hard=-1) for name in ("as", "cpu", "data", "fsize")]
    return [
        *found,
        Ulimit(name="nproc", soft=USER_PROCESSES, hard=USER_PROCESSES),
        Ulimit(name="stack", soft=STACK_BYTES, hard=-1),
    ]


def _network(
    api: APIClient, spec: BoxSpec, runtime: str | None, hosts: Path | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a container of this box adds: to its host configuration, and to the container's own.

    With `network_disabled` the engine leaves the container in the private network namespace that its runtime makes, and
    writes no `/etc/hosts`: see `hosts.py`.
    """
    if spec.network is None:
        disabled, mode = {"network_disabled": True}, {"network_mode": "none"}
        if not spec.localhost:
            return mode, disabled
        if hosts is None:
            return mode, {}
        mount = Mount("/etc/hosts", str(hosts), type="bind", read_only=True)
        return {**mode, "mounts": [mount], "sysctls": None if runtime == GVISOR else SYSCTLS}, disabled
    name = spec.network.name
    endpoint: Any = api.create_endpoint_config(aliases=[spec.alias] if spec.alias else None)
    endpoints: Any = {name: endpoint}
    joined: Any = api.create_networking_config(endpoints)
    return {"network_mode": name, "dns": [NOWHERE], "dns_search": ["."]}, {"networking_config": joined}


def _host_config(
    api: APIClient, spec: BoxSpec, runtime: str | None, network: dict[str, Any], *, raised: bool
) -> dict[str, Any]:
    """Return what the engine is asked for on its machine: limits, privileges and folders."""
    memory = memory_bytes(spec.limits, supervised=spec.supervised)
    host = api.create_host_config(
        **network,
        read_only=True,
        cap_drop=["ALL"],
        cap_add=list(_capabilities(spec, runtime)),
        security_opt=["no-new-privileges", f"seccomp={profile()}"],
        mem_limit=memory,
        memswap_limit=memory,
        pids_limit=processes(spec.limits, supervised=spec.supervised),
        tmpfs=_folders(spec, runtime),
        ipc_mode="none",
        log_config=LogConfig(type="none"),
        init=True,
        oom_score_adj=500 if spec.supervised else 1000,  # candidates raise it to 1000, to go before graders
        ulimits=_ulimits(raised=raised),
        runtime=runtime,
    )
    host["MaskedPaths"] = list(HIDDEN)  # which the SDK has no word for
    return host


def container(  # noqa: PLR0913 - what a container is made of
    api: APIClient,
    spec: BoxSpec,
    *,
    image: str,
    runtime: str | None,
    command: Sequence[str] = COMMAND,
    raised: bool = True,
    hosts: Path | None = None,
) -> dict[str, Any]:
    """Return the arguments of `create_container` for a box that starts with a command.

    `raised`: with limits of our own, not the engine's. `hosts` is a file of ours that an engine may mount.
    """
    on_host, in_container = _network(api, spec, runtime, hosts)
    return {
        "image": image,
        "entrypoint": [],
        "command": list(command),
        "stdin_open": True,
        "detach": False,  # so that the engine ends the first program's input when we are gone
        "user": "0:0",
        "hostname": "box",
        "labels": {**labels.own(), **labels.of_box(spec.owner, spec.expires_at)},
        "host_config": _host_config(api, spec, runtime, on_host, raised=raised),
        "working_dir": "/",
        "healthcheck": {"test": ["NONE"]},
        **in_container,
    }


PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)  # Linux, its 32-bit and uname-2.6 forms, and the question

FILES = """
access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64
fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync
ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr inotify_add_watch inotify_init
inotify_init1 inotify_rm_watch ioctl lchown lchown32 lgetxattr link linkat listxattr llistxattr _llseek
lremovexattr lseek lsetxattr lstat lstat64 memfd_create mkdir mkdirat mknod mknodat newfstatat open openat
openat2 pipe pipe2 pread64 preadv pwrite64 pwritev pwritev2 read readlink readlinkat readv
removexattr rename renameat renameat2 rmdir sendfile sendfile64 setxattr splice stat stat64 statfs statfs64
statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime
utimensat utimensat_time64 utimes write writev
"""

WAITING = """
epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
eventfd2 _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4 timerfd_create
timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
"""

MEMORY = """
brk get_mempolicy map_shadow_stack membarrier mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap
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

FOR_ARM = "arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"

ALLOWED = tuple(
    f"{FILES} {WAITING} {MEMORY} {PROCESSES} {CLOCKS} {TALKING} {ABOUT_THE_SYSTEM} {FOR_ARM}".split(),
)

ADVICE_ON_FILES = (*FILE_ADVICE, "fadvise64_64", "arm_fadvise64_64")  # of all processors

HARMLESS_ADVICE = (0, 1, 2, 4, *range(8, 20), 22, 23, 24, 102, 103)  # MADV_…: none of it changes what is cached

UNKNOWN_CALLS = ("clone3", "io_setup", "cachestat")  # to say that there is none makes C libraries go on


Condition = tuple[int, int, int, str]  # an argument's number, two values, and how they are compared


@cache
def profile() -> str:
    """Return the profile as the JSON that the engine takes."""
    rules: list[dict[str, Any]] = [
        _allow(*ALLOWED),
        _allow("clone", argument=(0, NAMESPACE_FLAGS, 0, "SCMP_CMP_MASKED_EQ")),
        _fail(*UNKNOWN_CALLS, error=errno.ENOSYS),
        _fail(*ADVICE_ON_FILES, error=0),
        _allow("preadv2", argument=(5, CACHE_FLAGS, 0, "SCMP_CMP_MASKED_EQ")),
    ]
    rules += [
        _fail("preadv2", error=errno.EOPNOTSUPP, argument=(5, flag, flag, "SCMP_CMP_MASKED_EQ"))
        for flag in (CACHE_FLAGS & 0x0F, CACHE_FLAGS & 0xF0)
    ]
    rules += [_allow("madvise", argument=(2, advice, 0, "SCMP_CMP_EQ")) for advice in HARMLESS_ADVICE]
    rules += [_fail("madvise", error=0, argument=(2, advice, 0, "SCMP_CMP_EQ")) for advice in MEMORY_ADVICE]
    rules += [_allow("personality", argument=(0, value, 0, "SCMP_CMP_EQ")) for value in PERSONALITIES]
    rules += [_allow("socket", argument=(0, value, 0, "SCMP_CMP_EQ")) for value in SOCKET_FAMILIES]
    architectures = [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
    ]
    return json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "archMap": architectures, "syscalls": rules})


def _allow(*names: str, argument: Condition | None = None) -> dict[str, Any]:
    return {"names": list(names), "action": "SCMP_ACT_ALLOW", "args": _conditions(argument)}


def _fail(*names: str, error: int, argument: Condition | None = None) -> dict[str, Any]:
    """Answer these calls with an error, or with 0 as if they had been done."""
    return {"names": list(names), "action": "SCMP_ACT_ERRNO", "errnoRet": error, "args": _conditions(argument)}


def _conditions(argument: Condition | None) -> list[dict[str, Any]]:
    if argument is None:
        return []
    index, value, second, operation = argument
    return [{"index": index, "value": value, "valueTwo": second, "op": operation}]
