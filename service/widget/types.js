// What travels between the widget and its host, for editors and for `tsc --checkJs`. Nothing here reaches a reader.

/**
 * @typedef {object} Citation
 * @property {number} id
 * @property {string} source
 * @property {string | null} [title]
 * @property {string | null} [outlet]
 * @property {string | null} [published_at]
 * @property {string} quote
 * @property {number} start
 * @property {number} end
 * @property {string | null} [speaker]
 * @property {string} url
 * @property {string[]} [also_in]
 */

/**
 * @typedef {object} Statement
 * @property {string} text
 * @property {number[]} citations
 */

/**
 * @typedef {object} Disagreement
 * @property {string} about
 * @property {Statement[]} sides
 */

/**
 * @typedef {object} Answer
 * @property {"answered" | "abstained"} status
 * @property {string} answer
 * @property {string | null} [reason]
 * @property {Statement[]} statements
 * @property {Citation[]} citations
 * @property {Disagreement[]} disagreements
 * @property {Citation[]} closest
 */

/**
 * @typedef {object} Session
 * @property {string} token
 * @property {string[]} suggestions
 * @property {boolean} feedback
 * @property {{articles: number, newest: string | null}} [archive]
 */

/** Articles that a question is limited to, and what to call them. @typedef {{sources: string[], label: string}} Scope */

/**
 * One question and what became of it. `state`: "asking" while it streams, "done", "stopped" by the reader, or
 * "failed"; in the last two `answer` holds the statements that had come.
 *
 * @typedef {object} Turn
 * @property {string} question
 * @property {Scope | null} scope
 * @property {"asking" | "done" | "stopped" | "failed"} state
 * @property {Answer} answer
 * @property {"up" | "down"} [verdict]
 */

/**
 * What every part of the widget needs of the whole.
 *
 * @typedef {object} Context
 * @property {Words} words
 * @property {string} language
 * @property {Archive} archive
 * @property {Card} card
 * @property {(text: string) => void} announce
 */
