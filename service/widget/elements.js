// Making elements. Whatever the host sends becomes text nodes and checked addresses; no string is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

const THUMB =
  "M7.5 11v8.5h-3V11zM7.5 11l4-7c1.5 0 2.4 1 2.1 2.6L13 10h5.2c1.2 0 2 1 1.7 2.2l-1.4 5.7c-.2.9-1 1.6-2 1.6h-9";

/** Drawings on a 24 by 24 grid, as paths. */
const ICONS = {
  ask: "M4 5.5h16v10.5h-8l-4.5 3.8V16H4zM8 9.2h8M8 12.4h5",
  close: "M6 6l12 12M18 6L6 18",
  fresh: "M12 5v14M5 12h14",
  send: "M12 19V5.5M6 11l6-6 6 6",
  stop: "M7.5 7.5h9v9h-9z",
  copy: "M9 9h10v11H9zM15 9V4.5H5v11h4",
  up: THUMB,
  down: THUMB, // turned over by the style sheet
  away: "M9 5h10v10M19 5L6 18",
  next: "M5 12h13M12.5 6l6 6-6 6",
  alert: "M12 4l9 16H3zM12 10v4.5M12 17v.6",
};

/**
 * An element. `class`, `aria-…` and other dashed or lower-case names become attributes; `onclick` and the like
 * become listeners; null, undefined and false are left out. Children are elements or text.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {any} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
};

/** @param {keyof typeof ICONS} name */
const icon = (name) => {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
};

/**
 * A button that shows an icon and says a word.
 *
 * @param {keyof typeof ICONS} name
 * @param {string} label
 * @param {(event: Event) => void} onclick
 * @param {Record<string, unknown>} [attributes]
 */
const iconButton = (name, label, onclick, attributes = {}) =>
  make(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...attributes },
    icon(name),
  );

/**
 * An address that a reader may be sent to, or null: http and https only, relative ones from `base`.
 *
 * @param {unknown} address
 * @param {string} base
 */
const webAddress = (address, base) => {
  if (typeof address !== "string") return null;
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
};

/**
 * A link to another page, in a new tab, so that the reader keeps this one; plain text where there is no address.
 *
 * @param {string | null} address
 * @param {Words} words
 * @param {Record<string, unknown>} attributes
 * @param {...(Node | string | null)} children
 */
const linkAway = (address, words, attributes, ...children) =>
  address
    ? make(
        "a",
        { ...attributes, href: address, target: "_blank", rel: "noopener" },
        ...children,
        make("span", { class: "unseen" }, ` (${words.tab})`),
      )
    : make("span", attributes, ...children);

/**
 * Shows an element above everything else on the page: in the top layer, where no z-index reaches.
 *
 * @param {HTMLElement} element one with `popover="manual"`
 */
const raise = (element) => {
  element.hidden = false;
  if (element.showPopover && !element.matches(":popover-open")) element.showPopover();
};

/** @param {HTMLElement} element */
const lower = (element) => {
  if (element.hidePopover && element.matches(":popover-open")) element.hidePopover();
  element.hidden = true;
};

/** The focused element, looked for inside shadow trees. @returns {HTMLElement | null} */
const focusedElement = () => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found instanceof HTMLElement && found !== document.body ? found : null;
};
