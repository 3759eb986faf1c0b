"""The page: one file without requests, everything escaped, and the words that explain a failure beside each other."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from lxml import html as lxml_html

from eval.comparison import compare
from eval.gate import judge
from eval.reports import charts, html
from eval.reports.marking import marked, statement, with_links
from eval.runs import Run
from eval.thresholds import Thresholds
from tests.eval.made_runs import attempt, case_run, made_run
from tests.eval.reports.shown_runs import HOSTILE, RIGHT, before, hostile_case, secret_case, shown_run

LIMITS = Thresholds(fail_under={"correct": 0.9, "source_precision": 0.5}, max_regression={"correct": 0.1})


def page_of(run: Run, *, compared: bool = True) -> str:
    """The page, with a run to compare with beside it or not."""
    old = before(run) if compared else None
    comparison = compare(old, run) if old is not None else None
    return html.render(run, judge(run, LIMITS, comparison), comparison, old)


def parsed(run: Run, *, compared: bool = True) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(page_of(run, compared=compared))


def words(element: lxml_html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_one_file_that_allows_its_own_style_and_script_and_asks_for_nothing() -> None:
    text = page_of(shown_run(hostile_case()))
    document = lxml_html.fromstring(text)
    (policy,) = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode("utf-8")).digest()).decode("ascii")
        assert f"{tag}-src 'sha256-{digest}'" in policy
    targets = document.xpath("//@href | //@src | //@action | //@srcset | //@data")
    assert all(target.startswith("#") or target == "data:," for target in targets)
    assert not document.xpath("//@style | //@*[starts-with(name(), 'on')]")


def test_links_lead_somewhere_and_ids_are_given_once() -> None:
    document = parsed(shown_run(hostile_case()))
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in document.xpath("//a/@href")} <= set(ids)


def test_hostile_words_are_words() -> None:
    document = parsed(shown_run(hostile_case()))
    assert not document.xpath("//img | //iframe | //comment()")
    assert len(document.xpath("//script")) == 1
    assert "<img src=x onerror=alert(1)>" in document.text_content()


def test_a_failure_is_explained_where_it_stands() -> None:
    document = parsed(shown_run())
    (case,) = document.xpath("//details[@id='case-made-unsaid']")
    assert words(case.find("summary")).endswith("the answer does not say this: May | spring made/unsaid")
    assert [words(one) for one in case.xpath(".//section[@class='answer']/h4")] == ["Before", "After"]
    assert [words(one) for one in case.xpath(".//mark[@class='good']")].count("May") >= 2
    assert "In the spring it a.txt, in passage 2 of the 2 found" in words(case)
    assert words(case.xpath(".//ol")[0]) == "b.txta.txt may be cited"
    order = document.xpath("//details[starts-with(@class, 'case')]/@id")
    assert order[-1] == "case-made-right"


def test_without_a_baseline_there_is_one_answer_and_no_change() -> None:
    document = parsed(shown_run(), compared=False)
    assert {words(one) for one in document.xpath("//section[@class='answer']/h4")} == {"Answer"}
    assert not document.xpath("//option[@value='worse']")


def test_blind_sets_are_totals() -> None:
    text = page_of(shown_run(secret_case()))
    assert "sesame" not in text
    assert "blind: only totals are shown" in text


@pytest.mark.parametrize("compared", [True, False])
def test_runs_with_nothing_to_show(compared: bool) -> None:
    assert "The gate is met." in page_of(made_run([case_run("right", attempt(RIGHT))]), compared=compared)
    assert "no case measures it" in page_of(made_run([]), compared=compared)


def test_words_are_marked_where_they_stand_and_nothing_else_is_html() -> None:
    assert marked("a <b> “May”", ['"may"'], "good") == 'a &lt;b&gt; <mark class="good">“May”</mark>'
    assert statement("It cost 9 in May", ["9 in"], ["in May", "cost"]) == (
        'It <mark class="good">cost</mark> <mark class="bad">9 in</mark> May'
    )
    assert with_links("[1] [2] <", {1: "x"}) == '<a href="#x">[1]</a> [2] &lt;'
    assert "<img" not in marked(HOSTILE, ["<img"], "bad")


def test_a_scale_keeps_its_ends() -> None:
    scale = charts.Scale(0.5, 1.0, 100.0)
    assert [scale.at(value) for value in (0.0, 0.5, 0.75, 1.0, 2.0)] == [0.0, 0.0, 50.0, 100.0, 100.0]
    assert charts.Scale(1.0, 1.0, 100.0).at(1.0) == 50.0


@pytest.mark.parametrize("values", [[5.0], [5.0, 5.0], [0.0, 3.0], [1.0, 2.0, 4000.0]])
def test_a_histogram_counts_every_value(values: list[float]) -> None:
    drawn = lxml_html.fromstring(charts.histogram(values, [("median", values[0])], "ms", "<Times>"))
    heights = [float(column.get("height")) for column in drawn.xpath("//rect")]
    assert max(heights) == 84.0
    assert drawn.get("aria-label") == "<Times>"
