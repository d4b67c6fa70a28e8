// @ts-check
import { Problem } from '/client/lib/errors.js';
import { keep } from './keep.js';

/**
 * What operators ask of the server. Every method answers the JSON body or raises a Problem.
 *
 * The token is sent as a bearer's, by hand, with each request. There is no cookie, so nothing that another site makes
 * this browser send carries any right: that is the whole defence against forged requests, and needs no second one.
 */
const REPLY_MS = 15_000;
const ADMIN = '/api/v1/admin';

export class Api {
  /** @param {() => void} onTurnedAway  the session is over */
  constructor(onTurnedAway) {
    this.onTurnedAway = onTurnedAway;
  }

  /** @param {string} path @param {Record<string, any>} [query]  null and undefined are left out */
  get(path, query = {}) {
    const asked = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
    const behind = new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString();
    return this.#call('GET', ADMIN + path + (behind && `?${behind}`));
  }

  /** @param {string} path @param {object} [body] */
  post(path, body) {
    return this.#call('POST', ADMIN + path, body);
  }

  /** @param {string} path @param {Record<string, string>} [query] */
  delete(path, query = {}) {
    const behind = new URLSearchParams(query).toString();
    return this.#call('DELETE', ADMIN + path + (behind && `?${behind}`));
  }

  /** What everybody may read. @param {string} path */
  public(path) {
    return this.#call('GET', `/api/v1${path}`);
  }

  /** @param {string} method @param {string} address @param {object} [body] */
  async #call(method, address, body) {
    const token = keep.token;
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers['Content-Type'] = 'application/json';
    let response;
    try {
      response = await fetch(address, {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(REPLY_MS),
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch {
      throw new Problem(0, { code: 'unreachable' });
    }
    const answer = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return answer;
    const problem = new Problem(response.status, {
      code: response.status >= 500 ? 'unavailable' : 'internal',
      ...answer,
    });
    if (problem.code === 'not_authenticated' && token) this.onTurnedAway();
    throw problem;
  }
}
