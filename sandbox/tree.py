"""Puts a patch into a copy of a repository, writes trusted files over it, and says later whether they are still there.

A program for a box. It is given one request, answers with one JSON document, and trusts only the request and the
instance's own tree, which no one can write to. With `built`, code of the candidate may have run before: whatever is in
the writable folders is then taken for hostile.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import Any

from tree_files import Entry, Pair, copy_tree, digest, has_digest, place, prune, read, remove, reopen, walk, write
from tree_rules import BYTECODE, ENTRY_POINTS, Rules, is_program, names_plugins

MAX_ENTRY_POINTS_BYTES = 1 << 20
MAX_COMPARED_BYTES = 8 << 20
UNKNOWN = "unknown"
GIT = ".git"
GIT_UNWATCHED = {"index", "objects", "logs", "ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "gc.log"}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    os.umask(0o022)
    there = [link for link in request["links"] if os.path.lexists(os.path.join(request["original"], link))]
    request = {**request, "links": there}  # a folder that the image does not have is as any other
    if request["do"] == "verify":
        return verify(request)  # also where tests have left no room for anything
    reopen(request["work"])
    with tempfile.TemporaryDirectory(dir=request["work"]) as aside:
        request = {**request, "work": aside}
        if request["do"] == "restore":
            return restore(request)
        staged = stage(request)
        return (
            {**staged, "restored": restore({**request, **request["restore"]})}
            if staged["step"] and request["restore"]
            else staged
        )


def stage(request: dict[str, Any]) -> dict[str, Any]:
    """Copy the tree, apply the patch, undo what it may not do, and put `.git` back."""
    original, tree, work = request["original"], request["tree"], request["work"]
    skip = {GIT, *request["links"]}
    copy_tree(original, tree, {GIT}, request["links"])
    before = walk(original, skip)
    elsewhere = {folder: sorted(os.listdir(folder)) for folder in request["elsewhere"]}
    step, message = apply(request, work)
    if not step:
        return {"step": "", "message": message, "changes": [], "undone": []}
    pair = Pair(original, tree, before, walk(tree, set(request["links"])), stamped=True)
    changes = [_change(pair, path) for path in sorted({*before, *pair.after}) if _is_change(pair, path)]
    strays = [folder for folder, names in elsewhere.items() if sorted(os.listdir(folder)) != names]
    if any(not os.path.islink(os.path.join(tree, link)) for link in request["links"]):
        strays.append("what the image links to")
    undone = undo(pair, Rules(request["rules"], built=False))
    _restore_git(original, tree)
    return {
        "step": step,
        "message": message,
        "changes": changes[: request["most"]],
        "undone": undone[: request["most"]],
        "strays": strays,
    }


def undo(pair: Pair, rules: Rules) -> list[str]:
    removed, restored = [], []
    for path, entry in pair.after.items():
        old = pair.before.get(path)
        new = entry.kind != "folder" and (old is None or old.kind == "folder")
        if new and rules.refuses(pair, path):
            removed.append(path)
        elif new and rules.built and os.path.basename(path) == ENTRY_POINTS:
            removed += [path] if _gains_plugins(pair, path) else []
    for path, entry in pair.before.items():
        found = path in pair.after
        if entry.kind == "folder" or not (rules.protects(path) or (found and path.endswith(BYTECODE))):
            if rules.built and os.path.basename(path) == ENTRY_POINTS and _gains_plugins(pair, path):
                restored.append(path)
        elif pair.differs(path):
            restored.append(path)
    for path in removed:
        remove(os.path.join(pair.tree, path))
        prune(pair.tree, path, pair.before)
    for path in restored:
        place(pair.original, pair.tree, path)
    return sorted(_text(path) for path in {*removed, *restored} if not (rules.built and path.endswith(BYTECODE)))


def restore(request: dict[str, Any]) -> dict[str, Any]:
    """Undo what a build did to tests and configuration, put the instance's test files over the tree, and hash them.

    The texts of `instead` go to their paths in the place of the instance's files. The list of what was restored is
    whole.
    """
    original, tree = request["original"], request["tree"]
    work = os.path.join(request["work"], "tests")
    os.mkdir(work)
    message = patch_tests(request, work)
    if message:
        return {"message": message, "restored": [], "undone": []}
    for folder in request["clear"]:
        reopen(folder)
        for name in os.listdir(folder):
            if os.path.join(folder, name) != request["work"]:
                remove(os.path.join(folder, name))
    rules = Rules(request["rules"], built=request["built"])
    skip = {GIT, *request["links"]}
    pair = Pair(original, tree, walk(original, skip), walk(tree, skip), stamped=False)
    undone = undo(pair, rules)
    restored = {
        path: digest(original, path, entry)
        for path, entry in pair.before.items()
        if entry.kind != "folder" and rules.protects(path) and rules.is_watched(path)
    }
    for path, text in request["instead"]:
        write(work, path, text)
    tests = walk(work, set())
    for path in dict.fromkeys([*request["tests"], *dict(request["instead"])]):
        if path in tests:
            place(work, tree, path)
        else:
            remove(os.path.join(tree, path))
            prune(tree, path, {**pair.before, **tests})
        restored[path] = digest(work, path, tests.get(path))
    restored.update(_restore_git(original, tree))
    for link in request["links"]:
        full = os.path.join(tree, link)
        if not os.path.islink(full) or os.readlink(full) != os.path.join(original, link):
            remove(full)
            os.symlink(os.path.join(original, link), full)
    kept = sorted((_wire(path), value) for path, value in restored.items())
    return {"message": "", "restored": kept, "undone": undone[: request["most"]]}


def verify(request: dict[str, Any]) -> dict[str, Any]:
    """List the restored files that are not as they were and what has been put beside them, each with its digest.

    What is too large to be read has no digest, and neither have git's files: nothing is equal to these.
    """
    tree, restored = request["tree"], {_from_wire(path): value for path, value in request["restored"]}
    rules = Rules(request["rules"], built=True)
    skip = {GIT, *request["links"]}
    pair = Pair(request["original"], tree, walk(request["original"], skip), walk(tree, skip), stamped=False)
    changed = [
        path
        for path, expected in restored.items()
        if not path.startswith(GIT + "/") and not has_digest(tree, path, pair.after.get(path), expected)
    ]
    changed += _git_changes(tree, {path: value for path, value in restored.items() if path.startswith(GIT + "/")})
    changed += [
        path
        for path, entry in pair.after.items()
        if path not in pair.before and path not in restored and entry.kind != "folder" and path not in rules.allowed
        if rules.configures_tests(path) or rules.shadows(pair, path) or is_program(pair, path)
    ]
    return {"changed": [(_text(path), _state(pair, path)) for path in sorted(set(changed))[: request["most"]]]}


def _state(pair: Pair, path: str) -> str:
    entry = pair.after.get(path)
    if path.startswith(GIT + "/") or (entry is not None and entry.size > MAX_COMPARED_BYTES):
        return UNKNOWN
    return digest(pair.tree, path, entry)


def _is_change(pair: Pair, path: str) -> bool:
    old, new = pair.before.get(path), pair.after.get(path)
    if (old or new) and (old or Entry("folder")).kind == (new or Entry("folder")).kind == "folder":
        return path == GIT
    return pair.differs(path)


def _change(pair: Pair, path: str) -> dict[str, Any]:
    new = _outline_of(pair.after.get(path))
    if new is not None and new["kind"] == "link":
        real = os.path.realpath(os.path.join(pair.tree, path))
        new["inside"] = (real + "/").startswith(os.path.realpath(pair.tree) + "/")
    return {"path": _text(path), "before": _outline_of(pair.before.get(path)), "after": new}


def _outline_of(entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    size, target = entry.size, _text(entry.target)
    return {"kind": entry.kind, "size": size, "executable": entry.executable, "target": target}


def _text(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def _wire(name: str) -> str:
    """Write a name for the host to give back: one that is no UTF-8 byte by byte, after what no name begins with."""
    data = os.fsencode(name)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\0" + data.decode("latin-1")


def _from_wire(name: str) -> str:
    return os.fsdecode(name[1:].encode("latin-1")) if name.startswith("\0") else name


def _gains_plugins(pair: Pair, path: str) -> bool:
    """Tell whether a file of entry points names plugins of a runner that the instance's does not name."""
    old, new = pair.before.get(path), pair.after.get(path)
    if new is None or new.kind == "folder":
        return False
    if new.kind != "file":  # a link would have it read from elsewhere
        return new != old
    if new.size > MAX_ENTRY_POINTS_BYTES:
        return True
    before = read(pair.original, path) if old is not None and old.kind == "file" else b""
    after = read(pair.tree, path)
    return before != after and names_plugins(after)


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _git_files(folder: str) -> dict[str, Entry]:
    git = os.path.join(folder, GIT)
    found = walk(git, GIT_UNWATCHED) if _is_folder(git) else {}
    return {GIT + "/" + path: entry for path, entry in found.items() if entry.kind != "folder"}


def _git_changes(tree: str, expected: dict[str, str]) -> list[str]:
    """List the files of `.git` that are not as expected, without those that git changes in everyday use."""
    found = _git_files(tree)
    odd = [path for path, value in expected.items() if not has_digest(tree, path, found.get(path), value)]
    return odd + [path for path in found if path not in expected and not path.endswith(".lock")]


def _restore_git(original: str, tree: str) -> dict[str, str]:
    """Put a fresh `.git` into a tree if anything of it is not the instance's; return the digests of its files."""
    source, target = os.path.join(original, GIT), os.path.join(tree, GIT)
    expected = {path: digest(original, path, entry) for path, entry in _git_files(original).items()}
    if not expected:
        remove(target)
    elif not _is_folder(target) or _git_changes(tree, expected):
        remove(target)
        os.mkdir(target)
        copy_tree(source, target, set(), [])
    return expected


# Patches are applied with git and patch(1), neither of which reads any settings but ours.

MAX_MESSAGE = 2000
LINE_ENDS = "the patch has CRLF line ends and the files do not"
GIT_SAFE = ["git", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "-c", "core.hooksPath=/dev/null"]


def apply(request: dict[str, Any], work: str) -> tuple[str, str]:
    """Try the steps in their order; return the one that applied the patch ("" if none did) and git's last words."""
    patch = os.path.join(work, "patch.diff")
    with open(patch, "wb") as file:
        file.write(request["patch"].encode())
    env = {**_environment(work), "GIT_DIR": os.path.join(request["original"], GIT), "GIT_WORK_TREE": request["tree"]}
    env["GIT_INDEX_FILE"] = os.path.join(work, "index")
    env["GIT_OBJECT_DIRECTORY"] = os.path.join(work, "objects")
    env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.path.join(request["original"], GIT, "objects")
    os.mkdir(env["GIT_OBJECT_DIRECTORY"])
    message = ""
    for number, step in enumerate(request["steps"]):
        if number == 1 and request["reset"]:  # the first attempt needs no index, and changes nothing when it fails
            _run([*GIT_SAFE, "read-tree", "HEAD"], request["tree"], env)
            _run([*GIT_SAFE, "update-index", "-q", "--refresh"], request["tree"], env)
        if number and request["reset"]:
            _run([*GIT_SAFE, "checkout", "-q", "--", "."], request["tree"], env)
            _run([*GIT_SAFE, "clean", "-fdq"], request["tree"], env)
        code, message = _run([*(GIT_SAFE if step[0] == "git" else step[:1]), *step[1:], patch], request["tree"], env)
        if code == 0:
            return " ".join(step), message
    if request["steps"] and "\r\n" in request["patch"] and _applies_without_cr(request, patch, env):
        message = LINE_ENDS
    return "", message


def _applies_without_cr(request: dict[str, Any], patch: str, env: dict[str, str]) -> bool:
    with open(patch, "wb") as file:
        file.write(request["patch"].replace("\r\n", "\n").encode())
    return _run([*GIT_SAFE, "apply", "--check", patch], request["tree"], env)[0] == 0


def patch_tests(request: dict[str, Any], work: str) -> str:
    for path in request["tests"]:
        if os.path.lexists(os.path.join(request["original"], path)):
            place(request["original"], work, path)
    if not request["test_patch"]:
        return ""
    patch = os.path.join(request["work"], "test.diff")
    with open(patch, "wb") as file:
        file.write(request["test_patch"].encode())
    env = {**_environment(request["work"]), "GIT_CEILING_DIRECTORIES": work}
    code, message = _run([*GIT_SAFE, "apply", "--whitespace=nowarn", patch], work, env)
    return "" if code == 0 else message or "git apply failed"


def _environment(home: str) -> dict[str, str]:
    return {
        "PATH": "/boxscore/bin:/usr/bin:/bin:/usr/local/bin",
        "HOME": home,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "TMPDIR": home,
    }


def _run(command: list[str], folder: str, env: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - no shell reads it
        command,
        cwd=folder,
        env=env,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout.decode(errors="replace").strip()[-MAX_MESSAGE:]
