// @ts-check
import { Emitter } from './emitter.js';

/**
 * Oneself as only oneself may know it (GET /me), as last heard. Pages ask it to change something and read `mine`;
 * they hear `change` after each news.
 *
 * @typedef {import('../protocol.d.ts').MyAccount} MyAccount
 */
export class Account extends Emitter {
  /** @type {MyAccount | null} */
  mine = null;

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    super();
    this.api = api;
  }

  async load() {
    this.#is(await this.api.me());
  }

  /** @param {{name?: string, gender?: string, socials?: Record<string, string>}} changes */
  async change(changes) {
    this.#is(await this.api.changeMe(changes));
  }

  /** A guest becomes somebody who can log in again. @param {string} email @param {string} password */
  async makePermanent(email, password) {
    await this.api.makePermanent(email, password);
    await this.load();
  }

  /** @param {'selfie' | 'video'} kind @param {Blob} bytes */
  async putMedia(kind, bytes) {
    const { url } = await this.api.putMedia(kind, bytes);
    this.#hasMedia(kind, url);
  }

  /** @param {'selfie' | 'video'} kind */
  async dropMedia(kind) {
    await this.api.dropMedia(kind);
    this.#hasMedia(kind, null);
  }

  /** @param {string} code */
  async redeem(code) {
    await this.api.redeem(code);
    await this.load();
  }

  /** @param {'selfie' | 'video'} kind @param {string | null} url */
  #hasMedia(kind, url) {
    if (this.mine) this.#is({ ...this.mine, [kind === 'selfie' ? 'selfie_url' : 'video_url']: url });
  }

  /** @param {MyAccount} mine */
  #is(mine) {
    this.mine = mine;
    this.emit('change');
  }
}
