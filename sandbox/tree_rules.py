"""Which paths of a tree belong to its tests and their runner, by rules from the host; part of the tree program."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_files import Pair

BYTECODE = (".pyc", ".pyo")
COMPILED = (".so", ".pyd", ".dll", ".dylib", *BYTECODE)
PLUGINS = re.compile(r"pytest11|[\w.:-]*plugins?|hypothesis|[\w.:-]*nose[\w.:-]*", re.IGNORECASE)
PLAIN_GROUP = re.compile(r"\[[\w.:-]+\]", re.ASCII)  # as builds write one
ENTRY_POINTS = "entry_points.txt"
COMPILED_FROM = (".pyx", ".c", ".cc", ".cpp", ".cxx", ".rs", ".f", ".f90", ".pyf")
LOCKS = (".lock", "-lock.json", "-lock.yaml", "go.sum")  # package managers bring them up to date by themselves
LOADED = ("conftest.py", "sitecustomize.py", "usercustomize.py")  # wherever they are
METADATA = (".egg-info", ".dist-info")  # in letters of any case
SOURCES_LISTS = tuple(kind + "/SOURCES.txt" for kind in METADATA)  # what a package was made of: nothing acts upon it
ENVIRONMENTS = (".tox", ".nox")  # where runners keep interpreters and what these import
INTERPRETER = re.compile(r"/(?:opt|usr)(?:/(?!\.\.?/)[\w.+-]+)*/bin/(?:python|pypy)[\d.]*")


class Rules:
    """Judges paths. `built` says that the candidate's build ran: what builds may make is then let stand.

    `paths` are the files of tests themselves, `folders` those with tests in them, `names`, `patterns` and `parts` the
    names of configuration (of files; of files, with wildcards; of any part of a path), `allowed` paths are excepted.
    `roots` are folders that modules are imported from, `modules` names that are not to be taken there, `sites` where
    the image keeps installed modules.
    """

    def __init__(self, settings: dict[str, Any], *, built: bool) -> None:
        self.built = built
        self.allowed, self.paths = set(settings["allowed"]), set(settings["paths"])
        self.folders = tuple(folder + "/" for folder in settings["folders"])
        self.names, self.parts = set(settings["names"]), set(settings["parts"])
        self.patterns = re.compile("|".join(fnmatch.translate(pattern) for pattern in settings["patterns"]) or r"(?!)")
        self.sources, self.modules, self.roots = tuple(settings["sources"]), set(settings["modules"]), settings["roots"]
        self.sites = settings["sites"]
        self.installed: dict[str, bool] = {}

    def is_test(self, path: str) -> bool:
        return path in self.paths or (path + "/").startswith(self.folders)

    def configures(self, path: str) -> bool:
        *parents, name = path.split("/")
        if name in self.names or self.patterns.match(name) or not self.parts.isdisjoint(parents):
            return True
        if in_environment(path):
            return True
        return not self.built and any(part.lower().endswith(METADATA) for part in (*parents, name))

    def configures_tests(self, path: str) -> bool:
        """Tell whether a runner would find configuration at `path` on its way to the tests."""
        parent, _, name = path.rpartition("/")
        if name.endswith(".pth") or name in LOADED:
            return True
        return parent in self.roots and (name in self.names or self.patterns.match(name) is not None)

    def protects(self, path: str) -> bool:
        return path not in self.allowed and (self.is_test(path) or self.configures(path))

    def refuses(self, pair: Pair, path: str) -> bool:
        """Tell whether nothing new may stand at a path.

        A build may leave what only looks like configuration in folders of its own, and modules that it made from
        the instance's sources of tests.
        """
        if path in self.allowed:
            return False
        if path.endswith(BYTECODE) or in_environment(path) or self.shadows(pair, path):
            return True
        if not self.built:
            return self.is_test(path) or self.configures(path)
        return self.configures_tests(path) or (self.is_test(path) and not self._is_built_from(pair, path))

    def _is_built_from(self, pair: Pair, path: str) -> bool:
        stem = os.path.join(os.path.dirname(path), os.path.basename(path).partition(".")[0])
        if not path.endswith(COMPILED) or stem + ".py" in pair.before or path in self.paths:
            return False
        return any(stem + end in pair.before for end in COMPILED_FROM)

    def is_watched(self, path: str) -> bool:
        """Tell whether a protected path is code or configuration, which a run of honest tests leaves alone."""
        if path.endswith((*BYTECODE, *LOCKS, *SOURCES_LISTS)):
            return False
        return path in self.paths or self.configures(path) or path.endswith(self.sources)

    def shadows(self, pair: Pair, path: str) -> bool:
        """Tell whether something new at `path` would be imported in the place of a module of someone else's."""
        stem = os.path.basename(path).partition(".")[0]
        importable = path.endswith((".py", *COMPILED)) or pair.after[path].kind == "link"
        if not importable or path in self.allowed or "__pycache__" in path.split("/"):
            return False
        if self._over_module(pair, path, stem) or self._over_tests(pair, path, stem):
            return True
        for root in self.roots:
            if root and (not path.startswith(root + "/") or root + "/__init__.py" in pair.before):
                continue
            below = path[len(root) + 1 :] if root else path
            first = below.partition("/")[0].partition(".")[0]
            known = os.path.join(root, first)
            if not first:  # below a hidden folder, which is no package
                continue
            if known not in pair.before and known + ".py" not in pair.before and self._is_taken(pair, first):
                return True
        return False

    def _over_module(self, pair: Pair, path: str, stem: str) -> bool:
        """Tell whether `path` would be found before a module of the repository that stands beside it."""
        parent = os.path.dirname(path)
        if path.endswith(COMPILED) and not self.built:
            return os.path.join(parent, stem + ".py") in pair.after
        while parent:  # a package beside a module, with all that is in it
            package = any(os.path.join(parent, "__init__" + end) in pair.after for end in (".py", ".pyc"))
            if parent not in pair.before and parent + ".py" in pair.after and package:
                return True
            parent = os.path.dirname(parent)
        return False

    def _over_tests(self, pair: Pair, path: str, stem: str) -> bool:
        """Tell whether `path` is a module beside a folder of tests of the same name, which is no package."""
        folder = os.path.join(os.path.dirname(path), stem)
        holds_tests = any(test.startswith(folder + "/") for test in (*self.folders, *self.paths))
        return holds_tests and folder + "/__init__.py" not in pair.before

    def _is_taken(self, pair: Pair, name: str) -> bool:
        if name in self.modules or name.startswith(("pytest_", "_pytest")):
            return True
        if name not in self.installed:
            escaped = glob.escape(name)
            self.installed[name] = any(
                glob.glob(os.path.join(site, escaped + end))
                for site in [*self.sites, os.path.join(pair.original, ".venv/lib/python*/site-packages")]
                for end in ("", ".py", ".*.so")
            )
        return self.installed[name]


def names_plugins(data: bytes) -> bool:
    """Tell whether a file of entry points names plugins of a runner, or may do so to one of its many readers.

    `importlib.metadata` splits lines wherever `str.splitlines` does and takes all brackets off a group's name, its
    predecessors read an INI file: what no build writes is taken for the worst.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return True
    groups = [line for line in map(str.strip, text.splitlines()) if line.startswith("[")]
    return any(not PLAIN_GROUP.fullmatch(group) or PLUGINS.fullmatch(group[1:-1]) for group in groups)


def in_environment(path: str) -> bool:
    return not set(ENVIRONMENTS).isdisjoint(path.split("/"))


def is_program(pair: Pair, path: str) -> bool:
    """Tell whether something new in such a folder could run in the place of a program of the image.

    A link to an interpreter of the image, whose own files nobody in a box can write, is what runners make themselves.
    """
    kind, target = pair.after[path].kind, pair.after[path].target
    if not in_environment(path) or kind == "folder":
        return False
    if kind != "link":
        return os.path.basename(os.path.dirname(path)) in ("bin", "Scripts", *ENVIRONMENTS)
    chain = (target, os.path.realpath(target))
    inside = any(place.startswith((pair.tree + "/", pair.original + "/")) for place in chain)
    known = all(INTERPRETER.fullmatch(place) for place in (*chain, "/usr/bin/" + os.path.basename(path)))
    return inside or not known or not os.path.exists(target)
