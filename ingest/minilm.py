"""Assembles the bundled embedding model: verified weights become an int8 ONNX graph, built once and cached.

The graph takes `input_ids` and `attention_mask` (both int64, (batch, sequence)) and gives `embedding`
(float32, (batch, 384)): BERT with 6 layers, mean pooling over the mask, L2 normalization; and `tokens`
(float32, (batch, sequence, 384)), the last layer's states, which it pools. Weights are int8
with one scale per output channel. Activations are quantized while running, with one scale per *token*: the
usual `DynamicQuantizeLinear` has one per tensor, which makes a text's vector depend on what else is in its
batch (measured on 200 chunks: cosine 0.990 between a text alone and in a batch of 8) and is less exact
(mean cosine to fp32 0.9947, against 0.9962 here; the better numbers cost 15 % more time).

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
from ingest.weights import MODEL_NAME, MODEL_SHA256, WeightFiles, find_weights, read_verified

GRAPH_VERSION = 2
"""Raise it whenever the graph's numbers or outputs change: it names the cached file and is part of the
embedder's fingerprint. 1 had no `tokens`; `embedding` is the same, bit for bit."""

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
_MASKED = -10_000.0
"""Added to the attention scores of padding; exp() of it is 0 in float32."""

_WEIGHT_LIMIT = 63
"""Weights use 7 of the 8 bits. On x86 without VNNI, ONNX Runtime multiplies uint8 by int8 with an
instruction that adds two products in int16, and 2 · 255 · 127 does not fit; 2 · 255 · 63 does, so that
every machine computes the same vectors (ONNX Runtime's quantization guide calls it `reduce_range`)."""

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

    graph = _Graph(int8=int8)
    hidden = _embed_tokens(graph, tensors)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    absent = graph.add("Sub", graph.scalar(1.0), graph.add("Unsqueeze", mask, graph.ints(1, 2)))
    bias = graph.add("Mul", absent, graph.scalar(_MASKED))
    for layer in range(LAYERS):
        hidden = _encode(graph, tensors, f"encoder.layer.{layer}.", hidden, bias)
    _pool(graph, hidden, mask)
    graph.add("Identity", hidden, output=TOKENS)
    ids_and_mask = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSION]),
        helper.make_tensor_value_info(TOKENS, TensorProto.FLOAT, ["batch", "sequence", DIMENSION]),
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, MODEL_NAME, ids_and_mask, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="dateline",
    )
    serialized: bytes = model.SerializeToString()
    return serialized


class _Graph:
    """Records nodes and constants. Values are named by what they are, so that a profile can be read."""

    def __init__(self, *, int8: bool) -> None:
        self.int8 = int8
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._known: set[str] = set()

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Append one node with one output; its name is returned."""
        return self.add_many(
            operator, *inputs, outputs=[output or f"{operator}_{len(self.nodes)}"], **attributes
        )[0]

    def add_many(self, operator: str, *inputs: str, outputs: list[str], **attributes: Any) -> list[str]:
        from onnx import helper

        self.nodes.append(
            helper.make_node(operator, list(inputs), outputs, name=f"node_{len(self.nodes)}", **attributes)
        )
        return outputs

    def constant(self, name: str, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        if name not in self._known:
            self._known.add(name)
            self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def scalar(self, number: float) -> str:
        return self.constant(f"scalar_{number!r}", np.array(number, np.float32))

    def ints(self, *numbers: int) -> str:
        return self.constant("ints_" + "_".join(map(str, numbers)), np.array(numbers, np.int64))

    def linear(self, name: str, inputs: str, weight: NDArray[Any], bias: NDArray[Any]) -> str:
        """`inputs · weight + bias`, with `weight` of shape (in, out)."""
        bias_name = self.constant(f"{name}.bias", bias)
        if not self.int8:
            return self.add(
                "Add", self.add("MatMul", inputs, self.constant(f"{name}.weight", weight)), bias_name
            )
        from onnx import TensorProto

        quantized, weight_scale = quantize(weight, axis=0, limit=_WEIGHT_LIMIT)
        # An activation x of a token becomes round(127 · x / largest) + 128, in 1..255. The cast drops the
        # fraction, so that half of one is added and no rounding operator is needed.
        largest = self.add("ReduceMax", self.add("Abs", inputs), axes=[-1], keepdims=1)
        largest = self.add("Max", largest, self.scalar(1e-9))
        scaled = self.add("Mul", inputs, self.add("Div", self.scalar(127.0), largest))
        activations = self.add("Cast", self.add("Add", scaled, self.scalar(128.5)), to=TensorProto.UINT8)
        zero_point = self.constant("zero_point", np.array(128, np.uint8))
        product = self.add(
            "MatMulInteger", activations, self.constant(f"{name}.weight", quantized), zero_point
        )
        product = self.add("Cast", product, to=TensorProto.FLOAT)
        # Two multiplications, not one by a product of both scales: ONNX Runtime 1.31 fuses that pattern
        # into an operator that takes the left scale for a single number, and every vector is wrong.
        product = self.add("Mul", product, self.constant(f"{name}.scale", weight_scale[0] / np.float32(127)))
        return self.add("Add", self.add("Mul", product, largest), bias_name)

    def layer_norm(self, name: str, inputs: str, tensors: Tensors) -> str:
        return self.add(
            "LayerNormalization",
            inputs,
            self.constant(f"{name}.weight", tensors[f"{name}.weight"]),
            self.constant(f"{name}.bias", tensors[f"{name}.bias"]),
            axis=-1,
            epsilon=_LAYER_NORM_EPSILON,
        )


def quantize(array: NDArray[Any], *, axis: int, limit: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 within ±`limit`, one scale per line along `axis`: (integers, scales with `axis` kept
    as 1)."""
    scale = np.abs(array).max(axis=axis, keepdims=True).astype(np.float32) / np.float32(limit)
    scale[scale == 0] = 1.0
    return np.rint(array / scale).astype(np.int8), scale


def _embed_tokens(graph: _Graph, tensors: Tensors) -> str:
    """Word, position and (always the first) token-type embeddings, summed and normalized."""
    from onnx import TensorProto

    words = tensors["embeddings.word_embeddings.weight"]
    if graph.int8:
        quantized, scale = quantize(words, axis=1, limit=127)
        rows = graph.add("Gather", graph.constant("words", quantized), "input_ids")
        scales = graph.add("Gather", graph.constant("words.scale", scale), "input_ids")
        word = graph.add("Mul", graph.add("Cast", rows, to=TensorProto.FLOAT), scales)
    else:
        word = graph.add("Gather", graph.constant("words", words), "input_ids")
    places = (
        tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0]
    )
    length = graph.add("Shape", "input_ids", start=1, end=2)
    place = graph.add("Slice", graph.constant("places", places), graph.ints(0), length, graph.ints(0))
    return graph.layer_norm("embeddings.LayerNorm", graph.add("Add", word, place), tensors)


def _encode(graph: _Graph, tensors: Tensors, prefix: str, hidden: str, bias: str) -> str:
    """One BERT layer. Query, key and value share one multiplication; 1/√(head size) is folded into the
    query."""
    names = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
    factors = [np.float32((DIMENSION // HEADS) ** -0.5), np.float32(1), np.float32(1)]
    pairs = list(zip(names, factors, strict=True))
    weight = np.concatenate([tensors[f"{name}.weight"].T * factor for name, factor in pairs], axis=1)
    offset = np.concatenate([tensors[f"{name}.bias"] * factor for name, factor in pairs])
    joined = graph.linear(f"{prefix}attention.self", hidden, weight, offset)
    parts = graph.add_many(
        "Split", joined, graph.ints(DIMENSION, DIMENSION, DIMENSION), outputs=names, axis=-1
    )
    split_heads = graph.ints(0, 0, HEADS, DIMENSION // HEADS)
    query, key, value = (
        graph.add("Transpose", graph.add("Reshape", part, split_heads), perm=order)
        for part, order in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
    )
    scores = graph.add("Softmax", graph.add("Add", graph.add("MatMul", query, key), bias), axis=-1)
    context = graph.add("Transpose", graph.add("MatMul", scores, value), perm=[0, 2, 1, 3])
    context = graph.add("Reshape", context, graph.ints(0, 0, DIMENSION))

    def dense(name: str, inputs: str) -> str:
        return graph.linear(name, inputs, tensors[f"{name}.weight"].T, tensors[f"{name}.bias"])

    attended = dense(f"{prefix}attention.output.dense", context)
    hidden = graph.layer_norm(
        f"{prefix}attention.output.LayerNorm", graph.add("Add", attended, hidden), tensors
    )
    inner = dense(f"{prefix}intermediate.dense", hidden)
    # GELU, exact form: x · (1 + erf(x / √2)) / 2, in the order that ONNX Runtime knows as one operator.
    curve = graph.add(
        "Add", graph.add("Erf", graph.add("Div", inner, graph.scalar(2**0.5))), graph.scalar(1.0)
    )
    inner = graph.add("Mul", graph.add("Mul", inner, curve), graph.scalar(0.5))
    outer = dense(f"{prefix}output.dense", inner)
    return graph.layer_norm(f"{prefix}output.LayerNorm", graph.add("Add", outer, hidden), tensors)


def _pool(graph: _Graph, hidden: str, mask: str) -> None:
    """The mean over unmasked tokens, at length 1, as the output `embedding`."""
    weights = graph.add("Unsqueeze", mask, graph.ints(-1))
    total = graph.add("ReduceSum", graph.add("Mul", hidden, weights), graph.ints(1), keepdims=0)
    count = graph.add("ReduceSum", weights, graph.ints(1), keepdims=0)
    graph.add("LpNormalization", graph.add("Div", total, count), output="embedding", axis=-1, p=2)


def _build_verified(weights: WeightFiles | None) -> bytes:
    from safetensors.numpy import load

    found = weights or find_weights()
    return build_graph(load(read_verified(found.model, MODEL_SHA256)))


__all__ = ["DIMENSION", "GRAPH_NAME", "GRAPH_VERSION", "TOKENS", "build_graph", "load_graph", "quantize"]
