"""What to install where a framework that an adapter is for is not there."""

from __future__ import annotations

from boxscore.resources import how_to_install


def missing(error: ModuleNotFoundError, packages: frozenset[str], extra: str) -> ImportError:
    """Make the error that names the extra which brings `packages`; the same error where something else is missing."""
    package = (error.name or "").partition(".")[0]
    if package not in packages:
        return error
    return ModuleNotFoundError(f"{package} is not installed: {how_to_install(extra)}", name=error.name)
