"""`python -m boxscore` is the command line."""

from __future__ import annotations

from boxscore.cli.app import main

main()
