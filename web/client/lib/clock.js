// @ts-check
/**
 * The server's clock, as well as this page can know it: the sample with the shortest round trip among the last
 * few is the one least distorted by the network. Countdowns are computed against it, never against the device's own.
 */
const SAMPLES_KEPT = 8;
const SAMPLE_LASTS_MS = 10 * 60_000;

export class ServerClock {
  /** @type {{offset: number, trip: number, at: number}[]} */
  #samples = [];

  /** @param {import('./timers.js').Timers} timers */
  constructor(timers) {
    this.timers = timers;
  }

  /** @param {number} sentAt @param {number} heardAt @param {number} serverAt  all in milliseconds */
  sample(sentAt, heardAt, serverAt) {
    const trip = Math.max(0, heardAt - sentAt);
    this.#samples = this.#samples
      .filter((sample) => Math.abs(heardAt - sample.at) < SAMPLE_LASTS_MS)
      .concat({ offset: serverAt - (sentAt + heardAt) / 2, trip, at: heardAt })
      .slice(-SAMPLES_KEPT);
  }

  get offset() {
    return this.#samples.reduce((best, sample) => (sample.trip < best.trip ? sample : best), {
      offset: 0,
      trip: Infinity,
      at: 0,
    }).offset;
  }

  now() {
    return this.timers.now() + this.offset;
  }

  /** @param {number} atMs  an instant of the server @returns {number} milliseconds left, never negative */
  until(atMs) {
    return Math.max(0, atMs - this.now());
  }
}
