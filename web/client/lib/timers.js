// @ts-check
/**
 * The two things the library asks of time, so that tests can own it.
 *
 * @typedef {object} Timers
 * @property {() => number} now  milliseconds since 1970, this device's clock
 * @property {(ms: number, run: () => void) => () => void} after  runs once later; the answer cancels
 */

/** @type {Timers} */
export const realTimers = {
  now: () => Date.now(),
  after(ms, run) {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
};
