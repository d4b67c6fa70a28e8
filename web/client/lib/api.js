// @ts-check
import { Problem } from './errors.js';

const REPLY_MS = 15_000;
const UPLOAD_MS = 180_000; // a video over a slow line

/** The HTTP side: what is recorded. Every method answers the JSON body or raises a Problem. */
export class Api {
  /** @param {{base?: string, token?: () => string | null}} [options] */
  constructor({ base = '/api/v1', token = () => null } = {}) {
    this.base = base;
    this.token = token;
  }

  // -- coming and going

  /** @param {{name: string, gender: string, invite_code?: string, intro_code?: string}} guest */
  createGuest(guest) {
    return this.#call('POST', '/guests', guest);
  }

  /** @param {string} email @param {string} password */
  logIn(email, password) {
    return this.#call('POST', '/sessions', { email, password });
  }

  logOut() {
    return this.#call('DELETE', '/sessions/current');
  }

  /** @param {string} email */
  askForReset(email) {
    return this.#call('POST', '/password-resets', { email });
  }

  /** Whether a forgotten password can be replaced here: a house that sends no mail has no such address. */
  async mayReset() {
    try {
      await this.#call('POST', '/password-resets', {});
    } catch (problem) {
      return /** @type {Problem} */ (problem).status === 400;
    }
    return true;
  }

  /** @param {string} token  of the mail @param {string} password */
  reset(token, password) {
    return this.#call('POST', `/password-resets/${encodeURIComponent(token)}`, { password });
  }

  // -- oneself

  me() {
    return this.#call('GET', '/me');
  }

  /** @param {{name?: string, gender?: string, socials?: Record<string, string>}} changes */
  changeMe(changes) {
    return this.#call('PATCH', '/me', changes);
  }

  deleteMe() {
    return this.#call('DELETE', '/me');
  }

  export() {
    return this.#call('GET', '/me/export');
  }

  /** @param {string} email @param {string} password */
  makePermanent(email, password) {
    return this.#call('POST', '/me/account', { email, password });
  }

  /** @param {string} old @param {string} fresh */
  changePassword(old, fresh) {
    return this.#call('PUT', '/me/password', { old, new: fresh });
  }

  /** @param {'selfie' | 'video'} kind @param {Blob} bytes */
  putMedia(kind, bytes) {
    return this.#call('PUT', `/me/${kind}`, bytes);
  }

  /** @param {'selfie' | 'video'} kind */
  dropMedia(kind) {
    return this.#call('DELETE', `/me/${kind}`);
  }

  // -- being let in, and letting in

  /** @param {string} code */
  redeem(code) {
    return this.#call('POST', '/invite-codes/redeem', { code });
  }

  /** The picture of one's own code, as a file. @returns {Promise<Blob>} */
  codePicture() {
    return this.#call('GET', '/me/invite-code.svg');
  }

  // -- introducing

  /** @param {string} userId  to whom newcomers shall be introduced */
  introduce(userId) {
    return this.#call('POST', '/intros', { target_user_id: userId });
  }

  /** @param {string} code */
  intro(code) {
    return this.#call('GET', `/intros/${encodeURIComponent(code)}`);
  }

  notifications() {
    return this.#call('GET', '/notifications');
  }

  /** @param {string} id */
  readNotification(id) {
    return this.#call('POST', `/notifications/${encodeURIComponent(id)}/read`);
  }

  // -- keeping away from somebody

  /** @param {string} userId @param {string} roomId @param {string} reason */
  report(userId, roomId, reason) {
    return this.#call('POST', '/reports', { user_id: userId, room_id: roomId, reason });
  }

  blocks() {
    return this.#call('GET', '/blocks');
  }

  /** @param {string} userId */
  block(userId) {
    return this.#call('POST', '/blocks', { user_id: userId });
  }

  /** @param {string} userId */
  unblock(userId) {
    return this.#call('DELETE', `/blocks/${encodeURIComponent(userId)}`);
  }

  blacklist() {
    return this.#call('GET', '/blacklist');
  }

  // -- looking back

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

  /** @param {string} method @param {string} path @param {object} [body]  a Blob goes as it is, anything else as JSON */
  async #call(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json, image/svg+xml' };
    const token = this.token();
    const isRaw = body instanceof Blob;
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers['Content-Type'] = isRaw ? body.type.split(';')[0] : 'application/json';
    let response;
    try {
      response = await fetch(this.base + path, {
        method,
        headers,
        body: isRaw ? body : body && JSON.stringify(body),
        signal: AbortSignal.timeout(isRaw ? UPLOAD_MS : REPLY_MS),
        cache: 'no-store',
      });
    } catch {
      throw new Problem(0, { code: 'unreachable' });
    }
    const answer = await bodyOf(response);
    if (!response.ok)
      throw new Problem(response.status, { code: response.status >= 500 ? 'unavailable' : 'internal', ...answer });
    return answer;
  }
}

/** @param {Response} response @returns {Promise<any>} */
async function bodyOf(response) {
  if (response.status === 204) return null;
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
  return (isJson ? response.json() : response.blob()).catch(() => null);
}
