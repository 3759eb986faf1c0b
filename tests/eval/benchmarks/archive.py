"""A small invented archive in the benchmark's format, and services over it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOPICS = (
    ("Ferry", "The ferry to Holm Island will sail again in May.", "Harbour Post"),
    ("Quay", "Repairs of the old quay cost 4 million crowns.", "The Lantern"),
    ("Swim", "Ida Berg won the winter swim in 19 minutes.", "RowSports.com"),
    ("Kelp", "Divers planted nine hectares of kelp off the cape.", "Fjord News - Health"),
    ("Bridge", "The bridge at Sund stays shut until the ice is gone.", "Harbour Post"),
)


def articles() -> list[dict[str, Any]]:
    """An article for each topic, in the benchmark's fields."""
    return [
        {
            "title": f"{name} news",
            "author": None,
            "source": outlet,
            "published_at": f"2023-10-0{number}T08:00:00+00:00",
            "category": "local",
            "url": f"https://news.example/{number}",
            "body": f"{fact} Nobody was surprised. Readers of the paper had asked about it for weeks, the editor said.",
        }
        for number, (name, fact, outlet) in enumerate(TOPICS, start=1)
    ]


def questions() -> list[dict[str, Any]]:
    """Three questions with evidence and two without."""
    asked = [
        (
            "inference_query",
            "Which boat, as reported by Harbour Post, will sail to Holm Island in May?",
            (0,),
        ),
        ("comparison_query", "Does The Lantern article price the quay as RowSports times the swim?", (1, 2)),
        ("temporal_query", "Did Harbour Post say the bridge at Sund stays shut until the ice is gone?", (4,)),
        ("null_query", "Considering an ESPN article on cricket, which letter did Reuters name?", ()),
        ("null_query", "Which pharaoh's tomb was opened in Egypt according to the BBC?", ()),
    ]
    return [
        {
            "id": f"q{number}",
            "question_type": kind,
            "query": text,
            "answer": "…",
            "evidence_list": [{"url": f"https://news.example/{n + 1}", "fact": TOPICS[n][1]} for n in facts],
        }
        for number, (kind, text, facts) in enumerate(asked, start=1)
    ]


def write_benchmark(folder: Path) -> Path:
    """The benchmark's files in a folder."""
    for name, records in (("articles.jsonl", articles()), ("questions-dev.jsonl", questions())):
        lines = (json.dumps(record, ensure_ascii=False) for record in records)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
