// @ts-check
import { h, icon } from './dom.js';
import { share as say } from './strings.js';
import { toast } from './toast.js';

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(say.copied);
  } catch {
    toast(say.notCopied);
  }
}

/**
 * A link to be given to somebody: to be seen, copied, and handed to whatever the device shares with.
 * @param {{url: string, title: string}} what
 */
export function shareLink({ url, title }) {
  const shown = h('input', {
    id: 'share-link',
    type: 'text',
    readonly: true,
    value: url,
    'aria-label': say.link,
    onfocus: () => shown.select(),
  });
  const mayShare = typeof navigator.share === 'function';
  const pass = () => navigator.share({ title, url }).catch(() => {}); // whoever thinks better of it is no error
  return h(
    'div',
    { class: 'share' },
    shown,
    h(
      'div',
      { class: 'acts' },
      h('button', { class: 'tinted', type: 'button', onclick: () => copy(url) }, icon('copy'), say.copy),
      mayShare && h('button', { class: 'secondary', type: 'button', onclick: pass }, icon('share'), say.share),
    ),
  );
}
