// @ts-check
import { mayComeBack, waitBefore } from './backoff.js';
import { Emitter } from './emitter.js';
import { Lost, Refused } from './errors.js';
import { realTimers } from './timers.js';

/**
 * One connection to wherever the server is, for as long as the page wants one.
 *
 *     off --start()--> connecting --welcome--> open --lost--> waiting --wait over, or wake()--> connecting ...
 *                                                       \--closed 45xx, 1009--> stopped --start()--> connecting
 *
 * It says `hello`, keeps the link alive, comes back by itself and gives every request exactly one answer: the reply,
 * `Refused`, or `Lost` when the link went first. What a request meant, and whether to repeat it, is the caller's.
 *
 * Emits: `state` (this.state) · `welcome` (the message, sentAt, heardAt) · `push` (a message without ref) ·
 * `pong` ({sentAt, heardAt, serverAt}) · `refused` (a failed hello).
 */

const WELCOME_MS = 10_000; // from opening a socket to welcome
const PONG_MS = 10_000; // PONG_S of the protocol
const QUICK_MS = 2_500; // the same, when there is reason to doubt the link
const REPLY_MS = 20_000; // a link that answers pings but not this is broken as well
const SETTLED_MS = 5_000; // a link that lived this long starts the next backoff from the beginning
const OVERSLEPT_MS = 1_500; // a timer this late means that the device slept, not that the server is silent
const DRAIN_GRACE_MS = 1_000; // the server closes at the instant it named; past it we go by ourselves

export class Connection extends Emitter {
  /** @type {'off' | 'connecting' | 'open' | 'waiting' | 'stopped'} */
  state = 'off';
  /** Close code that stopped it, or null. @type {number | null} */
  stopCode = null;
  /** When the next attempt begins, while waiting; this device's clock. @type {number | null} */
  retryAt = null;

  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, {resolve: (reply: any) => void, reject: (error: Error) => void, sentAt: number}>} */
  #unanswered = new Map();
  #ref = 0;
  #attempt = 0;
  #openedAt = 0;
  #heardAt = 0;
  #pingMs = 15_000;
  /** @type {{pingMs: number, pongMs: number} | null} */
  #alert = null;
  /** One timer per purpose; setting it again cancels the older. @type {Map<string, () => void>} */
  #timers = new Map();

  /**
   * @param {object} options
   * @param {() => string} options.url
   * @param {() => object} options.hello  fields of the next hello, without type and ref
   * @param {() => import('./backoff.js').Pace} options.pace
   * @param {(url: string) => WebSocket} [options.open]
   * @param {import('./timers.js').Timers} [options.timers]
   * @param {() => number} [options.random]
   */
  constructor({
    url,
    hello,
    pace,
    open = (address) => new WebSocket(address),
    timers = realTimers,
    random = Math.random,
  }) {
    super();
    this.options = { url, hello, pace, open, timers, random };
  }

  start() {
    if (this.state !== 'off' && this.state !== 'stopped') return;
    this.#attempt = 0;
    this.#connect();
  }

  stop() {
    this.#drop();
    this.#become('off');
  }

  /** Ends for good with a close code that was learnt another way. @param {number} code */
  endWith(code) {
    this.#closed(code);
  }

  /** How often in a row it could not be had. */
  get failures() {
    return this.#attempt;
  }

  /** Something happened that may have broken the link or mended the network: find out now. */
  wake() {
    if (this.state === 'waiting') this.#connect();
    else if (this.state === 'open') this.#ping(QUICK_MS);
    else if (this.state === 'connecting' && this.#now() - this.#openedAt > QUICK_MS) this.#lost();
  }

  /**
   * Watches the link more closely (or, with null, as the server asked).
   * @param {{pingMs: number, pongMs: number} | null} alert
   */
  beAlert(alert) {
    this.#alert = alert;
    if (this.state === 'open') this.#watch();
  }

  /**
   * @param {{type: string} & Record<string, any>} message  without ref
   * @returns {Promise<any>} the reply
   */
  request(message) {
    return new Promise((resolve, reject) => {
      if (this.state !== 'open' || !this.#send(message, resolve, reject)) reject(new Lost('not connected'));
    });
  }

  /**
   * For chat.typing and rtc.signal, which are answered only when refused; nobody waits.
   * @param {{type: string} & Record<string, any>} message
   */
  tell(message) {
    if (this.state === 'open') this.#write({ ...message, ref: ++this.#ref });
  }

  // -- one attempt

  #connect() {
    this.#drop();
    this.#become('connecting');
    this.#openedAt = this.#now();
    let socket;
    try {
      socket = this.options.open(this.options.url());
    } catch {
      this.#closed(1006);
      return;
    }
    this.#socket = socket;
    socket.onopen = () => this.#sayHello();
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => this.#closed(event.code);
    this.#timer('welcome', WELCOME_MS, () => this.#lost());
  }

  #sayHello() {
    const welcomed = (/** @type {any} */ welcome, /** @type {number} */ sentAt) => {
      this.#cancel('welcome');
      this.#pingMs = welcome.ping_ms || this.#pingMs;
      this.#timer('settled', SETTLED_MS, () => (this.#attempt = 0));
      this.#become('open');
      this.#watch();
      this.emit('welcome', { welcome, sentAt, heardAt: this.#now() });
    };
    // The server closes after refusing a hello, and its close code decides; should that get lost, `welcome` times out.
    this.#send({ type: 'hello', ...this.options.hello() }, welcomed, (error) => {
      if (error instanceof Refused) this.emit('refused', error);
    });
  }

  /** The link is gone, or as good as gone: do not wait for the network to admit it. */
  #lost() {
    this.#closed(1006);
  }

  /** @param {number} code */
  #closed(code) {
    this.#drop();
    if (!mayComeBack(code)) {
      this.stopCode = code;
      this.#become('stopped');
      return;
    }
    const wait = waitBefore(this.#attempt++, this.options.pace(), this.options.random);
    this.retryAt = this.#now() + wait;
    this.#become('waiting');
    this.#timer('retry', wait, () => this.#connect());
  }

  /** Lets go of the socket and of everything that hung on it. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      try {
        socket.close();
      } catch {
        // it never opened
      }
    }
    const unanswered = [...this.#unanswered.values()];
    this.#unanswered.clear();
    for (const { reject } of unanswered) reject(new Lost('connection lost'));
  }

  /** @param {Connection['state']} state */
  #become(state) {
    if (state !== 'waiting') this.retryAt = null;
    if (state !== 'stopped') this.stopCode = null;
    if (this.state === state) return;
    this.state = state;
    this.emit('state', state);
  }

  // -- frames

  /**
   * @param {{type: string} & Record<string, any>} message
   * @param {(reply: any, sentAt: number) => void} resolve
   * @param {(error: Error) => void} reject
   */
  #send(message, resolve, reject) {
    const ref = ++this.#ref;
    const sentAt = this.#now();
    this.#unanswered.set(ref, { resolve: (reply) => resolve(reply, sentAt), reject, sentAt });
    if (this.#write({ ...message, ref })) {
      this.#timer(`reply ${ref}`, REPLY_MS, (late) =>
        late > OVERSLEPT_MS ? this.#timer(`reply ${ref}`, QUICK_MS, () => this.#lost()) : this.#lost(),
      );
      return true;
    }
    this.#unanswered.delete(ref);
    return false;
  }

  /** @param {object} message */
  #write(message) {
    try {
      this.#socket?.send(JSON.stringify(message));
      return this.#socket !== null;
    } catch {
      return false;
    }
  }

  /** @param {string} data */
  #hear(data) {
    this.#heardAt = this.#now();
    if (this.#cancel('pong')) this.#watch();
    const message = JSON.parse(data);
    const asked = message.ref == null ? undefined : this.#unanswered.get(message.ref);
    if (asked) {
      this.#unanswered.delete(message.ref);
      this.#cancel(`reply ${message.ref}`);
      if (message.type === 'pong')
        this.emit('pong', { sentAt: asked.sentAt, heardAt: this.#heardAt, serverAt: message.server_at_ms });
      if (message.type === 'failed') asked.reject(new Refused(message));
      else asked.resolve(message);
    } else if (message.ref == null) {
      if (message.type === 'node.draining') this.#drain(message.reconnect_after_ms);
      this.emit('push', message);
    }
  }

  /**
   * The node is going; it has spread us out already, so the next one is asked at the instant it named.
   * @param {number} afterMs
   */
  #drain(afterMs) {
    this.#attempt = 0;
    this.#timer('drain', afterMs + DRAIN_GRACE_MS, () => this.#lost());
  }

  // -- is anybody there?

  /** Pings when nothing was heard for a while. One timer, re-armed when it fires, whatever the traffic. */
  #watch() {
    const quietMs = Math.min(this.#pingMs, this.#alert?.pingMs ?? Infinity);
    const left = this.#heardAt + quietMs - this.#now();
    if (left > 0) this.#timer('watch', left, () => this.#watch());
    else this.#ping(this.#alert?.pongMs ?? PONG_MS);
  }

  /** Whatever is heard within that time is an answer, and the watch goes on. @param {number} withinMs */
  #ping(withinMs) {
    if (
      !this.#send(
        { type: 'ping' },
        () => {},
        () => {},
      )
    )
      return this.#lost();
    this.#cancel('watch');
    this.#timer('pong', withinMs, (late) => (late > OVERSLEPT_MS ? this.#ping(QUICK_MS) : this.#lost()));
  }

  #now() {
    return this.options.timers.now();
  }

  /** @param {string} name @param {number} ms @param {(lateMs: number) => void} run  told how much too late it is */
  #timer(name, ms, run) {
    this.#cancel(name);
    const due = this.#now() + ms;
    this.#timers.set(
      name,
      this.options.timers.after(ms, () => {
        this.#timers.delete(name);
        run(this.#now() - due);
      }),
    );
  }

  /** @param {string} name @returns {boolean} whether it was running */
  #cancel(name) {
    this.#timers.get(name)?.();
    return this.#timers.delete(name);
  }
}
