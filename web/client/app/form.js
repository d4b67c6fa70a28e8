// @ts-check
import { h, refocus, set, write } from './dom.js';
import { refusal } from './strings.js';

/** What is wrong with what was typed, and where. */
export class Wrong extends Error {
  /** @param {string} words @param {HTMLElement} [input] */
  constructor(words, input) {
    super(words);
    this.input = input;
  }
}

/** What the server does not find is what was typed here.
 * @template T
 * @param {Promise<T>} asking @param {string} words @param {HTMLElement} input @returns {Promise<T>} */
export const orUnknown = (asking, words, input) =>
  asking.catch((problem) => {
    throw problem.status === 404 ? new Wrong(words, input) : problem;
  });

/**
 * One labelled input.
 * @param {{id: string, label: string, hint?: string} & Record<string, any>} options  the rest are attributes
 */
export function field({ id, label, hint = '', ...attributes }) {
  const input = h('input', { id, name: id, 'aria-describedby': hint ? `${id}-hint` : null, ...attributes });
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    input,
    hint && h('p', { id: `${id}-hint`, class: 'hint' }, hint),
  );
  return { element, input };
}

/**
 * Choosing one of a few words.
 * @param {{name: string, legend: string, choices: Record<string, string>, chosen: string}} options
 */
export function choices({ name, legend, choices: all, chosen }) {
  return h(
    'fieldset',
    { class: 'choices' },
    h('legend', {}, legend),
    Object.entries(all).map(([value, text]) =>
      h(
        'label',
        { class: 'choice' },
        h('input', { type: 'radio', name, value, checked: value === chosen }),
        h('span', {}, text),
      ),
    ),
  );
}

/**
 * A form that is sent once at a time and says what is wrong.
 *
 * @param {object} options
 * @param {string} options.label  of its button
 * @param {string} options.busy  of its button, meanwhile
 * @param {(Node | null | false)[]} options.parts  between the top and the button
 * @param {(data: FormData) => Promise<void>} options.send  raises Wrong, or what the server refused with
 * @param {string} [options.className]
 * @param {string} [options.buttonClass]
 * @param {Record<string, any>} [options.attributes]
 * @param {Node[]} [options.below]  after the button
 */
export function form({
  label,
  busy,
  parts,
  send,
  className = '',
  buttonClass = 'primary',
  attributes = {},
  below = [],
}) {
  const error = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { class: buttonClass, type: 'submit' }, label);
  const element = h(
    'form',
    { class: className, novalidate: true, onsubmit: submit, ...attributes },
    ...parts,
    error,
    button,
    ...below,
  );

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (button.disabled) return;
    write(error, '');
    for (const input of element.querySelectorAll('[aria-invalid]')) set(input, { 'aria-invalid': null });
    button.disabled = true;
    write(button, busy);
    try {
      await send(new FormData(element));
    } catch (problem) {
      complain(problem);
    } finally {
      button.disabled = false;
      write(button, label);
      refocus(button);
    }
  }

  /** @param {any} problem */
  function complain(problem) {
    if (!(problem instanceof Wrong) && !problem.code) throw problem;
    write(error, problem instanceof Wrong ? problem.message : refusal(problem));
    if (!(problem instanceof Wrong) || !problem.input) return;
    set(problem.input, { 'aria-invalid': 'true' });
    problem.input.focus();
  }

  return { element, button };
}
