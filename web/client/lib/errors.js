// @ts-check
/** Everything that can go wrong between this page and the server. */

/** The server understood and said no: `failed` on the socket. */
export class Refused extends Error {
  /** @param {{code: string, message?: string, retry_after_ms?: number | null, outcome?: string | null}} failed */
  constructor({ code, message = '', retry_after_ms = null, outcome = null }) {
    super(message || code);
    this.code = code;
    this.retryAfterMs = retry_after_ms;
    this.outcome = outcome;
  }
}

/** The connection went away before the answer came: whether it happened is not known. */
export class Lost extends Error {
  code = 'lost';
  retryAfterMs = null;
}

/** An answer of the HTTP API other than 2xx, or none at all (`code` is then "unreachable"). */
export class Problem extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, retry_after_ms?: number | null}} body */
  constructor(status, { code = 'internal', detail = '', retry_after_ms = null }) {
    super(detail || code);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retry_after_ms;
  }
}
