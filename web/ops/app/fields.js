// @ts-check
import { h } from '/client/app/dom.js';

/**
 * @typedef {object} Asked
 * @property {string} name
 * @property {string} label
 * @property {string} [hint]
 * @property {boolean} [isLong]  several lines
 * @property {Record<string, any>} [props]  attributes of the input
 */

let fields = 0;

/** A labelled input. @param {Asked} asked */
export function field({ name, label, hint, isLong = false, props = {} }) {
  const id = `field-${++fields}`;
  const attributes = { id, name, 'aria-describedby': hint ? `${id}-hint` : null, autocomplete: 'off', ...props };
  const input = isLong ? h('textarea', { rows: 3, ...attributes }) : h('input', { type: 'text', ...attributes });
  return {
    name,
    input,
    element: h(
      'div',
      { class: 'field' },
      h('label', { for: id }, label),
      input,
      hint && h('p', { class: 'hint', id: `${id}-hint` }, hint),
    ),
    get value() {
      return input.value.trim();
    },
  };
}
