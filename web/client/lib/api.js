// @ts-check
import { Problem } from './errors.js';

const REPLY_MS = 15_000;

/** The HTTP side: what is recorded. Every method answers the JSON body or raises a Problem. */
export class Api {
  /** @param {{base?: string, token?: () => string | null}} [options] */
  constructor({ base = '/api/v1', token = () => null } = {}) {
    this.base = base;
    this.token = token;
  }

  /** @param {string} name @param {string} gender */
  createGuest(name, gender) {
    return this.#call('POST', '/guests', { name, gender });
  }

  logOut() {
    return this.#call('DELETE', '/sessions/current');
  }

  /** One page, newest first. @param {number | null} beforeAtMs @param {number} limit */
  history(beforeAtMs, limit) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (beforeAtMs !== null) query.set('before_at_ms', String(beforeAtMs));
    return this.#call('GET', `/history?${query}`);
  }

  /** @param {string} roomId */
  meeting(roomId) {
    return this.#call('GET', `/history/${encodeURIComponent(roomId)}`);
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async #call(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json' };
    const token = this.token();
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers['Content-Type'] = 'application/json';
    let response;
    try {
      response = await fetch(this.base + path, {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(REPLY_MS),
        cache: 'no-store',
      });
    } catch {
      throw new Problem(0, { code: 'unreachable' });
    }
    const answer = response.status === 204 ? null : await response.json().catch(() => null);
    if (!response.ok)
      throw new Problem(response.status, { code: response.status >= 500 ? 'unavailable' : 'internal', ...answer });
    return answer;
  }
}
