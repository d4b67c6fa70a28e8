// @ts-check
/**
 * Invites that ring: at most one of ours, any number for us. Which tab may enter the room that comes of one is
 * remembered with the tab (`expecting`), so that a reload between the ring and the room still ends up inside.
 *
 * @typedef {import('../protocol.d.ts').Invite} Invite
 */

/**
 * The server says how an invite ended, and after trouble of its own it holds deadlines for up to fifteen seconds.
 * Should its word get lost, the ring stops by itself so long after its time.
 */
export const TIDY_AFTER_MS = 20_000;

export class Invites {
  /** @type {Invite | null} */
  outgoing = null;
  /** @type {Invite[]} oldest first */
  incoming = [];

  /** @param {import('./keep.js').Keep} keep */
  constructor(keep) {
    this.keep = keep;
  }

  /** What welcome says replaces what we believed. @param {Invite[]} invites @param {string} myId */
  welcome(invites, myId) {
    this.outgoing = invites.find((invite) => invite.from.user_id === myId) ?? null;
    this.incoming = invites.filter((invite) => invite.to.user_id === myId);
  }

  /** @param {Invite} invite */
  sent(invite) {
    this.outgoing = invite;
  }

  /** @param {Invite} invite */
  received(invite) {
    this.incoming = [...this.incoming.filter((other) => other.invite_id !== invite.invite_id), invite];
  }

  /** @param {string} inviteId @returns {{invite: Invite, ours: boolean} | null} what ended, if we knew of it */
  ended(inviteId) {
    const invite = this.find(inviteId);
    if (!invite) return null;
    const ours = invite === this.outgoing;
    if (ours) this.outgoing = null;
    this.incoming = this.incoming.filter((other) => other !== invite);
    return { invite, ours };
  }

  /** @param {string} inviteId @returns {Invite | null} */
  find(inviteId) {
    return [this.outgoing, ...this.incoming].find((invite) => invite?.invite_id === inviteId) ?? null;
  }

  /**
   * Drops what should have ended a while ago.
   * @param {number} now  server's clock
   * @returns {boolean} whether anything went
   */
  tidy(now) {
    const late = [this.outgoing, ...this.incoming].filter(
      (invite) => invite !== null && invite.expires_at_ms + TIDY_AFTER_MS < now,
    );
    for (const invite of late) this.ended(/** @type {Invite} */ (invite).invite_id);
    return late.length > 0;
  }

  /** This tab invited or accepted that person, and enters when the room opens. @param {string} partnerId */
  expect(partnerId) {
    this.keep.set('expecting', partnerId);
  }

  /** @param {string} partnerId */
  isExpecting(partnerId) {
    return this.keep.get('expecting') === partnerId;
  }

  expectNobody() {
    this.keep.set('expecting', null);
  }
}
