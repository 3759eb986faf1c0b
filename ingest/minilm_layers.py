"""The parts that the bundled model's graph is made of, in float32 or int8.

ONNX Runtime has a kernel that quantizes (`DynamicQuantizeLinear`) and one that multiplies, scales and adds
the bias (`MatMulIntegerToFloat`). They know one scale for all tokens of a text, which by itself is less exact
than a scale per token; that takes some ten elementary operators. Accuracy comes from elsewhere:

- What the layer norms give is first divided, channel by channel, by the size that the channel is known to
  have, and the weights are multiplied by it ("SmoothQuant": Xiao et al. 2023, arXiv 2211.10438; here the sizes
  follow from the norms' own weights, so that no text is needed to calibrate).
- What GELU gives differs most between tokens; there each token has its scale.
- Weights use 8 bits wherever that cannot overflow (see `quantize_in_pairs`).

`onnx` is imported only when a graph is built.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MICROSOFT = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""

_PAIR_LIMIT = 128
"""On x86 without VNNI, ONNX Runtime multiplies uint8 by int8 with an instruction that adds the products of
two neighbours in int16: 255 · (|a| + |b|) must stay below 32,768. ONNX Runtime's quantization guide would have
every weight below 64 (`reduce_range`); it is enough that two neighbours share the limit, and every machine
computes the same integers."""

_SMOOTHING = 0.7
"""How much of the channels' difference is moved into the weights, SmoothQuant's α. Mean cosine to float32 of
120 chunks: 0.9969 at 0.4, 0.9971 at 0.5, 0.9973 at 0.7, 0.9973 at 0.9."""

_GELU_DEPTH = 0.17
"""The least value of GELU is -0.17."""

Array = NDArray[Any]


class Graph:
    """Records nodes and constants. Values are named by what they are, so that a profile can be read."""

    def __init__(self, *, int8: bool) -> None:
        self.int8 = int8
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._known: set[str] = set()

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Append one node with one output; its name is returned."""
        outputs = [output or f"{operator}_{len(self.nodes)}"]
        return self.add_many(operator, *inputs, outputs=outputs, **attributes)[0]

    def add_many(self, operator: str, *inputs: str, outputs: list[str], **attributes: Any) -> list[str]:
        from onnx import helper

        self.nodes.append(
            helper.make_node(operator, list(inputs), outputs, name=f"node_{len(self.nodes)}", **attributes)
        )
        return outputs

    def constant(self, name: str, array: Array) -> str:
        from onnx import numpy_helper

        if name not in self._known:
            self._known.add(name)
            self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def scalar(self, number: float) -> str:
        return self.constant(f"scalar_{number!r}", np.array(number, np.float32))

    def ints(self, *numbers: int) -> str:
        return self.constant("ints_" + "_".join(map(str, numbers)), np.array(numbers, np.int64))

    def linear(
        self, inputs: str, layers: dict[str, tuple[Array, Array]], sizes: Array | None = None
    ) -> list[str]:
        """`inputs · weight + bias` for each named (weight, bias), quantizing `inputs` once.

        Weights have the shape (in, out); `sizes` (in,) says how large the numbers of an input channel tend to be.
        """
        if not self.int8:
            return [self._float_linear(name, inputs, *layer) for name, layer in layers.items()]
        name = next(iter(layers))
        if sizes is not None:
            most = np.abs(np.concatenate([weight for weight, _ in layers.values()], axis=1)).max(axis=1)
            factors = (sizes**_SMOOTHING / most ** (1 - _SMOOTHING)).astype(np.float32)[:, np.newaxis]
            inputs = self.add("Mul", inputs, self.constant(f"{name}.smoothing", 1 / factors[:, 0]))
            layers = {key: (weight * factors, bias) for key, (weight, bias) in layers.items()}
        activations, scale, zero_point = self.add_many(
            "DynamicQuantizeLinear", inputs, outputs=[f"{name}.{part}" for part in ("input", "scale", "zero")]
        )
        products = []
        for key, (weight, bias) in layers.items():
            integers, scales = quantize_in_pairs(weight)
            product = self.add(
                "MatMulIntegerToFloat",
                *(activations, self.constant(f"{key}.weight", integers), scale),
                *(self.constant(f"{key}.scales", scales[0]), zero_point, ""),
                self.constant(f"{key}.bias", bias),
                domain=MICROSOFT,
            )
            products.append(product)
        return products

    def gelu(self, inputs: str) -> str:
        """GELU: exact in float32; for int8 by tanh, which is a quarter faster and off by 0.0005 at most."""
        return self.add("FastGelu" if self.int8 else "Gelu", inputs, domain=MICROSOFT)

    def linear_after_gelu(self, name: str, inputs: str, weight: Array, bias: Array) -> str:
        """`inputs · weight + bias` for what `gelu` gives, with one scale per token.

        A token's numbers lie between -0.17 and its largest. Its zero point makes 0.17 a whole number of steps,
        so that what zero points add to the product is the same for all tokens, and is taken off the bias.
        Numbers above 43 would be cut off; the largest in 60 news chunks was 24.
        """
        if not self.int8:
            return self._float_linear(name, inputs, weight, bias)
        from onnx import TensorProto

        largest = self.add("ReduceMax", inputs, axes=[-1], keepdims=0)
        span = self.add("Add", largest, self.scalar(_GELU_DEPTH))
        steps = self.add("Floor", self.add("Div", self.scalar(255 * _GELU_DEPTH), span))
        steps = self.add("Clip", steps, self.scalar(1.0), self.scalar(127.0))
        step = self.add("Div", self.scalar(_GELU_DEPTH), steps)
        zero_points = self.add("Cast", steps, to=TensorProto.UINT8)
        activations = self.add("QuantizeLinear", inputs, step, zero_points, axis=0)
        integers, scales = quantize_in_pairs(weight)
        product = self.add(
            "MatMulIntegerToFloat",
            *(activations, self.constant(f"{name}.weight", integers), self.scalar(1.0)),
            self.constant(f"{name}.scales", scales[0]),
            domain=MICROSOFT,
        )
        product = self.add("Mul", product, self.add("Unsqueeze", step, self.ints(1)))
        excess = _GELU_DEPTH * (integers * scales.astype(np.float64)).sum(axis=0)
        return self.add("Add", product, self.constant(f"{name}.bias", (bias - excess).astype(np.float32)))

    def _float_linear(self, name: str, inputs: str, weight: Array, bias: Array) -> str:
        product = self.add("MatMul", inputs, self.constant(f"{name}.weight", weight))
        return self.add("Add", product, self.constant(f"{name}.bias", bias))


def quantize_rows(array: Array) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 within ±127, one scale per row: (integers, scales of shape (rows, 1))."""
    scale = np.abs(array).max(axis=1, keepdims=True).astype(np.float32) / np.float32(127)
    scale[scale == 0] = 1.0
    return np.rint(array / scale).astype(np.int8), scale


def quantize_in_pairs(weight: Array) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 with one scale per column: (integers, scales of shape (1, columns)).

    `weight` has an even number of rows. Rows 2i and 2i + 1 of a column have absolute values of at most 128
    together, and 127 each: the largest weights of a column are rarely neighbours, so that the steps are finer
    than with ±63 for all (mean cosine to float32 of 120 chunks 0.9971 against 0.9959).
    """
    size = np.abs(weight)
    # Rounding may add a half to each of two, so that they share one less than the limit.
    pairs = (size[0::2] + size[1::2]).max(axis=0, keepdims=True) / (_PAIR_LIMIT - 1)
    scale: NDArray[np.float32] = np.maximum(size.max(axis=0, keepdims=True) / 127, pairs).astype(np.float32)
    scale[scale == 0] = 1.0
    return np.clip(np.rint(weight / scale), -127, 127).astype(np.int8), scale


__all__ = ["MICROSOFT", "Array", "Graph", "quantize_in_pairs", "quantize_rows"]
