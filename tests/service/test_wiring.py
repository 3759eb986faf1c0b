"""Opening, changing and rebuilding an index through Services."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import ArticleNotFound, IndexMissing, IndexOwned, InvalidRequest
from service.opening import open_services
from service.settings import ServiceSettings


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(data_dir=tmp_path / "index")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    news = tmp_path / "news"
    news.mkdir()
    (news / "bridge.txt").write_text(
        "The bridge in Lyon opened on May 3, 2024.\n\n“It is safe,” Ada Moreau said.\n"
    )
    (news / "strike.txt").write_text("Rail workers in Porto began a strike over pay.\n")
    return news


def test_reading_where_nothing_was_ingested_makes_no_folder(settings: ServiceSettings) -> None:
    with pytest.raises(IndexMissing, match="dateline ingest"):
        open_services(settings)
    assert not settings.data_dir.exists()


def test_what_is_ingested_can_be_asked_at_once_and_again_after_a_restart(
    settings: ServiceSettings, folder: Path
) -> None:
    with open_services(settings, create=True) as services:
        assert services.ingest([folder]).added == ["bridge.txt", "strike.txt"]
        assert services.ask("When did the bridge in Lyon open?").status == "answered"
        (folder / "quay.txt").write_text("The new quay in Porto cost $9 million.\n")
        assert services.ingest([folder]).added == ["quay.txt"]
        assert "$9 million" in services.ask("How much did the quay in Porto cost?").answer
    with open_services(settings) as services:
        assert "$9 million" in services.ask("How much did the quay in Porto cost?").answer
        assert services.ready().articles == 3


def test_one_process_owns_an_embedded_index(settings: ServiceSettings) -> None:
    with open_services(settings, role="first", create=True), pytest.raises(IndexOwned, match="first"):
        open_services(settings)
    open_services(settings).close()


def test_an_upload_is_an_article_until_it_is_removed(settings: ServiceSettings) -> None:
    with open_services(settings, create=True) as services:
        report = services.add(
            "tips/ferry.txt", b"The ferry to Corsica sank on May 9, 2024, and all 40 passengers were saved.\n"
        )
        assert report.added == ["tips/ferry.txt"]
        assert services.ask("How many passengers were on the ferry to Corsica?").status == "answered"
        article_id = services.article("tips/ferry.txt").article.article_id
        with pytest.raises(ArticleNotFound):
            services.remove("tips/ferry.txt")
        services.remove(article_id)
        assert services.ask("How many passengers were on the ferry to Corsica?").status == "abstained"


def test_a_rebuild_keeps_uploads_and_other_folders(
    settings: ServiceSettings, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "harbour.txt").write_text("The harbour closed on May 7, 2024.\n")
    with open_services(settings, create=True, rebuild=True) as services:
        services.ingest([folder, other])
        services.add("ferry.txt", b"The ferry sank on May 9, 2024.\n")
    with open_services(settings, create=True, rebuild=True) as services:
        report = services.ingest([folder], rebuild=True)
        assert sorted(report.unchanged) == ["bridge.txt", "strike.txt"]
        sources = [record.source for record in services.articles()[1]]
        assert sources == ["bridge.txt", "ferry.txt", "harbour.txt", "strike.txt"]
    with open_services(settings) as services:
        assert services.ask("When did the ferry sink?").status == "answered"


def test_an_empty_index_is_not_ready_and_empty_queries_are_refused(settings: ServiceSettings) -> None:
    with open_services(settings, create=True) as services:
        readiness = services.ready()
        assert not readiness.ready
        assert "ingest" in (readiness.detail or "")
        with pytest.raises(InvalidRequest):
            services.search(" ")


def test_warming_up_prepares_every_article_and_stops_when_closed(
    settings: ServiceSettings, folder: Path
) -> None:
    with open_services(settings, create=True) as services:
        services.ingest([folder])
        services.warm_up()
        assert services.ask("When did the bridge in Lyon open?").status == "answered"
    services.warm_up()  # closed already: it has nothing to do and does not fail
    services.close()
