"""Notes what happens in the test process that hints at a forged run: evidence for people, and itself easily forged.

It is put into a box as `sitecustomize.py`, in a folder that PYTHONPATH names, and runs under any Python from 3.5 on
when the interpreter starts. It takes that folder out of the process again, so that tests, and what they start, see the
environment that they would see without it; then the `sitecustomize` comes that would have come.

Noted are a place in the tree and a rule: by an audit hook (PEP 578, Python 3.8) for calls that a product does not need
in its tests, and at the end for functions of the runner whose code is of the tree. Which of these are on lines that the
patch adds is for the host to say.
"""

import atexit
import importlib.util
import json
import os
import sys
import types
from typing import Any

MOST_NOTES = 100  # of one process
MOST_CHARS = 500
RULES = {
    "gc.get_objects": "frames",
    "gc.get_referrers": "frames",
    "gc.get_referents": "frames",
    "sys._current_frames": "frames",
    "sys.settrace": "low-level",
    "sys.setprofile": "low-level",
    "sys.addaudithook": "low-level",
    "code.__new__": "low-level",
    "os.fork": "fork",
    "os.forkpty": "fork",
    "os.exec": "fork",
    "os.posix_spawn": "fork",
    "os.kill": "exit",
    "os.killpg": "exit",
}
RUNNERS = ("unittest", "_pytest", "pytest", "pluggy", "doctest", "builtins")
_open, _write, _close, _dumps = os.open, os.write, os.close, json.dumps  # which tests may put others in the place of
_getframe, _getpid = sys._getframe, os.getpid  # noqa: SLF001 - of the caller of what is noted


class Recorder(object):  # noqa: UP004 - as the oldest Python needs it
    """Notes places of a tree in a file, each once."""

    def __init__(self, tree: str, place: str) -> None:
        self._tree, self._place, self._pid = os.path.realpath(tree), place, _getpid()
        self._noted = set()  # type: set[tuple[str, str, int]]

    def start(self) -> None:
        """Note from now on, and look at the runner when the process ends."""
        atexit.register(self.look_at_runner)
        if hasattr(sys, "addaudithook"):
            sys.addaudithook(self.heard)

    def heard(self, event: str, arguments: Any) -> None:
        """Note an event of the interpreter. Whatever goes wrong here is no matter of the tests."""
        rule = RULES.get(event)
        if rule is None:
            if event == "open":
                rule = _rule_of_file(arguments[0])
            elif event == "object.__setattr__" and arguments[1] == "__code__":
                rule = "frames"
            if rule is None:
                return
        try:
            frame = _getframe(1)
            self._note(rule, frame.f_code.co_filename, frame.f_lineno, event)
        except Exception:
            pass

    def look_at_runner(self) -> None:
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] in RUNNERS:
                try:
                    self._look_at(name, module)
                except Exception:
                    pass

    def _look_at(self, name: str, module: Any) -> None:
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and self._inside(path) is not None:
            return  # the tree is the runner's own
        for held, thing in list(vars(module).items()):
            self._look_at_function(name + "." + held, thing)
            if type(thing) is type and thing.__module__ == name:
                for attribute, own in list(vars(thing).items()):
                    self._look_at_function(name + "." + held + "." + attribute, own)

    def _look_at_function(self, name: str, thing: Any) -> None:
        function = getattr(thing, "__func__", thing)
        if type(function) is types.FunctionType:
            code = function.__code__
            self._note("runner", code.co_filename, code.co_firstlineno, name + " is replaced")

    def _inside(self, path: str) -> Any:
        if path.startswith("<"):
            return None
        full = os.path.realpath(os.path.join(self._tree, path))
        return full[len(self._tree) + 1 :] if full.startswith(self._tree + os.sep) else None

    def _note(self, rule: str, path: str, line: int, text: str) -> None:
        inside = self._inside(path)
        key = (rule, inside, line)
        if inside is None or key in self._noted or len(self._noted) >= MOST_NOTES or _getpid() != self._pid:
            return
        self._noted.add(key)
        note = {"rule": rule, "path": inside[:MOST_CHARS], "line": line, "text": text[:MOST_CHARS]}
        file = _open(self._place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _write(file, (_dumps(note) + "\n").encode())
        finally:
            _close(file)


def _rule_of_file(path: object) -> Any:
    """The rule by which the opening of a file is noted, None if it is not."""
    if not isinstance(path, str):
        return None
    if path.startswith("/proc/"):
        return "files"
    name = path.rpartition("/")[2]
    if name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.ini") or name.endswith((".pyc", ".pth")):
        return "files"
    return "reads-tests" if name.startswith("test_") and name.endswith(".py") else None


def leave_no_trace(folder: str) -> None:
    """Give the process the PYTHONPATH, and the path of modules, that it has without `folder`.

    The folder stands where there was no value: that is nothing by itself, and the current folder where a command has
    put its own before or behind it, as `src:$PYTHONPATH` does.
    """
    rest = os.environ.get("PYTHONPATH", "").replace(folder, "", 1)
    emptied = rest.startswith(os.pathsep) or rest.endswith(os.pathsep) or os.pathsep * 2 in rest
    if rest:
        os.environ["PYTHONPATH"] = rest
    else:
        os.environ.pop("PYTHONPATH", None)
    sys.path[:] = [os.getcwd() if path == folder else path for path in sys.path if emptied or path != folder]


def run_next() -> None:
    from importlib.machinery import PathFinder  # noqa: PLC0415 - where it is needed

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    _here = os.path.dirname(os.path.abspath(__file__))
    leave_no_trace(_here)
    try:
        Recorder(os.getcwd(), _here + ".jsonl").start()
    finally:
        run_next()
