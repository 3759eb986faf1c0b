// What was asked and answered, kept for the tab in sessionStorage: it is there on the site's next page, and is gone with
// the tab. What is read back is checked like anything from outside, since scripts of the page can write there.

const KEPT_TURNS = 20;
/** How many earlier turns go with a question. */
const SENT_TURNS = 8;

class Conversation {
  #key;

  /** @param {string} host conversations with different archives are kept apart */
  constructor(host) {
    this.#key = `dateline:${host}`;
    const kept = this.#read();
    this.open = kept.open === true;
    /** @type {Turn[]} */
    this.turns = (Array.isArray(kept.turns) ? kept.turns : [])
      .map(checkedTurn)
      .filter((turn) => turn !== null);
  }

  /** @param {Turn} turn */
  add(turn) {
    this.turns = [...this.turns, turn].slice(-KEPT_TURNS);
    this.save();
  }

  clear() {
    this.turns = [];
    this.save();
  }

  /** Writes it down; a browser that keeps nothing for this site loses it with the page. */
  save() {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify({ open: this.open, turns: this.turns }));
    } catch {
      // full, or forbidden
    }
  }

  /** Earlier messages, oldest first, as `/v1/ask` takes them. @param {Turn} [before] */
  history(before) {
    const end = before ? this.turns.indexOf(before) : this.turns.length;
    return this.turns
      .slice(0, end)
      .filter((turn) => turn.state === "done")
      .slice(-SENT_TURNS)
      .flatMap((turn) => [
        { role: "user", content: turn.question },
        { role: "assistant", content: turn.answer.answer.slice(0, 20_000) },
      ]);
  }

  /** @returns {{open?: unknown, turns?: unknown}} */
  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key) ?? "{}") ?? {};
    } catch {
      return {};
    }
  }
}

/**
 * An answer with every list in its place, whatever came.
 *
 * @param {any} found
 * @returns {Answer}
 */
const checkedAnswer = (found) => {
  const list = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.filter(Boolean) : []);
  const statements = (/** @type {unknown} */ value) =>
    list(value).map((item) => ({ text: String(item.text), citations: list(item.citations).map(Number) }));
  return {
    status: found?.status === "abstained" ? "abstained" : "answered",
    answer: String(found?.answer ?? ""),
    reason: typeof found?.reason === "string" ? found.reason : null,
    statements: statements(found?.statements),
    citations: list(found?.citations),
    disagreements: list(found?.disagreements).map((item) => ({
      about: String(item.about ?? ""),
      sides: statements(item.sides),
    })),
    closest: list(found?.closest),
  };
};

/**
 * A turn that was kept, or null for what is none. One that was under way when the page went is unfinished.
 *
 * @param {any} found
 * @returns {Turn | null}
 */
const checkedTurn = (found) => {
  if (typeof found?.question !== "string" || !found.answer) return null;
  const sources = found.scope?.sources;
  const scoped = Array.isArray(sources) && sources.every((source) => typeof source === "string");
  return {
    question: found.question,
    scope: scoped ? { sources, label: String(found.scope.label) } : null,
    state: found.state === "done" || found.state === "stopped" ? found.state : "failed",
    answer: checkedAnswer(found.answer),
    verdict: found.verdict === "up" || found.verdict === "down" ? found.verdict : undefined,
  };
};
