// @ts-check
import { h } from '/client/app/dom.js';
import { toast } from '/client/app/toast.js';
import { ask } from '../dialog.js';
import { instant } from '../instants.js';
import { userLink } from '../links.js';
import { paged } from '../loading.js';
import { badge, button, page, states } from '../page.js';
import { review } from '../review.js';
import { table } from '../table.js';

/** Bans and what was decided about them. @param {import('../main.js').Ops} ops @param {string} [state] */
export function bansPage(ops, state = 'all') {
  /** @param {any} ban @returns {HTMLElement} */
  const decide = (ban) => button('Decide', async () => (await review(ops, ban)) && list.refresh(), 'tinted');
  const bans = table('Bans', [
    { head: 'Who', cell: (ban) => userLink(ban.user_id, ban.name), class: 'name-cell' },
    { head: 'State', cell: (ban) => [verdict(ban), waits(ban) && decide(ban)], class: 'tight stacked' },
    { head: 'Since', cell: (ban) => instant(ban.banned_at_ms), class: 'tight' },
    { head: 'Reason', cell: (ban) => h('span', { dir: 'auto' }, ban.reason), class: 'wide-cell' },
    { head: 'Reports', cell: (ban) => String(ban.report_count) },
    { head: 'Decided', cell: (ban) => decided(ban), class: 'wide-cell' },
  ]);
  const list = paged({
    load: (last) => ops.api.get('/bans', { state, before: last?.ban_id }),
    into: bans,
    empty: state === 'pending' ? 'Nobody waits for a decision.' : 'Nobody was ever banned.',
  });
  const make = async () => (await banSomebody(ops)) && list.refresh();
  list.refresh();
  return page(
    'Bans',
    {
      about: 'Felt everywhere within a second; tokens are kept, should the review vindicate.',
      acts: [
        states('bans', state, { all: 'All', pending: 'Waiting', reviewed: 'Decided' }),
        button('Ban somebody', make, 'primary'),
      ],
    },
    list.element,
  );
}

/** Asks whom and why. @param {import('../main.js').Ops} ops @param {{user_id: string, name: string} | null} [user] */
export async function banSomebody(ops, user = null) {
  const whom = { name: 'user_id', label: 'Id of the user', props: { required: true, spellcheck: 'false' } };
  const why = {
    name: 'reason',
    label: 'Reason',
    hint: 'The user reads it, and everybody if the ban is confirmed.',
    isLong: true,
    props: { required: true, maxlength: 1000 },
  };
  const isDone = await ask({
    title: user ? `Ban ${user.name}` : 'Ban somebody',
    text: 'Whatever goes on ends at once. It stays so until a decision: for good, or vindicated.',
    fields: user ? [why] : [whom, why],
    act: 'Ban',
    isGrave: true,
    run: ({ user_id, reason }) => ops.api.post('/bans', { user_id: user?.user_id ?? user_id, reason }),
  });
  if (isDone) toast(`${user?.name ?? 'The user'} is banned.`);
  return isDone;
}

/** @param {{review_status: string}} ban */
const waits = ({ review_status }) => review_status === 'pending';

/** @param {{review_status: string}} ban */
export function verdict({ review_status }) {
  if (review_status === 'pending') return badge('waits for a decision', 'warn');
  return review_status === 'reviewed_vindicate' ? badge('vindicated', 'good') : badge('banned for good', 'bad');
}

/** @param {any} ban */
export function decided({ reviewed_at_ms, reviewed_by, note }) {
  if (reviewed_at_ms === null) return '–';
  return [
    instant(reviewed_at_ms),
    h('span', { class: 'detail' }, 'by ', h('b', {}, reviewed_by)),
    note && h('span', { class: 'detail' }, 'Note: ', h('b', { dir: 'auto' }, note)),
  ];
}
