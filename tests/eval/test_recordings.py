"""Model calls recorded and replayed: at the protocol with a script, and with the real client against a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from eval.asking import InProcessAsker
from eval.gold import GoldCase
from eval.recorded_models import RecordingModel, ReplayedModel
from eval.recordings import MODEL_FILE, Call, Recording, Recordings
from ingest.errors import ContextTooLong, InvalidRequest, UpstreamRefused, UpstreamUnavailable
from service.answers import Usage
from service.llm import ChatMessage, LanguageModel
from service.openai_model import OpenAIModel
from service.wiring import Services
from tests.service.llm_server import Fail, Say, ScriptedLLMServer
from tests.service.scripted_model import ScriptedModel

WITH_MODEL = Callable[[LanguageModel], Services]
KEY = "sk-a-key-that-must-not-be-kept"
ASKED = (ChatMessage("system", "Be brief."), ChatMessage("user", "Who?\nWhere?"))
CASE = GoldCase("aukus", "What did Biden say about AUKUS?", None, (("exploring",),), ("aukus.md",), False, ())
SAID = "Biden said that the partners were exploring how Japan could join the second pillar of AUKUS [1.1]."


def written(model: LanguageModel, messages: Sequence[ChatMessage] = ASKED) -> str:
    with model.stream(messages, max_tokens=50) as generation:
        return "".join(generation)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != MODEL_FILE)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), TEXTS), min_size=1, max_size=3),
    TEXTS,
    st.sampled_from(["stop", "length", "other", None]),
)
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    messages: list[tuple[str, str]],
    text: str,
    finish: str | None,
) -> None:
    recordings = Recordings(tmp_path_factory.mktemp("recordings"))
    call = Call("m", tuple(ChatMessage(role, content) for role, content in messages), 9, 0.0)  # type: ignore[arg-type]
    kept = Recording(text, finish, Usage(prompt_tokens=3, cost_usd=0.25))  # type: ignore[arg-type]
    recordings.keep(call, kept)
    assert recordings.find(call) == kept


def test_a_call_is_named_by_everything_that_is_asked() -> None:
    call = Call("m", ASKED, 50, 0.0)
    others = [
        Call("n", ASKED, 50, 0.0),
        Call("m", ASKED[1:], 50, 0.0),
        Call("m", (ASKED[0], ChatMessage("assistant", ASKED[1].content)), 50, 0.0),
        Call("m", ASKED, 51, 0.0),
        Call("m", ASKED, 50, 0.5),
    ]
    assert len({one.key for one in [call, *others]}) == 6
    assert call.key == Call("m", tuple(ASKED), 50, 0.0).key


def test_what_is_recorded_is_not_asked_again_and_is_replayed_without_a_model(tmp_path: Path) -> None:
    model = ScriptedModel("Rain is ", "likely.\n", "Take care.")
    recording = RecordingModel(model, Recordings(tmp_path))
    assert written(recording) == "Rain is likely.\nTake care."
    assert written(recording) == "Rain is likely.\nTake care."
    assert len(model.requests) == 1
    replayed = ReplayedModel(Recordings(tmp_path))
    with replayed.stream(ASKED, max_tokens=50) as generation:
        pieces = list(generation)
    assert "".join(pieces) == "Rain is likely.\nTake care."
    assert len(pieces) > 3  # word by word, as a model writes
    assert generation.finish_reason == "stop"
    assert generation.usage == Usage(prompt_tokens=100, completion_tokens=3)
    assert (replayed.name, replayed.context_tokens) == ("scripted", 4096)


def test_a_recording_is_a_small_file_of_lines_and_the_same_each_time(tmp_path: Path) -> None:
    kept = []
    for number in range(2):
        folder = tmp_path / str(number)
        written(RecordingModel(ScriptedModel("Rain.\nOr “snow”."), Recordings(folder)))
        kept.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert kept[0] == kept[1]
    content = files(tmp_path / "0")[0].read_text(encoding="utf-8")
    document = json.loads(content)
    assert document["messages"][1]["content"] == ["Who?", "Where?"]
    assert document["text"] == ["Rain.", "Or “snow”."]
    assert "“snow”" in content


def test_a_reader_who_has_enough_leaves_a_recording_of_what_was_read(tmp_path: Path) -> None:
    recording = RecordingModel(ScriptedModel("One. ", "Two. ", "Three."), Recordings(tmp_path))
    with recording.stream(ASKED, max_tokens=50) as generation:
        for piece in generation:
            if "Two" in piece:
                break
    with ReplayedModel(Recordings(tmp_path)).stream(ASKED, max_tokens=50) as generation:
        assert "".join(generation) == "One. Two. "
        assert generation.finish_reason is None


def test_a_call_that_fails_is_not_kept_and_a_prompt_that_is_too_long_is(tmp_path: Path) -> None:
    broken = RecordingModel(ScriptedModel("Rain", UpstreamUnavailable("gone")), Recordings(tmp_path))
    with pytest.raises(UpstreamUnavailable):
        written(broken)
    assert not files(tmp_path)
    for refusing in (
        ScriptedModel("Rain.", refusals=[ContextTooLong("at most 50 tokens")]),
        ScriptedModel(ContextTooLong("at most 50 tokens")),
    ):
        messages = (ChatMessage("user", f"{id(refusing)}"),)
        with pytest.raises(ContextTooLong):
            written(RecordingModel(refusing, Recordings(tmp_path)), messages)
        with pytest.raises(ContextTooLong, match="at most 50 tokens"):
            written(ReplayedModel(Recordings(tmp_path)), messages)


def test_a_folder_holds_the_calls_of_one_model(tmp_path: Path) -> None:
    RecordingModel(ScriptedModel(), Recordings(tmp_path))
    RecordingModel(ScriptedModel(), Recordings(tmp_path))
    with pytest.raises(InvalidRequest, match="record into another folder"):
        RecordingModel(ScriptedModel(context_tokens=999), Recordings(tmp_path))


def test_a_folder_without_recordings_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="--record"):
        ReplayedModel(Recordings(tmp_path / "none"))


def test_a_file_that_is_no_recording_says_what_to_do(tmp_path: Path) -> None:
    written(RecordingModel(ScriptedModel("Rain."), Recordings(tmp_path)))
    files(tmp_path)[0].write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="delete it"):
        written(ReplayedModel(Recordings(tmp_path)))


def test_what_is_not_recorded_is_refused_not_asked(tmp_path: Path) -> None:
    written(RecordingModel(ScriptedModel("Rain."), Recordings(tmp_path)))
    with pytest.raises(UpstreamRefused, match="no recording"):
        written(ReplayedModel(Recordings(tmp_path)), ASKED[1:])


def test_answers_by_the_real_client_are_replayed_without_server_and_key(
    tmp_path: Path, services_with: WITH_MODEL
) -> None:
    with ScriptedLLMServer([Say(SAID)]) as server:
        live = OpenAIModel("scripted", base_url=server.url, api_key=SecretStr(KEY), context_tokens=4096)
        model = RecordingModel(live, Recordings(tmp_path))
        recorded = InProcessAsker(services_with(model), model=model, recordings="record").ask(CASE, "s/aukus")
        model.close()
        assert len(server.requests) == 1
        port = server.url.split(":")[2].split("/")[0]
    assert recorded.answer is not None
    assert recorded.answer.model == "scripted"
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY.encode() not in everything
    assert port.encode() not in everything
    replayed_model = ReplayedModel(Recordings(tmp_path))
    asker = InProcessAsker(services_with(replayed_model), model=replayed_model, recordings="replay")
    replayed = asker.ask(CASE, "s/aukus")
    assert replayed.error is None
    assert replayed.answer is not None
    assert replayed.answer.model_dump(exclude={"timings_ms"}) == recorded.answer.model_dump(
        exclude={"timings_ms"}
    )
    assert replayed.found == recorded.found


def test_a_case_without_a_recording_has_an_error_that_says_how_to_record_it(
    tmp_path: Path, services_with: WITH_MODEL
) -> None:
    written(RecordingModel(ScriptedModel("Rain."), Recordings(tmp_path)))
    model = ReplayedModel(Recordings(tmp_path))
    asker = InProcessAsker(services_with(model), model=model, recordings="replay")
    observation = asker.ask(CASE, "s/aukus")
    assert observation.answer is None  # although the articles' own sentences would have answered
    assert observation.error is not None
    assert f"--record {tmp_path}" in observation.error
    assert model.troubles.take("s/aukus") is None


def test_a_server_that_fails_while_recording_leaves_nothing_to_replay(
    tmp_path: Path, services_with: WITH_MODEL
) -> None:
    with ScriptedLLMServer([Fail(401, "bad key")]) as server:
        live = OpenAIModel("scripted", base_url=server.url, api_key=SecretStr(KEY), context_tokens=4096)
        model = RecordingModel(live, Recordings(tmp_path))
        found = InProcessAsker(services_with(model), model=model, recordings="record").ask(CASE, "s/aukus")
        model.close()
    assert found.answer is None
    assert found.error is not None
    assert "not recorded" in found.error
    assert KEY not in found.error
    assert not files(tmp_path)
