// What the widget says, in the reader's language. The answers themselves are in the language of the articles.

const ENGLISH = {
  title: "Ask the archive",
  close: "Close",
  fresh: "New conversation",
  label: "Your question",
  placeholder: "Ask about the news",
  send: "Ask",
  stop: "Stop",
  empty: "What would you like to know?",
  promise:
    "Every statement is checked against the words it cites, one tap away. What the articles do not answer stays unanswered.",
  suggested: "Suggested questions",
  articles: "Articles searched: {n}",
  newest: "up to {day}",
  reading: "Reading the archive",
  slow: "Still reading",
  source: "Source {n}",
  speaker: "Said by {name}",
  also: "Also in",
  open: "Read it in the article",
  tab: "opens in a new tab",
  sources: "Sources",
  disagree: "The sources disagree",
  abstained: "The archive does not answer this",
  closest: "What came closest",
  next: "Ask next",
  copy: "Copy with sources",
  copied: "Copied",
  uncopied: "This page may not copy",
  up: "Helpful",
  down: "Not helpful",
  comment: "Anything to add? (optional)",
  submit: "Send",
  thanks: "Thank you",
  unsent: "Your verdict could not be sent",
  stopped: "You stopped this answer.",
  kept: "Unfinished: what is shown was checked, but more may be missing.",
  retry: "Try again",
  wait: "Try again in {n} s",
  scope: "Only in “{title}”",
  unscoped: "Ask all articles instead",
  complete: "The answer is complete. Sources: {n}.",
  offline: "You are offline. Your question is kept here.",
  unreachable: "The archive cannot be reached.",
  timeout: "The archive took too long to answer.",
  lost: "The connection was lost.",
  busy: "Those were a lot of questions in a short time.",
  crowded: "Many people are asking just now.",
  refused: "This site is not allowed to use the archive.",
  token: "The archive did not recognise this page. Trying again begins a new visit.",
  unavailable: "The archive is not ready yet.",
  question: "The archive could not read this question.",
  failed: "Something went wrong in the archive.",
};

/** @typedef {typeof ENGLISH} Words */

const RIGHT_TO_LEFT = /^(ar|arc|ckb|dv|fa|he|iw|ps|sd|ug|ur|yi)\b/;

/** Languages beside English; the host has their words. */
const LANGUAGES = ["ar", "de", "es", "fr"];

/**
 * The words of a language; English where there are none, or they do not come.
 *
 * @param {string} language a BCP 47 tag such as "de-AT"
 * @param {string} host
 * @returns {Promise<Words>}
 */
const wordsOf = async (language, host) => {
  const name = language.toLowerCase().split("-")[0];
  if (!LANGUAGES.includes(name)) return ENGLISH;
  try {
    const response = await fetch(`${host}widget/words/${name}.json`, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    return response.ok ? { ...ENGLISH, ...(await response.json()) } : ENGLISH;
  } catch {
    return ENGLISH;
  }
};

/**
 * A phrase with its `{name}` places filled in.
 *
 * @param {string} phrase
 * @param {Record<string, string | number>} values
 */
const filled = (phrase, values) => phrase.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/**
 * `2024-04-10` or `2024-04-10T06:00:00+09:00` as the language writes that day; other text as it is.
 *
 * The day is the article's own, wherever the reader is.
 *
 * @param {string | null | undefined} moment
 * @param {string} language
 */
const dayInWords = (moment, language) => {
  const day = /^(\d{4})-(\d{2})-(\d{2})/.exec(moment ?? "");
  if (!day) return moment ?? "";
  const date = new Date(Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3])));
  try {
    return new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(date);
  } catch {
    return day[0];
  }
};
