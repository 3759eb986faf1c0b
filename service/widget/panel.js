// The panel: what was said, and where to ask. On a phone it is a modal dialog that fills the screen; elsewhere it stands
// beside the page, which stays usable, so that an article can be read while its archive is asked.

const PHONE = "(max-width: 480px), (max-height: 420px)";
/** Space above the question that is being read. */
const READING_EDGE_PX = 20;

class Panel {
  /** @type {TurnView[]} */
  #views = [];
  /** @type {TurnView | null} */
  #running = null;
  #phone = matchMedia(PHONE);

  /**
   * @param {Omit<Context, "announce">} given
   * @param {Conversation} conversation
   * @param {string} title
   * @param {() => void} onClose
   */
  constructor(given, conversation, title, onClose) {
    const { words } = given;
    this.context = { ...given, announce: (/** @type {string} */ text) => this.#announce(text) };
    this.conversation = conversation;
    this.onClose = onClose;
    this.heard = make("div", { class: "unseen", role: "status" });
    this.facts = make("p", { class: "quiet" });
    this.fresh = iconButton("fresh", words.fresh, () => this.#startAnew());
    this.turns = make("div", { class: "turns" });
    this.next = make("div", { class: "next" });
    this.log = make("div", { class: "log", role: "region", "aria-label": title, tabindex: 0 }, this.turns);
    this.composer = new Composer(
      words,
      (text) => this.ask(text),
      () => this.#running?.stop(),
    );
    this.title = make("h2", { id: "title", tabindex: -1, dir: "auto" }, title);
    this.element = make(
      "dialog",
      { class: "panel", popover: "manual", role: "dialog", "aria-labelledby": "title", hidden: true },
      make(
        "div",
        { class: "head" },
        make("div", {}, this.title, this.facts),
        this.fresh,
        iconButton("close", words.close, () => this.close()),
      ),
      this.log,
      this.composer.element,
      this.heard,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      if (!given.card.hide()) this.close();
    });
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault(); // the phone's back gesture
      this.close();
    });
    this.element.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().some((target) => given.card.holds(target))) given.card.hide();
    });
    this.log.addEventListener("scroll", () => given.card.follow(this.log.getBoundingClientRect()), {
      passive: true,
    });
    this.#phone.addEventListener("change", () => this.stand());
    addEventListener("resize", () => given.card.hide());
    for (const name of ["resize", "scroll"]) visualViewport?.addEventListener(name, () => this.#fit());
    addEventListener("pagehide", () => this.#settle(true));
    this.#offerSend();
  }

  get open() {
    return !this.element.hidden;
  }

  /** @param {boolean} focused whether focus moves in: not when the panel was open on the page before */
  show(focused) {
    if (!this.open) {
      const before = focusedElement();
      this.element.hidden = false;
      this.stand(); // which moves the focus, as dialogs do
      if (!focused && !before) focusedElement()?.blur();
      else if (!focused) before?.focus({ preventScroll: true });
      this.conversation.open = true;
      this.conversation.save();
      if (!this.#views.length) this.#restore();
      if (!this.#views.length) this.#greet();
      else if (!this.#running) this.#lookAt(this.#views[this.#views.length - 1], "instant");
    }
    if (focused) this.#focus();
  }

  close() {
    if (!this.open) return;
    this.context.card.hide();
    this.#settle(false);
    if (this.element.open) this.element.close();
    lower(this.element);
    this.conversation.open = false;
    this.conversation.save();
    this.onClose();
  }

  /** @param {string} text */
  ask(text) {
    const question = text.trim().slice(0, 2000);
    if (!question || this.#running) return;
    this.composer.clear(text);
    /** @type {Turn} */
    const turn = { question, scope: this.composer.scope, state: "asking", answer: checkedAnswer({}) };
    this.conversation.add(turn);
    if (!this.#views.length) this.turns.replaceChildren();
    const view = this.#viewOf(turn);
    this.turns.append(view.element);
    this.#run(view);
  }

  /** @param {TurnView} view */
  #run(view) {
    this.#settle(false);
    this.#running = view;
    this.next.replaceChildren();
    this.#offerSend();
    view.run();
    this.#lookAt(view, "smooth");
    if (matchMedia("(pointer: coarse)").matches)
      view.heading.focus({ preventScroll: true }); // the keyboard goes
    else this.composer.focus();
  }

  /** @param {Turn} turn */
  #viewOf(turn) {
    const view = new TurnView(turn, this.context, {
      keep: () => this.conversation.save(),
      history: (before) => this.conversation.history(before),
      settled: (settled) => this.#settled(settled),
      asks: (again) => {
        if (!this.#running) this.#run(again);
      },
    });
    this.#views.push(view);
    return view;
  }

  /** @param {TurnView} view */
  async #settled(view) {
    if (this.#running !== view) return;
    this.#running = null;
    this.#offerSend();
    this.#tellFacts();
    if (view.turn.state !== "done" || view !== this.#views[this.#views.length - 1]) return;
    const asked = this.conversation.turns.slice(-8).map((turn) => turn.question);
    const found = await this.context.archive.followUps(asked, this.#sourcesOf(view.turn));
    if (!this.#running && view === this.#views[this.#views.length - 1]) {
      this.next.replaceChildren(...this.#questions("h4", this.context.words.next, found.slice(0, 3)));
      view.element.append(this.next);
    }
  }

  /** @param {Turn} turn */
  #sourcesOf({ scope, answer }) {
    return [...new Set(scope?.sources ?? answer.citations.map((citation) => citation.source))].slice(0, 10);
  }

  /**
   * Questions to tap.
   *
   * @param {"h3" | "h4"} level of the label, as a heading
   * @param {string} label
   * @param {string[]} questions
   */
  #questions(level, label, questions) {
    if (!questions.length) return [];
    const items = questions.map((question) => {
      const said = make("span", { dir: "auto" }, question);
      return make(
        "li",
        {},
        make("button", { type: "button", onclick: () => this.ask(question) }, said, icon("next")),
      );
    });
    return [make(level, { class: "label" }, label), make("ul", { class: "questions" }, ...items)];
  }

  /** What stands in an empty panel. The host is asked for suggestions now, not when the page loads. */
  async #greet() {
    const { words, archive } = this.context;
    const greeting = make(
      "div",
      { class: "greeting" },
      make("p", { class: "lead" }, words.empty),
      make("p", {}, words.promise),
    );
    this.turns.replaceChildren(greeting);
    const session = await archive.session().catch((error) => error);
    if (!greeting.isConnected) return;
    if (session instanceof Failure) {
      const trouble = make("p", { class: "trouble" }, icon("alert"), make("span", {}, words[session.kind]));
      greeting.append(trouble);
      this.#announce(words[session.kind]);
      console.warn(`Dateline: ${session.message} (${location.origin})`);
      return;
    }
    this.#tellFacts();
    if (!this.composer.scope) greeting.append(...this.#questions("h3", words.suggested, session.suggestions));
  }

  async #tellFacts() {
    const { words, language, archive } = this.context;
    const { archive: found } = await archive.session().catch(() => ({ archive: undefined }));
    if (!found?.articles) return;
    const newest = found.newest && filled(words.newest, { day: dayInWords(found.newest, language) });
    const count = filled(words.articles, { n: found.articles.toLocaleString(language) });
    this.facts.textContent = [count, newest].filter(Boolean).join(", ");
  }

  /** What was said on the page before: read when the panel opens, since a page that only loads asks the host nothing. */
  #restore() {
    for (const turn of this.conversation.turns) this.turns.append(this.#viewOf(turn).element);
    this.heard.replaceChildren();
    if (this.#views.length) this.#tellFacts();
    this.#offerSend();
  }

  #startAnew() {
    this.#settle(false);
    this.#running?.stop();
    this.#running = null;
    this.conversation.clear();
    this.#views = [];
    this.next.replaceChildren();
    this.composer.limitTo(null);
    this.#offerSend();
    this.#greet();
    this.composer.focus();
  }

  /** @param {boolean} leaving */
  #settle(leaving) {
    for (const view of this.#views) view.verdict.settle(leaving);
  }

  #offerSend() {
    this.composer.offer(this.#running !== null);
    this.fresh.hidden = !this.#views.length;
  }

  /** Puts the open panel on the screen the way the screen asks for. */
  stand() {
    if (!this.open) return;
    const focused = this.element.contains(focusedElement()) ? focusedElement() : null;
    if (this.element.open) this.element.close();
    lower(this.element);
    this.element.hidden = false;
    this.element.classList.toggle("full", this.#phone.matches);
    if (this.#phone.matches) this.element.showModal();
    else raise(this.element);
    this.#fit();
    focused?.focus({ preventScroll: true });
  }

  /** On a phone, fills what its keyboard leaves of the screen. */
  #fit() {
    const { style } = this.element;
    const view = this.element.classList.contains("full") ? visualViewport : null;
    const covered = view && view.scale === 1 && innerHeight - view.height > 1;
    style.setProperty("--seen", covered ? `${view.height}px` : "100%");
    style.setProperty("--from", covered ? `${view.offsetTop}px` : "0px");
  }

  /** Into the question's field; on a touch screen to the title, since a keyboard would hide what there is to see. */
  #focus() {
    (matchMedia("(pointer: coarse)").matches ? this.title : this.composer).focus({ preventScroll: true });
  }

  /**
   * Brings a question to the top, so that its answer grows below it and nothing moves while it is read.
   *
   * @param {TurnView} view
   * @param {"smooth" | "instant"} wanted
   */
  #lookAt(view, wanted) {
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : wanted;
    const top = /** @type {Element} */ (view.element.firstElementChild).getBoundingClientRect().top;
    const { top: edge } = this.log.getBoundingClientRect();
    this.log.scrollBy({ top: top - edge - READING_EDGE_PX, behavior });
  }

  /** Says it to screen readers, after what is being said. @param {string} text */
  #announce(text) {
    if (!this.open) return;
    this.heard.append(make("p", {}, text));
    while (this.heard.childElementCount > 20) this.heard.firstChild?.remove();
  }
}
