"""Faults for tests: a Docker engine of their own that may be killed, and a disk that is too small. Needs root."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from typing import Self

START_S = 60.0
END_S = 60.0


def containers(pid: int, *, every: bool = False) -> list[str]:
    words = ["docker", "ps", "--quiet", "--filter", f"label=boxscore.engine.pid={pid}", *(["--all"] if every else [])]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def processes() -> Iterator[tuple[int, str, list[str]]]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = file.read_text(errors="replace").partition("(")[2].rpartition(")")
            yield int(file.parent.name), name, rest.split()


@contextlib.contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Callable[[], None]]:
    def enlarge() -> None:
        subprocess.run(["mount", "-o", "remount,size=256m", folder], check=True)

    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "boxscore-test", folder], check=True)
    try:
        yield enlarge
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class SecondEngine:
    def __init__(self, size_mb: int = 4096) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="boxscore-engine-"))
        self._size_mb = size_mb
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"unix://{self._folder}/docker.sock"

    def __enter__(self) -> Self:
        (self._folder / "disk").mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={self._size_mb}m", "boxscore-engine", f"{self._folder}/disk"]
        subprocess.run(mount, check=True)
        (self._folder / "daemon.json").write_text("{}\n")
        try:
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        self._remove()

    def start(self) -> None:
        words = [
            # Without a network namespace of its own it would take the bridge of the machine's engine away.
            *("unshare", "--net", "dockerd", "--host", self.address, "--config-file", f"{self._folder}/daemon.json"),
            *("--data-root", f"{self._folder}/disk/data", "--exec-root", f"{self._folder}/exec"),
            *("--pidfile", f"{self._folder}/pid", "--bridge=none", "--iptables=false", "--ip-masq=false"),
        ]
        for name in ("pid", "exec/containerd/containerd.pid"):
            (self._folder / name).unlink(missing_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + START_S
        while self.docker("version").returncode:
            if self._process.poll() is not None or time.monotonic() > until:
                tail = (self._folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the engine did not start: {tail}")
            time.sleep(0.1)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        send(self._others("containerd"), signal.SIGKILL)
        self._end(signal.SIGKILL)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        send([self._process.pid] if self._process is not None else [], signal.SIGSTOP)
        try:
            yield
        finally:
            send([self._process.pid] if self._process is not None else [], signal.SIGCONT)

    def docker(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "DOCKER_HOST": self.address}
        return subprocess.run(["docker", *words], env=env, capture_output=True, text=True, check=False)

    def take(self, images: Iterable[str]) -> None:
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saving:
            env = {**os.environ, "DOCKER_HOST": self.address}
            subprocess.run(["docker", "load", "--quiet"], stdin=saving.stdout, env=env, check=True, capture_output=True)
        if saving.returncode:
            raise RuntimeError("the images could not be copied")

    def containers(self) -> list[str]:
        return self.docker("ps", "--all", "--quiet").stdout.split()

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(END_S)

    def _others(self, name: str | None = None) -> list[int]:
        found = []
        for pid, known, _ in processes():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if str(self._folder).encode() in command and name in {None, known}:
                    found.append(pid)
        return [pid for pid in found if pid != os.getpid()]

    def _remove(self) -> None:
        send(self._others(), signal.SIGKILL)
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
        mounts = [place for line in lines if (place := line.split()[1]).startswith(f"{self._folder}/")]
        for place in reversed(mounts):
            subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", self._folder], check=True)
