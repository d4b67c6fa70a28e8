// @ts-check
import { UNHURRIED, URGENT } from './backoff.js';
import { ServerClock } from './clock.js';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { Lost } from './errors.js';
import { Invites } from './invites.js';
import { Lookout } from './lookout.js';
import { memoryKeep } from './keep.js';
import { Notices } from './notices.js';
import { People } from './people.js';
import { Ringing } from './ringing.js';
import { Seat } from './seat.js';
import { realTimers } from './timers.js';

/**
 * One login in one tab: the connection and everything it keeps true. Pages read its fields and call its parts
 * (`lookout`, `ringing`, `seat`); they hear `change` once after any number of changes, and
 * `invite-ended` {invite, ours, outcome} · `notice` (a push for people: intro.received, code.unlocked) ·
 * `turned-away` (close code).
 */

const PROTOCOL = 1;
const URGENT_FOR_MS = 30_000; // longer than any grace: after that nobody waits for us any more

export class Session extends Emitter {
  /** @type {import('../protocol.d.ts').Me | null} */
  me = null;
  limits = { text_max: 500, chat_burst: 5, chat_every_ms: 1_500 };
  wish = false;
  /** @type {boolean | null} a wish the server has not confirmed */
  #wanted = null;
  #wishing = false;
  /** @type {string | null} the room the last hello named */
  #claimed = null;
  #welcomes = 0;
  #lostAt = 0;
  #announced = false;

  /**
   * @param {object} options
   * @param {string} options.token
   * @param {() => string} options.url
   * @param {import('./keep.js').Keep} [options.tab]  survives a reload of this tab
   * @param {(url: string) => WebSocket} [options.open]
   * @param {import('./timers.js').Timers} [options.timers]
   * @param {() => number} [options.random]
   */
  constructor({ token, url, tab = memoryKeep(), open, timers = realTimers, random = Math.random }) {
    super();
    this.token = token;
    this.tab = tab;
    this.timers = timers;
    this.random = random;
    this.clock = new ServerClock(timers);
    this.people = new People();
    this.notices = new Notices();
    this.invites = new Invites(tab);
    this.lookout = new Lookout(this);
    this.ringing = new Ringing(this);
    this.seat = new Seat(this);
    this.connection = new Connection({
      url,
      hello: () => this.#hello(),
      pace: () => this.#pace(),
      open,
      timers,
      random,
    });
    this.connection.on('welcome', (heard) => this.#welcomed(heard));
    this.connection.on('push', (push) => this.#heard(push));
    this.connection.on('pong', ({ sentAt, heardAt, serverAt }) => this.clock.sample(sentAt, heardAt, serverAt));
    this.connection.on('state', (state) => this.#linkBecame(state));
  }

  start() {
    this.connection.start();
  }

  stop() {
    this.lookout.watch(false);
    this.connection.stop();
  }

  get myId() {
    return this.me?.user_id ?? '';
  }

  /** Connected and welcomed. */
  get isHere() {
    return this.connection.state === 'open';
  }

  /** Was here before, and is trying to be again. */
  get isReconnecting() {
    return this.#welcomes > 0 && (this.connection.state === 'connecting' || this.connection.state === 'waiting');
  }

  /** Why we were banned, when the server said so: only once, so it outlives a reload. @returns {string | null} */
  get banReason() {
    return this.tab.get('banned');
  }

  /** What we changed about ourselves elsewhere. @param {import('../protocol.d.ts').Me} me */
  becomes(me) {
    this.me = me;
    this.changed();
  }

  /** Looks after the link now: the network or the screen came back, or somebody asked. */
  wake() {
    this.connection.wake();
  }

  /** To be found by others, or not. @param {boolean} wish */
  async setWish(wish) {
    this.#wanted = wish;
    this.changed();
    await this.#makeWish();
  }

  /** What the switch shows: the wish under way, or the one in force. */
  get wishShown() {
    return this.#wanted ?? this.wish;
  }

  // -- for the parts

  /** @param {{type: string} & Record<string, any>} message */
  request(message) {
    return this.connection.request(message);
  }

  /** @param {{type: string} & Record<string, any>} message */
  tell(message) {
    this.connection.tell(message);
  }

  /** @param {{pingMs: number, pongMs: number} | null} alert */
  beAlert(alert) {
    this.connection.beAlert(alert);
  }

  /** Tells the pages, once, after whatever is going on now. */
  changed() {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.emit('change');
    });
  }

  /** @param {string} roomId  whose end has been read */
  dismissed(roomId) {
    this.tab.set('dismissed', roomId);
  }

  /** @param {string} roomId */
  wasDismissed(roomId) {
    return this.tab.get('dismissed') === roomId;
  }

  // -- the connection

  #hello() {
    const claim = this.seat.claim;
    this.#claimed = claim?.room_id ?? null;
    return {
      token: this.token,
      protocol: PROTOCOL,
      client: { name: 'cresset-web', version: '1' },
      ...(claim && { room: claim }),
    };
  }

  #pace() {
    const waitedFor = this.seat.isBusy || this.invites.outgoing !== null || this.invites.incoming.length > 0;
    const isLately = this.#lostAt === 0 || this.timers.now() - this.#lostAt < URGENT_FOR_MS;
    return waitedFor && isLately ? URGENT : UNHURRIED;
  }

  /** @param {{welcome: import('../protocol.d.ts').Welcome, sentAt: number, heardAt: number}} heard */
  #welcomed({ welcome, sentAt, heardAt }) {
    this.clock.sample(sentAt, heardAt, welcome.server_at_ms);
    this.me = welcome.user;
    this.limits = welcome.limits;
    this.wish = welcome.wish;
    this.#lostAt = 0;
    this.tab.set('banned', null);
    const isFirst = this.#welcomes++ === 0;
    this.ringing.welcome(welcome.invites);
    this.seat.welcome(welcome, this.#claimed, isFirst);
    this.notices.welcome(welcome.notifications ?? []);
    this.#makeWish().catch(() => {}); // refused: the switch falls back to the truth
    this.lookout.look();
    this.changed();
  }

  /** @param {import('../protocol.d.ts').Push} push */
  #heard(push) {
    const { type } = push;
    if (type === 'card.changed') this.lookout.changed(push.user_id, push.presence);
    else if (type.startsWith('invite.')) this.ringing.hear(push);
    else if (type === 'intro.received' || type === 'code.unlocked') this.#noticed(push);
    else if (type === 'account.banned') this.tab.set('banned', push.reason);
    else this.seat.hear(push);
    this.changed();
  }

  /** @param {any} push */
  #noticed(push) {
    if (push.type === 'intro.received') this.notices.received(push.notification);
    this.emit('notice', push);
  }

  /** @param {Connection['state']} state */
  #linkBecame(state) {
    if (state === 'waiting' && this.#lostAt === 0) this.#lostAt = this.timers.now();
    if (state === 'stopped') this.emit('turned-away', this.connection.stopCode);
    this.changed();
  }

  /** Brings the server's idea of our wish to what was last asked for, one request at a time. */
  async #makeWish() {
    if (this.#wishing) return;
    this.#wishing = true;
    try {
      while (this.#wanted !== null && this.#wanted !== this.wish && this.isHere) {
        const wanted = this.#wanted;
        await this.request({ type: wanted ? 'queue.join' : 'queue.leave' });
        this.wish = wanted;
      }
      if (this.#wanted === this.wish) this.#wanted = null;
    } catch (error) {
      if (error instanceof Lost) return; // the next welcome wishes again
      this.#wanted = null;
      throw error;
    } finally {
      this.#wishing = false;
      this.changed();
    }
  }
}
