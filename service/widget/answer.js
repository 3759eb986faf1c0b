// An answer on the page: statements with their chips, disagreements side by side, sources, or an honest abstention.

/**
 * Words with the chips of what they cite.
 *
 * @param {Statement} statement
 * @param {Citation[]} citations
 * @param {Card} card
 */
const statementView = (statement, citations, card) =>
  make(
    "p",
    { class: "statement", dir: "auto" },
    statement.text,
    ...statement.citations.flatMap((id) => {
      const citation = citations.find((item) => item.id === id);
      return citation ? ["\u00a0", card.chip(citation)] : [];
    }),
  );

/**
 * What is said of an answer once it is whole. A statement that is one side of a disagreement stands there only.
 *
 * @param {Answer} answer
 * @param {Context} context
 * @returns {HTMLElement[]}
 */
const answerView = (answer, context) => {
  if (answer.status === "abstained") return abstentionView(answer, context);
  const sides = answer.disagreements.flatMap((item) => item.sides.map((side) => side.text));
  return [
    ...answer.statements
      .filter((statement) => !sides.includes(statement.text))
      .map((statement) => statementView(statement, answer.citations, context.card)),
    ...answer.disagreements.map((item) => disagreementView(item, answer.citations, context)),
    ...sourcesView(answer.citations, context),
  ];
};

/**
 * @param {Disagreement} disagreement
 * @param {Citation[]} citations
 * @param {Context} context
 */
const disagreementView = (disagreement, citations, { words, card }) =>
  make(
    "div",
    { class: "disagreement" },
    make("h4", { class: "label" }, words.disagree),
    make(
      "div",
      { class: "sides" },
      ...disagreement.sides.map((side) => {
        const outlets = side.citations
          .map((id) => citations.find((item) => item.id === id))
          .map((item) => item?.outlet || item?.source || "");
        return make(
          "div",
          { class: "side" },
          make("h5", { dir: "auto" }, [...new Set(outlets)].filter(Boolean).join(", ")),
          statementView(side, citations, card),
        );
      }),
    ),
  );

/**
 * One line for each article, with the numbers that stand for it.
 *
 * @param {Citation[]} citations
 * @param {Context} context
 */
const sourcesView = (citations, { words, language, archive }) => {
  if (!citations.length) return [];
  /** @type {Map<string, Citation[]>} */
  const articles = new Map();
  for (const citation of citations) {
    articles.set(citation.source, [...(articles.get(citation.source) ?? []), citation]);
  }
  const lines = [...articles.values()].map((found) => {
    const [first] = found;
    const named = first.title || first.outlet; // else the file's name is the link already
    return make(
      "li",
      {},
      make("span", { class: "numbers" }, found.map((item) => item.id).join(", ")),
      make(
        "div",
        {},
        linkAway(webAddress(first.url, archive.host), words, { dir: "auto" }, first.title || first.source),
        make(
          "span",
          { class: "quiet" },
          named ? placeOf(first, language) : dayInWords(first.published_at, language),
        ),
      ),
    );
  });
  return [
    make(
      "div",
      { class: "sources" },
      make("h4", { class: "label" }, words.sources),
      make("ul", {}, ...lines),
    ),
  ];
};

/**
 * @param {Answer} answer
 * @param {Context} context
 */
const abstentionView = (answer, { words, language, archive }) => {
  const closest = answer.closest.map((citation) =>
    make("li", {}, ...quotation(citation, words, language, archive.host, null)),
  );
  return [
    make(
      "div",
      { class: "abstention" },
      make("p", { class: "verdict" }, words.abstained),
      make("p", { dir: "auto" }, answer.reason || answer.answer),
    ),
    ...(closest.length
      ? [
          make(
            "div",
            { class: "closest" },
            make("h4", { class: "label" }, words.closest),
            make("ul", {}, ...closest),
          ),
        ]
      : []),
  ];
};

/**
 * The answer as text to paste: question, statements with [1] markers, disagreements, then the sources with addresses.
 *
 * @param {string} question
 * @param {Answer} answer
 * @param {Context} context
 */
const answerText = (question, answer, { words, language, archive }) => {
  const marked = (/** @type {Statement} */ item) =>
    `${item.text} ${item.citations.map((id) => `[${id}]`).join("")}`.trim();
  const cited = answer.status === "abstained" ? answer.closest : answer.citations;
  const blocks = [
    question,
    answer.status === "abstained"
      ? [words.abstained, answer.reason].filter(Boolean).join(". ").replace("..", ".")
      : answer.statements.map(marked).join("\n"),
    ...answer.disagreements.map((item) =>
      [`${words.disagree}:`, ...item.sides.map((side) => `- ${marked(side)}`)].join("\n"),
    ),
    cited.length && (answer.status === "abstained" ? words.closest : words.sources),
    ...cited.map((citation) =>
      [
        `[${citation.id}] ${[placeOf(citation, language), citation.title].filter(Boolean).join(": ")}`,
        `“${citation.quote}”`,
        webAddress(citation.url, archive.host),
      ]
        .filter(Boolean)
        .join("\n"),
    ),
  ];
  return blocks.filter(Boolean).join("\n\n");
};

/**
 * Puts text on the clipboard; false where the page may not.
 *
 * @param {string} text
 */
const copied = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
};
