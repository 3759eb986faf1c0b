"""A cross-encoder that runs as an ONNX graph on this machine, from a folder the user names.

A cross-encoder reads question and passage together (Nogueira and Cho, "Passage Re-ranking with BERT", arXiv
1901.04085), which no index can prepare: it costs one run of the model for each passage and question.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from ingest.errors import SettingsError
from ingest.onnx_embedding import (
    cores,
    digest_of_files,
    neither_cutting_nor_padding,
    open_session,
    read_config,
)

GRAPHS = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
"""Where exporters put the graph; the first one there is taken."""
MAX_TOKENS = 512
"""Of question, passage and special tokens together, when the folder does not say."""
_OFFSET_TYPES = frozenset(("roberta", "xlm-roberta", "camembert", "mpnet"))
"""Models whose positions begin behind the padding token's: 514 positions hold 512 tokens."""
_NO_LIMIT = 1_000_000
"""`model_max_length` is 10^30 where the tokenizer's makers set none."""
_BATCH = 8
_LEAST_SHARE = 4
"""However long the question, a quarter of the room is the passage's."""


class OnnxReranker:
    """A BERT-like ONNX graph with a score for its output, and its tokenizer. Nothing in it changes after
    construction; threads may share it.

    The graph takes `input_ids`, `attention_mask` and, if it likes, `token_type_ids`, all int64 (batch, sequence). Its
    first output is (batch,) or (batch, 1), a score; or (batch, 2), the logits of "not relevant" and "relevant", whose
    difference is the score. Equal calls give equal scores; a graph quantized by the batch may score a passage a little
    differently beside others.
    """

    def __init__(
        self,
        *,
        name: str,
        fingerprint: str,
        graph: bytes | Path,
        tokenizer: Tokenizer,
        max_tokens: int,
        pad_id: int = 0,
        threads: int = 0,
    ) -> None:
        """Load the graph and try it on one pair.

        Args:
            graph: a serialized graph, or the path of one (which may have data files beside it).
            tokenizer: whose template joins a pair; it neither cuts nor pads.
            max_tokens: of question, passage and special tokens together.
            threads: batches run at the same time; 0 means one for each core this process may use.

        Raises:
            SettingsError: the graph cannot be loaded, has other inputs or outputs, or does not fit the tokenizer.
        """
        self.name = name
        self.fingerprint = fingerprint
        self.max_tokens = max_tokens
        self._threads = threads or cores()
        self._tokenizer = tokenizer
        self._pad_id = pad_id
        self._room = max_tokens - tokenizer.num_special_tokens_to_add(is_pair=True)
        if self._room < 2:
            raise SettingsError(f"reranker {name}: a maximum of {max_tokens} tokens leaves no room for text")
        try:
            self._session = open_session(name, graph)
        except SettingsError as error:
            cause = error.__cause__ or error
            raise SettingsError(f"reranker {name}: its graph cannot be loaded: {cause}") from error
        self._inputs = [given.name for given in self._session.get_inputs()]
        unknown = set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}
        if "input_ids" not in self._inputs or unknown:
            raise SettingsError(
                f"reranker {name}: its graph takes {self._inputs}, not a BERT-like model's inputs"
            )
        self.scores("Does it work?", ["It does.", "It scores a pair of texts."])

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See `Reranker.scores`. What does not fit the model is cut from the passage's end."""
        found = np.zeros(len(passages), np.float32)
        if not passages:
            return found
        pairs = self._pairs(question, passages)
        # The longest first: a batch holds pairs of nearly one length, and the last to finish is a short one.
        order = sorted(range(len(pairs)), key=lambda index: -len(pairs[index].ids))
        batches = [order[first : first + _BATCH] for first in range(0, len(order), _BATCH)]

        def fill(batch: Sequence[int]) -> None:
            found[list(batch)] = self._run([pairs[index] for index in batch])

        workers = min(self._threads, len(batches))
        if workers == 1:
            for batch in batches:
                fill(batch)
            return found
        with ThreadPoolExecutor(workers, thread_name_prefix="rerank") as pool:
            for done in [pool.submit(fill, batch) for batch in batches]:
                done.result()
        return found

    def _pairs(self, question: str, passages: Sequence[str]) -> list[Encoding]:
        """Question and passage joined by the tokenizer's template, the passage cut to what room is left."""
        asked = self._tokenizer.encode(question, add_special_tokens=False)
        asked.truncate(self._room - max(1, self._room // _LEAST_SHARE))
        read = self._tokenizer.encode_batch_fast(list(passages), add_special_tokens=False)
        for encoding in read:
            encoding.truncate(self._room - len(asked.ids))
        return [self._tokenizer.post_process(asked, encoding) for encoding in read]

    def _run(self, pairs: Sequence[Encoding]) -> NDArray[np.float32]:
        """Scores of one batch, (len(pairs),)."""
        width = max(len(pair.ids) for pair in pairs)
        values = {
            "input_ids": np.full((len(pairs), width), self._pad_id, np.int64),
            "attention_mask": np.zeros((len(pairs), width), np.int64),
            "token_type_ids": np.zeros((len(pairs), width), np.int64),
        }
        for row, pair in enumerate(pairs):
            length = len(pair.ids)
            values["input_ids"][row, :length] = pair.ids
            values["attention_mask"][row, :length] = 1
            values["token_type_ids"][row, :length] = pair.type_ids
        try:
            output = self._session.run(None, {name: values[name] for name in self._inputs})[0]
        except Exception as error:  # onnxruntime's exceptions share no narrower class
            raise SettingsError(
                f"reranker {self.name}: its graph fails; is tokenizer.json that of this model? {error}"
            ) from error
        return self._one_score_each(np.asarray(output), len(pairs))

    def _one_score_each(self, output: NDArray[Any], count: int) -> NDArray[np.float32]:
        if output.shape not in ((count,), (count, 1), (count, 2)) or output.dtype.kind != "f":
            raise SettingsError(
                f"reranker {self.name}: its graph gives {output.dtype} {output.shape} for {count} pairs, and not "
                "one score or two logits each; export it as a model for sequence classification"
            )
        logits = output.astype(np.float32).reshape(count, -1)
        scores: NDArray[np.float32] = logits[:, -1] - logits[:, 0] if logits.shape[1] == 2 else logits[:, 0]
        if not np.isfinite(scores).all():
            raise SettingsError(f"reranker {self.name}: its graph gives scores that are not finite numbers")
        return scores


def open_folder(folder: Path, *, threads: int = 0) -> OnnxReranker:
    """A cross-encoder exported for sequence classification: one of `GRAPHS`, and `tokenizer.json`.

    The most tokens are what `config.json` (`max_position_embeddings`) and `tokenizer_config.json` (`model_max_length`)
    both allow, else 512. The fingerprint holds hashes of the graph, its data file and the tokenizer, and that number.

    Raises:
        SettingsError: a file is missing or cannot be used.
    """
    graph = next((folder / place for place in GRAPHS if (folder / place).is_file()), None)
    tokenizer_file = folder / "tokenizer.json"
    if graph is None or not tokenizer_file.is_file():
        missing = f"{GRAPHS[0]} (nor {', '.join(GRAPHS[1:])})" if graph is None else "tokenizer.json"
        raise SettingsError(f"reranker onnx:{folder}: there is no {missing} in that folder")
    try:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
    except Exception as error:  # tokenizers raises nothing narrower
        raise SettingsError(f"reranker onnx:{folder}: tokenizer.json cannot be used: {error}") from error
    config = read_config(folder / "config.json")
    padding = tokenizer.padding or {}
    max_tokens = _most_tokens(config, read_config(folder / "tokenizer_config.json"))
    digest = digest_of_files([graph, *sorted(graph.parent.glob(f"{graph.name}?data")), tokenizer_file])
    return OnnxReranker(
        name=f"onnx:{folder}",
        fingerprint=f"onnx-{digest[:16]}-{max_tokens}",
        graph=graph,
        tokenizer=neither_cutting_nor_padding(tokenizer),
        max_tokens=max_tokens,
        pad_id=int(config.get("pad_token_id") or padding.get("pad_id") or 0),
        threads=threads,
    )


def _most_tokens(config: dict[str, Any], tokenizer_config: dict[str, Any]) -> int:
    limits = []
    positions = config.get("max_position_embeddings")
    if isinstance(positions, int):
        offset = config.get("model_type") in _OFFSET_TYPES
        limits.append(positions - (int(config.get("pad_token_id") or 0) + 1 if offset else 0))
    longest = tokenizer_config.get("model_max_length")
    if isinstance(longest, int) and longest < _NO_LIMIT:
        limits.append(longest)
    return min(limits, default=MAX_TOKENS)


__all__ = ["GRAPHS", "MAX_TOKENS", "OnnxReranker", "open_folder"]
