// @ts-check
import { h, write } from '/client/app/dom.js';
import { field } from '../fields.js';
import { refusal } from '../words.js';

/** @param {import('../main.js').Ops} ops @param {string} note @returns {import('../main.js').Page} */
export function loginPage(ops, note) {
  const name = field({
    name: 'username',
    label: 'Name',
    props: { autocomplete: 'username', required: true, spellcheck: 'false' },
  });
  const password = field({
    name: 'password',
    label: 'Password',
    props: { type: 'password', autocomplete: 'current-password', required: true },
  });
  const error = h('p', { class: 'error', role: 'alert' });
  const enter = h('button', { class: 'primary wide', type: 'submit' }, 'Log in');

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (enter.disabled) return;
    enter.disabled = true;
    write(error, '');
    try {
      await ops.logIn(name.value, password.input.value);
    } catch (problem) {
      const isOff = /** @type {any} */ (problem).code === 'not_found';
      write(error, isOff ? 'No operator is named in the settings of this server (ADMIN_USERNAME).' : refusal(problem));
      password.input.select();
    } finally {
      enter.disabled = false;
    }
  }

  return {
    title: 'Log in',
    element: h(
      'div',
      { class: 'door' },
      h(
        'form',
        { class: 'panel', onsubmit: submit },
        h('img', { src: '/client/art/cresset.svg', alt: '', width: 40, height: 64 }),
        h('h1', {}, 'Operators'),
        note && h('p', { class: 'about' }, note),
        name.element,
        password.element,
        error,
        enter,
      ),
    ),
  };
}
