// @ts-check
import { Refused } from './errors.js';
import { TIDY_AFTER_MS } from './invites.js';

/**
 * Inviting and answering: the requests, and what their answers do to `Invites`. A refusal is raised to the page,
 * which says it in words; a lost answer is not, for the next welcome tells what became of it.
 *
 * @typedef {import('./session.js').Session} Session
 */
export class Ringing {
  /**
   * Ids that ended before we knew of them: an end may overtake the answer that names the invite.
   * @type {Set<string>}
   */
  #endedEarly = new Set();

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  get #invites() {
    return this.session.invites;
  }

  /** @param {any} card @param {'text' | 'video'} mode @param {number} [seconds] */
  async invite(card, mode, seconds) {
    this.#invites.expect(card.user_id);
    const length = mode === 'video' ? { seconds } : {};
    const reply = await this.#ask({ type: 'invite.send', to: card.user_id, mode, ...length });
    if (reply?.type !== 'invite.sent' || this.#endedEarly.delete(reply.invite_id)) return;
    // A Me holds all that is shown of a Card.
    const from = /** @type {import('../protocol.d.ts').Card} */ (/** @type {unknown} */ (this.session.me));
    const invite = {
      invite_id: reply.invite_id,
      from,
      to: card,
      mode,
      seconds: length.seconds ?? null,
      expires_at_ms: reply.expires_at_ms,
    };
    this.#invites.sent(invite);
    this.#watch(invite);
    this.session.changed();
  }

  async rescind() {
    const invite = this.#invites.outgoing;
    if (!invite) return;
    await this.#answer({ type: 'invite.rescind', invite_id: invite.invite_id });
    this.#invites.expectNobody();
  }

  /** @param {any} invite @param {number} [seconds]  our own wish for a video call */
  async accept(invite, seconds) {
    this.#invites.expect(invite.from.user_id);
    const length = invite.mode === 'video' ? { seconds } : {};
    await this.#answer({ type: 'invite.accept', invite_id: invite.invite_id, ...length });
  }

  /** @param {any} invite */
  async decline(invite) {
    await this.#answer({ type: 'invite.decline', invite_id: invite.invite_id });
  }

  /** @param {any[]} invites  of welcome */
  welcome(invites) {
    this.#endedEarly.clear();
    this.#invites.welcome(invites, this.session.myId);
    for (const invite of invites) this.#watch(invite);
  }

  /** @param {any} push */
  hear(push) {
    if (push.type === 'invite.received') {
      this.#invites.received(push.invite);
      this.#watch(push.invite);
      return;
    }
    const known = this.#invites.ended(push.invite_id);
    if (!known) {
      this.#endedEarly.add(push.invite_id);
      return;
    }
    if (known.ours && push.outcome !== 'accepted') this.#invites.expectNobody();
    this.session.emit('invite-ended', { ...known, outcome: push.outcome });
  }

  /** @param {{type: string} & Record<string, any>} message */
  async #ask(message) {
    try {
      return await this.session.request(message);
    } catch (error) {
      if (!(error instanceof Refused)) return null;
      this.#invites.expectNobody();
      throw error;
    } finally {
      this.session.changed();
    }
  }

  /**
   * The invite is over for us with any answer but "try again".
   * @param {{type: string, invite_id: string} & Record<string, any>} message
   */
  async #answer(message) {
    try {
      const reply = await this.#ask(message);
      if (reply) this.#invites.ended(message.invite_id);
    } catch (error) {
      if (error instanceof Refused && error.code === 'invite_gone') this.#invites.ended(message.invite_id);
      throw error;
    } finally {
      this.session.changed();
    }
  }

  /** Stops a ring whose end we were never told. @param {any} invite */
  #watch(invite) {
    this.session.timers.after(this.session.clock.until(invite.expires_at_ms) + TIDY_AFTER_MS + 1, () => {
      if (this.#invites.tidy(this.session.clock.now())) this.session.changed();
    });
  }
}
