// Reading what the host sends: event streams, and problem documents (RFC 9457) as reasons that a reader understands.

/**
 * @typedef {"offline" | "unreachable" | "timeout" | "lost" | "busy" | "crowded" | "refused" | "token" |
 *   "unavailable" | "question" | "failed"} FailureKind each is a key of the words
 */

/** A question, or part of one, that did not work out. */
class Failure extends Error {
  /**
   * @param {FailureKind} kind
   * @param {{slug?: string, detail?: string, waitS?: number}} [more] `waitS`: seconds until it is worth trying again
   */
  constructor(kind, { slug = "", detail = "", waitS = 0 } = {}) {
    super(detail || kind);
    this.kind = kind;
    this.slug = slug;
    this.waitS = waitS;
  }
}

/** @type {Record<string, FailureKind>} */
const KINDS_BY_SLUG = {
  "origin-not-allowed": "refused",
  "token-expired": "token",
  "token-invalid": "token",
  overloaded: "crowded",
};

/** @type {Record<number, FailureKind>} */
const KINDS_BY_STATUS = {
  401: "token",
  403: "refused",
  409: "unavailable",
  413: "question",
  422: "question",
  429: "busy",
  502: "unavailable",
  503: "unavailable",
  504: "timeout",
};

/**
 * The failure that a problem document tells of.
 *
 * @param {unknown} problem
 * @param {number} status
 * @param {string | null} [retryAfter] the header: whole seconds
 */
const failureOf = (problem, status, retryAfter) => {
  const found = /** @type {{type?: unknown, status?: unknown, detail?: unknown}} */ (problem ?? {});
  const slug =
    String(found.type ?? "")
      .split(/[:/]/)
      .pop() ?? "";
  const kind = KINDS_BY_SLUG[slug] ?? KINDS_BY_STATUS[status || Number(found.status)] ?? "failed";
  const waitS = Math.min(Math.max(Number(retryAfter) || 0, 0), 3600);
  return new Failure(kind, { slug, detail: String(found.detail ?? ""), waitS });
};

/** @param {Response} response one that is not ok */
const failureIn = async (response) =>
  failureOf(await response.json().catch(() => null), response.status, response.headers.get("retry-after"));

/**
 * Server-sent events, as they come.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} onBytes called whenever anything comes, comments too
 * @returns {AsyncGenerator<{name: string, data: any}>}
 */
async function* eventsIn(body, onBytes) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      waiting += decoder.decode(value, { stream: true }).replaceAll("\r", "");
      const blocks = waiting.split("\n\n");
      waiting = blocks.pop() ?? "";
      for (const block of blocks) {
        let name = "message";
        let data = "";
        for (const line of block.split("\n")) {
          if (line.startsWith("event:")) name = line.slice(6).trim();
          else if (line.startsWith("data:")) data += line.slice(5);
        }
        if (data) yield { name, data: JSON.parse(data) };
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
