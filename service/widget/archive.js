// The host: sessions, questions, verdicts, suggestions. No cookie is sent, and the token lives in this object only.

/** How long the host may be silent. It sends a comment every 15 seconds while it works. */
const SILENCE_MS = 45_000;
const SESSION_MS = 15_000;
/** How long a crowded host is waited for unasked; for longer, the reader decides. */
const LONGEST_WAIT_S = 10;
const SPREAD_S = 2;

class Archive {
  /** @param {string} host the address that paths are relative to, ending in "/" */
  constructor(host) {
    this.host = host;
    /** @type {Promise<Session> | null} */
    this.opened = null;
    this.last = ""; // a new session begins as the same visitor when it shows the last one's token
  }

  /** This page's session, opened when it is first needed. @returns {Promise<Session>} @throws {Failure} */
  session() {
    this.opened ??= this.#open().catch((error) => {
      this.opened = null;
      throw error;
    });
    return this.opened;
  }

  /**
   * Asks, and hands over each event. Resolves after `done`. A host that has too much to do just now is asked once more,
   * when it says that it may be, or a little later, so that not all who were turned away come back at once.
   *
   * @param {object} body
   * @param {AbortSignal} stop
   * @param {(name: string, data: any) => void} onEvent
   * @throws {Failure} also when the events end without `done`
   */
  async ask(body, stop, onEvent) {
    try {
      await this.#ask(body, stop, onEvent);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "crowded" || error.waitS > LONGEST_WAIT_S) throw error;
      await paused((error.waitS + Math.random() * SPREAD_S) * 1_000, stop);
      if (stop.aborted) throw error;
      await this.#ask(body, stop, onEvent);
    }
  }

  /**
   * @param {object} body
   * @param {AbortSignal} stop
   * @param {(name: string, data: any) => void} onEvent
   * @throws {Failure}
   */
  async #ask(body, stop, onEvent) {
    const watch = new Watch(SILENCE_MS, stop);
    try {
      const response = await this.#authorized(
        "v1/ask",
        { method: "POST", body: JSON.stringify(body) },
        watch,
      );
      if (!response.body) throw new Failure("lost");
      for await (const { name, data } of eventsIn(response.body, () => watch.touch())) {
        if (name === "error") throw failureOf(data, 0, data.retry_after_s);
        onEvent(name, data);
        if (name === "done") return;
      }
      throw new Failure("lost");
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw watch.expired
        ? new Failure("timeout")
        : new Failure(navigator.onLine === false ? "offline" : "lost");
    } finally {
      watch.end();
    }
  }

  /**
   * @param {object} verdict
   * @param {boolean} leaving the page is going away: send it all the same
   * @throws {Failure}
   */
  async send(verdict, leaving) {
    const watch = new Watch(SESSION_MS);
    try {
      const options = { method: "POST", body: JSON.stringify(verdict), keepalive: leaving };
      await this.#authorized("v1/feedback", options, watch);
    } finally {
      watch.end();
    }
  }

  /**
   * Questions to ask after these, which the archive answers; none where it cannot say.
   *
   * @param {string[]} asked
   * @param {string[]} sources
   * @returns {Promise<string[]>}
   */
  async followUps(asked, sources) {
    const query = new URLSearchParams();
    for (const question of asked) query.append("asked", question);
    for (const source of sources) query.append("source", source);
    const watch = new Watch(SESSION_MS);
    try {
      const response = await this.#authorized(`v1/suggestions?${query}`, {}, watch);
      return texts((await response.json()).suggestions);
    } catch {
      return [];
    } finally {
      watch.end();
    }
  }

  async #open() {
    const watch = new Watch(SESSION_MS);
    try {
      const response = await this.#fetched(
        "v1/widget/session",
        { method: "POST", body: "{}" },
        watch,
        this.last,
      );
      if (!response.ok) throw await failureIn(response);
      const session = await response.json();
      this.last = String(session.token);
      return { ...session, suggestions: texts(session.suggestions) };
    } catch (error) {
      if (error instanceof Failure && error.kind === "unreachable" && (await this.#answers())) {
        throw new Failure("refused"); // the host is there, but its reply is kept from pages of this origin
      }
      throw error instanceof Failure ? error : new Failure("failed");
    } finally {
      watch.end();
    }
  }

  /** Whether the host is there at all; what it says cannot be read. */
  async #answers() {
    if (new URL(this.host).origin === location.origin) return false;
    return fetch(`${this.host}widget.js`, {
      method: "HEAD",
      mode: "no-cors",
      credentials: "omit",
      cache: "no-store",
    }).then(
      () => true,
      () => false,
    );
  }

  /**
   * A request under the session. A token that has expired is replaced, once and unseen.
   *
   * @param {string} path
   * @param {RequestInit} options
   * @param {Watch} watch
   */
  async #authorized(path, options, watch) {
    for (let again = true; ; again = false) {
      const { token } = await this.session();
      const response = await this.#fetched(path, options, watch, token);
      if (response.ok) return response;
      const failure = await failureIn(response);
      if (failure.kind === "token") this.opened = null;
      if (!again || failure.slug !== "token-expired") throw failure;
    }
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   * @param {Watch} watch
   * @param {string} [token]
   */
  async #fetched(path, options, watch, token) {
    /** @type {Record<string, string>} */
    const headers = options.body ? { "content-type": "application/json" } : {};
    if (token) headers.authorization = `Bearer ${token}`;
    watch.touch();
    try {
      return await fetch(this.host + path, {
        ...options,
        headers,
        signal: watch.signal,
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
    } catch {
      if (watch.expired) throw new Failure("timeout");
      throw new Failure(navigator.onLine === false ? "offline" : "unreachable");
    }
  }
}

/**
 * Resolves after a while, or when the reader stops.
 *
 * @param {number} ms
 * @param {AbortSignal} stop
 */
const paused = (ms, stop) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
    stop.addEventListener("abort", resolve);
  });

/** Ends a request after too long a silence, or when the reader stops it. */
class Watch {
  #controller = new AbortController();
  #timer = 0;
  expired = false;

  /**
   * @param {number} silenceMs
   * @param {AbortSignal} [stop]
   */
  constructor(silenceMs, stop) {
    this.silenceMs = silenceMs;
    this.signal = this.#controller.signal;
    stop?.addEventListener("abort", () => this.#controller.abort());
  }

  /** Something came: the silence begins anew. */
  touch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.expired = true;
      this.#controller.abort();
    }, this.silenceMs);
  }

  end() {
    clearTimeout(this.#timer);
  }
}

/**
 * The non-empty strings of what should be a list of them, four at most.
 *
 * @param {unknown} values
 * @returns {string[]}
 */
const texts = (values) =>
  Array.isArray(values)
    ? values.filter((value) => typeof value === "string" && value.trim()).slice(0, 4)
    : [];
