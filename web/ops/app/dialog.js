// @ts-check
import { h, write } from '/client/app/dom.js';
import { field } from './fields.js';
import { refusal } from './words.js';

/**
 * Asks before something is done, and does it while it is open: what is refused is read where it was asked.
 *
 * @param {{
 *   title: string,
 *   text?: string | Node,
 *   fields?: import('./fields.js').Asked[],
 *   act: string,
 *   isGrave?: boolean,
 *   run: (values: Record<string, string>) => Promise<unknown>,
 * }} what
 * @returns {Promise<boolean>}  whether it was done
 */
export function ask({ title, text, fields = [], act, isGrave = false, run }) {
  const inputs = fields.map(field);
  const error = h('p', { class: 'error', role: 'alert' });
  const doIt = h('button', { class: isGrave ? 'primary grave' : 'primary', type: 'submit' }, act);
  const cancel = h('button', { class: 'quiet-button', type: 'button', onclick: () => dialog.close() }, 'Cancel');
  const form = h(
    'form',
    { class: 'sheet', onsubmit: submit },
    h('h2', { id: 'asking' }, title),
    text && (typeof text === 'string' ? h('p', { class: 'about' }, text) : text),
    inputs.map((each) => each.element),
    error,
    h('div', { class: 'acts' }, cancel, doIt),
  );
  const dialog = h('dialog', { 'aria-labelledby': 'asking' }, form);
  let isDone = false;

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (doIt.disabled) return;
    doIt.disabled = true;
    write(error, '');
    try {
      await run(Object.fromEntries(inputs.map((each) => [each.name, each.value])));
      isDone = true;
      dialog.close();
    } catch (problem) {
      write(error, refusal(problem));
    } finally {
      doIt.disabled = false;
    }
  }

  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(isDone);
    });
    document.body.append(dialog);
    dialog.showModal();
    if (inputs.length === 0) cancel.focus(); // Enter alone does nothing grave
  });
}
