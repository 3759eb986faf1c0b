"""Which words of a sentence say that somebody says something: subject, verb and the reported clause.

Works on prose whose quotations are blanked (`quotations.without_quotations`), one sentence at a time, by walking
its tokens: from each verb of saying backwards to its subject ("Ann Lee, who runs the port, said") or, where the
order is inverted, forwards ("said Ann Lee"). Who the subject is in the article is for `ingest.attribution`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.noun_phrases import (
    Token,
    can_speak,
    capitals_after,
    is_speaker_noun,
    skip_adverbs,
    subject,
    tokens_of,
)
from ingest.reported_clauses import clause_before, clause_of, clause_stop
from ingest.speech_words import (
    BOUNDARIES,
    CANCELLING,
    DAYS,
    DETERMINERS,
    LISTENERS,
    NAMING_VERBS,
    PREPOSITIONS,
    PRONOUNS,
    QUOTATION_ONLY,
    VERBS,
)

_BEFORE_PARTICIPLE = frozenset(", – — - and but while before after by".split())
_REACH_CHARS = 4000  # longer "sentences" are tables and lists; work per sentence grows with its square
_AUXILIARIES = frozenset(
    "is are was were has have had will would could can should may might did does do".split()
)


@dataclass(frozen=True, slots=True)
class Report:
    """One "somebody says". `start..end` runs over subject and verb; `subject_start..subject_end` may be empty
    (start == end), when the subject is implied ("…, adding that"); `head_end` ends the part of the subject that
    names the speaker. `clause` is what is reported, where the sentence reports it in its own words.
    `before`: the quotation or clause it belongs to stands before it ("…, Lee said").
    """

    start: int
    end: int
    verb: str
    subject_start: int
    subject_end: int
    head_end: int
    clause: tuple[int, int] | None
    before: bool


def reports(prose: str, start: int, end: int) -> tuple[Report, ...]:
    """Every report in the sentence `prose[start:end]`, in order; a sentence is read up to 4,000 characters."""
    tokens = tokens_of(prose, start, min(end, start + _REACH_CHARS))
    found = sorted(_found(tokens), key=lambda report: report.start)
    return tuple(_with_clause_ends(found, tokens))


def _found(tokens: list[Token]) -> Iterator[Report]:
    quotes = any(token.is_quotation for token in tokens) or (tokens and tokens[-1].text == ":")
    for i, token in enumerate(tokens):
        word = token.text
        if word.lower() == "according" and i + 2 < len(tokens) and tokens[i + 1].text == "to":
            report = _according(tokens, i)
        elif word in VERBS:
            report = _verb(tokens, i, i)
        elif (word == "clear" and i and tokens[i - 1].text in {"made", "makes", "making"}) or (
            word == "out" and i and tokens[i - 1].text in {"pointed", "points", "pointing"}
        ):
            report = _verb(tokens, i - 1, i)
        else:
            continue
        if report is not None and (quotes or report.clause is not None or word not in QUOTATION_ONLY):
            yield report


def _according(tokens: list[Token], i: int) -> Report | None:
    """ "According to Ann Lee of the port, …" and "…, according to the ministry"."""
    first = i + 2
    last = first
    while last < len(tokens) and (tokens[last].is_word or tokens[last].text in "&’'"):
        if last > first and tokens[last].text.lower() in BOUNDARIES - {"and"}:
            break
        last += 1
    if last == first:
        return None
    head = first
    while head < last and not (head > first and tokens[head].text in PREPOSITIONS):
        head += 1
    if not any(token.is_capitalised for token in tokens[first:head]) and any(
        token.is_capitalised for token in tokens[head:last]
    ):
        head = last  # "a spokesperson for Acme", "the head of Acme"
    if not can_speak(tokens, first, head - 1):
        return None  # "according to figures"
    clause = None
    opens = i <= 1
    if opens and last < len(tokens) and tokens[last].text == ",":
        clause = (tokens[last].end, tokens[-1].end)
    elif not opens:
        stop = i - 1 if tokens[i - 1].text in {",", "—", "–"} else i
        ends = last >= len(tokens) or tokens[last].text in {".", ";", "–", "—", ")"}
        if ends and stop > 1 and not tokens[stop - 1].is_quotation:
            clause = (tokens[0].start, tokens[stop - 1].end)
    return Report(
        tokens[i].start, tokens[last - 1].end, "according", tokens[first].start, tokens[last - 1].end,
        tokens[head - 1].end, clause, not opens,
    )  # fmt: skip


def _verb(tokens: list[Token], i: int, last: int) -> Report | None:
    """The report made by the verb `tokens[i..last]`, or None."""
    verb = tokens[i].text
    back = skip_adverbs(tokens, i - 1)
    if verb.endswith("ing") and back >= 0 and tokens[back].text in {"is", "are", "was", "were", "been"}:
        return _finite(tokens, i, last, skip_adverbs(tokens, back - 1))
    if back > 1 and tokens[back].text == "to" and tokens[back - 1].text in {"on", "continued", "continues"}:
        back = skip_adverbs(tokens, back - (3 if tokens[back - 1].text == "on" else 2))
    if back >= 0 and tokens[back].text.lower() in CANCELLING:
        return None
    if verb.endswith("ing") and back >= 0 and tokens[back].text.lower() in DETERMINERS:
        return None  # "a warning"
    if (
        back >= 0
        and verb in {"saying", "adding", "noting"}
        and tokens[back].text == "as"
        and tokens[back - 1].text == "quoted"
    ):
        back = skip_adverbs(tokens, back - 2)
        while back >= 0 and tokens[back].text in {"was", "is", "were"}:
            back -= 1
    inverted = _inverted(tokens, i, last, back)
    if inverted is not None:
        return inverted
    if (verb.endswith("ing") and (back < 0 or not tokens[back].is_quotation)) or (
        back > 0 and tokens[back].text in {"and", "but", "then", "or"}
    ):
        if verb.startswith("add") and not _introduces_words(tokens, last + 1):
            return None  # "adding a game"
        if verb.endswith("ing") and not (
            back < 0 or tokens[back].text in _BEFORE_PARTICIPLE or is_speaker_noun(tokens[back].text)
        ):
            return None  # "a public warning", "remember saying"
        at = tokens[i].start  # the subject stands further back: "praised it, noting", "arrived and said"
        return Report(at, tokens[last].end, verb, at, at, at, clause_of(tokens, i, last), False)
    return None if verb.endswith("ing") else _finite(tokens, i, last, back)


def _introduces_words(tokens: list[Token], k: int) -> bool:
    """Whether "that", a quotation or a mark before one stands at token `k`."""
    return k < len(tokens) and (tokens[k].is_quotation or tokens[k].text in {"that", ",", ":"})


def _finite(tokens: list[Token], i: int, last: int, back: int) -> Report | None:
    """The report of a verb whose subject, or an apposition to it, ends at token `back`."""
    verb = tokens[i].text
    phrase = subject(tokens, back)
    if phrase is None:
        return None
    first, head, final = phrase
    if verb in NAMING_VERBS and tokens[head].text.islower() and tokens[first].text.lower() in {"a", "an"}:
        return None  # "a company called “…”"
    clause = clause_of(tokens, i, last)
    before = False
    if clause is None and first > 0:
        previous = tokens[first - 1]
        before = previous.is_quotation or (
            previous.text == "," and (last + 1 >= len(tokens) or not tokens[last + 1].is_quotation)
        )
        if verb not in QUOTATION_ONLY:
            clause = clause_before(tokens, first, last)
    return Report(
        tokens[first].start, tokens[last].end, verb, tokens[first].start, tokens[final].end, tokens[head].end,
        clause, before,
    )  # fmt: skip


def _inverted(tokens: list[Token], i: int, last: int, back: int) -> Report | None:
    """ "…,” said Ann Lee, who …": the verb follows a quotation (or a comma) and its subject follows the verb."""
    if tokens[i].text in LISTENERS or (back < 0 and tokens[i].text != "Said"):
        return None
    if back >= 0 and not tokens[back].is_quotation and tokens[back].text != ",":
        return None
    plain = back >= 0 and tokens[back].text == "," and not any(t.is_quotation for t in tokens[:back])
    if plain and (tokens[i].text not in {"said", "says"} or back < 4):
        return None
    first = last + 1
    if first >= len(tokens) or not tokens[first].is_word:
        return None
    lowered = tokens[first].text.lower()
    if lowered in PRONOUNS:
        following = tokens[first + 1].text if first + 1 < len(tokens) else "."
        if tokens[back].text == "," or following not in {".", ",", ":", ";", "in", "on", "as", "to"}:
            return None
        final = first
    else:
        final = first
        if lowered in DETERMINERS:
            final += 1
        while final < len(tokens) and tokens[final].is_word and tokens[final].text.lower() not in BOUNDARIES:
            if tokens[final].text in PREPOSITIONS or tokens[final].text.lower() in DAYS:
                break
            final += 1
        final -= 1
        after = tokens[final + 1].text if final + 1 < len(tokens) else "."
        if plain and after not in {".", ","}:
            return None
        if (
            tokens[final].text.islower()
            and after == ","
            and (named := capitals_after(tokens, final + 2)) is not None
        ):
            first, final = named  # "said its secretary, Ann Lee"
        if final < first or not (tokens[final].is_capitalised or is_speaker_noun(tokens[final].text)):
            return None
        if (
            tokens[first].text.islower()
            and final + 2 < len(tokens)
            and tokens[final + 1].text in {"for", "at", "of", "from", "with"}
        ):
            tail = final + 2
            while tail < len(tokens) and tokens[tail].is_word and tokens[tail].text.lower() not in BOUNDARIES:
                tail += 1
            final = max(final, tail - 1)
    clause = (tokens[0].start, tokens[back - 1].end) if plain else None
    return Report(
        tokens[i].start, tokens[final].end, tokens[i].text, tokens[first].start, tokens[final].end,
        tokens[final].end, clause, True,
    )  # fmt: skip


def sentence_subject(prose: str, start: int, end: int) -> tuple[int, int, int] | None:
    """(start, end of the head, end) of the subject of a sentence, if it can speak: "The ministers of both states"
    in "The ministers of both states issued …". Its first finite verb must be an auxiliary or end in -ed."""
    tokens = tokens_of(prose, start, min(end, start + 240))
    for i, token in enumerate(tokens):
        word = token.text
        if word in _AUXILIARIES or (word.islower() and word.endswith("ed") and len(word) > 3):
            phrase = subject(tokens, skip_adverbs(tokens, i - 1)) if i else None
            if phrase is not None:
                return tokens[phrase[0]].start, tokens[phrase[1]].end, tokens[phrase[2]].end
    return None


def _with_clause_ends(found: list[Report], tokens: list[Token]) -> Iterator[Report]:
    """Reports whose clauses end before the next report that is set off by a comma, and without final marks; a
    clause inside another's is dropped."""
    offsets = {token.start: i for i, token in enumerate(tokens)}
    covered = -1
    for n, report in enumerate(found):
        if report.clause is None:
            yield report
            continue
        begin, stop = report.clause
        if begin > report.start:
            for other in found[n + 1 :]:
                i = offsets.get(other.start, 0)
                while i > 0 and tokens[i - 1].text in {"and", "but", "while", "as", "although", "though"}:
                    i -= 1
                if other.start > begin and i > 0 and tokens[i - 1].text in {",", ";", "—"}:
                    stop = min(stop, tokens[i - 1].start)
                    break
            stop = clause_stop(tokens, begin, stop, n == 0)
            if begin < covered:
                yield replace(report, clause=None)
                continue
        final = [t for t in tokens if begin <= t.start and t.end <= stop and t.may_end_clause]
        if final:
            covered = max(covered, final[-1].end)
        yield replace(report, clause=(final[0].start, final[-1].end) if final else None)
