// The card behind a citation chip: outlet, day, the quotation, and the way to the article. It opens on hover, on
// keyboard focus and on a tap; Escape, leaving it, and a tap elsewhere close it (WCAG 1.4.13: dismissible, hoverable,
// persistent). It stands beside its chip in the tree, so that Tab goes from the chip into it.

const HOVER_MS = 120;
const LEAVE_MS = 250;
const MARGIN_PX = 8;

class Card {
  #timer = 0;
  /** @type {HTMLButtonElement | null} */
  #chip = null;
  #pinned = false;
  /** The focus is being given back, which must not open it again. */
  #returning = false;

  /**
   * @param {Words} words
   * @param {string} language
   * @param {string} host
   */
  constructor(words, language, host) {
    this.words = words;
    this.language = language;
    this.host = host;
    this.element = make("div", { class: "card", popover: "manual", role: "group", hidden: true });
    this.element.addEventListener("pointerenter", () => clearTimeout(this.#timer));
    this.element.addEventListener("pointerleave", () => this.#hideSoon());
  }

  /**
   * The chip of a citation, with room beside it for the card.
   *
   * @param {Citation} citation
   */
  chip(citation) {
    const chip = make(
      "button",
      { type: "button", class: "chip", "aria-expanded": "false" },
      String(citation.id),
    );
    chip.setAttribute(
      "aria-label",
      [filled(this.words.source, { n: citation.id }), placeOf(citation, this.language)].join(": "),
    );
    chip.addEventListener("pointerenter", (event) => {
      clearTimeout(this.#timer);
      if (event.pointerType === "mouse" && this.#chip !== chip) {
        this.#timer = setTimeout(() => this.#show(chip, citation, false), HOVER_MS);
      }
    });
    chip.addEventListener("pointerleave", () => this.#hideSoon());
    chip.addEventListener("focus", () => {
      if (!this.#returning && chip.matches(":focus-visible")) this.#show(chip, citation, false);
    });
    chip.addEventListener("click", () => {
      if (this.#chip === chip && this.#pinned) this.hide();
      else this.#show(chip, citation, true);
    });
    const slot = make("span", { class: "slot" }, chip);
    slot.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && !slot.contains(event.relatedTarget)) this.hide();
    });
    return slot;
  }

  /** Closes it; says whether it was open. Focus inside goes back to the chip. */
  hide() {
    clearTimeout(this.#timer);
    const chip = this.#chip;
    if (!chip) return false;
    const inside = this.element.contains(focusedElement());
    this.#chip = null;
    lower(this.element);
    chip.setAttribute("aria-expanded", "false");
    chip.removeAttribute("aria-describedby");
    this.#returning = true;
    if (inside) chip.focus();
    this.#returning = false;
    return true;
  }

  /** Keeps it beside its chip; closes it when the chip has been scrolled away. @param {DOMRect} view */
  follow(view) {
    if (!this.#chip) return;
    const box = this.#chip.getBoundingClientRect();
    if (box.bottom < view.top || box.top > view.bottom) this.hide();
    else this.#place();
  }

  /** Whether this is the open card, or its chip. @param {EventTarget} target */
  holds(target) {
    return target === this.element || target === this.#chip;
  }

  #hideSoon() {
    clearTimeout(this.#timer);
    if (!this.#pinned) {
      this.#timer = setTimeout(() => {
        if (!this.#chip?.parentElement?.contains(focusedElement())) this.hide();
      }, LEAVE_MS);
    }
  }

  /**
   * @param {HTMLButtonElement} chip
   * @param {Citation} citation
   * @param {boolean} pinned open until it is closed on purpose
   */
  #show(chip, citation, pinned) {
    this.#pinned = pinned;
    if (this.#chip === chip) return;
    this.hide();
    this.#pinned = pinned;
    this.#chip = chip;
    this.element.replaceChildren(...quotation(citation, this.words, this.language, this.host, "quoted"));
    this.element.setAttribute("aria-label", filled(this.words.source, { n: citation.id }));
    this.element.dir = chip.closest(".frame")?.getAttribute("dir") ?? ""; // not that of the quoted article
    chip.after(this.element);
    chip.setAttribute("aria-expanded", "true");
    chip.setAttribute("aria-describedby", "quoted");
    raise(this.element);
    this.#place();
  }

  /** Below the chip, or above where there is more room; inside the panel's sides where it fits there. */
  #place() {
    if (!this.#chip) return;
    const { style } = this.element;
    const chip = this.#chip.getBoundingClientRect();
    const panel = /** @type {HTMLElement} */ (this.element.closest(".panel")).getBoundingClientRect();
    const left = Math.max(panel.left, 0) + MARGIN_PX;
    const right = Math.min(panel.right, document.documentElement.clientWidth || innerWidth) - MARGIN_PX;
    const below = innerHeight - chip.bottom - 2 * MARGIN_PX;
    const above = chip.top - 2 * MARGIN_PX;
    style.setProperty("max-width", `${Math.max(right - left, 0)}px`);
    style.removeProperty("max-height");
    const { width, height } = this.element.getBoundingClientRect();
    const under = height <= below || below >= above;
    style.setProperty("max-height", `${Math.max(under ? below : above, 0)}px`);
    const shown = Math.min(height, under ? below : above);
    const centred = (chip.left + chip.right - width) / 2;
    style.setProperty("left", `${Math.max(left, Math.min(centred, right - width))}px`);
    style.setProperty("top", `${under ? chip.bottom + 6 : chip.top - 6 - shown}px`);
  }
}

/**
 * Outlet and day: "Northern Clarion, 11 April 2024"; the file's name where there is no outlet.
 *
 * @param {Citation} citation
 * @param {string} language
 */
const placeOf = (citation, language) =>
  [citation.outlet || citation.source, dayInWords(citation.published_at, language)]
    .filter(Boolean)
    .join(", ");

/**
 * A citation in full: where it stands, its words, who said them, who else printed them, and the way there.
 *
 * @param {Citation} citation
 * @param {Words} words
 * @param {string} language
 * @param {string} host
 * @param {string | null} quoteId
 */
const quotation = (citation, words, language, host, quoteId) => {
  const day = dayInWords(citation.published_at, language);
  const others = (citation.also_in ?? []).map((source) =>
    make(
      "li",
      {},
      linkAway(webAddress(`articles/${encodeURIComponent(source)}`, host), words, { dir: "auto" }, source),
    ),
  );
  return [
    make(
      "p",
      { class: "place" },
      make("b", { dir: "auto" }, citation.outlet || citation.source),
      day && make("span", {}, day),
    ),
    citation.title ? make("p", { class: "headline", dir: "auto" }, citation.title) : null,
    make("blockquote", { id: quoteId, dir: "auto" }, citation.quote),
    citation.speaker
      ? make("p", { class: "quiet" }, filled(words.speaker, { name: citation.speaker }))
      : null,
    others.length
      ? make("div", { class: "quiet also" }, make("span", {}, words.also), make("ul", {}, ...others))
      : null,
    linkAway(webAddress(citation.url, host), words, { class: "away" }, words.open, icon("away")),
  ].filter((part) => part !== null);
};
