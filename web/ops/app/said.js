// @ts-check
import { h } from '/client/app/dom.js';
import { timeOf } from './instants.js';

/**
 * A conversation as evidence: every word is text, whatever it looks like.
 *
 * @param {{seq: number, from: string, kind: string, body: any, sent_at_ms: number}[]} messages
 * @param {(userId: string) => string} nameOf
 * @param {string} [reported]  whose lines are marked
 */
export function said(messages, nameOf, reported = '') {
  return h(
    'ol',
    { class: 'said' },
    messages.map((message) =>
      h(
        'li',
        { class: message.from === reported ? 'reported' : '' },
        timeOf(message.sent_at_ms),
        h('span', { class: 'who', dir: 'auto' }, message.kind === 'system' ? 'Cresset' : nameOf(message.from)),
        h('span', { class: 'words', dir: 'auto' }, words(message)),
      ),
    ),
  );
}

/** @param {{kind: string, body: any}} message */
function words({ kind, body }) {
  if (kind === 'text') return body;
  if (kind === 'social' && body && typeof body === 'object')
    return Object.entries(body)
      .map(([platform, handle]) => `${platform}: ${handle}`)
      .join(', ');
  return typeof body === 'string' ? body : JSON.stringify(body);
}
