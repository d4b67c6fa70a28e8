// @ts-check
/**
 * What the tests of web/client/lib stand on: a tiny runner, time in our hands, and a server made of expectations.
 * They run in the browser itself (tests/browser/test_lib.py), each on a fresh page.
 */
import { memoryKeep } from '/client/lib/keep.js';
import { Session } from '/client/lib/session.js';

/** @type {Map<string, () => void | Promise<void>>} */
const tests = new Map();

/** @param {string} name  a sentence @param {() => void | Promise<void>} body */
export function test(name, body) {
  tests.set(name, body);
}

/** @param {string} name */
export async function run(name) {
  const body = tests.get(name);
  if (!body) throw new Error(`no test named: ${name}`);
  await body();
}

/** Deep equality by value. @param {any} actual @param {any} expected @param {string} [what] */
export function equal(actual, expected, what = '') {
  const [a, b] = [JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected))];
  if (a !== b) throw new Error(`${what}\n  is       ${a}\n  should be ${b}`);
}

/** @param {any} condition @param {string} what */
export function ok(condition, what) {
  if (!condition) throw new Error(what);
}

/** @param {any} value @returns {any} the same with sorted keys */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}

/** Lets every promise that can go on do so: all microtasks run before the next message event. */
export function settle() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
}

/** Time that passes when told to. */
export class FakeTimers {
  #now = 1_000_000;
  /** @type {Set<{at: number, run: () => void}>} */
  #waiting = new Set();

  now = () => this.#now;

  after = (/** @type {number} */ ms, /** @type {() => void} */ run) => {
    const entry = { at: this.#now + ms, run };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  };

  /** Everything due on the way happens at its instant. @param {number} ms */
  async pass(ms) {
    const end = this.#now + ms;
    await settle();
    for (let next; (next = [...this.#waiting].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0]);) {
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settle();
    }
    this.#now = end;
  }

  /** The device slept: time went on, and what was due on the way happens only now. @param {number} ms */
  async sleep(ms) {
    this.#now += ms;
    await this.pass(0);
  }
}

/** The server's end of one socket. */
export class FakeSocket {
  /** @type {any[]} frames of the client, oldest first, until taken */
  heard = [];
  isOpen = false;
  /** @type {(() => void) | null} */ onopen = null;
  /** @type {((event: {data: string}) => void) | null} */ onmessage = null;
  /** @type {((event: {code: number}) => void) | null} */ onclose = null;
  isClosedByClient = false;

  /** @param {string} data */
  send(data) {
    this.heard.push(JSON.parse(data));
  }

  close() {
    this.isClosedByClient = true;
  }

  /** The upgrade succeeded. */
  accept() {
    this.isOpen = true;
    this.onopen?.();
  }

  /** @param {any} message */
  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** @param {number} code */
  end(code = 1006) {
    this.isOpen = false;
    this.onclose?.({ code });
  }

  /** Takes the oldest unread frame, which must be of that type. @param {string} type */
  take(type) {
    const frame = this.heard.shift();
    equal(frame?.type, type, 'the client said');
    return frame;
  }

  /** Nothing unread. */
  quiet() {
    equal(
      this.heard.map((frame) => frame.type),
      [],
      'the client said',
    );
  }

  /** Takes a request and answers it. @param {string} type @param {any} reply @returns the request */
  answer(type, reply) {
    const request = this.take(type);
    this.say({ type: 'done', ...reply, ref: request.ref });
    return request;
  }

  /** @param {string} type @param {string} code @param {any} [more] */
  refuse(type, code, more = {}) {
    return this.answer(type, { type: 'failed', code, message: '', ...more });
  }
}

export const ME = {
  user_id: 'me',
  name: 'Anna',
  gender: 'female',
  account_type: 'guest',
  paid_status: 'unpaid',
  selfie_url: null,
  video_url: null,
  socials: {},
};

/** @param {string} id @param {any} [more] @returns {any} */
export const card = (id, more = {}) => ({
  user_id: id,
  name: id,
  gender: 'unspecified',
  selfie_url: null,
  video_url: null,
  socials: {},
  introduced_by: null,
  presence: 'available',
  cooldown_ends_at_ms: null,
  ...more,
});

/** @param {number} seq @param {string} from @param {any} [more] @returns {any} */
export const message = (seq, from, more = {}) => ({
  room_id: 'room',
  seq,
  from,
  kind: 'text',
  body: `${from} ${seq}`,
  client_id: `c${seq}`,
  sent_at_ms: 1_000_000 + seq,
  ...more,
});

/** A started text room. @param {any} [more] @returns {any} */
export const roomState = (more = {}) => ({
  room_id: 'room',
  epoch: 1,
  mode: 'text',
  status: 'active',
  initiator: true,
  partner: card('ben'),
  partner_present: true,
  bound_elsewhere: false,
  opened_at_ms: 1_000_000,
  started_at_ms: 1_000_000,
  ends_at_ms: null,
  torch: { state: 'lit', dims_at_ms: 1_120_000, out_at_ms: 1_180_000 },
  grace: [],
  video_request: null,
  generation: 1,
  messages: [],
  more: false,
  last_seq: more.messages?.at(-1)?.seq ?? 0,
  read: { mine: 0, partner: 0 },
  ...more,
});

/** @param {string} id @param {any} from @param {any} to @param {any} [more] @returns {any} */
export const invite = (id, from, to, more = {}) => ({
  invite_id: id,
  from,
  to,
  mode: 'text',
  seconds: null,
  expires_at_ms: 1_020_000,
  ...more,
});

/** A page with a session, and the server's ends of its sockets. */
export class World {
  timers = new FakeTimers();
  /** @type {FakeSocket[]} */
  sockets = [];
  tab;
  session;

  /** @param {{tab?: import('/client/lib/keep.js').Keep, random?: () => number}} [options] */
  constructor({ tab = memoryKeep(), random = () => 0.5 } = {}) {
    this.tab = tab;
    this.session = new Session({
      token: 'token',
      url: () => 'ws://here/ws',
      tab,
      timers: this.timers,
      random,
      open: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return /** @type {any} */ (socket);
      },
    });
  }

  /** The newest socket. */
  get socket() {
    return /** @type {FakeSocket} */ (this.sockets.at(-1));
  }

  /** Starts, or takes the socket that was opened since, and welcomes it. @param {any} [more] @returns the hello */
  async welcome(more = {}) {
    if (this.session.connection.state === 'off') this.session.start();
    this.socket.accept();
    const hello = this.socket.answer('hello', {
      type: 'welcome',
      user: ME,
      node: 'n1',
      server_at_ms: this.timers.now(),
      ping_ms: 15_000,
      limits: { text_max: 500, chat_burst: 5, chat_every_ms: 1_500 },
      presence: 'online',
      wish: false,
      invites: [],
      room: null,
      last_room: null,
      notifications: [],
      ...more,
    });
    await settle();
    return hello;
  }

  /** The link breaks, and the next attempt begins. */
  async lose(code = 1006) {
    const before = this.sockets.length;
    this.socket.end(code);
    await this.timers.pass((this.session.connection.retryAt ?? 0) - this.timers.now());
    equal(this.sockets.length, before + 1, 'sockets opened');
  }

  /** @param {any} push */
  async push(push) {
    this.socket.say(push);
    await settle();
  }

  /** Sits in a started text room that this tab has entered. @param {any} [more] of its state */
  async inRoom(more = {}) {
    await this.welcome({ room: roomState(more) });
    this.socket.answer('room.enter', {
      type: 'room.entered',
      room: roomState({ ...more, messages: [], last_seq: roomState(more).last_seq }),
    });
    await settle();
    equal(this.session.seat.place, 'mine');
    return /** @type {import('/client/lib/room.js').Room} */ (this.session.seat.room);
  }
}
