"""Why an answer is wrong: the causes of `eval.runs.Cause`, from what was found and what was said.

The first question is always whether the words could have been found at all. A fact that is missing is put down to
retrieval when no passage that was found holds one of its phrases although an allowed source does, and to the composer
(`abstained`, `fact`) otherwise. Where it is not known what was found, the composer is named.

An answer that says everything may still have problems: a citation beside the point, or a statement that its own quotes
do not support.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from eval.gold import GoldCase, group_met
from eval.measures_evidence import (
    Context,
    attributions,
    has_speaker,
    is_allowed,
    is_verbatim,
    said_by,
    unsupported,
)
from eval.measures_observation import Observation
from eval.measures_wording import facts_missing, forbidden, said, sides_shown
from eval.runs import Found, Problem
from service.answers import Answer

_SHOWN_CHARS = 80


def problems(
    case: GoldCase, observation: Observation, scores: Mapping[str, float | None], context: Context
) -> tuple[Problem, ...]:
    """Everything that is wrong with an answer, the most telling first; nothing where all is right."""
    answer = observation.answer
    if answer is None:
        return (Problem(cause="error", detail=observation.error or "no answer came back"),)
    if case.abstain:
        if answer.status == "abstained":
            return ()
        words = tuple(statement.text for statement in answer.statements)
        return (Problem(cause="answered", detail="the articles do not answer this question", words=words),)
    found: list[Problem] = []
    if not scores.get("correct"):
        found += _missing_articles(case, context)
        found += _unsaid(case, answer, observation.found, context)
    found += _citations(case, answer, context)
    found += _statements(answer, context)
    found += _speakers(case, answer, context)
    return tuple(found)


def _missing_articles(case: GoldCase, context: Context) -> Iterator[Problem]:
    if missing := tuple(source for source in case.sources if source not in context.sources()):
        yield Problem(
            cause="missing-article", detail=f"not in the index: {', '.join(missing)}", words=missing
        )


def _unsaid(case: GoldCase, answer: Answer, found: Sequence[Found], context: Context) -> Iterator[Problem]:
    """Facts that are not said, put down to retrieval, to an abstention, or to the composer."""
    missing = facts_missing(case.facts, said(answer)) if answer.status == "answered" else list(case.facts)
    passages = [
        context.text_of(one.article_id)[one.start : one.end] for one in found if one.source in case.sources
    ]
    if found and not passages:
        shown = ", ".join(dict.fromkeys(one.source for one in found))
        yield Problem(
            cause="retrieval",
            detail=f"no passage found lies in an allowed source; found: {shown}",
            words=_alternatives(missing),
        )
        return
    unseen = [group for group in missing if found and not any(group_met(group, one) for one in passages)]
    if unseen:
        yield Problem(
            cause="retrieval", detail="no passage found holds these words", words=_alternatives(unseen)
        )
    if answer.status == "abstained":
        if not unseen:
            yield Problem(
                cause="abstained", detail=answer.reason or "no reason was given", words=_alternatives(missing)
            )
        return
    if said_nothing_of := [group for group in missing if group not in unseen]:
        yield Problem(
            cause="fact", detail="the answer does not say this", words=_alternatives(said_nothing_of)
        )
    if forbids := forbidden(case.never, said(answer)):
        yield Problem(cause="fact", detail="the answer says what it must not", words=forbids)
    if not missing and case.disagreement and not sides_shown(case.facts, answer):
        yield Problem(
            cause="fact",
            detail="the answer does not set the sides of the disagreement side by side",
            words=_alternatives(case.facts),
        )
    if not missing and not answer.citations:
        yield Problem(cause="source", detail="nothing is cited")


def _citations(case: GoldCase, answer: Answer, context: Context) -> Iterator[Problem]:
    for citation in answer.citations:
        if not is_allowed(citation, case.sources):
            yield Problem(
                cause="source",
                detail=f"citation {citation.id} lies in {citation.source}, which the case does not allow",
                words=(citation.quote,),
            )
    for citation in answer.citations:
        if not is_verbatim(citation, context):
            yield Problem(
                cause="citation",
                detail=f"the quote of citation {citation.id} is not the text of {citation.source} at "
                f"{citation.start} to {citation.end}",
                words=(citation.quote,),
            )


def _statements(answer: Answer, context: Context) -> Iterator[Problem]:
    for text, citations in said_by(answer):
        wrong = [
            problem for problem in unsupported((text, citations), context) if problem.kind != "attribution"
        ]
        if wrong:
            kinds = ", ".join(dict.fromkeys(problem.kind for problem in wrong))
            yield Problem(
                cause="support",
                detail=f"not in the words cited ({kinds}): {_short(text)}",
                words=tuple(dict.fromkeys(problem.words for problem in wrong)),
            )


def _speakers(case: GoldCase, answer: Answer, context: Context) -> Iterator[Problem]:
    wrong = dict.fromkeys(speaker for speaker, right in attributions(answer, context) if not right)
    for speaker in wrong:
        yield Problem(cause="speaker", detail=f"the words cited are not {speaker}'s", words=(speaker,))
    if answer.status == "answered":
        for group in case.speakers:
            if not has_speaker(group, case, answer):
                yield Problem(cause="speaker", detail=f"no words are put to {group[0]}", words=group)


def _alternatives(groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Each group as one text, its phrases separated by bars."""
    return tuple(" | ".join(group) for group in groups)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS].rsplit(" ", 1)[0] + " …"
