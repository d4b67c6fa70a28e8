// @ts-check
import { h } from '/client/app/dom.js';
import { instant } from '../instants.js';
import { paged } from '../loading.js';
import { page } from '../page.js';
import { table } from '../table.js';

/** Whoever is banned for good, exactly as everybody may read it. @param {import('../main.js').Ops} ops */
export function blacklistPage(ops) {
  const listed = table('The public blacklist', [
    { head: 'Name', cell: (one) => h('strong', { dir: 'auto' }, one.name) },
    { head: 'Reason', cell: (one) => h('span', { dir: 'auto' }, one.reason), class: 'wide-cell' },
    { head: 'Banned', cell: (one) => instant(one.banned_at_ms), class: 'tight' },
  ]);
  const list = paged({
    load: () => ops.api.public('/blacklist'),
    into: listed,
    empty: 'Nobody is banned for good.',
  });
  list.refresh();
  return page(
    'Blacklist',
    { about: 'What everybody may read: the names at the time of the ban, and the reasons.' },
    list.element,
  );
}
