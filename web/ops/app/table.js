// @ts-check
import { h } from '/client/app/dom.js';

/**
 * @template T
 * @typedef {object} Column
 * @property {string} head
 * @property {(item: T) => Node | string | (Node | string | null | false)[] | null | false} cell
 * @property {string} [class]
 */

/**
 * A table whose rows come page by page. Wide ones are scrolled inside of themselves, by the keyboard too.
 *
 * @template T
 * @param {string} caption  said to those who listen; the page's heading says it to those who see
 * @param {Column<T>[]} columns
 */
export function table(caption, columns) {
  const body = h('tbody', {});
  const heads = columns.map((column) =>
    column.head ? h('th', { scope: 'col' }, column.head) : h('td', { class: 'unheaded' }),
  );
  const element = h(
    'div',
    { class: 'panel scroll', role: 'region', 'aria-label': caption, tabindex: 0, hidden: true },
    h('table', {}, h('caption', { class: 'unseen' }, caption), h('thead', {}, h('tr', {}, heads)), body),
  );
  return {
    element,

    /** @param {T[]} items */
    add(items) {
      for (const item of items)
        body.append(
          h(
            'tr',
            {},
            columns.map((column) => h('td', { class: column.class ?? null }, column.cell(item))),
          ),
        );
      element.hidden = body.children.length === 0;
    },

    clear() {
      body.replaceChildren();
      element.hidden = true;
    },

    get isEmpty() {
      return body.children.length === 0;
    },
  };
}
