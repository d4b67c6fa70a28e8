// @ts-check
import { h, write } from '/client/app/dom.js';
import { field } from '../fields.js';
import { instant } from '../instants.js';
import { isId, userLink } from '../links.js';
import { whole } from '../loading.js';
import { badge, page } from '../page.js';
import { live } from './user.js';

/** What an invite would be refused with, in the order in which it is asked. @type {Record<string, string>} */
const BECAUSE = {
  invalid_target: 'Nobody can invite himself.',
  user_not_found: 'Redis has never heard of one of them.',
  not_admitted: 'The caller has not been let in: ACCESS=code, and neither paid nor by a code.',
  already_inviting: 'The caller rings somebody else.',
  busy: 'One of them is in a room.',
  reciprocal_pending: 'The callee rings the caller, in the other mode; that waits for an answer.',
  offline: 'The callee is away, does not wish to meet, is banned, or one has blocked the other.',
  cooldown: 'They have met, and may not meet again yet.',
};

/** Why one cannot meet the other. @param {import('../main.js').Ops} ops @param {string} [a] @param {string} [b] */
export function explainPage(ops, a = '', b = '') {
  const ids = { required: true, spellcheck: 'false' };
  const caller = field({ name: 'a', label: 'May this user', props: { ...ids, value: a } });
  const callee = field({ name: 'b', label: 'invite this one?', props: { ...ids, value: b } });
  const error = h('p', { class: 'error', role: 'alert' });

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const wrong = [caller, callee].find(({ value }) => !isId(value));
    write(error, wrong ? 'Both are ids of users.' : '');
    if (wrong) wrong.input.focus();
    else if (location.hash === `#/explain/${caller.value}/${callee.value}`) looking.refresh();
    else location.hash = `#/explain/${caller.value}/${callee.value}`;
  }

  const looking = whole(() => ops.api.get('/explain', { a, b }), paint, 'One of them is no user, or no longer.');
  if (a && b) looking.refresh();
  return page(
    'Explain',
    { about: 'Why two people can or cannot meet now.' },
    h(
      'form',
      { class: 'panel inline-form', novalidate: true, onsubmit: submit },
      caller.element,
      callee.element,
      h('button', { class: 'primary', type: 'submit' }, 'Explain'),
      error,
    ),
    looking.element,
  );
}

/** @param {any} found */
function paint(found) {
  const { can_invite, refusal, block, cooldown_ends_at_ms } = found;
  return [
    h(
      'section',
      { class: 'panel case', role: 'status' },
      h(
        'h2',
        {},
        can_invite ? badge('yes', 'good') : badge(refusal, 'bad'),
        can_invite ? 'An invite would ring.' : (BECAUSE[refusal] ?? ''),
      ),
      h(
        'ul',
        {},
        h(
          'li',
          {},
          block === null
            ? 'No block between them.'
            : block === 'hand'
              ? 'One has blocked the other by hand.'
              : 'One has reported the other; that blocks for ever.',
        ),
        cooldown_ends_at_ms
          ? h('li', {}, 'They may meet again from ', instant(cooldown_ends_at_ms), '.')
          : h('li', {}, 'No cooldown between them.'),
      ),
    ),
    ...['a', 'b'].map((name) =>
      h(
        'section',
        { class: 'part' },
        h('h2', {}, name === 'a' ? 'The caller, ' : 'The callee, ', userLink(found[name].user_id, found[name].name)),
        live(found[name]),
      ),
    ),
  ];
}
