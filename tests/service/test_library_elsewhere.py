"""Questions are answered although a derived index cannot be kept in the data folder, be it full or read-only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.derived_indexes import KEYWORD_FOLDER, SENTENCE_FOLDER, VECTOR_FOLDER
from service.opening import open_services
from service.settings import ServiceSettings

FERRY = "The ferry to Corsica sank on May 9, 2024, and all 40 passengers were saved.\n"
QUESTION = "How many passengers were on the ferry to Corsica?"


@pytest.mark.parametrize("blocked", [KEYWORD_FOLDER, VECTOR_FOLDER, SENTENCE_FOLDER])
def test_an_index_that_cannot_be_kept_is_made_elsewhere(
    blocked: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "index")
    article = tmp_path / "ferry.txt"
    article.write_text(FERRY)
    with open_services(settings, create=True) as services:
        services.ingest([article])
        expected = services.ask(QUESTION)
    shutil.rmtree(settings.data_dir / blocked)
    (settings.data_dir / blocked).write_text(
        "a file where a folder should be made: even root cannot write into it"
    )
    with open_services(settings, create=True) as services:
        found = services.ask(QUESTION)
        assert (found.answer, found.citations) == (expected.answer, expected.citations)
        assert "40 passengers" in found.answer
        article.write_text(FERRY.replace("40", "41"))
        services.ingest([article])
        assert "41 passengers" in services.ask(QUESTION).answer
    assert "a temporary place" in caplog.text
