// @ts-check
/** What this tab remembers: the session's token, and whose it is. It is gone with the tab. */
const TOKEN = 'cresset.ops.token';
const NAME = 'cresset.ops.name';

export const keep = {
  get token() {
    return sessionStorage.getItem(TOKEN);
  },

  get name() {
    return sessionStorage.getItem(NAME) ?? '';
  },

  /** @param {string} token @param {string} name */
  remember(token, name) {
    sessionStorage.setItem(TOKEN, token);
    sessionStorage.setItem(NAME, name);
  },

  forget() {
    sessionStorage.removeItem(TOKEN);
    sessionStorage.removeItem(NAME);
  },
};
