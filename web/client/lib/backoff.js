// @ts-check
/** Whether to come back after a close, and how long to stay away first. */

/**
 * @typedef {object} Pace
 * @property {number} firstMs  ceiling of the first wait
 * @property {number} capMs    ceiling of every later wait
 */

/** Nobody waits for an idle page, and many may have lost the same node at once. @type {Pace} */
export const UNHURRIED = { firstMs: 1_000, capMs: 15_000 };

/** A partner or a ringing invite waits: a room keeps a lost member's seat for ten seconds. @type {Pace} */
export const URGENT = { firstMs: 250, capMs: 2_000 };

/** Full jitter: anywhere between nothing and a ceiling that doubles with each attempt.
 * @param {number} attempt  0 for the first
 * @param {Pace} pace
 * @param {() => number} random  0 <= x < 1
 */
export function waitBefore(attempt, pace, random) {
  return Math.floor(random() * Math.min(pace.capMs, pace.firstMs * 2 ** Math.min(attempt, 16)));
}

const FRAME_TOO_LARGE = 1009;

/** 4500-4999 mean "not by yourself", and so does a frame we made too large; everything else comes back.
 * @param {number} code  close code of the WebSocket
 */
export function mayComeBack(code) {
  return code !== FRAME_TOO_LARGE && (code < 4500 || code > 4999);
}
