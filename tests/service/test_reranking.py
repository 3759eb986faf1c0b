"""A cross-encoder from a folder reorders what was found, and a folder that cannot is refused with the reason.

The model is a real one in small: it embeds tokens as unit vectors and scores a pair by the words it shares.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from ingest.errors import SettingsError
from service.onnx_reranking import MAX_TOKENS, open_folder
from service.reranking import open_reranker, rerank
from service.settings import ServiceSettings

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = "the harbour bridge closed after a storm mayor reopened ferry tickets cost more in spring".split()
VOCABULARY = {word: number for number, word in enumerate((*SPECIAL, *WORDS))}
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
PASSAGES = (
    "ferry tickets cost more in spring",
    "the storm closed the harbour bridge",
    "the mayor reopened the bridge after a storm",
    "quite another subject",
)


def write_tokenizer(folder: Path) -> None:
    """As exporters leave it: cutting and padding switched on, far too short for a pair."""
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", VOCABULARY["[CLS]"]), ("[SEP]", VOCABULARY["[SEP]"])],
    )
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=64)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_graph(
    path: Path, *, outputs: int = 1, inputs: Sequence[str] = INPUTS, size: int | None = None
) -> None:
    """A graph that scores a pair by the words that question (type 0) and passage (type 1) share.

    Without types it counts the words it knows. `outputs` 2 gives logits whose difference is the score; 3 is wrong.
    """
    table = np.eye(size or len(VOCABULARY), dtype=np.float32)
    table[: len(SPECIAL)] = 0
    constants = {"table": table, "last": np.array([-1]), "tokens": np.array([1]), "none": np.zeros(1, np.float32),
                 "half": np.array([0.5], np.float32), "one": np.ones(1, np.float32)}  # fmt: skip
    node = helper.make_node
    nodes = [
        node("Gather", ["table", "input_ids"], ["words"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask", "last"], ["present"]),
        node("Mul", ["words", "present"], ["read"]),
    ]
    if "token_type_ids" in inputs:
        nodes += [
            node("Cast", ["token_type_ids"], ["types"], to=TensorProto.FLOAT),
            node("Unsqueeze", ["types", "last"], ["second"]),
            node("Sub", ["one", "second"], ["first"]),
            node("Mul", ["read", "first"], ["asked_words"]),
            node("Mul", ["read", "second"], ["told_words"]),
            node("ReduceSum", ["asked_words", "tokens"], ["asked"], keepdims=0),
            node("ReduceSum", ["told_words", "tokens"], ["told"], keepdims=0),
            node("Mul", ["asked", "told"], ["shared"]),
        ]
    else:
        nodes.append(node("ReduceSum", ["read", "tokens"], ["shared"], keepdims=0))
    nodes.append(node("ReduceSum", ["shared", "last"], ["score"], keepdims=1))
    nodes += [node("Mul", ["score", "half"], ["plus"]), node("Neg", ["plus"], ["minus"])]
    nodes.append(
        {
            1: node("Identity", ["score"], ["logits"]),
            2: node("Concat", ["minus", "plus"], ["logits"], axis=-1),
            3: node("Concat", ["minus", "plus", "score"], ["logits"], axis=-1),
            0: node("Div", ["score", "none"], ["logits"]),
        }[outputs]
    )
    graph = helper.make_graph(
        nodes,
        "overlap",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "s"]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", outputs or 1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(model.SerializeToString())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cross-encoder's folder as a user would have it."""
    write_tokenizer(tmp_path)
    write_graph(tmp_path / "model.onnx")
    return tmp_path


def shared(question: str, passage: str) -> int:
    """What the model computes."""
    known = [word for word in question.lower().split() if word in WORDS]
    return sum(passage.lower().split().count(word) for word in known)


def test_the_order_becomes_that_of_the_scores(folder: Path) -> None:
    reranker = open_reranker(ServiceSettings(reranker=f"onnx:{folder}"))
    assert reranker is not None
    question = "Was the bridge reopened after the storm"
    scores = reranker.scores(question, PASSAGES)
    assert scores.dtype == np.float32
    assert scores.tolist() == [shared(question, passage) for passage in PASSAGES]
    assert rerank(PASSAGES, scores) == [PASSAGES[2], PASSAGES[1], PASSAGES[0], PASSAGES[3]]
    assert rerank(PASSAGES, scores[:2], depth=2) == [PASSAGES[1], PASSAGES[0], PASSAGES[2], PASSAGES[3]]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_score_does_not_depend_on_the_passages_beside_it(folder: Path, threads: int) -> None:
    reranker = open_folder(folder, threads=threads)
    passages = [" ".join(WORDS[: 1 + number % 15]) * (1 + number % 3) for number in range(37)] + ["", "   "]
    together = reranker.scores("the storm closed a ferry", passages)
    assert together.tolist() == [reranker.scores("the storm closed a ferry", [one])[0] for one in passages]
    assert len(set(together.tolist())) > 3
    assert reranker.scores("anything", []).shape == (0,)
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: reranker.scores("the storm closed a ferry", passages), range(4)))
    assert all(np.array_equal(one, together) for one in again)


def test_the_passage_is_cut_first(folder: Path) -> None:
    (folder / "config.json").write_text('{"max_position_embeddings": 12}', encoding="utf-8")
    reranker = open_folder(folder)
    assert reranker.max_tokens == 12
    question = (
        "storm bridge ferry"  # 12 less 3 special tokens less 3 words: the first 6 words of a passage count
    )
    assert reranker.scores(question, ["a a a a a storm", "a a a a a a storm"]).tolist() == [1, 0]
    endless = "storm " * 50  # at most three quarters of the room
    assert reranker.scores(endless, ["a storm a storm", "a a storm"]).tolist() == [7, 0]


@pytest.mark.parametrize(
    ("config", "tokenizer_config", "most"),
    [
        ({}, {}, MAX_TOKENS),
        ({"max_position_embeddings": 256}, {}, 256),
        ({"max_position_embeddings": 514, "model_type": "xlm-roberta", "pad_token_id": 1}, {}, 512),
        ({"max_position_embeddings": 8192}, {"model_max_length": 1024}, 1024),
        ({"max_position_embeddings": 512}, {"model_max_length": 10**30}, 512),
    ],
)
def test_the_folder_says_how_many_tokens_are_read(
    folder: Path, config: dict[str, Any], tokenizer_config: dict[str, Any], most: int
) -> None:
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config), encoding="utf-8")
    assert open_folder(folder).max_tokens == most


def test_two_logits_are_scored_by_their_difference(folder: Path) -> None:
    one = open_folder(folder).scores("the storm", PASSAGES)
    write_graph(folder / "model.onnx", outputs=2)
    assert np.array_equal(open_folder(folder).scores("the storm", PASSAGES), one)


@pytest.mark.parametrize("inputs", [("input_ids", "attention_mask"), INPUTS])
def test_types_are_fed_only_to_a_graph_that_takes_them(folder: Path, inputs: tuple[str, ...]) -> None:
    write_graph(folder / "model.onnx", inputs=inputs)
    expected = 1 if "token_type_ids" in inputs else 5
    assert open_folder(folder).scores("storm bridge", ["the harbour storm"]).tolist() == [expected]


@pytest.mark.parametrize("place", ["onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx"])
def test_the_graph_may_lie_where_exporters_put_it(folder: Path, place: str) -> None:
    (folder / "model.onnx").unlink()
    write_graph(folder / place)
    assert open_folder(folder).scores("storm", ["a storm"]).tolist() == [1]


def test_the_fingerprint_follows_whatever_changes_the_scores(folder: Path) -> None:
    first = open_folder(folder)
    assert first.name == f"onnx:{folder}"
    assert first.fingerprint == open_folder(folder).fingerprint
    (folder / "config.json").write_text('{"max_position_embeddings": 128}', encoding="utf-8")
    shorter = open_folder(folder).fingerprint
    (folder / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes() + b"\n")
    respaced = open_folder(folder).fingerprint
    write_graph(folder / "model.onnx", outputs=2)
    assert len({first.fingerprint, shorter, respaced, open_folder(folder).fingerprint}) == 4


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.onnx", None, r"there is no model\.onnx"),
        ("tokenizer.json", None, r"there is no tokenizer\.json"),
        ("tokenizer.json", "{}", r"tokenizer\.json cannot be used"),
        ("model.onnx", "junk", "graph cannot be loaded"),
        ("config.json", "{", "not valid JSON"),
        ("config.json", '{"max_position_embeddings": 4}', "no room"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(
    folder: Path, name: str, content: str | None, message: str
) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as caught:
        open_folder(folder)
    assert str(folder) in str(caught.value)
    assert "embedder" not in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"inputs": ("input_ids", "attention_mask", "pixels")}, "not a BERT-like model's inputs"),
        ({"outputs": 3}, "sequence classification"),
        ({"outputs": 0}, "not finite"),
    ],
)
def test_another_kind_of_model_is_refused(folder: Path, shape: dict[str, Any], message: str) -> None:
    write_graph(folder / "model.onnx", **shape)
    with pytest.raises(SettingsError, match=message):
        open_folder(folder)


def test_an_embedder_is_no_reranker(folder: Path) -> None:
    tokens = helper.make_graph(
        [
            helper.make_node("Cast", ["input_ids"], ["ids"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["ids", "last"], ["vectors"]),
        ],
        "tokens",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["b", "s"])],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["b", "s", 1])],
        [helper.make_tensor("last", TensorProto.INT64, [1], [-1])],
    )
    model = helper.make_model(tokens, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(SettingsError, match="sequence classification"):
        open_folder(folder)


def test_a_tokenizer_of_another_model_is_named_as_the_trouble(folder: Path) -> None:
    write_graph(folder / "model.onnx", size=len(VOCABULARY) - 1)
    reranker = open_folder(folder)
    assert reranker.scores("storm", ["a storm"]).tolist() == [1]
    with pytest.raises(SettingsError, match=r"is tokenizer\.json that of this model"):
        reranker.scores("storm", [WORDS[-1]])


@pytest.mark.parametrize("wrong", ["onnx", "onnx:", "torch:x", "/models/reranker"])
def test_an_unknown_reranker_is_a_settings_error(wrong: str) -> None:
    with pytest.raises(SettingsError, match="onnx:/folder"):
        open_reranker(ServiceSettings(reranker=wrong))


def test_the_setting_is_read_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DATELINE_RERANKER", f"onnx:{folder}")
    settings = ServiceSettings.load()
    assert settings.origins()["reranker"] == "environment variable DATELINE_RERANKER"
    assert open_reranker(settings) is not None
    monkeypatch.setenv("DATELINE_RERANKER", "")
    assert open_reranker(ServiceSettings.load()) is None


def test_nothing_is_loaded_when_no_reranker_is_set(tmp_path: Path) -> None:
    program = (
        "import sys; from service.reranking import open_reranker; from service.settings import ServiceSettings;"
        "assert open_reranker(ServiceSettings()) is None;"
        "heavy = {'onnxruntime', 'tokenizers', 'numpy', 'service.onnx_reranking'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert (found.stdout.strip(), found.stderr) == ("[]", "")


@given(st.lists(st.floats(-1e6, 1e6), max_size=12), st.integers(0, 8))
def test_reranking_sorts_the_front_and_keeps_the_rest(all_scores: list[float], depth: int) -> None:
    order = list(range(len(all_scores)))
    ranked = rerank(order, all_scores[:depth], depth)
    front = ranked[: min(depth, len(order))]
    assert sorted(front) == order[:depth]
    assert ranked[depth:] == order[depth:]
    assert front == sorted(front, key=lambda item: (-all_scores[item], item))


def test_scores_must_be_those_of_the_front() -> None:
    with pytest.raises(ValueError, match="zip"):
        rerank(["a", "b", "c"], [1.0, 2.0], depth=3)
