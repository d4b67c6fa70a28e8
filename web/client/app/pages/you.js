// @ts-check
import { h } from '../dom.js';
import { failure, progress } from '../progress.js';
import { you as say } from '../strings.js';

/** The frame of the pages about oneself, which all stand on GET /me. */

const PLACES = { profile: '#/me', account: '#/account', code: '#/code', blocked: '#/blocked' };

/** @param {keyof typeof PLACES} here @param {string} title @param {Node[]} children */
export function yourPage(here, title, ...children) {
  return h(
    'div',
    { class: 'page yours' },
    h(
      'nav',
      { class: 'places', 'aria-label': say.nav },
      Object.entries(PLACES).map(([place, href]) =>
        h('a', { href, 'aria-current': place === here ? 'page' : null }, /** @type {any} */ (say)[place]),
      ),
    ),
    h('div', { class: 'heading' }, h('h1', {}, title)),
    ...children,
  );
}

/**
 * Shows the content once it is known who one is, from what was known before if there is something.
 * @param {import('../main.js').App} app
 * @param {(mine: import('../../protocol.d.ts').MyAccount) => void} paint  again after each change
 */
export function onceKnown(app, paint) {
  const { account } = app;
  const state = progress(load);
  const element = h('div', {}, state.element);
  let painted = /** @type {any} */ (null);

  async function load() {
    if (!account.mine) state.say(say.loading);
    try {
      await account.load();
      state.say('');
    } catch (problem) {
      if (!account.mine) state.say(failure(problem, say.failed), true);
    }
  }

  load();
  return {
    element,
    update() {
      if (!account.mine || painted === account.mine) return;
      painted = account.mine;
      paint(account.mine);
    },
  };
}
