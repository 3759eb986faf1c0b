"""`/v1/articles`: pages of the list, whole articles, uploads in both forms, removal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from service.api.schemas import relative_name
from tests.service.api.fakes import HARBOUR, FakeServices, harbour, stored

NEWS = {"title": "Bridge opens", "outlet": "Wire", "published_at": "2024-04-11", "text": "The bridge opened."}


def test_the_list_is_paged_and_filtered(client: TestClient, services: FakeServices) -> None:
    for number in range(5):
        item = stored(f"wire-{number}.txt", "Words.", outlet="Wire", published_at=f"2024-05-0{number + 1}")
        services.shelf[item.article.article_id] = item
    page = client.get("/v1/articles", params={"offset": 1, "limit": 2}).json()
    assert (page["total"], page["offset"], page["limit"]) == (6, 1, 2)
    assert [item["source"] for item in page["articles"]] == ["wire-0.txt", "wire-1.txt"]
    assert "text" not in page["articles"][0]
    late = client.get(
        "/v1/articles", params={"outlet": "wire", "after": "2024-05-02", "before": "2024-05-03"}
    )
    assert [item["source"] for item in late.json()["articles"]] == ["wire-1.txt", "wire-2.txt"]
    beyond = client.get("/v1/articles", params={"offset": 100}).json()
    assert (beyond["total"], beyond["articles"]) == (6, [])


@pytest.mark.parametrize("query", ["offset=-1", "limit=0", "limit=201", "limit=ten", "after=May", "page=2"])
def test_a_wrong_query_is_refused(client: TestClient, query: str) -> None:
    reply = client.get(f"/v1/articles?{query}")
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == query.partition("=")[0]


def test_an_article_comes_whole_with_its_boilerplate(client: TestClient) -> None:
    known = harbour().article
    found = client.get(f"/v1/articles/{known.article_id}").json()
    assert found["text"] == HARBOUR
    assert [HARBOUR[span["start"] : span["end"]] for span in found["boilerplate"]] == [
        "Sign up for our letter"
    ]
    assert found["page"] == f"/articles/{known.article_id}"
    assert client.get(found["page"]).status_code == 200


def test_an_unknown_article_is_a_404_problem(client: TestClient) -> None:
    for reply in (client.get("/v1/articles/nope"), client.delete("/v1/articles/nope")):
        assert reply.status_code == 404
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json()["type"] == "urn:dateline:problem:article-not-found"
        assert reply.json()["instance"] == "/v1/articles/nope"


def test_an_article_is_read_by_its_source_and_removed_by_its_id_only(
    client: TestClient, services: FakeServices
) -> None:
    item = stored("wire/2024/feed.jsonl#12", "Words.")
    services.shelf[item.article.article_id] = item
    for address in ("/v1/articles/wire/2024/feed.jsonl%2312", "/v1/articles/wire%2F2024%2Ffeed.jsonl%2312"):
        assert client.get(address).json()["article_id"] == item.article.article_id
    assert client.delete("/v1/articles/harbour.md").status_code == 404
    assert client.delete(f"/v1/articles/{harbour().article.article_id}").status_code == 204


def test_files_are_uploaded_and_reported(client: TestClient, services: FakeServices) -> None:
    reply = client.post(
        "/v1/articles",
        files=[
            ("files", ("folder/one.txt", b"First words.")),
            ("files", ("C:\\fake\\two.txt".removeprefix("C:"), b"Second words.")),
            ("files", ("three.exe", b"MZ")),
        ],
    )
    assert reply.status_code == 201
    report = reply.json()
    assert report["added"] == ["folder/one.txt", "fake/two.txt"]
    assert report["failed"] == [{"source": "three.exe", "reason": "not a kind of file that Dateline reads"}]
    assert [item["source"] for item in report["articles"]] == ["fake/two.txt", "folder/one.txt"]
    text = client.get(f"/v1/articles/{report['articles'][1]['article_id']}").json()["text"]
    assert text == "First words."


def test_an_upload_of_which_nothing_can_be_read_is_a_422(client: TestClient) -> None:
    reply = client.post("/v1/articles", files={"files": ("x.exe", b"MZ")})
    assert reply.status_code == 422
    assert reply.json()["type"] == "urn:dateline:problem:unreadable-article"
    assert "x.exe: not a kind of file" in reply.json()["detail"]


@pytest.mark.parametrize(
    "name", ["../up.txt", "a/../../up.txt", "C:\\up.txt", "a\x1b.txt", "x" * 300 + ".txt"]
)
def test_names_that_climb_or_cheat_are_refused(client: TestClient, services: FakeServices, name: str) -> None:
    before = dict(services.shelf)
    reply = client.post("/v1/articles", json={**NEWS, "source": name})
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == "source"
    assert services.shelf == before


def test_a_climbing_file_name_is_refused(client: TestClient, services: FakeServices) -> None:
    reply = client.post("/v1/articles", files={"files": ("../../etc/cron.txt", b"x")})
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == "files"
    assert len(services.shelf) == 1


@given(st.text(max_size=60))
def test_accepted_names_stay_below_their_folder(name: str) -> None:
    try:
        accepted = relative_name(name)
    except ValueError:
        return
    parts = accepted.split("/")
    assert parts
    assert not {"", ".", ".."} & set(parts)
    assert "\\" not in accepted
    assert relative_name(accepted) == accepted


def test_a_form_without_files_is_refused(client: TestClient) -> None:
    for reply in (
        client.post("/v1/articles", files={"note": (None, "hello")}),
        client.post("/v1/articles", files={"files": ("", b"")}),
    ):
        assert reply.status_code in {400, 422}
        assert reply.headers["content-type"] == "application/problem+json"


def test_an_article_is_sent_as_json(client: TestClient, services: FakeServices) -> None:
    first = client.post("/v1/articles", json=NEWS)
    assert first.status_code == 201
    (source,) = first.json()["added"]
    assert source.startswith("bridge-opens-")
    again = client.post("/v1/articles", json=NEWS).json()
    assert again["unchanged"] == [source]
    other = client.post("/v1/articles", json={**NEWS, "text": "Another."}).json()
    assert other["added"] != [source]
    assert services.article(first.json()["articles"][0]["article_id"]).article.title == "Bridge opens"


def test_a_named_article_replaces_its_earlier_version(client: TestClient) -> None:
    assert client.post("/v1/articles", json={**NEWS, "source": "wire/bridge"}).json()["added"] == [
        "wire/bridge.json"
    ]
    changed = {"title": "Bridge opens", "body": "The bridge closed.", "source": "wire/bridge"}
    assert client.post("/v1/articles", json=changed).json()["changed"] == ["wire/bridge.json"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "No words"}, "body"),
        ({**NEWS, "body": "Both."}, "body"),
        ({"text": "  \n"}, "body"),
        ({**NEWS, "published_at": "yesterday"}, "published_at"),
        ({**NEWS, "url": "javascript:alert(1)"}, "url"),
        ({**NEWS, "headline": "x"}, "headline"),
    ],
)
def test_a_wrong_article_is_refused_by_field(client: TestClient, body: dict[str, Any], field: str) -> None:
    reply = client.post("/v1/articles", json=body)
    assert reply.status_code == 422
    assert [error["field"] for error in reply.json()["errors"]] == [field]


def test_malformed_json_and_other_media_types_are_refused(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for path in ("/v1/articles", "/v1/ask"):
        reply = client.post(path, content=b'{"title": ', headers=headers)
        assert reply.status_code == 422
        assert "not valid JSON" in reply.json()["errors"][0]["message"]
    reply = client.post("/v1/articles", content=b"words", headers={"Content-Type": "text/plain"})
    assert reply.status_code == 415
    assert reply.json()["type"] == "urn:dateline:problem:unsupported-media-type"


def test_bodies_have_a_limit(client: TestClient, services: FakeServices) -> None:
    large = {"files": ("large.txt", b"x" * 200_000)}
    reply = client.post("/v1/articles", files=large)
    assert reply.status_code == 413
    assert reply.json()["type"] == "urn:dateline:problem:body-too-large"
    assert "0.05 MB" in reply.json()["detail"]
    assert client.post("/v1/ask", content=b"x" * 1_000_001).status_code == 413
    assert client.post("/v1/articles", files={"files": ("fits.txt", b"x" * 50_000)}).status_code == 201


def test_removal(client: TestClient, services: FakeServices) -> None:
    path = f"/v1/articles/{harbour().article.article_id}"
    reply = client.delete(path)
    assert (reply.status_code, reply.content) == (204, b"")
    assert client.get(path).status_code == 404


def test_json_articles_travel_as_utf_8(client: TestClient) -> None:
    body = json.dumps({"text": "Café 😀 東京", "title": "Über"}).encode()
    reply = client.post("/v1/articles", content=body, headers={"Content-Type": "application/json"})
    found = client.get(f"/v1/articles/{reply.json()['articles'][0]['article_id']}").json()
    assert (found["text"], found["title"]) == ("Café 😀 東京", "Über")
