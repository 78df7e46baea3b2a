"""The supervisor of a warm box.

Theory of operation
-------------------
These kinds of process live in a box:

* the *supervisor* (this file) starts as root of the box with the capabilities SETUID, SETGID, KILL, CHOWN and
  DAC_OVERRIDE, imports what candidates may want, and then only forks, kills, waits and cleans. It reads its
  configuration from standard input, exactly, and not one byte more: tests and answers never enter its memory, so
  they are not in the memory of what it forks.
* one *grader* at a time (`grader.py`, which takes frames; `judging.py`, which knows an instance; `channel.py` and
  `proxies.py`, the candidate as its tests see it; `verdicts.py`), forked from the supervisor under an identity of its
  own. It takes over standard input and output, reads one instance and its samples, and runs the benchmark's tests, or a
  caller's. It never runs candidate code. After each instance it ends, all processes of its identity are killed as a
  candidate's are, and the next one is forked under a fresh identity: no test sees another's leftovers, nor what the
  host sends to the next grader, nor can it answer in its place (`streams.Turns`).
* one *candidate* at a time (`candidate.py`), forked for each sample under a fresh user and group number that is never
  used again in the box, with a private scratch folder, Landlock, resource limits and a seccomp filter (which the
  supervisor enters before its first fork: a filter takes longer to enter than a fork takes).
  Descriptors: 0 /dev/null, 1 and 2 an anonymous file (its log), 3 and 4 two pipes to the grader. Nothing else.
* whatever the candidate forks. It carries the candidate's identity, and the supervisor is the box's subreaper, so that
  orphans become its children.

The grader asks over a socket pair (`frames.py`): start a candidate (the answer carries its pid and, as descriptors, the
ends of its pipes and its log), and end it (the answer is its exit status, its cpu time, its peak memory and what it
left). To end a candidate the supervisor takes on the candidate's effective identity and kills every process of that
identity in one call, which forks cannot outrun (`identity.py`; in an ordinary user's box, a namespace takes the
number's place). It then waits for each, and empties the scratch folder. Only then is the next one started. The
candidate cannot signal the supervisor or the grader (other identity, no capabilities), nor reach their memory or
descriptors (the same, and they are not dumpable). It may read files of /proc by name, not list it; under gVisor, whose
/proc tells all to everybody, that is covered (`confine.py`).

A candidate says by one byte, in a pipe that it then closes for good, that every restriction is in force; only then is
any of its code read. One that ends before is nobody's but ours to answer for (`frames.UNCONFINED`,
`frames.BoxFailure`).

What a fork costs is mostly what is written after it: each page that a process writes to is copied for it first. So
what each sample needs the supervisor does in few functions, and memory that is freed is kept for the next use
(`memory.py`). No defence hangs on that.

The supervisor may be the first program of its box, which then ends with it. So while a sample takes long it looks each
second whether the host is still there, and ends everything and itself if not; at other times the grader reads that its
input has ended.

If a grader does not end its sample by the deadline it gave, or dies, the supervisor ends everything and itself: the box
is lost, the host reads why in a last frame (`frames.BoxFailure`), or sees the end of the stream, and decides. If
anything here fails, the box is lost likewise: nothing fails open.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import marshal
import os
import resource
import signal
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

import candidate
import confine
import frames
import grader
import identity
import leftovers
import memory
import procfs
import streams
import usage
from candidate import ANSWERS, OBSERVED, REPORT, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

    from frames import Settings

OPEN_FILES, FILE_BYTES, STACK_BYTES, SPARE_CPU_S = 256, 16 << 20, 8 << 20, 1
ROOMY_FILES, ROOMY_FILE_BYTES = 1_000, 256 << 20  # the same where settings ask for room
GRADER_BYTES, TICKS_FACTOR = 4 << 30, 2  # beyond the address space that is taken before its fork
RESERVED = 8  # numbers that no candidate may have: from there the filter lets descriptors be sent
DESCRIPTORS, ALL_DESCRIPTORS = struct.Struct("3i"), struct.Struct("5i")  # as the kernel takes them
WRITABLE = 0o622  # a pipe that others may open for writing, never for reading
HOST_GONE = 128 + signal.SIGHUP  # as of a program that was hung up: whoever asks must not take it for a sample's doing
TICK_S = 1  # a wait that takes longer than this was interrupted: everything here stood still


class Supervisor:
    """Owns the box: one grader, one candidate, the scratch folder and the next free identity."""

    orphans_come_here = True

    def __init__(
        self,
        settings: Settings,
        host: streams.Host,
        turns: streams.Turns,
        out_of_memory: leftovers.OutOfMemoryCounter,
        counts: usage.BoxCounts,
    ) -> None:
        self.host, self.turns = host, turns
        self.open_files = ROOMY_FILES if settings["roomy"] else OPEN_FILES
        self.file_bytes = ROOMY_FILE_BYTES if settings["roomy"] else FILE_BYTES
        self.identity = identity.best(settings["first_uid"], settings["shared"])
        self.conclude(settings)
        self.out_of_memory, self.counts = out_of_memory, counts
        self.ground = settings["scratch"]
        os.mkdir(self.ground)
        os.chmod(self.ground, 0o711)  # noqa: S103 - a candidate passes, and may do nothing here
        os.chmod(os.path.dirname(self.ground), 0o711)  # noqa: S103 - a local box's is 1777, which Landlock alone closes
        self.scratch = os.path.join(self.ground, "own")
        self.shared = settings["shared"]
        for folder in self.shared:
            os.chmod(folder, 0o1777)  # noqa: S103 - what a candidate leaves there is removed
        self.reopened = False  # whether candidates may open the pipe of their answers anew, by its name
        self.observed = False  # whether they have files for what tests observe, and for their report
        self.usual = settings["memory_bytes"], settings["memory_bytes"], settings["processes"]
        self.bound(*self.usual)
        self.grader_main, self.candidate_main = players(settings["parts"])
        self.log_limit = settings["output_bytes"]
        self.grader = self.candidate = 0  # their pids; 0 while there is none
        self.layers = [self.identity.layer, "private-scratch", "rlimits", "no-inherited-descriptors", "no-environment"]
        self.ruleset = self.prepare_landlock(settings)
        if settings["hide"]:
            confine.close_devices(settings["devices"])
            confine.cover_processes()
            self.layers.append("hidden-processes")
        self.nodes = leftovers.resettable(self.shared)
        self.filter = self.prepare_filter(settings["filters"])

    def prepare_landlock(self, settings: Settings) -> int | None:
        if confine.landlock_abi() < 1:
            return None
        readable = [*settings["readable"], *({sys.base_prefix, sys.prefix} - {"/usr"})]
        ruleset = confine.build_ruleset(
            readable, ["/proc"], settings["devices"], self.ground, shared=self.shared, roomy=settings["roomy"]
        )
        self.layers.append("landlock")
        return streams.owned(ruleset)

    def prepare_filter(self, filters: dict[str, bytes]) -> confine.SyscallFilter:
        program = filters.get(os.uname().machine)
        if program is None:
            raise SystemExit("no system call filter for " + os.uname().machine)
        self.layers += ["seccomp-candidate", "no-new-privileges"]
        return confine.SyscallFilter(program)

    def conclude(self, settings: Settings) -> None:
        confine.require_limits(
            NOFILE=self.open_files + RESERVED,
            FSIZE=min(self.file_bytes, settings["disk_bytes"]),
            CPU=kernel_cpu_s(settings["cpu_s"]) + 1,
            AS=settings["memory_bytes"],
            DATA=settings["memory_bytes"],
            NPROC=settings["processes"],
            STACK=STACK_BYTES,
        )
        self.host.withdraw()
        confine.limit("STACK", STACK_BYTES, resource.RLIM_INFINITY)  # that on open files stays high: `become_candidate`
        try:
            confine.prctl(confine.PR_SET_CHILD_SUBREAPER, 1)
        except OSError:  # gVisor has none: orphans go to the box's init, which reaps them
            self.orphans_come_here = False
        confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1)
        confine.prctl(confine.PR_SET_DUMPABLE, 0)
        confine.limit("FSIZE", self.file_bytes)
        for name in ("CORE", "MSGQUEUE"):
            with contextlib.suppress(ValueError):  # gVisor makes neither cores nor queues, and refuses the limits
                confine.limit(name, 0)
        self.null = os.open("/dev/null", os.O_RDWR)
        while (spare := os.open("/dev/null", os.O_RDWR)) <= REPORT:
            pass  # 3 to 6 stay taken, so that no pipe of ours gets the number a candidate's must have
        os.close(spare)
        if self.orphans_come_here:
            self.children = streams.owned(procfs.opener(f"self/task/{os.getpid()}/children", os.O_RDONLY))
        self.announced, self.announce = map(streams.owned, os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK))
        os.umask(0o077)

    def bound(self, address_bytes: int, memory_bytes: int, processes: int) -> None:
        """Say what each candidate that is started from now on may have; any address space is as much as the box has."""
        any_address = resource.getrlimit(resource.RLIMIT_AS)[1]
        self.address_bytes = any_address if address_bytes == resource.RLIM_INFINITY else address_bytes
        self.memory_bytes, self.processes = memory_bytes, processes
        self.many = max(1, processes - 2)  # so many left behind: it had as many as it may, but for some that ended

    def serve(self) -> None:
        greet(self.host, self.layers)
        if self.identity.filter_first:
            self.filter.enter()
        gc.collect()
        gc.freeze()
        memory.gather_heap()
        while True:
            ours, theirs = high_pair(self.open_files)
            self.host.offer_turn(self.turns.next_key())
            child = self.identity.fork_grader()
            if child == 0:
                ours.close()
                self.become_grader(theirs)
            theirs.close()
            self.grader = child
            try:
                left = self.attend(ours)
            finally:
                ours.close()
            ended = self.end_grader()
            # Whatever tests asked for on their grader's socket, or left in folders that candidates share, ends with it.
            self.bound(*self.usual)
            self.reopened = self.observed = False
            for folder in self.shared:
                if os.listdir(folder):
                    self.empty_folder(folder)
            status = ended if left is None else left
            if status == grader.END_OF_INPUT:
                return
            if status < 0 and not self.out_of_memory.poll():
                raise frames.BoxFailure("killed", f"the grader was ended by signal {-status}")
            if status < 0 or status == grader.FAILED:
                raise SystemExit("the grader failed")
            if status != grader.END_OF_INSTANCE:  # which only the tests, or a checker, can have done
                raise frames.BoxFailure("killed", f"the tests ended their own process, with status {status}")

    def become_grader(self, grader_socket: socket.socket) -> NoReturn:
        try:
            self.host.withdraw_words()
            os.closerange(streams.OWN, self.open_files + RESERVED)
            confine.limit("AS", GRADER_BYTES + procfs.address_bytes())
            confine.limit("NOFILE", OPEN_FILES)
            self.identity.become_grader()
            if confine.is_dumpable():
                raise SystemExit("the kernel lets processes look into a grader (fs.suid_dumpable)")  # noqa: TRY301
            status = self.grader_main(grader_socket, self.host, log_limit=self.log_limit, counts=self.counts)
            grader_socket.send(frames.LEAVE + bytes([status]))
        except BaseException as error:
            import traceback  # noqa: PLC0415 - what is loaded earlier is in the memory of every candidate

            words = f"{traceback.format_exc()}grader: {type(error).__name__}\n"
            os.write(self.host.words, words.encode("utf-8", "backslashreplace"))
            status = grader.FAILED
        os._exit(status)

    def attend(self, grader_socket: socket.socket) -> int | None:
        """Do what the grader asks until it leaves, and return its exit status; None where it has ended otherwise.

        After each fork every page that the supervisor writes to is copied, and one more function of ours that is called
        for a sample writes to three. So what each sample needs is written out here, in `start_candidate` and in
        `end_candidate`, and what few need is called.
        """
        patience_s = waited_s = 0.0
        while True:
            try:
                request = grader_socket.recv(64)
            except BlockingIOError:
                waited_s += TICK_S  # however long it took by the clock: what stood still then was not late
                if self.host.has_gone():
                    self.end_all()
                    os._exit(HOST_GONE)
                if os.waitid(os.P_PID, self.grader, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                    self.end_candidate()  # others hold its end open
                    return None
                if not self.candidate or waited_s < patience_s:
                    continue
                self.end_all()
                raise frames.BoxFailure("held", "the grader did not end its sample in time") from None
            waited_s = 0.0
            if not request or request[:1] == frames.LEAVE:
                self.end_candidate()
                return request[1] if request else None
            if request[:1] == frames.START:
                _, cpu_s, patience_s = frames.START_REQUEST.unpack(request)
                self.start_candidate(grader_socket, cpu_s)
            elif request[:1] in (frames.START_PROGRAM, frames.START_OBSERVED):
                _, cpu_s, patience_s, *bounds = frames.PROGRAM_REQUEST.unpack(request)
                self.bound(*bounds)
                self.reopened = request[:1] == frames.START_PROGRAM
                self.observed = not self.reopened
                self.start_candidate(grader_socket, cpu_s)
            elif request[:1] != frames.PULSE:
                grader_socket.send(self.end_candidate(gone=request[:1] == frames.END_GONE))

    def start_candidate(self, grader_socket: socket.socket, cpu_s: float) -> None:
        """Fork a candidate and hand its pipes and its log to the grader. Raises BoxFailure where there can be none."""
        if self.candidate:
            self.end_candidate()
        leftovers.reset(self.nodes)
        os.mkdir(self.scratch, 0o700)
        requests, ask = os.pipe2(os.O_CLOEXEC)
        answer_end, answers = os.pipe2(os.O_CLOEXEC)
        log = os.memfd_create("log", os.MFD_CLOEXEC)
        observed = report = -1
        if self.observed:
            observed, report = (os.memfd_create(name, os.MFD_CLOEXEC) for name in ("observed", "report"))
        if self.reopened:
            try:
                os.fchmod(answers, WRITABLE)
            except PermissionError:
                pass  # gVisor has no modes of pipes: there a program cannot open its output anew by a name
        ours = os.getpid()
        try:
            child = self.identity.fork(self.scratch)
        except Exception as error:
            if os.getpid() != ours:
                os._exit(127)
            raise frames.BoxFailure("start", f"no process for a candidate: {type(error).__name__}: {error}") from error
        if child == 0:
            os.close(grader_socket.fileno())
            self.become_candidate(requests, answers, log, observed, report, cpu_s)
        self.candidate = child
        if observed < 0:
            handed = DESCRIPTORS.pack(ask, answer_end, log)
        else:
            handed = ALL_DESCRIPTORS.pack(ask, answer_end, log, observed, report)
        grader_socket.sendmsg([frames.STARTED.pack(child)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)])
        os.close(requests)
        os.close(ask)
        os.close(answer_end)
        os.close(answers)
        os.close(log)
        if observed >= 0:
            os.close(observed)
            os.close(report)

    def become_candidate(  # noqa: PLR0913, PLR0915, PLR0917 - one restriction after the other
        self, requests: int, answers: int, log: int, observed: int, report: int, cpu_s: float
    ) -> NoReturn:
        """Lay every restriction on this process, then run the candidate; any failure ends it before it starts."""
        step, announce = "out-of-memory score", self.announce
        try:
            raise_oom_score()
            step = "descriptors"
            os.dup2(self.null, 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.dup2(requests, REQUESTS)
            os.dup2(answers, ANSWERS)
            first_free = ANSWERS + 1
            if observed >= 0:
                os.dup2(observed, OBSERVED)
                os.dup2(report, REPORT)
                first_free = REPORT + 1
            rules = first_free
            if self.ruleset is not None:
                os.dup2(self.ruleset, first_free)
                first_free += 1
            announce = os.dup2(announce, first_free)
            os.closerange(first_free + 1, self.open_files)
            step = "scratch folder"
            os.chdir(self.scratch)
            # The kernel counts descriptors in flight for each user number, up to the sender's own limit: a candidate's
            # is far below ours, so that none of the same number can keep us from handing over pipes.
            step = "limit on open files"
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.open_files, self.open_files))
            step = "limit on cpu"
            seconds = kernel_cpu_s(cpu_s)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            step = "limits on memory"
            resource.setrlimit(resource.RLIMIT_AS, (self.address_bytes, self.address_bytes))
            resource.setrlimit(resource.RLIMIT_DATA, (self.memory_bytes, self.memory_bytes))
            step = "limit on processes"
            resource.setrlimit(resource.RLIMIT_NPROC, (self.processes, self.processes))
            step = "identity"
            self.identity.become_candidate(self.scratch)
            if self.ruleset is not None:
                step = "landlock"
                confine.restrict(rules)
                os.close(rules)
            if not self.identity.filter_first:
                step = "seccomp"
                self.filter.enter()
            os.write(announce, frames.CONFINED)
            os.close(announce)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(announce, f"{step}: {type(error).__name__}: {error}".encode("utf-8", "replace")[:300])
            os._exit(127)
        try:
            self.candidate_main()
        finally:
            os._exit(127)

    def end_candidate(self, *, gone: bool = False) -> bytes:
        """Kill all processes of the candidate's identity, wait for them, empty its folder; say how it ended.

        `gone`: its pipe has ended, so it gets a moment to end by itself, for the sake of its own exit status.
        """
        if not self.candidate:
            return b""
        patience_s = identity.PATIENCE_S if gone else 0.0
        ended, status, user_s, system_s, peak_bytes = self.identity.end(self.scratch, patience_s)
        left, of_orphans = 0 if ended else frames.KILLED, 0.0
        # The grader alone, if nobody is left: whoever lives has a parent that is the candidate's, or is our child.
        if not self.orphans_come_here or os.pread(self.children, 64, 0) != b"%d " % self.grader:
            too_many, of_orphans = self.await_leftovers()
            left |= too_many
        try:
            announced = os.read(self.announced, 4096)
        except BlockingIOError:
            left |= frames.UNCONFINED
        else:
            if announced != frames.CONFINED:
                detail = "a candidate could not be confined: " + announced.decode("utf-8", "replace")
                raise frames.BoxFailure("confinement", detail)
        self.candidate = 0
        # Nothing moves in its folder now. The next gets a new one: times, flags and counters were this one's to set.
        if os.listdir(self.scratch):
            left |= self.empty_folder(self.scratch)
        os.rmdir(self.scratch)
        for folder in self.shared:
            if os.listdir(folder):
                left |= self.empty_folder(folder)
        counter = self.out_of_memory
        if counter.file is not None and os.pread(counter.file, 4096, 0) != counter.last:
            left |= counter.poll()
        return frames.ENDED.pack(status, user_s + of_orphans, system_s, peak_bytes, left)

    def await_leftovers(self) -> tuple[int, float]:
        """Wait for what the candidate left running, all of which has been killed; say if it was too many, and its cpu.

        What the grader's tests have left is not waited for, as it may run. Orphans that the kernel hands to somebody
        else are seen by the grader's look at all processes alone.
        """
        if not self.orphans_come_here:
            return frames.MANY_PROCESSES if self.identity.await_absence() >= self.many else 0, 0.0
        left, cpu_s = 0, 0.0
        while orphans := [child for child in leftovers.children() if child != self.grader]:
            orphans = [child for child in orphans if not self.identity.is_graders(child)]
            if not orphans:
                break
            for child in orphans:
                used = os.wait4(child, 0)[2]
                cpu_s += used.ru_utime + used.ru_stime
            left += len(orphans)
        return frames.MANY_PROCESSES if left >= self.many else 0, cpu_s

    def empty_folder(self, folder: str) -> int:
        space = os.statvfs(folder)
        full = space.f_bavail == 0 or (space.f_files > 0 and space.f_ffree == 0)  # gVisor counts no files: 0 of 0
        leftovers.empty(folder)
        return frames.DISK_FULL if full else 0

    def end_grader(self) -> int:
        status = self.identity.end_grader(self.grader)
        self.grader = 0
        if not self.orphans_come_here:
            self.identity.await_absence(of_grader=True)
        else:
            while orphans := leftovers.children():
                self.identity.kill_graders(orphans)
                for orphan in orphans:
                    os.waitpid(orphan, 0)
        return os.waitstatus_to_exitcode(status)

    def end_all(self) -> None:
        self.end_candidate()
        self.end_grader()


def players(parts: str) -> tuple[Callable[..., int], Callable[[], None]]:
    """Who grades and who is graded, by the first functions of both processes."""
    if parts == "program":
        import program_candidate  # noqa: PLC0415 - not sent where functions are graded
        import program_grader  # noqa: PLC0415 - as above

        program_candidate.hide_modules()
        return program_grader.main, program_candidate.main
    if parts == "unittest":
        import program_candidate  # noqa: PLC0415 - as above
        import unittest_candidate  # noqa: PLC0415 - as above
        import unittest_grader  # noqa: PLC0415 - as above

        program_candidate.hide_modules(ours=True)
        return unittest_grader.main, unittest_candidate.main
    return grader.main, candidate.main


def high_pair(first: int) -> tuple[socket.socket, socket.socket]:
    """Make a pair of sockets to a grader; our end of it has a number from `first` on: such may send descriptors."""
    low, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours = socket.socket(fileno=fcntl.fcntl(low.fileno(), fcntl.F_DUPFD_CLOEXEC, first))
    low.close()
    # The kernel's own timeout takes no calls of its own, which Python's does: one for each message.
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", TICK_S, 0))
    return ours, theirs


def kernel_cpu_s(cpu_s: float) -> int:
    """The kernel's own limit on cpu time, behind the grader's.

    The kernel counts for it by ticks, which on a virtual machine that waits for its host's processors are more than the
    process ran: so it leaves room, or it would come first.
    """
    return int(TICKS_FACTOR * cpu_s) + 1 + SPARE_CPU_S


def raise_oom_score() -> None:
    descriptor = procfs.opener("self/oom_score_adj", os.O_WRONLY)
    os.write(descriptor, b"1000")
    os.close(descriptor)


def greet(host: streams.Host, layers: Iterable[str]) -> None:
    greeting = {"ready": True, "python": sys.version.split()[0], "layers": sorted(layers)}
    frames.reply(host.outgoing, greeting)


def preload(names: Iterable[str]) -> None:
    """Import what candidates may want, once, so that each of them finds it loaded; what modules print is no frame.

    Where that takes its time, there is a sign of life after each.
    """
    outgoing, told = os.dup(1), time.monotonic()
    os.dup2(2, 1)
    gc.disable()  # what is imported stays: looking through it again and again takes a fifth of the time
    for name in names:
        with contextlib.suppress(Exception):  # who asks for what cannot be imported here is told so
            __import__(name)
        if time.monotonic() - told > TICK_S:
            frames.reply(outgoing, {"alive": True})
            told = time.monotonic()
    gc.enable()
    os.dup2(outgoing, 1)
    os.close(outgoing)


def main() -> None:
    host = streams.Host()
    frame = frames.read_frame(host.incoming)
    if frame is None:
        raise SystemExit("no settings came from the host")
    settings: Settings = marshal.loads(frame)
    turns = streams.Turns(host.incoming, settings["turns"])
    counts = usage.BoxCounts(os.path.dirname(settings["scratch"]), *settings["shared"], alone=settings["hide"])
    out_of_memory = leftovers.OutOfMemoryCounter(os.environ.get(leftovers.OutOfMemoryCounter.VARIABLE))
    path = os.environ.get("PATH", "")
    os.environ.clear()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.update(settings["environment"])
    if settings["roomy"]:
        os.environ["PATH"] = path
    memory.keep_memory()
    preload(settings["preload"])
    try:
        Supervisor(settings, host, turns, out_of_memory, counts).serve()
    except frames.BoxFailure as failure:
        frames.reply(host.outgoing, failure.fields)
        os.write(2, f"{failure}\n".encode("utf-8", "replace"))
        os._exit(1)  # as below
    os._exit(0)  # as `keep_memory` asks
