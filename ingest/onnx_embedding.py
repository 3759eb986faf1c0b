"""Opens the embedders that run an ONNX graph on this machine: the bundled model, or one from a folder the user names.

How they embed is in `ingest.onnx_model`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from ingest.errors import SettingsError
from ingest.minilm import GRAPH_NAME, load_graph
from ingest.onnx_model import OnnxEmbedder, Pooling, count_tokens, open_embedder
from ingest.weights import TOKENIZER_SHA256, find_weights, read_verified

MAX_TOKENS = 256
"""The bundled model's published `max_seq_length`. Dateline counts content tokens, so a sequence has up to 258
with [CLS] and [SEP]; the model has 512 positions."""


def open_bundled(cache_dir: Path, *, threads: int = 0) -> OnnxEmbedder:
    """The model that ships with Dateline: 384 dimensions, 256 tokens, English, int8.

    The first call on a machine assembles its graph (1–2 s) in `cache_dir`; later ones load it in 0.1–0.3 s.

    Raises:
        WeightsError: the weights' package is absent or holds other bytes.
    """
    weights = find_weights()
    return open_embedder(
        name="bundled",
        fingerprint=GRAPH_NAME,
        session=open_session("bundled", load_graph(cache_dir, weights)),
        tokenizer=bundled_tokenizer(),
        max_tokens=MAX_TOKENS,
        pooling="mean",
        threads=threads or cores(),
    )


def bundled_tokenizer() -> Tokenizer:
    """The bundled model's tokenizer, neither cutting nor padding.

    Raises:
        WeightsError: as for `open_bundled`.
    """
    content = read_verified(find_weights().tokenizer, TOKENIZER_SHA256)
    return neither_cutting_nor_padding(Tokenizer.from_buffer(content))


def open_folder(folder: Path, *, threads: int = 0) -> OnnxEmbedder:
    """A model exported for sentence-transformers: `model.onnx` (here or in `onnx/`) and `tokenizer.json`.

    `1_Pooling/config.json` decides between mean (the default) and CLS pooling; `max_seq_length` in
    `sentence_bert_config.json`, else `max_position_embeddings` in `config.json`, else 256, how much of a text
    counts. The fingerprint holds hashes of the graph, its data file, the tokenizer and these choices.

    Raises:
        SettingsError: a file is missing or cannot be used.
    """
    places = (folder / "model.onnx", folder / "onnx" / "model.onnx")
    graph = next((path for path in places if path.is_file()), None)
    tokenizer_file = folder / "tokenizer.json"
    if graph is None or not tokenizer_file.is_file():
        missing = "model.onnx" if graph is None else "tokenizer.json"
        raise SettingsError(f"embedder onnx:{folder}: there is no {missing} in that folder")
    try:
        tokenizer = neither_cutting_nor_padding(Tokenizer.from_file(str(tokenizer_file)))
    except Exception as error:  # tokenizers raises nothing narrower
        raise SettingsError(f"embedder onnx:{folder}: tokenizer.json cannot be used: {error}") from error
    by_cls = read_config(folder / "1_Pooling" / "config.json").get("pooling_mode_cls_token")
    pooling: Pooling = "cls" if by_cls else "mean"
    sequence = (
        read_config(folder / "sentence_bert_config.json").get("max_seq_length")
        or read_config(folder / "config.json").get("max_position_embeddings")
        or MAX_TOKENS + 2
    )
    max_tokens = int(sequence) - tokenizer.num_special_tokens_to_add(is_pair=False)
    if max_tokens < 1:
        raise SettingsError(f"embedder onnx:{folder}: a maximum of {sequence} tokens leaves no room for text")
    digest = digest_of_files([graph, *sorted(graph.parent.glob("model.onnx?data")), tokenizer_file])
    name = f"onnx:{folder}"
    return open_embedder(
        name=name,
        fingerprint=f"onnx-{digest[:16]}-{pooling}-{max_tokens}",
        session=open_session(name, graph),
        tokenizer=tokenizer,
        max_tokens=max_tokens,
        pooling=pooling,
        threads=threads or cores(),
    )


def neither_cutting_nor_padding(tokenizer: Tokenizer) -> Tokenizer:
    """Files of tokenizers often carry both as settings (this model's: cut at 128, pad to 128)."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def read_config(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError(f"{path} is not valid JSON: {error}") from error
    return found if isinstance(found, dict) else {}


def digest_of_files(paths: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def open_session(name: str, graph: bytes | Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # a plan for each length seen would be kept, and never used again
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            graph if isinstance(graph, bytes) else str(graph), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions share no narrower class
        raise SettingsError(f"embedder {name}: its graph cannot be loaded: {error}") from error


def cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


__all__ = ["MAX_TOKENS", "OnnxEmbedder", "bundled_tokenizer", "count_tokens", "open_bundled", "open_folder"]
