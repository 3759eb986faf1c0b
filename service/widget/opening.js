// Where this script came from: the host that it asks, and the nonce that the page's policy may want on styles.

const SCRIPT = /** @type {HTMLScriptElement | null} */ (
  document.currentScript ?? document.querySelector('script[src*="/widget.js"]')
);
const HOST = new URL(".", SCRIPT?.src || location.href).href;
const NONCE = SCRIPT?.nonce ?? "";
