"""A Python session that outlives its cells: runs them one by one, in one namespace, and says what came of each.

A program for a box, started once for each session. It reads cells and writes what came of them as frames: four bytes of
length, then JSON. Cells run in a child, so that one that hangs or dies takes nothing with it but the session's
variables, which is said. What a cell prints is drained all the time, and only its beginning and end are kept.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import select
import signal
import struct
import sys
import time
import traceback
from typing import Any

GRACE_S = 3.0  # for a cell to end after it was interrupted
SETTLE_S = 0.2  # for what a cell printed last, where something that it left holds the pipe
FRAME_S = 10.0  # for the rest of what a cell came to, once it has begun to come
MAX_FRAME_BYTES = 16 << 20
MAX_VALUE_CHARS = 20_000
NOTE_BYTES = 64
MAX_FILES, MAX_LOOKED_AT = 100, 5000
HIDDEN = "."


def write_frame(descriptor: int, record: dict[str, Any]) -> None:
    """Write a frame as a whole."""
    data = json.dumps(record).encode()
    view = memoryview(struct.pack(">I", len(data)) + data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_frame(descriptor: int, wait_s: float | None = None) -> dict[str, Any] | None:
    """Read a frame; None at the end of the input.

    Raises ValueError for what is none, one that is too long at once; TimeoutError if the rest does not come in time.
    """
    until = None if wait_s is None else time.monotonic() + wait_s
    head = read_exactly(descriptor, 4, until)
    if head is None:
        return None
    size = struct.unpack(">I", head)[0]
    if size > MAX_FRAME_BYTES:
        raise ValueError("a frame is too long")
    data = read_exactly(descriptor, size, until)
    return None if data is None else json.loads(data)


def read_exactly(descriptor: int, size: int, until: float | None = None) -> bytes | None:
    """Read so many bytes; None where the input ends before. Raises TimeoutError."""
    found = b""
    while len(found) < size:
        if until is not None and not select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
            raise TimeoutError("a frame is not complete")
        some = os.read(descriptor, min(size - len(found), 1 << 16))
        if not some:
            return None
        found += some
    return found


class Kept:
    """The beginning and the end of what is printed."""

    def __init__(self, most: int) -> None:
        self.head, self.tail, self.seen = b"", b"", 0
        self.most = max(1, (most - NOTE_BYTES) // 2)  # so that nobody has to cut it again, note and all

    def add(self, data: bytes) -> None:
        """Take in what was printed."""
        self.seen += len(data)
        room = self.most - len(self.head)
        self.head += data[:room]
        self.tail = (self.tail + data[room:] if room > 0 else self.tail + data)[-self.most :]

    def text(self) -> str:
        """What is kept, with a note where something is missing."""
        missing = self.seen - len(self.head) - len(self.tail)
        note = f"\n[... {missing} bytes left out ...]\n".encode() if missing > 0 else b""
        return (self.head + note + self.tail).decode(errors="replace")


class Worker:
    """The child that cells run in."""

    def __init__(self) -> None:
        self.cells_read, cells = os.pipe()
        results, self.results_write = os.pipe()
        printed, self.printed_write = os.pipe()
        self.cells, self.results, self.printed = cells, results, printed
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._be()
            finally:
                os._exit(1)
        for descriptor in (self.cells_read, self.results_write, self.printed_write):
            os.close(descriptor)

    def _be(self) -> None:
        """Run cells until there are no more."""
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (self.printed_write, 1), (self.printed_write, 2)):
            os.dup2(source, target)
        for descriptor in (self.cells, self.results, self.printed, self.printed_write, nothing):
            os.close(descriptor)
        main = type(sys)("__main__")
        sys.modules["__main__"] = main
        sys.argv = [""]
        sys.path[:0] = [""]
        number = 0
        while True:
            cell = read_frame(self.cells_read)
            if cell is None:
                os._exit(0)
            number += 1
            write_frame(self.results_write, run_cell(cell["code"], main.__dict__, number))

    def end(self) -> str:
        """Kill it and all that is of its group; say how it ended."""
        for target in (-self.pid, self.pid):
            try:
                os.kill(target, signal.SIGKILL)
            except OSError:
                pass
        _, status = os.waitpid(self.pid, 0)
        for descriptor in (self.cells, self.results, self.printed):
            os.close(descriptor)
        if os.WIFSIGNALED(status):
            return f"signal {os.WTERMSIG(status)}"
        return f"exit code {os.WEXITSTATUS(status)}"


def run_cell(code: str, scope: dict[str, Any], number: int) -> dict[str, Any]:
    """Run a cell and say its last expression's value, or its traceback. Nothing that it raises gets out."""
    name = f"<cell {number}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    value, error = "", ""
    try:
        parsed = ast.parse(code, name)
        last = parsed.body[-1] if parsed.body else None
        if isinstance(last, ast.Expr):
            parsed.body.pop()
        exec(compile(parsed, name, "exec", dont_inherit=True), scope)
        if isinstance(last, ast.Expr):
            found = eval(compile(ast.Expression(last.value), name, "eval", dont_inherit=True), scope)  # noqa: S307 - what a session is for
            if found is not None:
                scope["_"] = found
                value = repr(found)[:MAX_VALUE_CHARS]
        save_figures()
    except BaseException as caught:  # also SystemExit and an interrupt: the session goes on
        error = described(caught)
    flush()
    return {"value": value, "error": error}


def flush() -> None:
    """Write out what is held back, as far as that goes."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def described(error: BaseException) -> str:
    """Write a traceback that begins in the cell."""
    try:
        where = error.__traceback__.tb_next if error.__traceback__ is not None else None
        if isinstance(error, SyntaxError):
            where = None
        return "".join(traceback.format_exception(type(error), error, where))[-MAX_VALUE_CHARS:]
    except BaseException:
        return type(error).__name__


def save_figures() -> None:
    """Save what a cell has drawn and not closed, and close it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        place = 1
        while os.path.lexists(f"figure-{place}.png"):
            place += 1
        pyplot.figure(number).savefig(f"figure-{place}.png")
    pyplot.close("all")


class Session:
    """Cells, one after the other, and the child that they run in."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.files = listed()

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a cell within its time and say all that came of it."""
        kept = Kept(request["output_bytes"])
        try:
            write_frame(self.worker.cells, {"code": request["code"]})
            result, ended = self._follow(kept, request["timeout_s"])
        except (OSError, ValueError):
            result, ended = None, ""
        restarted = result is None
        if result is None:
            how = self.worker.end()
            ended = ended or "died: " + how
            self.worker = Worker()
            result = {"value": "", "error": ""}
        files, before = listed(), self.files
        self.files = files
        changed = [[path, one[0]] for path, one in sorted(files.items()) if before.get(path) != one]
        return {
            "output": kept.text(),
            "value": str(result.get("value", ""))[:MAX_VALUE_CHARS],
            "error": str(result.get("error", ""))[:MAX_VALUE_CHARS],
            "ended": ended,
            "restarted": restarted,
            "files": changed[:MAX_FILES],
        }

    def _follow(self, kept: Kept, timeout_s: float) -> tuple[dict[str, Any] | None, str]:
        """Drain what is printed until there is a result; interrupt a cell whose time is over, and then give it up."""
        until, interrupted = time.monotonic() + timeout_s, ""
        worker = self.worker
        watched = [worker.printed, worker.results]
        while True:
            left = until - time.monotonic()
            if left <= 0 and interrupted:
                return None, interrupted
            if left <= 0:
                interrupted, until = "timeout", time.monotonic() + GRACE_S
                os.kill(worker.pid, signal.SIGINT)
                continue
            ready = select.select(watched, [], [], min(left, 1.0))[0]
            if worker.printed in ready:
                printed = os.read(worker.printed, 1 << 16)
                kept.add(printed)
                watched = watched if printed else [worker.results]
            elif worker.results in ready:
                result = read_frame(worker.results, FRAME_S)
                if result is not None:
                    self._drain(kept)
                return result, interrupted if result is not None else ""

    def _drain(self, kept: Kept) -> None:
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until and select.select([self.worker.printed], [], [], 0)[0]:
            printed = os.read(self.worker.printed, 1 << 16)
            kept.add(printed)
            if not printed:
                return


def listed() -> dict[str, tuple[int, int]]:
    """List the files below the current folder, without hidden ones and without following links."""
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, files in os.walk("."):
        folders[:] = [name for name in folders if not name.startswith((HIDDEN, "__"))]
        for name in files:
            path = os.path.join(folder, name)[2:]
            if len(found) >= MAX_LOOKED_AT:
                return found
            try:
                status = os.lstat(path)
                path.encode()
            except (OSError, UnicodeEncodeError):
                continue
            if not name.startswith(HIDDEN) and (status.st_mode & 0o170000) == 0o100000:
                found[path] = (status.st_size, status.st_mtime_ns)
    return found


def main() -> None:
    """Serve cells until the input ends."""
    session = Session()
    write_frame(1, {"ready": ".".join(map(str, sys.version_info[:3]))})
    while True:
        request = read_frame(0)
        if request is None:
            session.worker.end()
            return
        write_frame(1, session.run(request))


if __name__ == "__main__":
    main()
