// The widget: <dateline-chat>, a button and a panel in a shadow tree. The script tag's data attributes shape it.

const DEFAULT_ACCENT = "#17324d";

class DatelineChat extends HTMLElement {
  /** @type {HTMLElement | null} */
  #opener = null;
  /** @type {Panel | null} */
  #panel = null;
  /** @type {Promise<void> | null} */
  #built = null;

  connectedCallback() {
    if (this.#built)
      this.#built.then(() => (this.#panel?.open ? this.#panel.stand() : this.#offer())); // it was moved
    else this.#built = this.#build();
  }

  async #build() {
    const { lang, title, label } = this.dataset;
    const language = lang || document.documentElement.lang || navigator.language || "en";
    const host = new URL(this.dataset.host ?? HOST, location.href).href;
    const words = await wordsOf(language, host);
    const name = title || words.title;
    this.launcher = make(
      "button",
      {
        type: "button",
        class: "launcher",
        popover: "manual",
        "aria-haspopup": "dialog",
        "aria-label": label || name,
      },
      icon("ask"),
      make("span", { dir: "auto" }, label || name),
    );
    this.launcher.addEventListener("click", () => this.open());
    const card = new Card(words, language, host);
    const conversation = new Conversation(host);
    const context = { words, language, archive: new Archive(host), card };
    this.#panel = new Panel(context, conversation, name, () => this.#closed());
    const shadow = this.attachShadow({ mode: "open" });
    this.#style(shadow);
    const direction = this.dataset.dir ?? (RIGHT_TO_LEFT.test(language.toLowerCase()) ? "rtl" : "ltr");
    this.frame = make(
      "div",
      { class: "frame", dir: direction, lang: language },
      this.launcher,
      this.#panel.element,
    );
    const position = /left/.test(this.dataset.position ?? "")
      ? "left"
      : /right/.test(this.dataset.position ?? "")
        ? "right"
        : "";
    if (position) this.frame.dataset.side = position;
    shadow.append(this.frame);
    this.#colour();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#colour());
    this.#offer();
    if (conversation.open && !matchMedia(PHONE).matches) this.#show(false);
  }

  /**
   * Opens the panel.
   *
   * @param {{question?: string, sources?: string[], label?: string}} [options] `question` is asked at once; `sources`
   *   limits the coming questions to these articles, which `label` names
   */
  async open({ question, sources, label } = {}) {
    this.#opener = focusedElement();
    await this.#built;
    if (sources)
      this.#panel?.composer.limitTo(sources.length ? { sources, label: label || sources.join(", ") } : null);
    this.#show(true);
    if (question) this.#panel?.ask(question);
  }

  close() {
    this.#panel?.close();
  }

  /** @param {boolean} focused */
  #show(focused) {
    this.#colour();
    this.#panel?.show(focused);
    if (this.launcher) lower(this.launcher);
  }

  #closed() {
    this.#offer();
    const back = this.#opener?.isConnected && this.#opener !== this.launcher ? this.#opener : this.launcher;
    back?.focus({ preventScroll: true });
    this.#opener = null;
  }

  /** Shows the button, unless the page has one of its own. */
  #offer() {
    if (this.launcher && this.dataset.launcher !== "none") raise(this.launcher);
    else if (this.launcher) this.launcher.hidden = true;
  }

  /**
   * A style sheet made by script: no policy that forbids inline styles concerns it. Older browsers get a <style> with
   * the script's nonce.
   *
   * @param {ShadowRoot} shadow
   */
  #style(shadow) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      shadow.append(make("style", { nonce: NONCE || null }, STYLES));
    }
  }

  /** Light or dark, and an accent that can be read in it. */
  #colour() {
    if (!this.frame) return;
    const { theme, accent } = this.dataset;
    const dark =
      theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    this.frame.dataset.scheme = dark ? "dark" : "light";
    const { style } = this.frame;
    const wanted =
      getComputedStyle(this).getPropertyValue("--dateline-accent").trim() || accent || DEFAULT_ACCENT;
    const ground =
      parsedColour(getComputedStyle(this.frame).backgroundColor) ?? (dark ? [0, 0, 0] : [255, 255, 255]);
    const colour = parsedColour(wanted) ?? /** @type {Rgb} */ (parsedColour(DEFAULT_ACCENT));
    const text = readableOn(colour, ground);
    const fill = dark && contrast(colour, ground) < 3 ? text : colour; // a button that could not be told from its ground
    style.setProperty("--fill", cssColour(fill));
    style.setProperty("--on-fill", cssColour(inkOn(fill)));
    style.setProperty("--accent", cssColour(text));
  }
}

/** Puts the widget on the page, unless the page has placed it by hand, and minds the page's own buttons for it. */
const begin = () => {
  customElements.define("dateline-chat", DatelineChat);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-dateline-open]") : null;
    const widget = document.querySelector("dateline-chat");
    if (!(button instanceof HTMLElement) || !(widget instanceof DatelineChat)) return;
    event.preventDefault();
    const { datelineQuestion: question, datelineSource: source, datelineLabel: label } = button.dataset;
    widget.open({ question, sources: source ? [source] : undefined, label });
  });
  for (const button of document.querySelectorAll("[data-dateline-open][hidden]"))
    button.removeAttribute("hidden");
  if (document.querySelector("dateline-chat")) return;
  const widget = document.createElement("dateline-chat");
  Object.assign(widget.dataset, SCRIPT?.dataset);
  document.body.append(widget);
  // Some sites replace the whole body when the reader follows a link: the widget comes along.
  new MutationObserver(() => {
    if (!widget.isConnected) document.body?.append(widget);
  }).observe(document.documentElement, { childList: true });
};

if (!customElements.get("dateline-chat")) {
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
}
