// @ts-check
import { h } from '/client/app/dom.js';
import { toast } from '/client/app/toast.js';

/**
 * Something short to be taken elsewhere: shown, and copied when pressed.
 * @param {string} text
 * @param {string} [what]
 */
export function copyable(text, what = text) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast('Copied.');
    } catch {
      toast('This browser does not let pages copy here; select it instead.'); // not over HTTPS, or not permitted
    }
  };
  return h(
    'span',
    { class: 'copyable' },
    h('code', {}, text),
    h('button', { class: 'link', type: 'button', 'aria-label': `Copy ${what}`, onclick: copy }, 'Copy'),
  );
}
