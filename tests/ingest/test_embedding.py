"""The embedders behind `open_embedder`: bundled, a folder, and a real HTTP server that speaks /v1/embeddings."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.embedding import FACTORIES, Embedder, open_embedder
from ingest.errors import RateLimited, SettingsError, UpstreamRefused, UpstreamUnavailable
from ingest.minilm import load_graph
from ingest.onnx_embedding import MAX_TOKENS, OnnxEmbedder, open_bundled, open_folder
from ingest.openai_embedding import MAX_CHARS, OpenAIEmbedder
from ingest.settings import IngestSettings, default_cache_dir
from ingest.weights import find_weights

TEXTS = [
    "The court blocked the merger on Friday.",
    "",
    "   ",
    "Überraschung: 東京 and Москва signed a €3.5bn deal 🙂 \x00 \ufeff",
    "A long sentence about the harbour. " * 200,
    "Rain.",
    "Judges stopped the two companies from joining.",
    "word " * 30,
]


@pytest.fixture(scope="module")
def bundled() -> Embedder:
    return open_embedder(IngestSettings(embedder="bundled", cache_dir=default_cache_dir(), embed_threads=2))


def test_shape_type_and_length(bundled: Embedder) -> None:
    vectors = bundled.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), bundled.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert bundled.embed([]).shape == (0, 384)
    assert bundled.embed([]).dtype == np.float32
    assert bundled.fingerprint == "minilm-l6-v2-int8-g3-53aa5117-384"
    assert (bundled.name, bundled.max_tokens) == ("bundled", 256)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(TEXTS) - 1), min_size=1, max_size=6))
def test_a_vector_depends_on_its_text_alone(bundled: Embedder, picked: list[int]) -> None:
    together = bundled.embed([TEXTS[index] for index in picked])
    alone = np.concatenate([bundled.embed([TEXTS[index]]) for index in picked])
    assert np.array_equal(together, alone)


def test_order_is_kept_across_tokenizing_batches(bundled: Embedder) -> None:
    texts = [f"Report number {number} of the committee." for number in range(300)]
    vectors = bundled.embed(texts)
    for index in (0, 255, 256, 299):
        assert np.array_equal(vectors[index], bundled.embed([texts[index]])[0])


def test_paraphrase_is_nearer_than_another_subject(bundled: Embedder) -> None:
    pairs = [
        ("The court blocked the merger on Friday.", "Judges stopped the two companies from joining."),
        ("Inflation eased to 3 percent in May.", "Prices rose more slowly last month."),
        ("The striker scored twice in the derby.", "Two goals by the forward decided the local match."),
    ]
    left = bundled.embed([one for one, _ in pairs])
    right = bundled.embed([other for _, other in pairs])
    assert list((left @ right.T).argmax(axis=1)) == [0, 1, 2]


def test_tokens_are_counted_whole_and_embedded_up_to_the_limit(bundled: Embedder) -> None:
    assert bundled.count_tokens([]) == []
    assert bundled.count_tokens(["", "Rain.", "word " * 1000]) == [0, 2, 1000]
    limit = bundled.embed(["word " * MAX_TOKENS])
    assert np.array_equal(limit, bundled.embed(["word " * 1000]))
    assert not np.array_equal(limit, bundled.embed(["word " * (MAX_TOKENS - 1)]))


def test_threads_may_share_an_embedder(bundled: Embedder) -> None:
    expected = bundled.embed(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: bundled.embed(TEXTS), range(4)))
    assert all(np.array_equal(one, expected) for one in found)
    assert np.array_equal(open_bundled(default_cache_dir(), threads=1).embed(TEXTS), expected)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder as a user would have it, made of the bundled model's files."""
    (tmp_path / "model.onnx").write_bytes(load_graph(default_cache_dir()))
    (tmp_path / "tokenizer.json").write_bytes(find_weights().tokenizer.read_bytes())
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 258}', encoding="utf-8")
    return tmp_path


def test_a_folder_with_the_same_model_gives_the_same_vectors(bundled: Embedder, folder: Path) -> None:
    found = open_embedder(IngestSettings(embedder=f"onnx:{folder}"))
    assert (found.max_tokens, found.dimension) == (256, 384)
    assert np.array_equal(found.embed(TEXTS), bundled.embed(TEXTS))
    assert found.count_tokens(TEXTS) == bundled.count_tokens(TEXTS)
    assert found.fingerprint != bundled.fingerprint


def test_a_folders_fingerprint_follows_whatever_changes_its_vectors(folder: Path) -> None:
    first = open_folder(folder).fingerprint
    assert open_folder(folder).fingerprint == first
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 130}', encoding="utf-8")
    shorter = open_folder(folder)
    assert shorter.max_tokens == 128
    (folder / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes() + b"\n")
    assert len({first, shorter.fingerprint, open_folder(folder).fingerprint}) == 3


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_graph_of_token_vectors_is_pooled(folder: Path, pooling: str) -> None:
    """A graph that gives each token's id as a vector of (id, 1), so that what is pooled can be seen."""
    from onnx import TensorProto, helper

    names = ["input_ids", "attention_mask", "token_type_ids"]
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["attention_mask"], ["ones"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["ids", "last"], ["id"]),
        helper.make_node("Unsqueeze", ["ones", "last"], ["one"]),
        helper.make_node("Concat", ["id", "one"], ["tokens"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "ids",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "s"]) for name in names],
        [helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["b", "s", 2])],
        [helper.make_tensor("last", TensorProto.INT64, [1], [-1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "1_Pooling").mkdir()
    choice = {"pooling_mode_cls_token": pooling == "cls"}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(choice), encoding="utf-8")
    embedder = open_folder(folder)
    first, second = embedder.embed([""])[0]  # [CLS] is 101 and [SEP] 102
    assert first / second == pytest.approx(101 if pooling == "cls" else 101.5)
    assert f"-{pooling}-256-2" in embedder.fingerprint


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.onnx", None, r"no model\.onnx"),
        ("tokenizer.json", None, r"no tokenizer\.json"),
        ("tokenizer.json", "{}", r"tokenizer\.json cannot be used"),
        ("model.onnx", "junk", "graph cannot be loaded"),
        ("sentence_bert_config.json", "{", "not valid JSON"),
        ("sentence_bert_config.json", '{"max_seq_length": 2}', "no room"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(
    folder: Path, name: str, content: str | None, message: str
) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        open_folder(folder)


@pytest.mark.parametrize("wrong", ["bundeld", "", "torch:x", "onnx:", "openai", "bundled:x"])
def test_an_unknown_embedder_is_a_settings_error(wrong: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_embedder(IngestSettings.model_construct(embedder=wrong, cache_dir=default_cache_dir()))
    scheme = wrong.partition(":")[0]
    assert (scheme if scheme in FACTORIES else "onnx:/folder, openai:MODEL") in str(caught.value)


# --- the OpenAI-compatible embedder -------------------------------------------------------------------------


@dataclass
class Service:
    """What the local server will answer and what it was asked."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def good_answer(body: dict[str, Any]) -> dict[str, Any]:
    """Vectors that say how long each text is, in reverse order."""
    data = [
        {"object": "embedding", "index": index, "embedding": [float(len(text)), 1.0, 0.0]}
        for index, text in enumerate(body["input"])
    ]
    return {"object": "list", "model": body["model"], "data": data[::-1], "usage": {"prompt_tokens": 1}}


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.requests.append(body | {"path": self.path})
            state.keys.append(self.headers["Authorization"])
            status, headers, answer = state.answers.pop(0) if state.answers else (200, {}, good_answer(body))
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def remote(service: Service, waits: list[float]) -> Iterator[OpenAIEmbedder]:
    embedder = OpenAIEmbedder(
        "small", api_key="key", base_url=service.url, batch_size=3, timeout_s=10, sleep=waits.append
    )
    yield embedder
    embedder.close()


def test_remote_vectors_come_in_batches_in_order_and_at_length_1(
    service: Service, remote: OpenAIEmbedder
) -> None:
    texts = ["a", "bb", "", "dddd", "eeeee", "x" * (MAX_CHARS + 5), "g"]
    vectors = remote.embed(texts)
    assert [len(request["input"]) for request in service.requests if request["input"] != ["dimension"]] == [
        3,
        3,
        1,
    ]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    lengths = vectors[:, 0] / vectors[:, 1]
    assert np.allclose(lengths, [1, 2, 1, 4, 5, MAX_CHARS, 1], rtol=1e-3)
    assert vectors.dtype == np.float32
    assert {request["path"] for request in service.requests} == {"/v1/embeddings"}
    assert set(service.keys) == {"Bearer key"}


def test_remote_dimension_takes_one_request_and_only_when_needed(
    service: Service, remote: OpenAIEmbedder
) -> None:
    assert service.requests == []
    assert (remote.dimension, remote.fingerprint) == (3, "openai-small-3")
    assert remote.embed([]).shape == (0, 3)
    assert len(service.requests) == 1


def test_remote_pause_is_kept_then_the_answer_comes(
    service: Service, remote: OpenAIEmbedder, waits: list[float]
) -> None:
    limited = {"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}}
    service.answers = [
        (429, {"Retry-After": "3"}, limited),
        (503, {"Retry-After": "2"}, {"error": {"message": "warming up"}}),
        (500, {}, {"error": {"message": "oops"}}),
    ]
    assert remote.embed(["abc"]).shape == (1, 3)
    assert waits[:2] == [3.0, 2.0]
    assert len(waits) == 3


def test_remote_limit_that_does_not_end_says_how_long(service: Service, remote: OpenAIEmbedder) -> None:
    service.answers = [(429, {"Retry-After": "600"}, {"error": {"message": "slow down"}})]
    with pytest.raises(RateLimited, match="600 s") as caught:
        remote.embed(["abc"])
    assert caught.value.retry_after_s == 600


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (401, {"error": {"message": "bad key sk-secret"}}, "OPENAI_API_KEY"),
        (404, {"error": {"message": "no such model"}}, "no such model"),
        (400, {"error": {"message": "input too long"}}, "input too long"),
        (429, {"error": {"message": "pay first", "code": "insufficient_quota"}}, "quota"),
        (200, b"<html>a login page</html>", "cannot be used|not the OpenAI protocol"),
        (200, {}, "cannot be used"),
        (200, {"data": []}, "cannot be used"),
        (200, {"data": [{"index": 1, "embedding": [1.0]}]}, "cannot be used"),
        (200, {"data": [{"index": 0, "embedding": []}]}, "cannot be used"),
        (200, {"data": [{"index": 0, "embedding": [0.0, 0.0]}]}, "a vector of zeros"),
        (200, {"data": [{"index": 0, "embedding": ["x"]}]}, "cannot be used"),
        (200, {"data": [{"index": 0}]}, "cannot be used"),
        (200, {"data": None}, "cannot be used"),
    ],
)
def test_remote_refusals_are_not_tried_again(
    service: Service, remote: OpenAIEmbedder, waits: list[float], status: int, answer: Any, message: str
) -> None:
    service.answers = [(status, {}, answer)]
    with pytest.raises(UpstreamRefused, match=message) as caught:
        remote.embed(["abc"])
    assert "sk-secret" not in str(caught.value)
    assert caught.value.__cause__ is not None
    assert waits == []


def test_remote_that_is_not_there_is_unavailable(waits: list[float]) -> None:
    embedder = OpenAIEmbedder("small", api_key="key", base_url="http://127.0.0.1:9/v1", sleep=waits.append)
    with pytest.raises(UpstreamUnavailable, match="cannot be reached"):
        embedder.embed(["abc"])
    assert len(waits) == 3
    embedder.close()


def test_remote_vectors_of_another_dimension_are_refused(service: Service, remote: OpenAIEmbedder) -> None:
    assert remote.dimension == 3
    service.answers = [(200, {}, {"data": [{"index": 0, "embedding": [1.0, 2.0]}]})]
    with pytest.raises(UpstreamRefused, match="2 numbers after giving 3"):
        remote.embed(["abc"])


def test_remote_without_a_key_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        open_embedder(IngestSettings(embedder="openai:small"))


def test_remote_reads_the_environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", service.url)
    embedder = open_embedder(IngestSettings(embedder="openai:small"))
    assert embedder.embed(["abc"]).shape == (1, 3)
    assert set(service.keys) == {"Bearer from-environment"}


def test_remote_counts_tokens_without_a_request(
    service: Service, remote: OpenAIEmbedder, bundled: Embedder
) -> None:
    assert isinstance(bundled, OnnxEmbedder)
    assert remote.count_tokens(TEXTS) == bundled.count_tokens(TEXTS)
    assert service.requests == []
