"""Measures of what an answer rests on: its citations against the articles, its statements against its citations.

Nothing that the answer says about itself is believed: quotes are compared with the articles, statements are verified
again with the words of the quotes alone, and speakers are those whom the articles name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from eval.gold import GoldCase, group_met
from ingest.attribution import analyze
from service.answers import Answer, Citation
from service.speakers import same_speaker
from service.values import values_of
from service.verification import Evidence, Problem, quoted_runs, verify


class Context(Protocol):
    """What is known of the articles, whatever holds them. `eval.article_context` has the one that runs use."""

    def text_of(self, article_id: str) -> str:
        """An article's whole text; "" when there is no such article."""

    def sources(self) -> frozenset[str]:
        """The sources of every article there is."""

    def similarity(self, a: str, b: str) -> float | None:
        """The cosine between two texts' embeddings, at least 0; None without an embedder."""

    def speakers_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        """To whom the article attributes words that share characters with `text[start:end]`."""

    def names_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        """Whom the article means within `text[start:end]`, by name, title or pronoun."""


Said = tuple[str, tuple[Citation, ...]]


def said_by(answer: Answer) -> list[Said]:
    """Every statement and every side of a disagreement once, with its citations."""
    by_id = {citation.id: citation for citation in answer.citations}
    said = [(statement.text, statement.citations) for statement in answer.statements]
    said += [(side.text, side.citations) for conflict in answer.disagreements for side in conflict.sides]
    return [(text, tuple(by_id[one] for one in ids if one in by_id)) for text, ids in dict.fromkeys(said)]


def is_verbatim(citation: Citation, context: Context) -> bool:
    """Whether the quote is the article's text at the citation's offsets."""
    return context.text_of(citation.article_id)[citation.start : citation.end] == citation.quote


def verbatim_share(answer: Answer, context: Context) -> float | None:
    """The share of the citations that are verbatim; None without a citation."""
    return _share([is_verbatim(citation, context) for citation in answer.citations])


def is_allowed(citation: Citation, sources: Sequence[str]) -> bool:
    """Whether a citation lies in one of the sources, or in a near-copy of one."""
    return not {citation.source, *citation.also_in}.isdisjoint(sources)


def source_precision(sources: Sequence[str], answer: Answer) -> float | None:
    """The share of the citations that lie in an allowed source; None without a citation."""
    return _share([is_allowed(citation, sources) for citation in answer.citations])


def source_recall(sources: Sequence[str], answer: Answer) -> float | None:
    """The share of the allowed sources that are cited, by themselves or as near-copies; None without one."""
    cited = {source for citation in answer.citations for source in (citation.source, *citation.also_in)}
    return _share([source in cited for source in sources])


def evidence_in(text: str, citation: Citation, context: Context) -> Evidence:
    """The quote as evidence for a statement: its words, who speaks and is meant there according to the article, and
    its outlet where the statement names it in full."""
    place = (citation.article_id, citation.start, citation.end)
    evidence = Evidence(
        citation.quote, frozenset(context.speakers_at(*place)), frozenset(context.names_at(*place))
    )
    outlet = (citation.outlet or "").strip().removeprefix("The ")
    if outlet and re.search(rf"(?<!\w){re.escape(outlet)}(?!\w)", text, re.IGNORECASE):
        return replace(evidence, speakers=evidence.speakers | {outlet}, names=evidence.names | {outlet})
    return evidence


def unsupported(said: Said, context: Context) -> tuple[Problem, ...]:
    """What verification finds wrong with something that was said, given the quotes it cites and nothing else."""
    text, citations = said
    return verify(text, [evidence_in(text, citation, context) for citation in citations]).problems


def support_share(answer: Answer, context: Context) -> float | None:
    """The share of what is said that passes verification; None when nothing is said."""
    return _share([not unsupported(said, context) for said in said_by(answer)])


def fidelity_share(answer: Answer, context: Context) -> float | None:
    """The share of the quotations and values that stand in the quotes cited for them; None when there are none."""
    checked = wrong = 0
    for said in said_by(answer):
        checked += len(quoted_runs(said[0])) + len(values_of(said[0]))
        wrong += sum(problem.kind in ("quotation", "value") for problem in unsupported(said, context))
    return 1 - min(wrong, checked) / checked if checked else None


def attribution_share(case: GoldCase, answer: Answer, context: Context) -> float | None:
    """The share of the attributions that are right, those that the case asks for included; None without any."""
    if answer.status == "abstained":
        return None
    made = [right for _, right in attributions(answer, context)]
    return _share([*made, *(has_speaker(group, case, answer) for group in case.speakers)])


def attributions(answer: Answer, context: Context) -> Iterator[tuple[str, bool]]:
    """Whom the answer says to have said something, and whether the articles say so: statements, then citations."""
    for text, citations in said_by(answer):
        wrong = [p.words for p in unsupported((text, citations), context) if p.kind == "attribution"]
        if wrong:
            yield wrong[0], False
        elif speakers := speakers_in(text):
            yield speakers[0], True
    for citation in answer.citations:
        if citation.speaker is not None:
            known = context.speakers_at(citation.article_id, citation.start, citation.end)
            yield citation.speaker, any(same_speaker(citation.speaker, speaker) for speaker in known)


def speakers_in(text: str) -> list[str]:
    """To whom a statement itself attributes words, as it names them."""
    return [
        text[quotation.speaker_start : quotation.speaker_end]
        for quotation in analyze(text).quotations
        if quotation.speaker_start is not None and quotation.speaker_end is not None
    ]


def has_speaker(group: Sequence[str], case: GoldCase, answer: Answer) -> bool:
    """Whether the answer puts words to one of the names: in a statement, or as the speaker of what it cites. Where
    statements say facts of the case, only theirs count: words in a wrong mouth are not made good elsewhere."""
    said = said_by(answer)
    telling = [one for one in said if any(group_met(fact, one[0]) for fact in case.facts)]
    for text, citations in telling or said:
        named = [*speakers_in(text), *(citation.speaker for citation in citations if citation.speaker)]
        if any(same_speaker(name, speaker) for name in group for speaker in named):
            return True
    return False


def _share(outcomes: Sequence[bool]) -> float | None:
    return sum(outcomes) / len(outcomes) if outcomes else None
