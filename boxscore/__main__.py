"""`python -m boxscore`, and the command `boxscore`."""

from __future__ import annotations

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line. ^C while it is imported ends us as it ends any program, without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from boxscore.cli.app import main as run  # noqa: PLC0415 - takes a moment, in which a user may have second thoughts

    run()


if __name__ == "__main__":
    main()
