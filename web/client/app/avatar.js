// @ts-check
import { h } from './dom.js';
import { hue, initial } from './format.js';

/** Somebody's picture, or the first letter on a colour that stays the same. The name stands beside it in words.
 * @param {{user_id: string | null, name: string, selfie_url?: string | null}} person @param {string} [className] */
export function avatar(person, className = '') {
  const element = h(
    'span',
    { class: `avatar hue-${hue(person.user_id)} ${className}`, 'aria-hidden': 'true' },
    initial(person.name),
  );
  if (person.selfie_url) {
    element.append(
      h('img', {
        src: person.selfie_url,
        alt: '',
        loading: 'lazy',
        decoding: 'async',
        onerror: (/** @type {Event} */ event) => /** @type {Element} */ (event.target).remove(),
      }),
    );
  }
  return element;
}
