// @ts-check
import { h } from '../dom.js';
import { flame } from '../flame.js';
import { banReason, turnedAway as say } from '../strings.js';

/** The server has closed the door, and the page does not knock again by itself.
 * @param {import('../main.js').App} app @param {number} code @param {string | null} reason  of a ban */
export function turnedAwayPage(app, code, reason) {
  const words = /** @type {any} */ (say)[code] ?? say.other;
  const art = flame('medium');
  art.burn('out', 0);
  const acts = { signIn: () => app.forget(), reload: () => location.reload(), again: () => app.comeBack() };
  return {
    title: words.title,
    element: h(
      'div',
      { class: 'page aside-note' },
      art.element,
      h('h1', {}, words.title),
      h('p', {}, words.text),
      reason && h('p', { class: 'quiet' }, banReason(reason)),
      words.button &&
        h(
          'button',
          { class: 'primary', type: 'button', onclick: () => /** @type {any} */ (acts)[words.act]() },
          words.button,
        ),
    ),
  };
}
