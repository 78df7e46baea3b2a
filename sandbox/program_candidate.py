"""What runs in a program's process: puts its files in place, gives it its standard streams, and becomes the program.

Nothing that the sample brought is looked at before all has been read. Then Python is compiled and run in this process,
as `__main__`; other programs take its place by `execve`; a compiler is waited for, and what it made is sent back.
"""

from __future__ import annotations

import atexit
import builtins
import fcntl
import gc
import io
import marshal
import os
import resource
import signal
import sys
import weakref
from _frozen_importlib_external import SourceFileLoader
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import confine
from candidate import ANSWERS, REQUESTS
from frames import LENGTH, read_exactly, write_all
from program_frames import BUILT, MAX_ARTEFACT, MAX_TEXT, MISSING, REFUSED, RUNNING, STATUS

if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any, NoReturn

    from program_frames import Launch, Texts

FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin")
CHUNK, OPEN_FILES, FLUSH_FAILED = 1 << 20, 256, 120
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE

DEPTH = sys.getrecursionlimit()
ANNOTATED = "__annotations__" in vars(sys.modules["__main__"])  # which it is not in every version of Python

_kept: list[ModuleType] = []  # out of sight, as they must not be freed
_loaded: set[str] = set()  # the modules that were there before the program


def main() -> None:
    launch, program = receive()
    if launch["kind"] == "python":
        run_python(launch["argv"])
    elif launch["kind"] == "build":
        build(launch["argv"], launch["artefact"])
    else:
        execute(launch["argv"], program, launch["stack_bytes"])


def receive() -> tuple[Launch, int | None]:
    launch: Launch = marshal.loads(read(LENGTH.unpack(read(LENGTH.size))[0]))
    program = sealed(launch["program_bytes"]) if launch["program_bytes"] else None
    stdin = sealed(launch["stdin_bytes"])
    os.dup2(stdin, 0)
    os.close(stdin)
    os.close(REQUESTS)
    place(launch["files"])
    return launch, program


def read(count: int) -> bytes:
    data = read_exactly(REQUESTS, count)
    if data is None:
        os._exit(1)
    return data


def sealed(count: int) -> int:
    """Read bytes into an anonymous file that nobody can change any more; return its descriptor, at its start."""
    descriptor = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    while count:
        part = read(min(count, CHUNK))
        write_all(descriptor, part)
        count -= len(part)
    os.lseek(descriptor, 0, os.SEEK_SET)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
    return descriptor


def place(files: Texts) -> None:
    for name, data in files:
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        write_all(descriptor, data)
        os.close(descriptor)


def say(kind: bytes, text: str = "") -> None:
    write_all(ANSWERS, kind + text[:MAX_TEXT].encode("utf-8", "backslashreplace"))


def run_python(argv: tuple[str, ...]) -> NoReturn:
    """Run the file that `argv` begins with as Python runs a script, and end with the status it would end with."""
    status = run_script(argv)
    end_threads()
    os._exit(leave(status))


def run_script(argv: tuple[str, ...]) -> int:
    path = os.path.abspath(argv[0])
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        sys.stderr = open_stream(2, "stderr", "w", "backslashreplace")
        error.__traceback__ = None
        sys.excepthook(type(error), error, None)
        say(REFUSED, f"{type(error).__name__}: {error}")
        os._exit(1)
    say(RUNNING)
    os.dup2(ANSWERS, 1)
    os.close(ANSWERS)
    become_main(path, argv)
    return run_code(code, sys.modules["__main__"])


def open_streams(output_errors: str) -> None:
    """Open the standard streams, which differ in how they take text that is no text."""
    sys.stdin = sys.__stdin__ = open_stream(0, "stdin", "r", "surrogateescape")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = open_stream(1, "stdout", "w", output_errors)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = open_stream(2, "stderr", "w", "backslashreplace")  # type: ignore[misc]


def open_stream(descriptor: int, name: str, mode: str, errors: str) -> io.TextIOWrapper:
    """Open a standard stream as Python does where the locale is UTF-8; diagnostics leave with each line.

    No end of a line is translated, and the streams have a name and a mode (see `create_stdio` in CPython).
    """
    buffer: Any = open(descriptor, mode + "b", closefd=False)  # noqa: SIM115 - it stays
    buffer.raw.name = f"<{name}>"
    stream: Any = io.TextIOWrapper(
        buffer, encoding="utf-8", errors=errors, newline="\n", line_buffering=descriptor == 2
    )
    stream.mode = mode
    return stream  # type: ignore[no-any-return]


def hide_modules(*, ours: bool = False) -> None:
    """In the supervisor, take our modules out of sight: a program may have files of their names beside it.

    With `ours` nobody else's: packages make modules without a specification too, and look for them.
    """
    own = sys.modules["__main__"].__dict__.get("names", ())  # the program that has started us names all that it loaded
    for name, module in list(sys.modules.items()):
        if getattr(module, "__spec__", None) is None:  # ours came over a pipe; nor has `__main__`, which is replaced
            if ours and name not in own and name != "__main__":
                continue
            _kept.append(sys.modules.pop(name))
    _loaded.update(sys.modules)


def become_main(path: str, argv: tuple[str, ...]) -> None:
    """Make the interpreter look as a script finds it: streams, arguments, its folder, and a `__main__` of its own."""
    open_streams("surrogateescape")
    sys.argv = list(argv)
    sys.orig_argv = ["python3", *argv]
    sys.path.insert(0, os.path.dirname(path))
    os.environ.update(environment())
    module = ModuleType("__main__")
    if ANNOTATED:
        module.__annotations__ = {}
    module.__dict__.update(
        __loader__=SourceFileLoader("__main__", path), __builtins__=builtins, __file__=path, __cached__=None
    )
    sys.modules["__main__"] = module


def run_code(code: CodeType, module: ModuleType) -> int:
    """Run a script's code; return its exit status. A traceback begins with the script's own first line.

    It may call as deeply as if none of our frames were below it.
    """
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - it has no other name
    limit = DEPTH
    while frame is not None:
        limit, frame = limit + 1, frame.f_back
    sys.setrecursionlimit(limit)
    script = FunctionType(code, module.__dict__)  # a call of `exec` would count as one more level, in some versions
    try:
        script()
    except SystemExit as end:
        return status_of(end.code)
    except BaseException as error:
        trace = error.__traceback__
        report(error.with_traceback(trace and trace.tb_next))
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def status_of(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    try:
        sys.stderr.write(f"{code}\n")
    except BaseException:
        pass  # as the interpreter does it
    return 1


def report(error: BaseException) -> None:
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException:
        pass  # it has no way to say more


def end_threads() -> None:
    """Wait for threads and call what was registered, as the interpreter does at its end."""
    try:
        if "threading" in sys.modules:
            sys.modules["threading"]._shutdown()  # noqa: SLF001 - what the interpreter calls
        atexit._run_exitfuncs()  # noqa: SLF001 - as above
    except BaseException as error:
        report(error)


def leave(status: int) -> int:
    """Write what is buffered, also by streams that were replaced and by files that were never closed."""
    status = flushed(status)
    try:
        forget()
    except BaseException:
        pass
    status = flushed(status)
    confine.flush_c_streams()
    return status


def forget() -> None:
    """Let go of what the program made, as the interpreter does at its end: modules first, whose objects may go by then.

    A `__main__` that something else still holds is emptied.
    """
    main = weakref.ref(sys.modules["__main__"])
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    for name in sys.modules.keys() - _loaded:
        del sys.modules[name]
    gc.collect()
    module = main()
    if module is not None:
        module.__dict__.clear()
        gc.collect()


def flushed(status: int) -> int:
    try:
        stdout = getattr(sys, "stdout", None)
        if stdout is not None and not getattr(stdout, "closed", False):
            stdout.flush()
    except BaseException as error:
        report(error)
        return FLUSH_FAILED
    try:
        sys.stderr.flush()
    except BaseException:
        pass
    return status


def found(program: str) -> str:
    for folder in FOLDERS:
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    say(MISSING, program)
    os._exit(1)


def environment() -> dict[str, str]:
    here = os.getcwd()
    return {"PATH": ":".join(FOLDERS), "LANG": "C.UTF-8", "HOME": here, "OPENSSL_CONF": "/dev/null"}


def execute(argv: tuple[str, ...], program: int | None, stack_bytes: int) -> NoReturn:
    """Become another program: of these bytes, or the one that `argv` names."""
    path = found(argv[0]) if program is None else program
    limit_stack(stack_bytes)
    say(RUNNING)
    os.dup2(ANSWERS, 1)
    become(path, argv)


def limit_stack(stack_bytes: int) -> None:
    """Give it the stack that its language needs; the hard limit was left open for that."""
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    ceiling = stack_bytes if hard == resource.RLIM_INFINITY else min(stack_bytes, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (ceiling, hard))


def become(path: str | int, argv: tuple[str, ...]) -> NoReturn:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
        signal.signal(number, signal.SIG_DFL)
    os.closerange(3, path if isinstance(path, int) else OPEN_FILES)
    if isinstance(path, int):
        os.closerange(path + 1, OPEN_FILES)
    try:
        os.execve(path, argv, environment())  # noqa: S606 - a shell is what is not wanted
    except OSError as error:
        os.write(2, f"{argv[0]} cannot be executed: {error.strerror}\n".encode())
    os._exit(127)


def build(argv: tuple[str, ...], artefact: str) -> NoReturn:
    path = found(argv[0])
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)
        become(path, argv)
    status = os.waitpid(child, 0)[1]
    write_all(ANSWERS, BUILT + STATUS.pack(status) + (b"" if status or not artefact else made(artefact)))
    os._exit(0)


def made(artefact: str) -> bytes:
    """Read what a compiler has made, so far as anybody would take it."""
    try:
        with open(artefact, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as file:
            return file.read(MAX_ARTEFACT + 1)
    except OSError:
        return b""
