"""Which instances have which services, and what their test commands do to trust them."""

from __future__ import annotations

import pytest

from harnesses.swebench.task import services, trusting


@pytest.mark.parametrize(
    ("repo", "version", "hosts"),
    [
        ("psf/requests", "0.14", ["httpbin.org", "www.google.co.uk"]),
        ("psf/requests", "2.7", ["httpbin.org", "www.google.co.uk"]),
        ("psf/requests", "2.8", ["httpbin.org"]),
        ("psf/requests", "2.10", ["httpbin.org"]),
        ("psf/requests", "3.0", ["httpbin.org"]),
        ("django/django", "2.4", []),
    ],
)
def test_services_follow_from_repository_and_version(repo: str, version: str, hosts: list[str]) -> None:
    assert [service.host for service in services(repo, version)] == hosts
    assert bool(trusting(repo, version)) == bool(hosts)
