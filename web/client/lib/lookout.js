// @ts-check
import { Refused } from './errors.js';

/**
 * Keeps `People` fresh while somebody looks: at once, and again after a while where the page is not full.
 *
 * @typedef {import('./session.js').Session} Session
 */
const RETRY_MS = 3_000;

export class Lookout {
  #watching = false;
  #asking = false;
  /** @type {(() => void) | null} */
  #askAfterwards = null;
  #cancel = () => {};

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /** Whether the list is on a visible screen. @param {boolean} watching */
  watch(watching) {
    if (watching === this.#watching) return;
    this.#watching = watching;
    if (watching) this.look();
    else this.#cancel();
  }

  /** Looks now, and from then on by itself. */
  async look() {
    this.#cancel();
    if (!this.#watching || !this.session.isHere) return;
    const { people } = this.session;
    await this.#browse(people.refresh, (page) => people.refreshed(page));
  }

  /** "Show me others". */
  async lookOn() {
    this.#cancel();
    const { people } = this.session;
    await this.#browse(people.onward, (page) => people.pagedOn(page));
  }

  startOver() {
    this.session.people.startOver();
    return this.look();
  }

  /** Whether those met lately are shown too. @param {boolean} withMet */
  includeMet(withMet) {
    this.session.people.withMet = withMet;
    return this.startOver();
  }

  /** @param {string} userId @param {import('../protocol.d.ts').Card['presence']} presence */
  changed(userId, presence) {
    const wasFull = this.session.people.full;
    this.session.people.changed(userId, presence);
    if (wasFull && !this.session.people.full) this.look();
  }

  /**
   * @param {{limit: number, again: boolean, include_cooldown?: boolean}} fields
   * @param {(page: any) => void} take
   */
  async #browse(fields, take) {
    if (this.#asking) {
      this.#askAfterwards = () => this.#browse(fields, take);
      return;
    }
    this.#asking = true;
    try {
      take(await this.session.request({ type: 'queue.browse', ...fields }));
      this.#again(this.session.people.lookAgainIn(this.session.random));
    } catch (error) {
      if (error instanceof Refused) this.#again(error.retryAfterMs ?? RETRY_MS); // lost: the next welcome looks again
    }
    this.#asking = false;
    this.session.changed();
    const askNow = this.#askAfterwards;
    this.#askAfterwards = null;
    askNow?.();
  }

  /** @param {number | null} ms */
  #again(ms) {
    this.#cancel();
    if (this.#watching && ms !== null) this.#cancel = this.session.timers.after(ms, () => this.look());
  }
}
