// @ts-check
import { h } from '/client/app/dom.js';
import { whole } from '../loading.js';
import { page } from '../page.js';

/** Whose id it is: a user's, or a room's. @param {import('../main.js').Ops} ops @param {string} id */
export function findPage(ops, id) {
  const looking = whole(
    async () => {
      const place = (await isThere(`/users/${encodeURIComponent(id)}`)) ? 'users' : 'rooms';
      if (place === 'rooms') await ops.api.get(`/rooms/${encodeURIComponent(id)}/timeline`);
      location.replace(`#/${place}/${id}`);
    },
    () => [],
    'No user and no room has this id. What is over for long is forgotten.',
  );

  /** @param {string} path */
  async function isThere(path) {
    try {
      await ops.api.get(path);
      return true;
    } catch (problem) {
      if (/** @type {any} */ (problem).status === 404) return false;
      throw problem;
    }
  }

  looking.refresh();
  return page('Look up', {}, h('p', {}, h('code', {}, id)), looking.element);
}
