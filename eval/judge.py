"""A language model as judge of answers: an opinion beside the measures, never a gate of its own.

Each answer is graded several times at temperature 0, because servers are not deterministic even then; how far the
grades agree is part of the result. What a model replied is kept on disk under the hash of everything that was asked, so
that judging a run again costs nothing and changes only where an answer, the prompt or the model did.

The prompt is `prompts/judge.md`; the judge may be any model of `service.llm`, best not the one that wrote the answers
(Zheng et al., "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", NeurIPS 2023, on self-preference).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import ValidationError

from eval.gold import GoldCase
from eval.judgements import Grade, Judged, Judgements, judgements
from eval.recordings import write_whole
from eval.runs import CaseRun
from ingest.errors import InvalidRequest, SettingsError, TransientError
from service.answers import Answer, Frozen, Usage
from service.llm import ChatMessage, LanguageModel
from service.quarantine import CLOSING, OPENING, quarantined
from service.templates import Prompt

REPEATS = 3
MAX_TOKENS = 300
"""Of a reply: a sentence and two digits, with room for a model that begins by thinking aloud."""
NO_ANSWER = "There is no answer to this question in the articles."
NOTHING_CITED = "(nothing)"
_OBJECT = re.compile(r"\{[^{}]*\}", re.DOTALL)

Tell = Callable[[int, int], None]
"""Takes how many answers are judged, and how many there are."""


class _Reply(Frozen):
    """What a model replied, as it is kept."""

    text: str
    usage: Usage
    finished: bool


class Judge:
    """Judges answers with one model. Threads may share it."""

    def __init__(
        self, model: LanguageModel, prompt: Prompt, *, cache: Path | None = None, repeats: int = REPEATS
    ) -> None:
        """`cache` is the folder for replies; None keeps none.

        Raises:
            InvalidRequest: `repeats` is less than 1.
        """
        if repeats < 1:
            raise InvalidRequest("a judge has to be asked at least once")
        self._model, self._prompt, self._cache, self._repeats = model, prompt, cache, repeats

    def judge(
        self,
        cases: Sequence[CaseRun],
        *,
        concurrency: int = 1,
        tell: Tell = lambda _done, _total: None,
    ) -> Judgements:
        """Judge the first answer to every case that has one.

        A call that the model does not answer for the moment is counted and left out.

        Raises:
            PermanentError: the model refuses: a bad key, an unknown model. The folder for replies cannot be written.
        """
        asked = [(one, answer) for one in cases if (answer := one.attempts[0].answer) is not None]
        judged: list[Judged] = []
        spent = Usage()
        with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="dateline-judge") as pool:
            for one, usage in pool.map(lambda pair: self.grade(pair[0].key, pair[0].case, pair[1]), asked):
                judged.append(one)
                spent = _sum(spent, usage)
                tell(len(judged), len(asked))
        correct = {one.key: one.attempts[0].scores.get("correct") for one in cases}
        return judgements(
            judged,
            correct,
            self._repeats,
            model=self._model.name,
            prompt=self._prompt.reference,
            usage=spent,
        )

    def grade(self, key: str, case: GoldCase, answer: Answer) -> tuple[Judged, Usage]:
        """Grade one answer, and what that took of the model now."""
        messages = self._prompt.render(
            question=case.question, reference=reference(case), answer=answer.answer, cited=cited(answer)
        )
        grades: list[Grade] = []
        unreadable = failed = 0
        spent = Usage()
        for number in range(self._repeats):
            try:
                reply, usage = self._reply(messages, number)
            except TransientError:
                failed += 1
                continue
            spent = _sum(spent, usage)
            if (grade := grade_in(reply.text)) is None:
                unreadable += 1
            else:
                grades.append(grade)
        return Judged(key=key, grades=tuple(grades), unreadable=unreadable, failed=failed), spent

    def _reply(self, messages: Sequence[ChatMessage], number: int) -> tuple[_Reply, Usage]:
        """The `number`-th reply to the messages, and what it took: nothing when it was kept."""
        file = None
        if self._cache is not None:
            file = self._cache / f"{_key(self._model.name, messages, number)}.json"
            if (kept := _kept(file)) is not None:
                return kept, Usage()
        with self._model.stream(messages, max_tokens=MAX_TOKENS, temperature=0.0) as generation:
            text = "".join(generation)
            reply = _Reply(text=text, usage=generation.usage, finished=generation.finish_reason == "stop")
        if file is not None:
            _keep(file, reply)
        return reply, reply.usage


def reference(case: GoldCase) -> str:
    """What the answer is held against: the case's own answer, else its facts; that there is none where that is so."""
    if case.abstain:
        return NO_ANSWER
    if case.answer is not None:
        return case.answer
    return (
        "It says "
        + ", and ".join(" or ".join(f"“{phrase}”" for phrase in group) for group in case.facts)
        + "."
    )


def cited(answer: Answer) -> str:
    """The cited words for the prompt, escaped, each under its number, with whom it comes from."""
    if not answer.citations:
        return NOTHING_CITED
    lines = [
        f"{citation.id}. {quarantined(citation.outlet or citation.source)}: {quarantined(citation.quote)}"
        for citation in answer.citations
    ]
    return "\n".join([OPENING, *lines, CLOSING])


def grade_in(text: str) -> Grade | None:
    """The grade in a reply: its last JSON object that is one; None when there is none."""
    for written in reversed(_OBJECT.findall(text)):
        try:
            found = json.loads(written)
            return Grade(
                correctness=found["correctness"],
                faithfulness=found["faithfulness"],
                reason=" ".join(str(found.get("reason", "")).split()),
            )
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _key(model: str, messages: Sequence[ChatMessage], number: int) -> str:
    parts = [model, [[one.role, one.content] for one in messages], MAX_TOKENS, 0.0, number]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[
        :24
    ]


def _kept(file: Path) -> _Reply | None:
    """A reply that was kept; None where there is none, or the file is no reply."""
    try:
        return _Reply.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(file: Path, reply: _Reply) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, reply.model_dump_json(indent=1).encode("utf-8"))
    except OSError as error:
        raise SettingsError(f"the judge's reply cannot be kept in {file.parent}: {error}") from error


def _sum(one: Usage, other: Usage) -> Usage:
    """Both together; the cost is known when that of either is."""
    costs = [usage.cost_usd for usage in (one, other) if usage.cost_usd is not None]
    return Usage(
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cost_usd=sum(costs) if costs else None,
    )
