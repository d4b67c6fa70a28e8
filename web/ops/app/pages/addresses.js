// @ts-check
import { h } from '/client/app/dom.js';
import { toast } from '/client/app/toast.js';
import { ask } from '../dialog.js';
import { instant } from '../instants.js';
import { userLink } from '../links.js';
import { paged } from '../loading.js';
import { button, page } from '../page.js';
import { table } from '../table.js';

/** Addresses that may not connect. @param {import('../main.js').Ops} ops */
export function addressesPage(ops) {
  const banned = table('Banned addresses', [
    { head: 'Address', cell: (ban) => h('code', {}, ban.cidr), class: 'tight' },
    { head: 'Reason', cell: (ban) => h('span', { dir: 'auto' }, ban.reason), class: 'wide-cell' },
    { head: 'Because of', cell: (ban) => (ban.user_id ? userLink(ban.user_id) : '–') },
    { head: 'Since', cell: (ban) => instant(ban.banned_at_ms), class: 'tight' },
    { head: 'Until', cell: (ban) => instant(ban.expires_at_ms, 'it is lifted'), class: 'tight' },
    { head: '', cell: (ban) => button('Lift', () => lift(ban)) },
  ]);
  const list = paged({
    load: (last) => ops.api.get('/ip-bans', { after: last?.cidr }),
    into: banned,
    empty: 'No address is banned.',
  });

  async function add() {
    const isDone = await ask({
      title: 'Ban an address',
      text: 'Every request from there is refused. IPv6 counts by /64.',
      fields: [
        {
          name: 'cidr',
          label: 'Address or network',
          hint: '203.0.113.7, 203.0.113.0/24, 2001:db8:1:2::/64',
          props: { required: true, spellcheck: 'false' },
        },
        { name: 'reason', label: 'Reason', props: { required: true, maxlength: 1000 } },
        {
          name: 'days',
          label: 'Days',
          hint: 'Nothing: until it is lifted.',
          props: { inputmode: 'decimal', pattern: '[0-9.]*' },
        },
      ],
      act: 'Ban',
      isGrave: true,
      run: ({ cidr, reason, days }) => ops.api.post('/ip-bans', { cidr, reason, ...(days && { days: Number(days) }) }),
    });
    if (!isDone) return;
    toast('The address is banned.');
    list.refresh();
  }

  /** @param {{cidr: string}} ban */
  async function lift({ cidr }) {
    const isDone = await ask({
      title: `Lift the ban of ${cidr}?`,
      act: 'Lift',
      run: () => ops.api.delete('/ip-bans', { cidr }),
    });
    if (!isDone) return;
    toast('The ban is lifted.');
    list.refresh();
  }

  list.refresh();
  return page(
    'Addresses',
    { about: 'Every request from these is refused.', acts: [button('Ban an address', add, 'primary')] },
    list.element,
  );
}
