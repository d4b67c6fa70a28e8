// @ts-check
import { Lost, Refused } from './errors.js';
import { Room, TYPING_EVERY_MS } from './room.js';

/**
 * This tab's place in a room, and what it does there.
 *
 *     none --opened, expected here--> entering --room.entered--> mine --room.ended--> none (the room stays to be read)
 *       \---opened, meant for another tab--> elsewhere --enterHere()--> entering      mine --room.moved--> elsewhere
 *
 * Only a seat that is `mine` is named in hello, hears the room and sends.
 *
 * @typedef {import('./session.js').Session} Session
 */

const GAP_WAIT_MS = 250; // an answer of ours and a push may overtake each other; a real gap outlasts this
const RETRY_MS = 1_000; // when the server says "retry" without saying when
const SOON = new Set(['rate_limited', 'unavailable', 'too_early']); // refusals of the moment: again a little later
const ALERT = { pingMs: 3_000, pongMs: 3_000 }; // as the server watches a bound connection

export class Seat {
  /** @type {'none' | 'entering' | 'mine' | 'elsewhere'} */
  place = 'none';
  /** @type {Room | null} */
  room = null;
  /** An ended meeting this page never saw, from welcome. @type {import('../protocol.d.ts').Ended | null} */
  missed = null;

  /** Rooms being left: should the answer get lost, leaving is repeated. @type {string | null} */
  #leaving = null;
  #entering = false;
  #sending = false;
  #typedAt = 0;
  #reading = false;

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /** What the next hello says of a room, if anything. */
  get claim() {
    return this.place === 'mine' && this.room && !this.room.ended ? this.room.claim : null;
  }

  /** Is there a meeting going on that this tab takes part in, or is about to? */
  get isBusy() {
    return this.room !== null && !this.room.ended && this.place !== 'elsewhere' && this.place !== 'none';
  }

  /**
   * @param {import('../protocol.d.ts').Welcome} welcome
   * @param {string | null} claimed  the room our hello named
   * @param {boolean} isFirst  since the page was loaded
   */
  welcome(welcome, claimed, isFirst) {
    const state = welcome.room;
    if (this.room && !this.room.ended && this.room.roomId !== state?.room_id) this.#over(welcome.last_room);
    if (!state) {
      if (!this.room && welcome.last_room && !this.session.wasDismissed(welcome.last_room.room_id))
        this.missed = welcome.last_room;
      return;
    }
    if (this.#leaving === state.room_id) {
      this.leave(state.room_id);
      return;
    }
    if (this.room?.roomId !== state.room_id) {
      this.#meet(state, (isFirst && !state.bound_elsewhere) || this.session.invites.isExpecting(state.partner.user_id));
    } else if (claimed === state.room_id) {
      this.room.take(state);
      this.#sit();
    } else if (this.place === 'entering') {
      this.#enter();
    } else {
      this.room.take(state);
    }
  }

  /** @param {any} push  anything about rooms */
  hear(push) {
    if (push.type === 'room.opened') {
      if (this.room?.roomId !== push.room.room_id)
        this.#meet(push.room, this.session.invites.isExpecting(push.room.partner.user_id));
      return;
    }
    const room = this.room;
    if (
      !room ||
      room.ended ||
      (push.room_id ?? push.message?.room_id ?? push.room?.room_id ?? room.roomId) !== room.roomId
    )
      return;
    if (push.type === 'room.moved') this.#move('elsewhere');
    else if (push.type === 'room.restored') this.#enter();
    else if (push.type === 'room.ended') this.#end(push);
    else room.hear(push, this.session.clock.now());
    if (push.type === 'room.started') this.#flush();
    if (room.gap) this.session.timers.after(GAP_WAIT_MS, () => this.#closeGap(room));
  }

  /** "Continue here": takes the seat over from another tab. */
  enterHere() {
    if (this.room && !this.room.ended && this.place === 'elsewhere') {
      this.#move('entering');
      this.#enter();
    }
  }

  /** @param {string} [roomId] */
  async leave(roomId = this.room?.roomId) {
    if (!roomId) return;
    this.#leaving = roomId;
    try {
      await this.session.request({ type: 'room.leave', room_id: roomId });
    } catch (error) {
      if (error instanceof Lost) return; // the next welcome leaves again
      if (error instanceof Refused && error.code === 'unavailable') {
        this.session.timers.after(error.retryAfterMs ?? RETRY_MS, () => this.#leaving && this.leave(roomId));
        return;
      }
      if (this.room?.roomId === roomId && !this.room.ended) this.#over(null); // it was over already
    }
    this.#leaving = null;
  }

  /** Puts an ended meeting away. */
  dismiss() {
    const ended = this.room?.ended ?? this.missed;
    if (ended) this.session.dismissed(ended.room_id);
    this.room = null;
    this.missed = null;
    this.#move('none');
  }

  // -- talking

  /** @param {string} text  trimmed, not empty */
  say(text) {
    if (!this.room || this.room.ended) return;
    this.room.outbox.add('text', text, this.session.clock.now());
    this.#typedAt = 0;
    this.session.changed();
    this.#flush();
  }

  /** @param {string} clientId */
  sayAgain(clientId) {
    this.room?.outbox.retry(clientId);
    this.session.changed();
    this.#flush();
  }

  typing() {
    const now = this.session.timers.now();
    if (
      !this.room ||
      this.place !== 'mine' ||
      !this.room.partnerPresent ||
      !this.room.startedAt ||
      now - this.#typedAt < TYPING_EVERY_MS
    )
      return;
    this.#typedAt = now;
    this.session.tell({ type: 'chat.typing', room_id: this.room.roomId });
  }

  /** What is on the screen has been read. One mark at a time is under way, and the last one wins. */
  async read() {
    const room = this.room;
    const seq = room?.messages.findLast((message) => message.from !== room.myId)?.seq ?? 0;
    if (!room || room.ended || this.place !== 'mine' || this.#reading || seq <= room.read.mine) return;
    this.#reading = true;
    try {
      await this.session.request({ type: 'chat.read', room_id: room.roomId, seq });
      room.read.mine = Math.max(room.read.mine, seq);
      this.#reading = false;
      this.read();
    } catch {
      this.#reading = false; // the next look at the page marks again
    }
  }

  /** Older messages than the first one shown. @param {number} limit */
  async earlier(limit) {
    const room = this.room;
    if (!room?.more) return;
    const page = await this.session.request({
      type: 'chat.history',
      room_id: room.roomId,
      before_seq: room.messages[0]?.seq,
      limit,
    });
    room.prepend(page);
    this.session.changed();
  }

  /** @param {'video.request' | 'video.accept' | 'video.decline'} type */
  async video(type) {
    const room = this.room;
    if (!room) return;
    await this.session.request({ type, room_id: room.roomId });
    if (type === 'video.decline') room.videoRequest = null;
    this.session.changed();
  }

  // -- coming and going

  /** @param {import('../protocol.d.ts').RoomState} state @param {boolean} enter */
  #meet(state, enter) {
    this.room = new Room(state, this.session.myId, this.session.tab);
    this.missed = null;
    this.#move(enter ? 'entering' : 'elsewhere');
    if (enter) this.#enter();
  }

  /** Enters, or enters again where a gap or a restored room asks for it; our place changes only with the answer. */
  async #enter() {
    const room = this.room;
    if (!room || room.ended || this.#entering) return;
    this.#entering = true;
    let entered = null;
    try {
      entered = (await this.session.request({ type: 'room.enter', ...room.claim })).room;
    } catch (error) {
      if (error instanceof Refused) this.#refusedEntry(room, error);
    } finally {
      this.#entering = false;
    }
    if (!entered || room !== this.room || room.ended) return;
    room.take(entered);
    this.session.invites.expectNobody();
    this.#sit();
  }

  /** @param {Room} room @param {Refused} error */
  #refusedEntry(room, error) {
    if (error.code === 'room_ended' || error.code === 'not_in_room') {
      if (room === this.room && !room.ended) this.#over(null);
    } else {
      this.session.timers.after(error.retryAfterMs ?? RETRY_MS, () => {
        if (room === this.room && (this.place === 'entering' || this.place === 'mine')) this.#enter();
      });
    }
  }

  #sit() {
    this.#move('mine');
    this.#flush();
  }

  /** @param {Room} room */
  #closeGap(room) {
    if (room === this.room && room.gap && this.place === 'mine') this.#enter();
  }

  /** @param {import('./room.js').Ending} ended */
  #end(ended) {
    const watched = this.place === 'mine' || this.place === 'entering';
    this.room?.end(ended);
    this.#leaving = null;
    this.session.invites.expectNobody();
    this.#move('none');
    if (watched) this.#flush();
    else this.dismiss();
  }

  /**
   * The room is over and nobody told us live.
   * @param {import('../protocol.d.ts').Ended | null} lastRoom  of welcome, if it is about a room at all
   */
  #over(lastRoom) {
    const room = /** @type {Room} */ (this.room);
    if (lastRoom?.room_id === room.roomId) this.#end(lastRoom);
    else this.#end({ room_id: room.roomId, reason: 'unknown', seconds: null, cooldown_ends_at_ms: null });
  }

  /** @param {Seat['place']} place */
  #move(place) {
    this.place = place;
    this.session.beAlert(place === 'mine' || place === 'entering' ? ALERT : null);
    this.session.changed();
  }

  /**
   * Sends what waits, one after the other. After the end too: an answer that got lost says whether it was in time.
   */
  async #flush() {
    const room = this.room;
    if (!room?.startedAt || this.#sending) return;
    this.#sending = true;
    for (let entry; room === this.room && (entry = room.outbox.next()); this.session.changed()) {
      if (!(await this.#send(room, entry))) break;
    }
    this.#sending = false;
    this.session.changed();
    if (room !== this.room) this.#flush(); // another room began meanwhile
  }

  /**
   * @param {Room} room
   * @param {import('./outbox.js').Unsent} entry
   * @returns {Promise<boolean>} whether to go on sending
   */
  async #send(room, { client_id, kind, body }) {
    try {
      const sent = await this.session.request({ type: 'chat.send', room_id: room.roomId, client_id, kind, body });
      room.acknowledge(client_id, sent.seq, sent.sent_at_ms);
      if (room.gap) this.session.timers.after(GAP_WAIT_MS, () => this.#closeGap(room));
    } catch (error) {
      // Lost, or bound elsewhere: the next welcome, or taking the seat, sends again.
      if (!(error instanceof Refused) || error.code === 'not_bound') return false;
      if (SOON.has(error.code)) await this.#pause(error.retryAfterMs ?? RETRY_MS);
      else room.outbox.refuse(client_id, error.code);
    }
    return true;
  }

  /** @param {number} ms @returns {Promise<void>} */
  #pause(ms) {
    return new Promise((resolve) => this.session.timers.after(ms, resolve));
  }
}
