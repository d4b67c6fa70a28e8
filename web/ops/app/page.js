// @ts-check
import { h } from '/client/app/dom.js';

/**
 * A page: its heading, a word about it, what can be done, and what there is.
 *
 * @param {string} title
 * @param {{about?: string, acts?: (Node | null)[]}} head
 * @param {...Node} children
 * @returns {import('./main.js').Page}
 */
export function page(title, { about = '', acts = [] }, ...children) {
  return {
    title,
    element: h(
      'div',
      { class: 'page' },
      h(
        'div',
        { class: 'heading' },
        h('div', {}, h('h1', { dir: 'auto' }, title), about && h('p', { class: 'about' }, about)),
        h('div', { class: 'acts' }, acts),
      ),
      ...children,
    ),
  };
}

/**
 * A button that stands beside a heading or in a row.
 * @param {string} label
 * @param {() => unknown} go
 * @param {string} [kind]
 */
export const button = (label, go, kind = 'secondary') =>
  h('button', { class: `${kind} small-button`, type: 'button', onclick: go }, label);

/** Facts about one thing: words and values. @param {[string, Node | string | number | null | undefined][]} facts */
export function facts(facts) {
  return h(
    'dl',
    { class: 'facts' },
    ...facts.map(([word, value]) =>
      h('div', {}, h('dt', {}, word), h('dd', {}, value instanceof Node ? value : String(value ?? '–'))),
    ),
  );
}

/**
 * A word with a colour; the word alone says it, too.
 * @param {string} text
 * @param {'good' | 'warn' | 'bad' | ''} [mood]
 */
export const badge = (text, mood = '') => h('span', { class: `badge ${mood}` }, text);

/**
 * Which of a list is shown; each choice has an address of its own.
 * @param {string} place
 * @param {string} now
 * @param {Record<string, string>} choices  the first is what the bare address shows
 */
export function states(place, now, choices) {
  const [usual] = Object.keys(choices);
  return h(
    'nav',
    { class: 'states', 'aria-label': 'Which are shown' },
    Object.entries(choices).map(([state, label]) =>
      h(
        'a',
        { href: state === usual ? `#/${place}` : `#/${place}/${state}`, 'aria-current': state === now ? 'true' : null },
        label,
      ),
    ),
  );
}
