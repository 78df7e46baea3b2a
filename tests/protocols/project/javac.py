"""A compiler that is none: the other side of the compiler's stream, with rules that a test can see through."""

from __future__ import annotations

import base64
import json
import re
import struct
from typing import TYPE_CHECKING

from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boxscore.boxes.fake import FakeRun

LISTED = b"""home 17.0.15 /usr/lib/jvm/java-17
home 1.8.0_392 /usr/lib/jvm/java-8
home 21.0.4 /usr/lib/jvm/java-21
jar junit5 /usr/share/boxscore/libraries/junit5/api.jar
runner jar /usr/share/boxscore/jvm/runner.jar
"""


def listed(_: FakeRun) -> Completed:
    return Completed(exit_code=0, wall_s=0.0, stdout=LISTED)


def frame(message: Mapping[str, object]) -> bytes:
    data = json.dumps(message).encode()
    return struct.pack("<I", len(data)) + data


class Javac:
    """Compiles what is sent: a source with the word `wrong` is refused, and each `class X` of others makes a class.

    `ends` are the ends of the next requests that come to none of these. `asked` are the sources of each request,
    `machines` counts those that were started.
    """

    def __init__(self, *ends: str) -> None:
        self.ends, self.asked, self.machines = [*ends], list[dict[str, str]](), 0

    def stream(self, _: FakeRun) -> FakeStream:
        self.machines += 1
        stream = FakeStream(self.answer)
        stream._waiting += frame({"ready": True, "release": 17})
        return stream

    def answer(self, request: bytes) -> bytes:
        number, sources = read(request)
        self.asked.append(sources)
        if self.ends:
            return frame({"number": number, "end": self.ends.pop(0)})
        wrong = [path for path, text in sources.items() if "wrong" in text]
        if wrong:
            error = {"path": wrong[0], "line": 3, "message": "cannot find symbol\n  symbol: x"}
            return frame({"number": number, "end": "refused", "error_count": 1, "errors": [error]})
        classes = {name: base64.b64encode(b"\xca\xfe").decode() for text in sources.values() for name in named(text)}
        shadowed = [name for name in classes if name.startswith("library/")]
        return frame({"number": number, "end": "compiled", "classes": classes, "shadowed": shadowed})


def named(text: str) -> list[str]:
    package = re.search(r"package ([\w.]+);", text)
    folder = f"{package[1].replace('.', '/')}/" if package else ""
    return [folder + name for name in re.findall(r"class ([\w$]+)", text)]


def read(request: bytes) -> tuple[int, dict[str, str]]:
    number = struct.unpack_from(">q", request, 4)[0]
    at = 4 + 28
    files: list[dict[str, str]] = []
    (jars,) = struct.unpack_from(">i", request, at)
    at += 4
    for _ in range(jars):
        _, at = counted(request, at)
    (count,) = struct.unpack_from(">i", request, at)
    at += 4
    files.append({})
    for _ in range(count):
        name, at = counted(request, at)
        data, at = counted(request, at)
        files[-1][name.decode()] = data.decode()
    return number, files[0]


def counted(data: bytes, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from(">i", data, at)
    return data[at + 4 : at + 4 + size], at + 4 + size


def with_answers(answer: Callable[[bytes], bytes]) -> Callable[[FakeRun], FakeStream]:
    def stream(_: FakeRun) -> FakeStream:
        made = FakeStream(answer)
        made._waiting += frame({"ready": True, "release": 17})
        return made

    return stream
