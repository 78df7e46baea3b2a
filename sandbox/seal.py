"""Look at a box that an agent is about to get, and say what of the world and of the answer is in its reach.

A program for a box in which nothing of an agent has run. It is given one request, answers with one JSON document of
facts and judges nothing: that is done outside, by what the request does not say. It reads as the box's
ordinary user, as an agent will.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from typing import Any

GIT_SAFE = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null"]
MOST = 20
MAX_TEXT_BYTES, MAX_METADATA_BYTES = 4 << 20, 1 << 20
# All that a stripped repository's folder has; what else is there may hide anything.
PLAIN = re.compile(
    r"HEAD|config|index|packed-refs|info(/refs)?|branches|objects(/([0-9a-f]{2}(/[0-9a-f]+)?|info(/(packs|commit-graph))?"
    r"|pack(/pack-[0-9a-f]+\.(pack|idx|rev|bitmap))?))?|refs(/heads(/main)?|/tags)?"
)
ARCHIVES = (".whl", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip", ".egg", ".conda", ".jar", ".crate", ".gem")
PACKS = (b"PACK", b"# v2 git bundle", b"# v3 git bundle")
INSTALLED = (".dist-info", ".egg-info")
NAME = re.compile(r"""(?mi)^\s*name\s*[=:]\s*["']?([A-Za-z0-9][\w.+!-]*)""")
VERSION = re.compile(r"""(?mi)^\s*version\s*[=:]\s*["']?([A-Za-z0-9][\w.+!-]*)""")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "interfaces": interfaces(),
        "reachable": [path for path in request["absent"] if os.path.lexists(path)][:MOST],
    }
    if not request["tree"]:
        facts["entries"] = sorted(os.listdir(request["cwd"]))[:MOST] if os.path.isdir(request["cwd"]) else []
        return facts
    tree, original = request["tree"], request["original"]
    facts["git"] = history(tree) if os.path.lexists(os.path.join(tree, ".git")) else None
    facts["tests"] = [path for path in request["added"] if os.path.lexists(os.path.join(tree, path))][:MOST]
    project = describe(original)
    facts["project"] = project
    facts.update(search(request, project))
    return facts


def interfaces() -> list[str]:
    try:
        with open("/proc/net/dev", encoding="ascii", errors="replace") as file:
            names = [line.split(":")[0].strip() for line in file if ":" in line]
    except OSError:
        names = os.listdir("/sys/class/net")
    return sorted(name for name in names if name != "lo")


def git(tree: str, *words: str) -> list[str]:
    """Run git on a tree and return its lines; what fails is a line that says so, and never none."""
    env = {
        "PATH": "/boxscore/bin:/usr/bin:/bin:/usr/local/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    done = subprocess.run(  # noqa: S603 - no shell reads it
        [*GIT_SAFE, "-C", tree, *words],
        env=env,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    lines = done.stdout.decode(errors="replace").splitlines()
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-200:]
        return [*lines, f"git {words[0]} ended with {done.returncode}: {said}"]
    return lines


def history(tree: str) -> dict[str, Any]:
    """Say how a repository begins, and what is in it that its base commit does not lead to."""
    head = git(tree, "rev-parse", "--verify", "HEAD")
    base = head[0] if len(head) == 1 else ""
    every = set(git(tree, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"))
    reachable = {line.split(" ")[0] for line in git(tree, "rev-list", "--objects", base or "HEAD")}
    return {
        "base": base,
        "commits": len(git(tree, "rev-list", base or "HEAD")),
        "objects": len(every),
        "beyond": sorted(every ^ reachable)[:MOST],
        "leftovers": [path for path in below(os.path.join(tree, ".git")) if not PLAIN.fullmatch(path)][:MOST],
    }


def below(top: str) -> list[str]:
    found = []
    for here, folders, files in os.walk(top):
        found += [os.path.relpath(os.path.join(here, one), top) for one in (*folders, *files)]
    return sorted(found)


def blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()  # noqa: S324 - git's own


def read(path: str, most: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        return file.read(most + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def describe(tree: str) -> dict[str, Any]:
    names: list[str] = []
    versions: list[str] = []
    for path, sections in (
        ("pyproject.toml", ("[project]", "[tool.poetry]")),
        ("setup.cfg", ("[metadata]",)),
        ("setup.py", ()),
        ("package.json", ()),
        *((one, ()) for one in metadata(tree)),
    ):
        text = (read(os.path.join(tree, path), MAX_METADATA_BYTES) or b"").decode(errors="replace")
        if path == "package.json":
            told = package_json(text)
        else:
            told = [pattern.search(part) for part in parts(text, sections) for pattern in (NAME, VERSION)]
            told = [match and match[1] for match in told]
        names += [name for name in told[::2] if name]
        versions += [version for version in told[1::2] if version]
    return {"names": sorted({plain(name) for name in names})[:MOST], "versions": sorted(set(versions))[:MOST]}


def metadata(tree: str) -> list[str]:
    found = []
    for folder in ("", "src", "lib", "python"):
        top = os.path.join(tree, folder)
        for name in sorted(os.listdir(top)) if os.path.isdir(top) else []:
            if name.endswith(INSTALLED):
                found += [os.path.join(folder, name, file) for file in ("PKG-INFO", "METADATA")]
    return found


def package_json(text: str) -> list[Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return []
    return [found.get("name"), found.get("version")] if isinstance(found, dict) else []


def parts(text: str, sections: tuple[str, ...]) -> list[str]:
    """Cut the named sections out of a file; all of it where none is named. Metadata ends at its first empty line."""
    if not sections:
        return [text.split("\n\n", 1)[0] if text.startswith("Metadata-Version") else text]
    found = []
    for section in sections:
        begin = text.find(section + "\n")
        if begin >= 0:
            rest = text[begin + len(section) :]
            end = re.search(r"(?m)^\[", rest)
            found.append(rest[: end.start()] if end else rest)
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.rpartition("/")[2]).lower()


def search(request: dict[str, Any], project: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, list[str]] = request["blobs"]  # by the name of a file
    names = set(project["names"])
    found: dict[str, list[Any]] = {"copies": [], "answers": [], "installed": [], "archives": []}
    own = (request["original"] + "/", request["tree"] + "/")
    for folder, folders, files in walk(set(request["skip"])):
        inside = (folder + "/").startswith(own)
        if is_repository(folders, files) and folder + "/" not in own and folder not in (root + ".git" for root in own):
            found["copies"].append(folder)
        for name in folders:
            if not inside and name.endswith(INSTALLED) and plain(name.rpartition(".")[0].split("-")[0]) in names:
                found["installed"].append(installed(os.path.join(folder, name), request["original"]))
            elif not inside and os.path.basename(folder) == "node_modules" and plain(name) in names:
                found["installed"].append(node_package(os.path.join(folder, name)))
        for name in files:
            path = os.path.join(folder, name)
            if name in wanted and blob(read(path, MAX_TEXT_BYTES) or b"").startswith(tuple(wanted[name])):
                found["answers"].append(path)
            if name.endswith(("pack", ".bundle")) and (read(path, 15) or b"").startswith(PACKS) and not inside:
                found["copies"].append(path)
            stem = re.match(r"(.+?)-v?\d", name) if name.endswith(ARCHIVES) and not inside else None
            if stem and plain(stem[1]) in names:
                found["archives"].append(path)
    return {key: value[:MOST] for key, value in found.items()}


def walk(skip: set[str]) -> Any:
    waiting = ["/"]
    while waiting:
        folder = waiting.pop()
        folders: list[str] = []
        files: list[str] = []
        try:
            with os.scandir(folder) as items:
                for item in items:
                    (folders if item.is_dir(follow_symlinks=False) else files).append(item.name)
        except OSError:
            continue  # closed to us, and so to an agent
        yield folder, folders, files
        below_it = (os.path.join(folder, name) for name in folders)
        waiting += [path for path in below_it if path not in skip]


def is_repository(folders: list[str], files: list[str]) -> bool:
    """Tell whether a folder is a git repository, bare or not; a file `.git` leads to one elsewhere."""
    return ("objects" in folders and "refs" in folders and "HEAD" in files) or ".git" in files


def installed(path: str, original: str) -> dict[str, Any]:
    """Say of a package that is installed which version it is, and how many of its modules are not the tree's.

    One that only leads to the tree, as editable ones do, has no modules of its own.
    """
    text = ""
    if os.path.isdir(path):
        for name in ("METADATA", "PKG-INFO"):
            text = text or (read(os.path.join(path, name), MAX_METADATA_BYTES) or b"").decode(errors="replace")
    version = re.search(r"(?m)^Version:\s*(\S+)", text)
    same = other = unknown = 0
    for module in modules(path):
        data = read(os.path.join(os.path.dirname(path), module), MAX_TEXT_BYTES)
        theirs = [read(os.path.join(original, root, module), MAX_TEXT_BYTES) for root in ("", "src", "lib", "python")]
        if data is None or not any(one is not None for one in theirs):
            unknown += 1
        elif data in theirs:
            same += 1
        else:
            other += 1
    return {"path": path, "version": version[1] if version else "", "same": same, "other": other, "unknown": unknown}


def modules(path: str) -> list[str]:
    record = (read(os.path.join(path, "RECORD"), MAX_METADATA_BYTES) or b"").decode(errors="replace")
    listed = [line.split(",")[0] for line in record.splitlines()]
    if not record:
        sources = (read(os.path.join(path, "SOURCES.txt"), MAX_METADATA_BYTES) or b"").decode(errors="replace")
        listed = sources.splitlines()
    return [one for one in listed if one.endswith(".py") and ".." not in one and not one.startswith("__editable__")]


def node_package(path: str) -> dict[str, Any]:
    told = package_json((read(os.path.join(path, "package.json"), MAX_METADATA_BYTES) or b"").decode(errors="replace"))
    version = told[1] if len(told) > 1 and isinstance(told[1], str) else ""
    return {"path": path, "version": version, "same": 0, "other": 0, "unknown": 0 if os.path.islink(path) else 1}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
