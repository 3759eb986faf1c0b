// One question on the page, from asking to what became of it: streamed, stopped, failed and tried again, or kept from
// the page before.

const SLOW_MS = 8_000;

class TurnView {
  #stop = new AbortController();
  #clock = 0;

  /**
   * @param {Turn} turn
   * @param {Context} context
   * @param {{keep: () => void, history: (turn: Turn) => object[], settled: (view: TurnView) => void,
   *   asks: (view: TurnView) => void}} hooks `keep`: the turn has changed; `settled`: it is no longer under way;
   *   `asks`: it is to be asked again
   */
  constructor(turn, context, hooks) {
    this.turn = turn;
    this.context = context;
    this.hooks = hooks;
    this.heading = make("h3", { class: "question", dir: "auto", tabindex: -1 }, turn.question);
    this.reply = make("div", { class: "reply" });
    this.element = make(
      "article",
      { class: "turn" },
      turn.scope &&
        make("p", { class: "label", dir: "auto" }, filled(context.words.scope, { title: turn.scope.label })),
      this.heading,
      this.reply,
    );
    this.verdict = new Verdict(turn, context, hooks.keep);
    if (turn.state !== "asking") this.#show(turn.state === "failed" ? new Failure("lost") : null);
  }

  /** Streams the answer. Never throws: what goes wrong is shown. */
  async run() {
    const { turn, context, hooks } = this;
    const stop = (this.#stop = new AbortController());
    turn.state = "asking";
    turn.answer = checkedAnswer({});
    const status = make("p", { class: "status" }, context.words.reading);
    this.reply.replaceChildren(status);
    this.reply.setAttribute("aria-busy", "true");
    context.announce(context.words.reading);
    this.#clock = setTimeout(() => {
      status.firstChild?.replaceWith(context.words.slow);
      context.announce(context.words.slow);
    }, SLOW_MS);
    const body = {
      question: turn.question,
      history: hooks.history(turn),
      stream: true,
      ...(turn.scope ? { filters: { sources: turn.scope.sources } } : {}),
    };
    /** @type {Failure | null} */
    let failure = null;
    try {
      await context.archive.ask(body, stop.signal, (name, data) => {
        if (!stop.signal.aborted) this.#take(name, data, status);
      });
      turn.state = "done";
    } catch (error) {
      turn.state = stop.signal.aborted ? "stopped" : "failed";
      if (turn.state === "failed") failure = error instanceof Failure ? error : new Failure("failed");
    }
    clearTimeout(this.#clock);
    this.reply.removeAttribute("aria-busy");
    hooks.keep();
    if (this.element.isConnected) this.#show(failure);
    hooks.settled(this);
  }

  stop() {
    this.#stop.abort();
  }

  /**
   * @param {string} name
   * @param {any} data
   * @param {HTMLElement} status
   */
  #take(name, data, status) {
    const { turn, context } = this;
    if (name === "passages") {
      const found = (data.passages ?? []).map((/** @type {any} */ item) => item.outlet).filter(Boolean);
      const outlets = [...new Set(found)].slice(0, 3).join(", ");
      if (outlets) status.append(make("span", { dir: "auto" }, outlets));
    } else if (name === "statement") {
      const { statements, citations } = checkedAnswer({
        statements: [data.statement],
        citations: data.citations,
      });
      const known = turn.answer.citations.map((citation) => citation.id);
      turn.answer.statements.push(...statements);
      turn.answer.citations.push(...citations.filter((citation) => !known.includes(citation.id)));
      for (const statement of statements) {
        status.before(statementView(statement, turn.answer.citations, context.card));
        context.announce(statement.text);
      }
      this.hooks.keep();
    } else if (name === "done") {
      turn.answer = checkedAnswer(data);
    }
  }

  /** What is known, now that nothing more comes. @param {Failure | null} failure */
  #show(failure) {
    const { turn, context } = this;
    const { words } = context;
    const streamed = [...this.reply.querySelectorAll(".statement")];
    this.context.card.hide();
    if (turn.state === "done") {
      this.reply.replaceChildren(...answerView(turn.answer, context), this.#actions(), this.verdict.form);
      if (streamed.length) this.reply.classList.add("still"); // it has come in already
      this.#announceEnd();
      return;
    }
    const partial = turn.answer.statements.length > 0;
    const said = failure ? words[failure.kind] : words.stopped;
    this.reply.replaceChildren(
      ...(partial ? answerView({ ...turn.answer, disagreements: [] }, context) : []),
      make(
        "div",
        { class: "trouble" },
        icon("alert"),
        make(
          "div",
          {},
          make("p", {}, said),
          partial && make("p", { class: "quiet" }, words.kept),
          this.#retry(failure),
        ),
      ),
    );
    context.announce(partial ? `${said} ${words.kept}` : said);
    if (failure?.message) console.warn(`Dateline: ${failure.message}`);
  }

  #announceEnd() {
    const { turn, context } = this;
    const { answer } = turn;
    if (!this.element.isConnected) return;
    if (answer.status === "abstained") {
      context.announce(`${context.words.abstained}. ${answer.reason ?? ""}`);
    } else {
      const sources = new Set(answer.citations.map((citation) => citation.source));
      if (answer.disagreements.length) context.announce(context.words.disagree);
      context.announce(filled(context.words.complete, { n: sources.size }));
    }
  }

  #actions() {
    const { turn, context } = this;
    const { words } = context;
    const label = make("span", {}, words.copy);
    const copy = make(
      "button",
      {
        type: "button",
        class: "small",
        onclick: async () => {
          const said = (await copied(answerText(turn.question, turn.answer, context)))
            ? words.copied
            : words.uncopied;
          label.textContent = said;
          context.announce(said);
          setTimeout(() => label.replaceChildren(words.copy), 3_000);
        },
      },
      icon("copy"),
      label,
    );
    const thumbs = make("div", { class: "thumbs", hidden: true }, ...this.verdict.thumbs);
    context.archive.session().then(
      ({ feedback }) => (thumbs.hidden = !feedback),
      () => undefined,
    );
    return make("div", { class: "actions" }, copy, thumbs);
  }

  /**
   * The button that asks again; it counts the seconds that a busy host wants to be left alone.
   *
   * @param {Failure | null} failure
   */
  #retry(failure) {
    const { words } = this.context;
    if (failure?.kind === "refused") return null;
    const button = make("button", { type: "button", class: "small retry" }, words.retry);
    let left = Math.ceil(failure?.waitS ?? 0);
    const tick = () => {
      button.textContent = left > 0 ? filled(words.wait, { n: left }) : words.retry;
      button.setAttribute("aria-disabled", String(left > 0));
      if (left > 0 && this.element.isConnected) setTimeout(tick, 1_000);
      left -= 1;
    };
    if (left > 0) tick();
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") this.hooks.asks(this);
    });
    return button;
  }
}
