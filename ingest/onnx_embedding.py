"""Embedders that run an ONNX graph on this machine: the bundled model, or one from a folder the user names.

Every text is run by itself, one thread a text, several texts at a time. Against padded batches on all
threads this was faster (measured on 2 busy cores: 51 against 35 chunks a second), wastes nothing on padding,
needs the memory of a few texts only, and makes a text's vector a function of that text alone, whatever the
graph's quantization does.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from ingest.errors import SettingsError
from ingest.minilm import GRAPH_NAME, load_graph
from ingest.weights import TOKENIZER_SHA256, find_weights, read_verified

MAX_TOKENS = 256
"""The bundled model's published `max_seq_length`. Dateline counts content tokens, so a sequence has up to 258
with [CLS] and [SEP]; the model has 512 positions."""

Pooling = Literal["mean", "cls"]

_TOKENIZE_AT_ONCE = 256
"""Texts tokenized together, so that a long list does not hold all its encodings in memory."""


class OnnxEmbedder:
    """A BERT-like ONNX graph and its tokenizer. Nothing in it changes after construction; threads may share
    it.

    The graph takes `input_ids`, `attention_mask` and, if it likes, `token_type_ids`, all int64 (batch,
    sequence). Its first output is either (batch, dimension) or (batch, sequence, dimension), which is then
    pooled.
    """

    def __init__(
        self,
        *,
        name: str,
        fingerprint: str,
        graph: bytes | Path,
        tokenizer: Tokenizer,
        max_tokens: int,
        pooling: Pooling = "mean",
        threads: int = 0,
    ) -> None:
        """Load the graph.

        Args:
            fingerprint: as it should be, save for the dimension, which is appended.
            graph: a serialized graph, or the path of one (which may have data files beside it).
            max_tokens: content tokens of a text that count.
            threads: texts run at the same time; 0 means one for each core this process may use.

        Raises:
            SettingsError: the graph cannot be loaded or has other inputs or outputs.
        """
        self.name = name
        self.max_tokens = max_tokens
        self._threads = threads or _cores()
        self._pooling = pooling
        self._tokenizer = tokenizer
        self._session = _open_session(name, graph)
        self._inputs = [given.name for given in self._session.get_inputs()]
        unknown = set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}
        if "input_ids" not in self._inputs or unknown:
            raise SettingsError(
                f"embedder {name}: its graph takes {self._inputs}, not a BERT-like model's inputs"
            )
        self.dimension = len(self._vector(self._encode(["dimension"])[0]))
        self.fingerprint = f"{fingerprint}-{self.dimension}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)

        def fill(index: int, encoding: Encoding) -> None:
            vectors[index] = self._vector(encoding)

        for first in range(0, len(texts), _TOKENIZE_AT_ONCE):
            encodings = self._encode(texts[first : first + _TOKENIZE_AT_ONCE])
            # The longest first: the last to finish is then a short one, and no core waits for long.
            order = sorted(range(len(encodings)), key=lambda index: -len(encodings[index].ids))
            workers = min(self._threads, len(order))
            if workers == 1:
                for index in order:
                    fill(first + index, encodings[index])
                continue
            with ThreadPoolExecutor(workers, thread_name_prefix="embed") as pool:
                for done in [pool.submit(fill, first + index, encodings[index]) for index in order]:
                    done.result()
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Embedder.count_tokens`."""
        return count_tokens(self._tokenizer, texts)

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Token ids of each text, cut to `max_tokens`, special tokens around them."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        for encoding in encodings:
            encoding.truncate(self.max_tokens)
        return [self._tokenizer.post_process(encoding) for encoding in encodings]

    def _vector(self, encoding: Encoding) -> NDArray[np.float32]:
        ids = np.array([encoding.ids], np.int64)
        values = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([encoding.type_ids], np.int64),
        }
        found = self._session.run(None, {name: values[name] for name in self._inputs})[0]
        output = np.asarray(found, np.float32)[0]
        if output.ndim == 2:
            output = output[0] if self._pooling == "cls" else output.mean(axis=0)
        length = float(np.linalg.norm(output))
        vector: NDArray[np.float32] = output / np.float32(length if length > 0 else 1)
        return vector


def open_bundled(cache_dir: Path, *, threads: int = 0) -> OnnxEmbedder:
    """The model that ships with Dateline: 384 dimensions, 256 tokens, English, int8.

    The first call on a machine assembles its graph (1–2 s) in `cache_dir`; later ones load it in about 0.3 s.

    Raises:
        WeightsError: the weights' package is absent or holds other bytes.
    """
    weights = find_weights()
    return OnnxEmbedder(
        name="bundled",
        fingerprint=GRAPH_NAME,
        graph=load_graph(cache_dir, weights),
        tokenizer=bundled_tokenizer(),
        max_tokens=MAX_TOKENS,
        threads=threads,
    )


def bundled_tokenizer() -> Tokenizer:
    """The bundled model's tokenizer, neither cutting nor padding.

    Raises:
        WeightsError: as for `open_bundled`.
    """
    content = read_verified(find_weights().tokenizer, TOKENIZER_SHA256)
    return _neither_cutting_nor_padding(Tokenizer.from_buffer(content))


def count_tokens(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, special tokens not included."""
    counts: list[int] = []
    for first in range(0, len(texts), _TOKENIZE_AT_ONCE):
        some = list(texts[first : first + _TOKENIZE_AT_ONCE])
        counts += [len(one) for one in tokenizer.encode_batch_fast(some, add_special_tokens=False)]
    return counts


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
        tokenizer = _neither_cutting_nor_padding(Tokenizer.from_file(str(tokenizer_file)))
    except Exception as error:  # tokenizers raises nothing narrower
        raise SettingsError(f"embedder onnx:{folder}: tokenizer.json cannot be used: {error}") from error
    by_cls = _config(folder / "1_Pooling" / "config.json").get("pooling_mode_cls_token")
    pooling: Pooling = "cls" if by_cls else "mean"
    sequence = (
        _config(folder / "sentence_bert_config.json").get("max_seq_length")
        or _config(folder / "config.json").get("max_position_embeddings")
        or MAX_TOKENS + 2
    )
    max_tokens = int(sequence) - tokenizer.num_special_tokens_to_add(is_pair=False)
    if max_tokens < 1:
        raise SettingsError(f"embedder onnx:{folder}: a maximum of {sequence} tokens leaves no room for text")
    digest = _digest([graph, *sorted(graph.parent.glob("model.onnx?data")), tokenizer_file])
    return OnnxEmbedder(
        name=f"onnx:{folder}",
        fingerprint=f"onnx-{digest[:16]}-{pooling}-{max_tokens}",
        graph=graph,
        tokenizer=tokenizer,
        max_tokens=max_tokens,
        pooling=pooling,
        threads=threads,
    )


def _neither_cutting_nor_padding(tokenizer: Tokenizer) -> Tokenizer:
    """Files of tokenizers often carry both as settings (this model's: cut at 128, pad to 128)."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _config(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError(f"{path} is not valid JSON: {error}") from error
    return found if isinstance(found, dict) else {}


def _digest(paths: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _open_session(name: str, graph: bytes | Path) -> Any:
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


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


__all__ = ["MAX_TOKENS", "OnnxEmbedder", "bundled_tokenizer", "count_tokens", "open_bundled", "open_folder"]
