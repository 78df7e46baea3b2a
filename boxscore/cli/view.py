"""`boxscore view`: pages of runs on this machine, as they are now."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import print_lines, say
from boxscore.errors import UsageError
from boxscore.page.run_list import RunPlaces, runs_in
from boxscore.run.folders import RUNS, each_run, find_run, known_run

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGES = ("starlette", "uvicorn")


def view_command(names: Sequence[str], *, host: str, port: int) -> int:
    """Serve pages of these runs, or of all below `runs/`, until a signal."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)}: not installed, and a view needs it; pip install 'boxscore[serve]'")
    places = places_of(names)
    from boxscore.page.view import make_view, serve_view  # noqa: PLC0415 - its packages are an extra
    from boxscore.service.server import listen  # noqa: PLC0415 - its packages are an extra
    from boxscore.service.settings import is_loopback  # noqa: PLC0415 - its packages are an extra

    if not is_loopback(host):
        say(f"warning: --host {host} lets others in: who reaches this port reads these runs, and no token is asked")
    with listen(host, port) as listener:
        bound, number = listener.getsockname()[:2]
        address = f"http://{f'[{bound}]' if ':' in bound else bound}:{number}/"
        print_lines([f"{address}{first_page(places, names)}"])
        say("serving; ^C ends it")
        asyncio.run(serve_view(make_view(places, host=host), listener))
    return OK


def places_of(names: Sequence[str]) -> RunPlaces:
    """The runs that are named, by path or id, and those in folders that are named. Raises UsageError, InputError."""
    runs, folders = [], []
    for name in each_run(names):
        if known_run(name) is None and Path(name).is_dir() and runs_in(Path(name)):
            folders.append(Path(name))
        else:
            runs.append(find_run(name))
    return RunPlaces(runs, folders=folders if names else [RUNS])


def first_page(places: RunPlaces, names: Sequence[str]) -> str:
    """What the address that is printed leads to: the run, where one was named, or two beside each other."""
    keys = [quote(key) for key in places.places()]
    if len(names) == 1 == len(keys):
        return f"runs/{keys[0]}/"
    return f"compare/{keys[0]}/{keys[1]}/" if len(names) == 2 == len(keys) else ""  # noqa: PLR2004 - A and B
