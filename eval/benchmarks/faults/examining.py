"""What an index holds and answers, found out in a process of its own: a damaged one could end whoever opens it.

    python -m eval.benchmarks.faults.examining --data-dir DIR REQUEST

REQUEST is JSON: `vectors`, a file to write the vectors of all articles to (None: articles are not looked at), and
`questions`. The last line of stdout is a JSON document.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.benchmarks.faults.commands import Dateline, Ended

if TYPE_CHECKING:
    from service.settings import ServiceSettings

MODULE = "eval.benchmarks.faults.examining"


def examined(
    dateline: Dateline, questions: list[str], *, articles: bool = True
) -> tuple[Ended, dict[str, Any]]:
    """What an index holds and answers now, and how looking ended; the document is empty where that failed.

    `articles` is a list by id of source, version, text and a digest of the chunks, `vectors` an array by id, `torn`
    says what is not whole; `answers` are in the order of the questions.
    """
    with tempfile.TemporaryDirectory(prefix="dateline-faults-") as folder:
        file = Path(folder) / "vectors.npz"
        request = json.dumps({"vectors": str(file) if articles else None, "questions": questions})
        ended = dateline.run(request, module=MODULE)
        lines = ended.stdout.strip().splitlines()
        if ended.code != 0 or not lines:
            return ended, {}
        document: dict[str, Any] = json.loads(lines[-1])
        if articles:
            with np.load(file) as arrays:
                document["vectors"] = {
                    article_id: arrays[str(number)] for number, article_id in enumerate(document["articles"])
                }
    return ended, document


def held(settings: ServiceSettings, vectors_file: Path) -> dict[str, Any]:
    """Every article by id: its source, version, text, and a digest of its chunks; and what is torn. Their vectors,
    (chunks, dimension), are written to a file in the same order."""
    from contextlib import nullcontext

    from ingest.articles import chunk_id_of
    from ingest.ownership import Ownership
    from ingest.store import ArticleStore

    found: dict[str, list[str]] = {}
    arrays: list[Any] = []
    torn: list[str] = []
    owned = (
        Ownership.acquire(settings.data_dir, role="bench") if settings.chroma_url is None else nullcontext()
    )
    with owned, ArticleStore.open(settings, fingerprint=None, dimension=None, create=False) as store:
        records = store.catalogue()
        stored = store.get([record.article_id for record in records])
        for record in records:
            if record.article_id not in stored:
                torn.append(f"{record.source} has no text")
                continue
            article = stored[record.article_id].article
            chunks = store.chunks(record.chunk_ids)
            vectors = store.vectors_of(record.chunk_ids)
            expected = [
                chunk_id_of(record.article_id, record.version, number) for number in range(record.chunk_count)
            ]
            if list(chunks) != expected or len(vectors) != len(expected):
                torn.append(f"{record.source} lacks chunks or vectors")
                continue
            if article.version != record.version:
                torn.append(f"{record.source} has not the text of its version")
            if "".join(chunk.text for chunk in chunks.values()) != article.text:
                torn.append(f"{record.source} is not what its chunks say")
            words = json.dumps([[one.chunk_id, one.embedded_text] for one in chunks.values()])
            found[record.article_id] = [record.source, record.version, article.text, _digest(words.encode())]
            arrays.append(np.array([vectors[one] for one in expected]))
        if len(list(store.article_vectors())) != len(records):
            torn.append("articles without the vectors that lie beside their texts")
    np.savez(vectors_file, **{str(number): array for number, array in enumerate(arrays)})
    return {"articles": found, "torn": torn}


def main() -> None:
    """What the process does."""
    from ingest.errors import DatelineError
    from service.opening import open_services
    from service.settings import ServiceSettings

    data_dir, request = Path(sys.argv[2]), json.loads(sys.argv[3])
    settings = ServiceSettings.load(data_dir=data_dir)
    try:
        document = held(settings, Path(request["vectors"])) if request["vectors"] else {}
        if request["questions"]:
            with open_services(settings, role="bench") as services:
                document["answers"] = [
                    services.ask(question).model_dump(mode="json") for question in request["questions"]
                ]
    except DatelineError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(3)
    sys.stdout.write(json.dumps(document) + "\n")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]


if __name__ == "__main__":
    main()
