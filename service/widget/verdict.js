// Thumbs, with an optional word. A verdict goes off when the reader sends the word, asks on, or leaves: once.

class Verdict {
  /** Chosen, and not sent yet. */
  #unsent = false;

  /**
   * @param {Turn} turn
   * @param {Context} context
   * @param {() => void} onChange the turn is to be kept
   */
  constructor(turn, context, onChange) {
    this.turn = turn;
    this.context = context;
    this.onChange = onChange;
    const { words } = context;
    this.thumbs = /** @type {const} */ (["up", "down"]).map((verdict) =>
      iconButton(verdict, words[verdict], () => this.#choose(verdict), {
        "aria-pressed": String(turn.verdict === verdict),
        "data-verdict": verdict,
      }),
    );
    this.form = make("div", { class: "comment" });
  }

  /** Sends what the reader chose and has not added to. */
  settle(leaving = false) {
    if (this.#unsent) this.#send("", leaving);
  }

  /** @param {"up" | "down"} verdict */
  #choose(verdict) {
    if (this.turn.verdict && !this.#unsent) return;
    const { words } = this.context;
    const changed = this.#unsent;
    this.#unsent = true;
    this.#press(verdict);
    if (changed) return;
    const input = make("input", {
      type: "text",
      maxlength: 500,
      "aria-label": words.comment,
      placeholder: words.comment,
    });
    const form = make("form", {}, input, make("button", { class: "small", type: "submit" }, words.submit));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(input.value.trim(), false);
    });
    this.form.replaceChildren(form);
    input.focus();
  }

  /** @param {"up" | "down" | undefined} verdict */
  #press(verdict) {
    this.turn.verdict = verdict;
    for (const thumb of this.thumbs) {
      thumb.setAttribute("aria-pressed", String(thumb.dataset.verdict === verdict));
      thumb.setAttribute("aria-disabled", String(verdict !== undefined && !this.#unsent));
    }
    this.onChange();
  }

  /**
   * @param {string} comment
   * @param {boolean} leaving
   */
  async #send(comment, leaving) {
    const { words, archive, announce } = this.context;
    const { question, answer, verdict } = this.turn;
    const focused = this.form.contains(focusedElement());
    this.#unsent = false;
    this.#press(verdict);
    const note = make("p", { class: "quiet", tabindex: -1 }, words.thanks);
    this.form.replaceChildren(note);
    if (focused) note.focus();
    const citations = answer.citations.slice(0, 50).map(({ source, start, end }) => ({ source, start, end }));
    const page = location.href.split(/[?#]/)[0]; // queries may hold what is the reader's own
    const body = {
      question,
      answer: answer.answer.slice(0, 20_000),
      verdict,
      citations,
      ...(/^https?:.{1,1900}$/.test(page) ? { page_url: page } : {}),
    };
    try {
      await archive.send(comment ? { ...body, comment } : body, leaving);
    } catch {
      note.textContent = words.unsent;
      this.#press(undefined);
    }
    announce(note.textContent);
  }
}
