"""What became of each test between two inventories: gone, switched off, or with another body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.migration.inventory import Inventory, TestMethod

CHECKS = ("assert", "verify", "fail", "expect", "then", "should", "check")
"""How the names of methods begin that can make a test fail."""


class TestChange(Struct, frozen=True, kw_only=True):
    """One test that is not what it was. `weakens` if it no longer fails where it could: gone, off, or checking less."""

    test: str
    reason: str
    weakens: bool = False


def changed_tests(base: Inventory, now: Inventory) -> tuple[TestChange, ...]:
    """Tell each test of the base, by its id, that is gone, switched off, or has another body, with the reason.

    Layout and comments do not matter, nor do renames of packages and the mechanical steps from JUnit 4 to JUnit 5.
    A test that was switched off before may stay so. A file of the base that can no longer be read is a reason too.
    """
    unread = dict(now.unreadable)
    known = dict(base.unreadable)
    after: dict[str, dict[str, list[TestMethod]]] = {}
    for owner in now.classes:
        methods = after.setdefault(owner.name, {})
        for method in owner.methods:
            methods.setdefault(method.name, []).append(method)
    changes = []
    for owner in base.classes:
        for method in owner.methods:
            found = after.get(owner.name, {}).get(method.name, [])
            broken = unread.get(owner.path, "") if owner.path not in known else ""
            change = _change(method, found, broken, gone=owner.name not in after)
            if change is not None:
                reason, weakens = change
                changes.append(TestChange(test=f"{owner.name}#{method.name}", reason=reason, weakens=weakens))
    return tuple(changes)


def _change(method: TestMethod, found: list[TestMethod], broken: str, *, gone: bool) -> tuple[str, bool] | None:
    if not found:
        why = f"its file cannot be read: {broken}" if broken else "its class is gone" if gone else "it is gone"
        return why, not method.skipped
    on = [one for one in found if not one.skipped]
    if method.skipped or any(one.tokens == method.tokens for one in on):
        return None
    return _other_body(method, on) if on else ("it is switched off", True)


def _other_body(method: TestMethod, found: list[TestMethod]) -> tuple[str, bool]:
    before = sum(1 for _ in _checks(method))
    most = max(sum(1 for _ in _checks(one)) for one in found)
    if most < before:
        return f"its body has {most} checks, not {before}", True
    assumes = any("assum" in word.lower() for one in found for word in set(one.tokens) - set(method.tokens))
    if assumes:
        return "its body has an assumption that it did not have", True
    return "its body is another", False


def _checks(method: TestMethod) -> Iterator[str]:
    """The names of methods in its body that compare something."""
    return (word for word in method.tokens if word.startswith(CHECKS))
