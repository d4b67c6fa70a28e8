// @ts-check
import { h, icon, keyed, set, show, write } from './dom.js';
import { timeOfDay } from './format.js';
import { room as say } from './strings.js';

/**
 * A conversation, as bubbles. Used in the room and for reading a meeting again.
 *
 * @typedef {object} Line
 * @property {string} key
 * @property {boolean} mine
 * @property {string} kind
 * @property {any} body
 * @property {number} at
 * @property {'sent' | 'sending' | 'refused'} state
 * @property {string} [clientId]
 * @property {number} [seq]
 */

const TOGETHER_MS = 120_000; // lines of one person within this time stand as one group
const NEAR_PX = 90; // this close to the end counts as reading the end

/** @param {any[]} messages  of the protocol @param {string} myId @returns {Line[]} */
export function linesOf(messages, myId) {
  return messages.map(({ seq, from, kind, body, client_id, sent_at_ms }) => ({
    key: from === myId && client_id ? `me-${client_id}` : `seq-${seq}`,
    mine: from === myId,
    kind,
    body,
    at: sent_at_ms,
    state: 'sent',
    seq,
  }));
}

/** @param {{label: string, onretry?: (clientId: string) => void, onscroll?: () => void}} options */
export function chatLog({ label, onretry = () => {}, onscroll = () => {} }) {
  const list = h('ol', { class: 'lines' });
  const typing = h(
    'p',
    { class: 'typing', 'aria-hidden': 'true', hidden: true },
    h('span', { class: 'dots' }, h('i'), h('i'), h('i')),
    h('span', { class: 'who' }),
  );
  // role=log is live by itself; new lines are announced one by one instead, so that a reload reads nothing out.
  const element = h(
    'div',
    { class: 'log', role: 'log', 'aria-label': label, 'aria-live': 'off', tabindex: 0, onscroll },
    list,
    typing,
  );

  const isNearEnd = () => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
  const toEnd = () => (element.scrollTop = element.scrollHeight);

  /** @param {Line} line */
  function make(line) {
    if (line.kind === 'system')
      return h(
        'li',
        { class: 'system' },
        line.body === 'upgraded' || line.body?.event === 'upgraded' ? say.upgraded : String(line.body),
      );
    const bubble =
      line.kind === 'social' && line.body && typeof line.body === 'object'
        ? h(
            'dl',
            { class: 'bubble social' },
            Object.entries(line.body).map(([platform, handle]) =>
              h('div', {}, h('dt', {}, platform), h('dd', {}, String(handle))),
            ),
          )
        : h('p', { class: 'bubble', dir: 'auto' }, String(line.body));
    return h('li', { class: 'line' }, h('span', { class: 'unseen by' }), bubble, h('p', { class: 'meta' }));
  }

  /**
   * @param {HTMLElement} item
   * @param {Line} line
   * @param {Line | undefined} before
   * @param {Line | undefined} after
   * @param {{name: string, read: number, lastMine: string}} about
   */
  function update(item, line, before, after, { name, read, lastMine }) {
    if (line.kind === 'system') return;
    const joins = (/** @type {Line | undefined} */ other) =>
      other !== undefined &&
      other.kind !== 'system' &&
      other.mine === line.mine &&
      Math.abs(line.at - other.at) < TOGETHER_MS;
    set(item, {
      'data-mine': line.mine,
      'data-state': line.state,
      'data-joined': joins(before),
      'data-joins': joins(after),
    });
    write(/** @type {Element} */ (item.querySelector('.by')), say.by(line.mine ? say.you : name, timeOfDay(line.at)));
    const meta = /** @type {Element} */ (item.querySelector('.meta'));
    const mark =
      line.state === 'refused'
        ? 'refused'
        : line.state === 'sending'
          ? 'sending'
          : line.key === lastMine
            ? (line.seq ?? 0) <= read
              ? 'read'
              : 'delivered'
            : joins(after)
              ? ''
              : 'time';
    if (meta.getAttribute('data-mark') === mark) return;
    meta.setAttribute('data-mark', mark);
    const time = h('time', { 'aria-hidden': 'true' }, timeOfDay(line.at));
    if (mark === '') meta.replaceChildren();
    else if (mark === 'refused')
      meta.replaceChildren(
        say.refused + ' ',
        h('button', { class: 'link', type: 'button', onclick: () => onretry(line.clientId ?? '') }, say.again),
      );
    else if (mark === 'sending') meta.replaceChildren(say.sending);
    else if (mark === 'time') meta.replaceChildren(time);
    else
      meta.replaceChildren(
        time,
        icon(mark === 'read' ? 'checks' : 'check'),
        mark === 'read' ? say.read : h('span', { class: 'unseen' }, say.delivered),
      );
  }

  return {
    element,
    isNearEnd,
    toEnd,

    /** @param {Line[]} lines @param {{name: string, read?: number}} about */
    update(lines, { name, read = 0 }) {
      const wasNearEnd = isNearEnd();
      const fromEnd = element.scrollHeight - element.scrollTop;
      const firstBefore = list.firstElementChild;
      const lastMine =
        lines.findLast((line) => line.mine && line.state === 'sent' && line.kind !== 'system')?.key ?? '';
      keyed(
        list,
        lines,
        (line) => line.key,
        make,
        (item, line, index) => update(item, line, lines[index - 1], lines[index + 1], { name, read, lastMine }),
      );
      if (wasNearEnd) toEnd();
      else if (firstBefore && list.firstElementChild !== firstBefore)
        element.scrollTop = element.scrollHeight - fromEnd; // older ones came above
    },

    /** @param {string} words  who is writing, or nothing */
    typing(words) {
      const wasNearEnd = isNearEnd();
      show(typing, words !== '');
      write(/** @type {Element} */ (typing.querySelector('.who')), words);
      if (wasNearEnd) toEnd();
    },
  };
}
