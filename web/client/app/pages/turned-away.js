// @ts-check
import { h } from '../dom.js';
import { flame } from '../flame.js';
import { banReason, toBlacklist, turnedAway as say } from '../strings.js';

const BANNED = 4503;

/** The server has closed the door, and the page does not knock again by itself.
 * @param {import('../main.js').App} app @param {number} code @param {string | null} reason  of a ban */
export function turnedAwayPage(app, code, reason) {
  const words = /** @type {any} */ (say)[code] ?? say.other;
  const art = flame('medium');
  art.burn('out', 0);
  const acts = {
    signIn: () => app.forget(),
    logIn: () => app.forget('#/login'),
    reload: () => location.reload(),
    again: () => app.comeBack(),
  };
  return {
    title: words.title,
    element: h(
      'div',
      { class: 'page aside-note' },
      art.element,
      h('h1', {}, words.title),
      reason && h('p', { class: 'reason' }, banReason(reason)),
      h('p', {}, words.text),
      h(
        'button',
        { class: 'primary', type: 'button', onclick: () => /** @type {any} */ (acts)[words.act]() },
        words.button,
      ),
      code === BANNED && h('a', { href: '#/blacklist' }, toBlacklist),
    ),
  };
}
