"""Assembles the bundled embedding model: verified weights become an int8 ONNX graph, built once and cached.

The graph takes the `input_ids` of one text (int64, (1, sequence)) and gives `embedding` (float32, (1, 384)): BERT
with 6 layers, the mean of the last layer's states, at length 1; and `tokens` (float32, (1, sequence, 384)), those
states. It knows neither batches nor a mask: texts run one at a time anyway (see `ingest.onnx_model`), and a
quantized text's vector then depends on that text alone.

What is quantized and how is in `ingest.minilm_layers`. Measured against version 2 in one process on two busy cores
(CPU time, 40 pairs each): 1.32 times as fast at 232 tokens, 1.23 at 40; opening a session takes a third of the time.
Mean cosine to float32 of 330 chunks of 232 tokens 0.9975 (0.9962 before), the least 0.993 (0.991); of the means of
their runs of 23 tokens 0.9973 (0.9962), the least 0.992 (0.984).

`onnx` is imported only when a graph is built.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ingest.graph_cache import read_cached, write_cached
from ingest.minilm_layers import MICROSOFT, Graph, quantize_rows
from ingest.weights import MODEL_NAME, MODEL_SHA256, WeightFiles, find_weights, read_verified

GRAPH_VERSION = 3
"""Raise it whenever the graph's numbers or outputs change: it names the cached file and is part of the
embedder's fingerprint. 1 had no `tokens`; 2 had a mask, 7-bit weights and a scale per token everywhere."""

DIMENSION = 384
LAYERS = 6
HEADS = 12
GRAPH_NAME = f"{MODEL_NAME}-int8-g{GRAPH_VERSION}-{MODEL_SHA256[:8]}"
"""The cache file's name and, with the dimension, the embedder's fingerprint."""

TOKENS = "tokens"
"""The output that holds the states of the tokens."""

_OPSET = 17
_IR_VERSION = 8
_LAYER_NORM_EPSILON = 1e-12

_LOCK_TIMEOUT_S = 120.0

_log = logging.getLogger(__name__)

Tensors = Mapping[str, NDArray[Any]]


def load_graph(cache_dir: Path, weights: WeightFiles | None = None) -> bytes:
    """The serialized int8 graph: the intact copy in `cache_dir`, else built (1–2 s) and kept there.

    Several processes may call this at once: one builds, the others wait and read. A damaged file is
    rebuilt. Where the folder cannot be written, the graph is built in memory and a warning logged.

    Raises:
        WeightsError: when the graph has to be built and the weights are absent or not the expected bytes.
    """
    path = cache_dir / f"{GRAPH_NAME}.onnx"
    graph = read_cached(path)
    if graph is not None:
        return graph
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=_LOCK_TIMEOUT_S):
            graph = read_cached(path)
            if graph is None:
                graph = _build_verified(weights)
                write_cached(path, graph)
            return graph
    except (OSError, Timeout) as error:
        _log.warning("the embedding graph cannot be kept in %s (%s); it is built in memory", cache_dir, error)
        return graph if graph is not None else _build_verified(weights)


def build_graph(tensors: Tensors, *, int8: bool = True) -> bytes:
    """The model as a serialized ONNX graph.

    Args:
        tensors: the weights under their names in the published safetensors file.
        int8: False builds the same graph in float32, which tests compare with.
    """
    from onnx import TensorProto, helper

    graph = Graph(int8=int8)
    hidden = _embed_tokens(graph, tensors)
    norm = "embeddings.LayerNorm"
    for layer in range(LAYERS):
        hidden, norm = _encode(graph, tensors, f"encoder.layer.{layer}.", hidden, norm)
    mean = graph.add("ReduceMean", hidden, axes=[0], keepdims=1)
    graph.add("LpNormalization", mean, output="embedding", axis=-1, p=2)
    graph.add("Unsqueeze", hidden, graph.ints(0), output=TOKENS)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "sequence"])
    outputs = [
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, DIMENSION]),
        helper.make_tensor_value_info(TOKENS, TensorProto.FLOAT, [1, "sequence", DIMENSION]),
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, MODEL_NAME, [ids], outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=_IR_VERSION,
        producer_name="dateline",
    )
    serialized: bytes = model.SerializeToString()
    return serialized


# The states of the tokens are (sequence, 384), without the batch's axis: over three axes ONNX Runtime fuses
# an addition and a layer norm into a SkipLayerNormalization, which takes seven times as long as the two (1.31).


def _embed_tokens(graph: Graph, tensors: Tensors) -> str:
    """Word, position and (always the first) token-type embeddings, summed and normalized."""
    from onnx import TensorProto

    words = tensors["embeddings.word_embeddings.weight"]
    ids = graph.add("Squeeze", "input_ids", graph.ints(0))
    if graph.int8:
        quantized, scale = quantize_rows(words)
        rows = graph.add("Gather", graph.constant("words", quantized), ids)
        scales = graph.add("Gather", graph.constant("words.scale", scale), ids)
        word = graph.add("Mul", graph.add("Cast", rows, to=TensorProto.FLOAT), scales)
    else:
        word = graph.add("Gather", graph.constant("words", words), ids)
    places = (
        tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0]
    )
    length = graph.add("Shape", ids)
    place = graph.add("Slice", graph.constant("places", places), graph.ints(0), length, graph.ints(0))
    return _normalize(graph, tensors, "embeddings.LayerNorm", graph.add("Add", word, place))


def _encode(graph: Graph, tensors: Tensors, prefix: str, hidden: str, norm: str) -> tuple[str, str]:
    """One BERT layer over what the norm named `norm` gave: its states, and the name of the norm they are from."""

    def layer(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        return tensors[f"{name}.weight"].T, tensors[f"{name}.bias"]

    names = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
    parts = graph.linear(hidden, {name: layer(name) for name in names}, _sizes(tensors, norm))
    context = graph.add(
        "MultiHeadAttention",
        *(graph.add("Unsqueeze", part, graph.ints(0)) for part in parts),
        num_heads=HEADS,
        domain=MICROSOFT,
    )
    name, norm = f"{prefix}attention.output.dense", f"{prefix}attention.output.LayerNorm"
    attended = graph.linear(graph.add("Squeeze", context, graph.ints(0)), {name: layer(name)})[0]
    hidden = _normalize(graph, tensors, norm, graph.add("Add", attended, hidden))
    name = f"{prefix}intermediate.dense"
    inner = graph.gelu(graph.linear(hidden, {name: layer(name)}, _sizes(tensors, norm))[0])
    outer = graph.linear_after_gelu(f"{prefix}output.dense", inner, *layer(f"{prefix}output.dense"))
    norm = f"{prefix}output.LayerNorm"
    return _normalize(graph, tensors, norm, graph.add("Add", outer, hidden)), norm


def _normalize(graph: Graph, tensors: Tensors, name: str, inputs: str) -> str:
    return graph.add(
        "LayerNormalization",
        inputs,
        graph.constant(f"{name}.weight", tensors[f"{name}.weight"]),
        graph.constant(f"{name}.bias", tensors[f"{name}.bias"]),
        axis=-1,
        epsilon=_LAYER_NORM_EPSILON,
    )


def _sizes(tensors: Tensors, norm: str) -> NDArray[Any]:
    """How large the numbers are that a layer norm gives in each channel: their root mean square, if a channel's
    normalized numbers had mean 0 and variance 1."""
    return np.hypot(tensors[f"{norm}.weight"], tensors[f"{norm}.bias"])


def _build_verified(weights: WeightFiles | None) -> bytes:
    from safetensors.numpy import load

    found = weights or find_weights()
    return build_graph(load(read_verified(found.model, MODEL_SHA256)))


__all__ = ["DIMENSION", "GRAPH_NAME", "GRAPH_VERSION", "TOKENS", "build_graph", "load_graph"]
