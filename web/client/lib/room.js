// @ts-check
import { Outbox } from './outbox.js';
import { Torch } from './torch.js';

/**
 * One room as this page knows it: what the server said, in the server's order. It decides nothing and sends nothing;
 * the session feeds it and asks it what is missing.
 *
 * Messages are held without gaps: `messages` ends at `lastSeq`. What came too early waits in `#early`; while anything
 * waits there, `gap` is true and the session enters the room again.
 *
 * @typedef {import('../protocol.d.ts').Message} Message
 * @typedef {import('../protocol.d.ts').RoomState} RoomState
 * @typedef {import('../protocol.d.ts').Ended} Ended
 *
 * @typedef {object} Ending  how it ended; nobody may be left who knows why
 * @property {string} room_id
 * @property {Ended['reason'] | 'unknown'} reason
 * @property {number | null} seconds
 * @property {number | null} cooldown_ends_at_ms
 * @property {Message[]} [messages]
 */

const HEAL_AT_MOST = 100; // messages of ours sent again into a new epoch; the server lets so many pass free of charge
const TYPING_LASTS_MS = 5_000; // a "typing" is believed for so long
export const TYPING_EVERY_MS = 2_500; // and repeated so often by the typist

export class Room {
  /** @type {RoomState['mode']} */
  mode = 'text';
  /** @type {RoomState['status']} */
  status = 'active';
  partnerPresent = false;
  openedAt = 0;
  /** @type {number | null} */
  startedAt = null;
  /** Of a video room, once it has started. @type {number | null} */
  endsAt = null;
  /** @type {RoomState['grace']} */
  grace = [];
  /** @type {RoomState['video_request']} */
  videoRequest = null;
  read = { mine: 0, partner: 0 };
  /** @type {Message[]} ascending by seq */
  messages = [];
  /** Are there older ones than the first of `messages`? */
  more = false;
  /** @type {Torch | null} */
  torch = null;
  /** @type {Ending | null} */
  ended = null;
  /** Until when the partner is shown as typing; server's clock. */
  typingUntil = 0;
  /** @type {Map<number, Message>} */
  #early = new Map();

  /** @param {RoomState} state @param {string} myId @param {import('./keep.js').Keep} keep */
  constructor(state, myId, keep) {
    this.roomId = state.room_id;
    this.myId = myId;
    this.partner = state.partner;
    this.outbox = new Outbox(state.room_id, keep);
    this.epoch = state.epoch;
    this.messages = [...state.messages];
    this.more = state.more;
    this.#adopt(state);
    this.#feedTorch();
    this.#settleOutbox();
  }

  get lastSeq() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  get gap() {
    return this.#early.size > 0;
  }

  /** What hello and room.enter say of it. */
  get claim() {
    return { room_id: this.roomId, last_seq: this.lastSeq, epoch: this.epoch };
  }

  /**
   * Takes the answer to `claim`: what follows our lastSeq, or the whole where that does not fit on to what we hold.
   * After a new epoch our own acknowledged messages that the server no longer has go back into the outbox.
   * @param {RoomState} state
   */
  take(state) {
    if (this.#fits(state)) {
      for (const message of state.messages) this.#place(message);
    } else {
      this.#rescue(state.messages, state.last_seq);
      this.messages = [...state.messages];
      this.more = state.more;
    }
    this.epoch = state.epoch;
    this.#early.clear();
    this.#adopt(state);
    this.#feedTorch();
    this.#settleOutbox();
  }

  /**
   * A push about this room. Unknown ones are ignored.
   * @param {import('../protocol.d.ts').Push} push
   * @param {number} now  server's clock
   */
  hear(push, now) {
    switch (push.type) {
      case 'room.started':
        this.status = 'active';
        this.startedAt = push.started_at_ms;
        this.endsAt = push.ends_at_ms ?? null;
        this.partnerPresent = true;
        this.torch = push.torch ? Torch.freshlyLit(push.torch, push.started_at_ms, this.#members) : null;
        break;
      case 'room.partner_lost':
        this.partnerPresent = false;
        this.typingUntil = 0;
        if (this.startedAt) this.status = 'grace_period';
        this.grace = [
          ...this.grace.filter((entry) => entry.user_id !== this.partner.user_id),
          { user_id: this.partner.user_id, grace_ends_at_ms: push.grace_ends_at_ms },
        ];
        this.torch?.freeze();
        break;
      case 'room.partner_returned':
        this.partnerPresent = true;
        this.grace = this.grace.filter((entry) => entry.user_id !== this.partner.user_id);
        if (this.grace.length === 0) this.status = 'active';
        if (push.torch) this.#takeTorch(push.torch);
        break;
      case 'chat.message':
        this.typingUntil = 0;
        this.#place(push.message);
        break;
      case 'chat.typed':
        this.typingUntil = now + TYPING_LASTS_MS;
        break;
      case 'chat.was_read':
        this.read.partner = Math.max(this.read.partner, push.seq);
        break;
      case 'torch.dimming':
        this.torch?.dim(push.out_at_ms);
        break;
      case 'torch.relit':
        this.torch?.relight(push.dims_at_ms);
        break;
      case 'video.requested':
        this.videoRequest = { from: this.partner.user_id, request_ends_at_ms: push.request_ends_at_ms };
        break;
      case 'video.declined':
        this.videoRequest = null;
        break;
      case 'room.upgraded':
        this.take(push.room);
        break;
      case 'room.ended':
        this.end(push);
        break;
    }
  }

  /** @param {Ending} ended  with or without the messages that came last */
  end(ended) {
    for (const message of ended.messages ?? []) this.#place(message);
    for (const seq of [...this.#early.keys()].sort((a, b) => a - b))
      this.#append(/** @type {any} */ (this.#early.get(seq)));
    this.#early.clear(); // nobody will bring what is missing between them any more
    this.status = 'ended';
    this.ended = ended;
    this.typingUntil = 0;
    this.grace = [];
    this.videoRequest = null;
    this.#settleOutbox();
  }

  /**
   * `chat.sent`: the server has it under this number.
   * @param {string} clientId
   * @param {number} seq
   * @param {number} sentAt
   */
  acknowledge(clientId, seq, sentAt) {
    const entry = this.outbox.find(clientId);
    if (!entry) return;
    this.#place({
      room_id: this.roomId,
      seq,
      from: this.myId,
      kind: entry.kind,
      body: entry.body,
      client_id: clientId,
      sent_at_ms: sentAt,
    });
    this.outbox.remove(clientId);
  }

  /** A page of older messages, from chat.history. @param {{messages: Message[], more: boolean}} page */
  prepend(page) {
    const first = this.messages[0]?.seq ?? Infinity;
    this.messages = [...page.messages.filter((message) => message.seq < first), ...this.messages];
    this.more = page.more;
  }

  /** @returns {number} when the partner's seat is given up, or 0 */
  get partnerGraceEndsAt() {
    return this.grace.find((entry) => entry.user_id === this.partner.user_id)?.grace_ends_at_ms ?? 0;
  }

  // -- what we hold

  /** Same epoch and no hole between what we hold and what it brings: the same seq is then the same message.
   * @param {RoomState} state */
  #fits(state) {
    const first = state.messages[0]?.seq ?? state.last_seq + 1;
    return state.epoch === this.epoch && first <= this.lastSeq + 1 && state.last_seq >= this.lastSeq;
  }

  get #members() {
    return [this.myId, this.partner.user_id];
  }

  /** Everything of a state but its messages. @param {RoomState} state */
  #adopt(state) {
    this.mode = state.mode;
    this.status = state.status;
    this.partner = state.partner;
    this.partnerPresent = state.partner_present;
    this.openedAt = state.opened_at_ms;
    this.startedAt = state.started_at_ms;
    this.endsAt = state.ends_at_ms;
    this.grace = state.grace;
    this.videoRequest = state.video_request;
    this.read = { ...state.read };
    if (state.torch) this.#takeTorch(state.torch);
    else this.torch = null;
  }

  /** @param {import('./torch.js').TorchState} said */
  #takeTorch(said) {
    if (this.torch) this.torch.learn(said);
    else this.torch = new Torch(said, this.startedAt ?? this.openedAt, this.#members);
  }

  #feedTorch() {
    for (const message of this.messages) this.#feed(message);
  }

  /** @param {Message} message */
  #feed(message) {
    if (message.kind !== 'system') this.torch?.fed(message.from, message.sent_at_ms);
  }

  /** @param {Message} message */
  #place(message) {
    if (message.seq <= this.lastSeq) return;
    this.#early.set(message.seq, message);
    for (let next; (next = this.#early.get(this.lastSeq + 1));) {
      this.#early.delete(next.seq);
      this.#append(next);
    }
  }

  /** @param {Message} message */
  #append(message) {
    this.messages.push(message);
    this.#feed(message);
  }

  /** Puts our own messages that the server no longer knows back into the outbox, the newest hundred of them.
   * What is older than the window the server showed is taken to be recorded.
   * @param {Message[]} theirs @param {number} theirLast */
  #rescue(theirs, theirLast) {
    const has = new Set(theirs.filter((message) => message.from === this.myId).map((message) => message.client_id));
    const windowStart = theirs[0]?.seq ?? theirLast + 1;
    const missing = [...this.messages, ...this.#early.values()].filter(
      (message) =>
        message.from === this.myId &&
        message.kind !== 'system' &&
        message.seq >= windowStart &&
        !has.has(message.client_id),
    );
    this.outbox.putBack(
      missing.slice(-HEAL_AT_MOST).map(({ client_id, kind, body, sent_at_ms }) => ({
        client_id,
        kind,
        body,
        written_at_ms: sent_at_ms,
        refused: null,
      })),
    );
  }

  /** What the server's own list shows needs no sending. */
  #settleOutbox() {
    for (const message of this.messages)
      if (message.from === this.myId && this.outbox.find(message.client_id)) this.outbox.remove(message.client_id);
  }
}
