// @ts-check
import { h, icon } from './dom.js';
import { form } from './form.js';
import { you } from './strings.js';

/** Dialogs that live only while they are open. They go by themselves when the screen changes under them. */

/**
 * @param {{title: string, className?: string}} options
 * @param {...Node} children
 */
export function sheet({ title, className = '' }, ...children) {
  const element = h(
    'dialog',
    { class: `sheet passing ${className}`, 'aria-labelledby': 'sheet-title', onclose: () => element.remove() },
    h('h2', { id: 'sheet-title', tabindex: -1, autofocus: true }, title),
    ...children,
  );
  closeSheets();
  document.getElementById('app')?.append(element);
  element.showModal();
  return element;
}

/** Closes whatever is open: the page it belongs to is gone. */
export function closeSheets() {
  for (const open of /** @type {NodeListOf<HTMLDialogElement>} */ (document.querySelectorAll('dialog.passing'))) {
    open.close();
    open.remove(); // its close event comes later, and the next dialog has the same ids
  }
}

/**
 * Asks before something that cannot be undone easily; what is done happens inside, so that a refusal is said there.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {string[]} options.text
 * @param {string} options.yes
 * @param {string} [options.busy]
 * @param {string} [options.no]
 * @param {Node[]} [options.parts]  what has to be filled in
 * @param {() => Promise<void>} options.act  raises Wrong or a refusal, and the dialog stays
 */
export function ask({ title, text, yes, busy = yes, no = you.cancel, parts = [], act }) {
  const cancel = h('button', { class: 'secondary', type: 'button', onclick: () => dialog.close() }, no);
  const { element, button } = form({
    label: yes,
    busy,
    parts: [...text.filter(Boolean).map((words) => h('p', { class: 'hint' }, words)), ...parts],
    async send() {
      await act();
      dialog.close();
    },
  });
  element.append(h('div', { class: 'acts' }, cancel, button));
  const dialog = sheet({ title, className: 'small' }, element);
  return dialog;
}

/** The cross in the corner. @param {() => HTMLDialogElement} dialog @param {string} words */
export const closeButton = (dialog, words) =>
  h(
    'button',
    { class: 'icon-button corner', type: 'button', 'aria-label': words, onclick: () => dialog().close() },
    icon('close'),
  );
