// @ts-check
/**
 * The torch as this page sees it. The server alone decides when it dims and when it is out; between its words the
 * page works out the same instant from the messages it has seen, so that the flame moves with the talk:
 * dims_at = max(m + DIM, M + OUT), m and M the earlier and the later of the two members' last messages.
 */
const DIM_MS = 120_000; // as the rules have it, until the room's own figures are learned
const OUT_MS = 60_000;

/** @typedef {{state: 'lit' | 'dimming' | 'frozen', dims_at_ms: number | null, out_at_ms: number | null}} TorchState */

export class Torch {
  /** @type {TorchState} */
  #said;
  #dimMs = DIM_MS;
  #outMs = OUT_MS;
  /** @type {Map<string, number>} user_id -> the instant of his last message */
  #wrote = new Map();

  /** @param {TorchState} said @param {number} startedAt @param {string[]} members */
  constructor(said, startedAt, members) {
    this.#said = said;
    for (const member of members) this.#wrote.set(member, startedAt);
  }

  /**
   * A room that has just started says how long its torch lasts.
   * @param {TorchState} said
   * @param {number} startedAt
   * @param {string[]} members
   */
  static freshlyLit(said, startedAt, members) {
    const torch = new Torch(said, startedAt, members);
    torch.learn(said);
    if (said.dims_at_ms) torch.#dimMs = Math.max(said.dims_at_ms - startedAt, torch.#outMs);
    return torch;
  }

  get state() {
    return this.#said.state;
  }

  /** Takes the server's word. @param {TorchState} said */
  learn(said) {
    this.#said = said;
    if (said.dims_at_ms && said.out_at_ms) this.#outMs = said.out_at_ms - said.dims_at_ms;
  }

  /** @param {number} outAt */
  dim(outAt) {
    this.#said = { state: 'dimming', dims_at_ms: outAt - this.#outMs, out_at_ms: outAt };
  }

  /** @param {number} dimsAt */
  relight(dimsAt) {
    this.#said = { state: 'lit', dims_at_ms: dimsAt, out_at_ms: dimsAt + this.#outMs };
  }

  freeze() {
    this.#said = { state: 'frozen', dims_at_ms: null, out_at_ms: null };
  }

  /** @param {string} userId @param {number} at */
  fed(userId, at) {
    this.#wrote.set(userId, Math.max(at, this.#wrote.get(userId) ?? 0));
  }

  /** When a lit torch dims; never earlier than the server said. */
  get dimsAt() {
    const wrote = [...this.#wrote.values()];
    return Math.max(this.#said.dims_at_ms ?? 0, Math.min(...wrote) + this.#dimMs, Math.max(...wrote) + this.#outMs);
  }

  /** How much is left of the present state, 0..1, and until when. @param {number} now  server's clock */
  glow(now) {
    if (this.state === 'frozen') return { until: null, left: 1 };
    const [until, whole] =
      this.state === 'dimming' ? [this.#said.out_at_ms ?? now, this.#outMs] : [this.dimsAt, this.#dimMs];
    return { until, left: Math.min(1, Math.max(0, (until - now) / whole)) };
  }
}
