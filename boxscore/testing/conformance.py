"""`BackendConformance`: what every backend must do, gathered from its parts."""

from __future__ import annotations

from boxscore.testing.conformance_files import FileConformance
from boxscore.testing.conformance_isolation import IsolationConformance
from boxscore.testing.conformance_limits import LimitConformance
from boxscore.testing.conformance_networks import NetworkConformance
from boxscore.testing.conformance_programs import ProgramConformance
from boxscore.testing.conformance_streams import StreamConformance


class BackendConformance(
    ProgramConformance, LimitConformance, IsolationConformance, FileConformance, StreamConformance, NetworkConformance
):
    """The whole suite: subclass it with a `backend` and an `image` fixture."""
