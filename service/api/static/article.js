// Marks the words that a link cites: the fragment #c1032-1190 names characters 1032 to 1190 of the article.
//
// Offsets count Unicode code points; strings here are UTF-16. Inside an element with data-start, the characters
// are the article's from that offset on.
"use strict";

(() => {
  const text = document.getElementById("text");
  const notice = document.getElementById("notice");

  // How many UTF-16 units the first `points` code points of `string` take.
  const unitsOf = (string, points) => {
    let units = 0;
    while (points > 0 && units < string.length) {
      units += string.codePointAt(units) > 0xffff ? 2 : 1;
      points -= 1;
    }
    return units;
  };

  const pointsOf = (string) => {
    let points = 0;
    for (const _ of string) points += 1;
    return points;
  };

  const clear = () => {
    notice.hidden = true;
    for (const mark of text.querySelectorAll("mark")) {
      const parent = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      parent.normalize();
    }
  };

  // Wraps start..end in <mark>s, one for each text node it touches, and gives them in order.
  const wrap = (start, end) => {
    const marks = [];
    for (const paragraph of text.querySelectorAll("[data-start]")) {
      let at = Number(paragraph.dataset.start);
      if (at >= end) break;
      const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
      const nodes = [];
      while (walker.nextNode()) nodes.push(walker.currentNode);
      for (const node of nodes) {
        const length = pointsOf(node.data);
        const from = Math.max(start - at, 0);
        const to = Math.min(end - at, length);
        at += length;
        if (from >= to) continue;
        const first = unitsOf(node.data, from);
        const last = unitsOf(node.data, to);
        const cited = first > 0 ? node.splitText(first) : node;
        if (last - first < cited.data.length) cited.splitText(last - first);
        const mark = document.createElement("mark");
        cited.replaceWith(mark);
        mark.append(cited);
        marks.push(mark);
      }
    }
    return marks;
  };

  const show = () => {
    const span = /^#c(\d{1,10})-(\d{1,10})$/.exec(location.hash);
    if (!span) return;
    const id = location.hash.slice(1);
    let first = document.getElementById(id);
    if (!first) {
      clear();
      const marks = wrap(Number(span[1]), Number(span[2]));
      if (marks.length === 0) {
        notice.textContent = "The link names a passage that this version of the article does not have.";
        notice.hidden = false;
        return;
      }
      first = marks[0];
      first.id = id;
      first.tabIndex = -1;
    }
    for (const mark of text.querySelectorAll("mark")) {
      const folded = mark.closest("details");
      if (folded) folded.open = true;
    }
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "center" });
  };

  addEventListener("hashchange", show);
  show();
})();
