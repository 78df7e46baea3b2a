"""The routes of a view: what they answer, what they refuse, and what an address cannot reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from boxscore.page.run_list import RunFolders
from boxscore.page.view import make_view
from tests.compare.runs import with_limits, write_run
from tests.page.runs import make_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture(name="client")
def fixture_client(folder: Path) -> Iterator[TestClient]:
    with asking(folder) as client:
        yield client


def asking(folder: Path, **options: Any) -> TestClient:
    app = make_view(RunFolders(folders=[folder]), **options)
    return TestClient(app, base_url="http://127.0.0.1:4711", follow_redirects=False, raise_server_exceptions=False)


def test_the_list(client: TestClient, folder: Path) -> None:
    make_run(folder / "one", 8)
    page = client.get("/")
    again = client.get("/runs.json")
    make_run(folder / "two", 8)
    other = client.get("/runs.json")

    assert '"key":"one"' in page.text
    assert [run["key"] for run in again.json()["runs"]] == ["one"]
    assert len(other.json()["runs"]) == 2


def test_a_run(client: TestClient, folder: Path) -> None:
    make_run(folder / "one", 12, agents=True)

    page = client.get("/runs/one/")
    head = client.get("/runs/one/head.json").json()
    rows = client.get("/runs/one/rows.json").json()
    last = client.get("/runs/one/rows.json?from=11").json()
    details = client.get("/runs/one/details/11.json").json()

    assert page.status_code == 200
    assert (head["kind"], head["rows"], head["going_on"]) == ("run", 12, False)
    assert len(rows) == 12
    assert last == rows[11:]
    assert all(len(row) == len(head["columns"]) for row in rows)
    assert "trajectory" in {section["type"] for section in details["sections"]}


NOT_THERE = (
    "/runs/nothing/",
    "/runs/nothing/head.json",
    "/runs/one/rows.json?from=-1",
    "/runs/one/rows.json?from=1e3",
    "/runs/one/rows.json?from=²",
    "/runs/one/details/8.json",
    "/runs/one/details/-1.json",
    "/runs/one/details/99999999999999999999.json",
    "/runs/one/details/x.json",
    "/runs/one/run.json",
    "/runs/one/results.jsonl",
    "/runs/..%2Fruns%2Fone/",
    "/runs/%2e%2e/",
    "/runs//",
    "/etc/passwd",
    "/compare/one/nothing/",
)


def test_what_is_not_there(client: TestClient, folder: Path) -> None:
    make_run(folder / "one", 8)

    assert {path: client.get(path).status_code for path in NOT_THERE} == dict.fromkeys(NOT_THERE, 404)


def test_only_get(client: TestClient, folder: Path) -> None:
    make_run(folder / "one", 4)

    for path in ("/", "/runs.json", "/runs/one/", "/runs/one/head.json", "/compare/one/one/"):
        assert [client.request(method, path).status_code for method in ("POST", "PUT", "DELETE", "OPTIONS")] == [
            405
        ] * 4


def test_names_that_lead_here_by_somebody_elses_dns(client: TestClient) -> None:
    others = ("evil.example", "evil.example:4711", "127.0.0.1.evil.example", "", "10.0.0.1")
    own = ("localhost:4711", "127.0.0.1", "[::1]:4711", "LOCALHOST")

    answers = {host: client.get("/runs.json", headers={"Host": host}) for host in (*others, *own)}

    assert [answers[host].status_code for host in others] == [421] * len(others)
    assert all("runs" not in answers[host].text for host in others)
    assert [answers[host].status_code for host in own] == [200] * len(own)


def test_a_view_that_lets_others_in(folder: Path) -> None:
    with asking(folder, host="0.0.0.0") as client:  # a view that was told to
        found = {host: client.get("/", headers={"Host": host}).status_code for host in ("10.0.0.1:80", "evil.example")}

    assert found == {"10.0.0.1:80": 200, "evil.example": 421}


def test_headers(client: TestClient, folder: Path) -> None:
    make_run(folder / "one", 4)
    make_run(folder / "two", 4)

    for path in ("/", "/runs.json", "/runs/one/", "/runs/one/head.json", "/runs/nothing/", "/compare/one/two/"):
        headers = client.get(path, headers={"Origin": "http://evil.example"}).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "access-control-allow-origin" not in headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


def test_two_runs(client: TestClient, folder: Path) -> None:
    write_run(folder / "old", "+ + - -")
    write_run(folder / "new", "+ - + -")

    page = client.get("/compare/old/new/")
    head = client.get("/compare/old/new/head.json").json()
    rows = client.get("/compare/old/new/rows.json").json()

    assert page.status_code == 200
    assert (head["kind"], head["rows"]) == ("comparison", 4)
    assert [row[2] for row in rows] == ["both_passed", "broken", "fixed", "both_failed"]
    assert client.get("/compare/old/new/details/1.json").status_code == 200


def test_runs_that_are_not_compared(client: TestClient, folder: Path) -> None:
    write_run(folder / "old", "+ + -")
    write_run(folder / "new", "+ - -", conditions=with_limits(cpu_s=9.0))

    refused = client.get("/compare/old/new/")
    onward = re.search(r'href="(/compare/[^"]+)"', refused.text)
    asked = client.get("/compare/old/new/head.json")
    assert onward is not None
    head = client.get(f"{onward[1]}head.json").json()

    assert refused.status_code == 409
    assert "limits.cpu_s: 3 in old, 9 in new" in refused.text
    assert onward[1] == "/compare/old/new/allowing/limits.cpu_s/"
    assert (asked.status_code, "limits.cpu_s" in asked.json()["error"]) == (409, True)
    assert client.get(onward[1]).status_code == 200
    assert "differs, and was allowed: limits.cpu_s: 3 in old, 9 in new" in head["warnings"]


def test_a_damaged_run(client: TestClient, folder: Path) -> None:
    make_run(folder / "good", 4)
    make_run(folder / "bad", 4)
    with (folder / "bad" / "results.jsonl").open("ab") as file:
        file.write(b'{"no": "result"}\n')

    page = client.get("/runs/bad/")
    head = client.get("/runs/bad/head.json")

    assert page.status_code == 409
    assert "damaged line" in page.text
    assert "damaged line" in head.json()["error"]
    assert client.get("/runs/good/head.json").status_code == 200


def test_hostile_texts_stay_texts(client: TestClient, folder: Path) -> None:
    make_run(folder / "bad", 8, hostile=True)
    make_run(folder / "</script><script>alert(1)<!--", 8, hostile=True)

    key = client.get("/runs.json").json()["runs"][0]["key"]
    pages = [client.get("/").text, client.get(f"/runs/{key}/").text, client.get("/runs/<script>/").text]

    for page in pages:
        assert "<script>alert" not in page
        assert "pwned'</script>" not in page
        assert len(re.findall("<script", page)) <= 2
