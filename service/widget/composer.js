// Where to ask: the field, the button that sends and stops, and the limit to some articles.

class Composer {
  /** @type {Scope | null} */
  scope = null;
  /** Whether an answer is under way, so that the button stops it. */
  #busy = false;

  /**
   * @param {Words} words
   * @param {(text: string) => void} onAsk
   * @param {() => void} onStop
   */
  constructor(words, onAsk, onStop) {
    this.words = words;
    this.limits = make("p", { class: "limits", hidden: true });
    this.input = make("textarea", {
      rows: 1,
      maxlength: 2000,
      "aria-label": words.label,
      placeholder: words.placeholder,
      dir: "auto",
      enterkeyhint: "send",
    });
    this.button = make("button", { class: "send", type: "submit" });
    this.element = make(
      "form",
      { class: "composer" },
      this.limits,
      make("div", { class: "line" }, this.input, this.button),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#busy) onStop();
      else onAsk(this.input.value);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.#busy) onAsk(this.input.value);
    });
    this.offer(false);
  }

  /** Empties the field when it holds what was asked; what else is being written there is kept. @param {string} text */
  clear(text) {
    if (this.input.value === text) this.input.value = "";
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  /** Makes the button send, or stop. @param {boolean} busy */
  offer(busy) {
    this.#busy = busy;
    const label = busy ? this.words.stop : this.words.send;
    this.button.replaceChildren(icon(busy ? "stop" : "send"));
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
  }

  /** Limits the coming questions to some articles; null lifts the limit. @param {Scope | null} scope */
  limitTo(scope) {
    this.scope = scope;
    this.limits.hidden = !scope;
    if (!scope) return this.limits.replaceChildren();
    this.limits.replaceChildren(
      make("span", { dir: "auto" }, filled(this.words.scope, { title: scope.label })),
      iconButton("close", this.words.unscoped, () => {
        this.limitTo(null);
        this.focus();
      }),
    );
  }
}
