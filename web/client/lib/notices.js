// @ts-check
/**
 * What others did for us while we were not looking: at present, whom they introduced. `welcome` brings the unread ones,
 * `intro.received` each new one, and asking brings the rest.
 *
 * @typedef {import('../protocol.d.ts').Notification} Notification
 */
export class Notices {
  /** Newest first. @type {Notification[]} */
  items = [];
  /** Read ones are shown only once they were asked for. */
  isComplete = false;

  get unread() {
    return this.items.filter((item) => !item.read).length;
  }

  /** @param {Notification[]} unread */
  welcome(unread) {
    const known = new Set(unread.map((item) => item.notification_id));
    this.#are([...unread, ...this.items.filter((item) => !known.has(item.notification_id))]);
  }

  /** @param {Notification} notification */
  received(notification) {
    this.welcome([notification]);
  }

  /** @param {import('./api.js').Api} api */
  async load(api) {
    const { items } = await api.notifications();
    this.#are(items);
    this.isComplete = true;
  }

  /** Marks it here at once, and takes that back should the server not hear of it.
   * @param {import('./api.js').Api} api @param {string} id */
  async read(api, id) {
    this.#mark(id, true);
    try {
      await api.readNotification(id);
    } catch (problem) {
      if (/** @type {any} */ (problem).status !== 404) this.#mark(id, false);
      throw problem;
    }
  }

  /** @param {string} id @param {boolean} read */
  #mark(id, read) {
    this.items = this.items.map((item) => (item.notification_id === id ? { ...item, read } : item));
  }

  /** @param {Notification[]} items */
  #are(items) {
    this.items = [...items].sort((a, b) => b.created_at_ms - a.created_at_ms);
  }
}
