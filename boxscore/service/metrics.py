"""What a service counts, for Prometheus. Labels come from closed sets: no caller can make new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.records import Result

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """The counters of one service, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "boxscore_requests", "Requests answered.", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "boxscore_request_seconds",
            "Time from a request's head to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._waits = Histogram(
            "boxscore_wait_seconds", "Time that samples waited for a turn.", buckets=_SECONDS, registry=self._registry
        )
        self._samples = Counter(
            "boxscore_samples", "Samples by their outcome, or withheld.", ("outcome",), registry=self._registry
        )
        self._cpu = Counter(
            "boxscore_sample_cpu_seconds", "Cpu time that samples took in boxes.", registry=self._registry
        )
        self._refused = Counter(
            "boxscore_refused", "Requests refused for the time being.", ("reason",), registry=self._registry
        )
        self._gone = Counter(
            "boxscore_clients_gone", "Requests whose client left before its answer.", registry=self._registry
        )

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show a number that is looked up when it is asked for."""
        Gauge(f"boxscore_{name}", text, registry=self._registry).set_function(value)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def waited(self, seconds: float) -> None:
        """Count the wait for a turn."""
        self._waits.observe(seconds)

    def sample(self, result: Result) -> None:
        """Count a verdict."""
        self._samples.labels("withheld" if result.withheld else result.outcome.value).inc()
        self._cpu.inc(result.cpu_s or 0.0)

    def refused(self, reason: str) -> None:
        """Count a request that was refused, by the word for it."""
        self._refused.labels(reason).inc()

    def gone(self) -> None:
        """Count a client that left."""
        self._gone.inc()

    def text(self) -> bytes:
        """All of it in the text format of Prometheus."""
        return generate_latest(self._registry)
