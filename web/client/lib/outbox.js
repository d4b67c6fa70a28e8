// @ts-check
import { newClientId } from './ids.js';

/**
 * What this tab has said in one room and the server has not yet acknowledged. It survives a lost connection and a
 * reload; each entry keeps its client_id for ever, so sending it again can never say it twice.
 *
 * @typedef {object} Unsent
 * @property {string} client_id
 * @property {'text' | 'social' | 'system'} kind
 * @property {any} body
 * @property {number} written_at_ms  server's clock as this page knew it
 * @property {string | null} refused  code of a refusal that repeating cannot mend
 */
export class Outbox {
  /** @type {Unsent[]} */
  entries;

  /** @param {string} roomId @param {import('./keep.js').Keep} keep */
  constructor(roomId, keep) {
    this.roomId = roomId;
    this.keep = keep;
    const kept = keep.get('outbox');
    this.entries = kept?.room_id === roomId ? kept.entries : [];
  }

  /** @param {'text' | 'social'} kind @param {any} body @param {number} at */
  add(kind, body, at) {
    this.entries.push({ client_id: newClientId(), kind, body, written_at_ms: at, refused: null });
    this.#save();
  }

  /** Messages the server had acknowledged and then lost go first: they were said first. @param {Unsent[]} entries */
  putBack(entries) {
    const known = new Set(this.entries.map((entry) => entry.client_id));
    this.entries.unshift(...entries.filter((entry) => !known.has(entry.client_id)));
    this.#save();
  }

  /** The one to send now: they go one after the other, so that a refusal for speed never changes their order. */
  next() {
    return this.entries.find((entry) => entry.refused === null) ?? null;
  }

  /** @param {string} clientId */
  find(clientId) {
    return this.entries.find((entry) => entry.client_id === clientId) ?? null;
  }

  /** Recorded, or given up. @param {string} clientId */
  remove(clientId) {
    this.entries = this.entries.filter((entry) => entry.client_id !== clientId);
    this.#save();
  }

  /** @param {string} clientId @param {string} code */
  refuse(clientId, code) {
    const entry = this.find(clientId);
    if (entry) entry.refused = code;
    this.#save();
  }

  /** Tries a refused one again. @param {string} clientId */
  retry(clientId) {
    const entry = this.find(clientId);
    if (entry) entry.refused = null;
    this.#save();
  }

  #save() {
    this.keep.set('outbox', this.entries.length ? { room_id: this.roomId, entries: this.entries } : null);
  }
}
