"""Takes the outlets' names out of a question: "the TechCrunch article on X" becomes "an article on X".

The benchmark's questions name the outlets that hold their evidence; people who ask a newspaper's archive seldom do. A
retriever that uses the names is therefore also measured without them. Dates, and words like "article", stay.

A name that is also a plain word, or a well-known outlet that the archive does not hold, is taken out only where an
outlet stands: in quotation marks, before "article" or "reports", after "by" or "according to", beside another outlet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from eval.benchmarks.known_outlets import KNOWN_OUTLETS
from eval.benchmarks.outlet_wording import DOCUMENT, DOCUMENTS, FUNCTION_WORD, ONE, SPEECH, rewritten

_SECTION = r"(?:\s+-\s+[A-Z]\w+(?:\s+(?:and|&)\s+[A-Z]\w+)?)"
_DESK = r"(?:\s+(?:News|Sports?|Business|Cricinfo|Online|Magazine|Technology|Entertainment|Opinion|Future|Culture))"
_PRESS = (
    r"(?:[A-Z][\w.&’'-]*\s+){1,3}(?:Times|Post|Journal|Herald|Tribune|Gazette|Chronicle|Telegraph|Observer|Reporter|"
    r"News|Magazine|Weekly|Press|Courier|Mail)"
)


def aliases(outlet: str) -> frozenset[str]:
    """The ways an archive's outlet is named: whole, without its section ("… - Health") or its motto ("… | …",
    "…: …"), without ".com", without "The", and with its words written together or apart ("SportGrill")."""
    names = {outlet.strip()}
    names |= {re.split(r"\s+[-–|]\s+|:\s", name, maxsplit=1)[0].strip() for name in names}
    names |= {re.sub(r"\.(?:com|co\.uk|org|net|in)$", "", name) for name in names}
    names |= {re.sub(r"^The\s+", "", name) for name in names}
    names |= {re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name) for name in names}
    names |= {name.replace(" ", "") for name in names if name.count(" ") == 1 and not name.startswith("The ")}
    return frozenset(name for name in names if len(name) > 1)


def plain_in(texts: Collection[str]) -> Callable[[str], bool]:
    """Whether a phrase occurs, in lower case, in any of these texts."""
    joined = "\n".join(texts)

    def is_plain(phrase: str) -> bool:
        lower = phrase.lower()
        if lower not in joined:  # much faster than the pattern, and true of nearly all
            return False
        return re.search(rf"(?<=\s){re.escape(lower)}(?=[\s,])", joined) is not None

    return is_plain


class OutletRemover:
    """Takes the names of an archive's outlets, and of well-known ones, out of questions."""

    def __init__(self, outlets: Iterable[str], is_plain: Callable[[str], bool]) -> None:
        """`outlets` are the archive's; `is_plain` says whether a name, in lower case, is a plain word or phrase."""
        own = {name for outlet in outlets for name in aliases(outlet)}
        plain = {name for name in own if is_plain(name)}
        # "The Australian" is an outlet, "Australian" is not.
        known = {
            name for outlet in KNOWN_OUTLETS for name in aliases(outlet) if name == outlet or " " in name
        } - own
        self._sure = re.compile(_quoted(f"(?:{_either(own - plain)}){_SECTION}?"))
        self._perhaps = re.compile(_quoted(f"(?:{_either(plain | known)}){_DESK}?{_SECTION}?"))
        self._press = re.compile(_quoted(_PRESS))

    def __call__(self, question: str) -> str:
        """The question without outlets' names; the same when it names none."""
        marked = self._marked(question)
        return question if marked == question else rewritten(marked)

    def named(self, question: str) -> tuple[str, ...]:
        """The names of the archive's outlets in a question that are nothing else, and plain words and well-known
        outlets written like a name, wherever they stand: what may be left of these is a thing of another kind."""
        return tuple(
            found["name"] for each in (self._sure, self._perhaps) for found in each.finditer(question)
        )

    def _marked(self, question: str) -> str:
        """The question with every outlet's name, and the quotation marks around it, as `ONE`."""
        marked = self._sure.sub(_mark, question)
        before = ""
        while before != marked:  # a name beside one that has been found is found too
            before = marked
            marked = self._press.sub(_mark_before_document, self._perhaps.sub(_mark_in_place, marked))
        return marked


def _either(names: Iterable[str]) -> str:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return "|".join(_spelled(name) for name in longest_first) or r"(?!)"


def _spelled(name: str) -> str:
    """A pattern for a name. Several words, or capitals inside one, tell a name in any case; "The" keeps its capital,
    because "the" before a name is the article of what follows it."""
    the = r"The\s+" if name.startswith("The ") else ""
    rest = name.removeprefix("The ")
    words = r"\s+".join(re.escape(word) for word in rest.split())
    distinct = not the and (" " in rest or not rest[1:].islower())
    return f"{the}(?i:{words})" if distinct else f"{the}(?:{words}|{re.escape(rest.upper())})"


def _quoted(name: str) -> str:
    """A name as whole words, with quotation marks on both sides or with none."""
    return (
        rf"(?:(?P<open>['\"‘“])(?=[^'\"‘’“”]*,?['\"’”](?!s\b)))?(?<!\w)(?P<name>{name})(?!\w)"
        rf"(?(open)(?P<comma>,?)(?:['\"’”])?)"
    )


def _mark(found: re.Match[str]) -> str:
    closed = found["open"] is None or found[0][-1] in "'\"’”"
    return ONE + (found["comma"] or "") if closed else found["open"] + ONE


_BEFORE_OUTLET = re.compile(
    rf"(?i:\b(?:by|from|in|according\s+to|per|via|both|between|unlike|like|did|does|do|(?:{DOCUMENTS}|{DOCUMENT})\s+on)\s+"
    rf"|{ONE}\s*[,/]?\s*(?:(?:and|or|&)\s+)?)(?:(?:both|the|The)\s+)*['\"‘“]?$"
)
_AFTER_OUTLET = re.compile(
    rf"(?:['’]s?)?\s+(?:(?!{FUNCTION_WORD}\b)[\w'’-]+\s+){{0,3}}(?:{DOCUMENTS}|{DOCUMENT}|coverage|reporting)\b"
    rf"|(?:['’]s)?\s+(?:(?:both|also|\w+ly)\s+)?{SPEECH}|\s*[,/]?\s*(?:(?:and|or|&)\s+)?(?:the\s+)?{ONE}"
)
_INSIDE_A_SENTENCE = re.compile(r"[\w,'’\"(/)]\s?$")
_PART_OF_A_NAME = re.compile(r"\s+(?:of\s+(?:the\s+)?[A-Z\d]|\d)")


def _mark_in_place(found: re.Match[str]) -> str:
    """Mark a name that stands where an outlet does; leave it when it is part of a longer name ("Fortune 500")."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    if found["open"] is None and _PART_OF_A_NAME.match(after):
        return found[0]
    quoted = found["open"] is not None and found[0][-1] in "'\"’”"
    titled = found["name"].startswith("The ") and _INSIDE_A_SENTENCE.search(before)
    placed = quoted or titled or _BEFORE_OUTLET.search(before) or _AFTER_OUTLET.match(after)
    return _mark(found) if placed else found[0]


_AFTER_PRESS = re.compile(rf"(?:['’]s?)?\s+(?:{DOCUMENTS}|{DOCUMENT})\b")
_BEFORE_PRESS = re.compile(r"\b(?:according\s+to|(?:article|report|story|piece)s?\s+(?:by|from|in))\s+$")


def _mark_before_document(found: re.Match[str]) -> str:
    """Mark what is called like a newspaper and stands beside "article" or "according to"."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    if _PART_OF_A_NAME.match(after):
        return found[0]
    return _mark(found) if _AFTER_PRESS.match(after) or _BEFORE_PRESS.search(before) else found[0]
