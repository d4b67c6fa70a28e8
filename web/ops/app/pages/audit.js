// @ts-check
import { h } from '/client/app/dom.js';
import { instant } from '../instants.js';
import { isId, userLink } from '../links.js';
import { paged } from '../loading.js';
import { page } from '../page.js';
import { table } from '../table.js';
import { plain } from '../words.js';

/** What operators did, newest first. @param {import('../main.js').Ops} ops */
export function auditPage(ops) {
  const acts = table('Acts of operators', [
    { head: 'When', cell: (act) => instant(act.at_ms), class: 'tight' },
    { head: 'Who', cell: (act) => act.admin },
    { head: 'What', cell: (act) => h('strong', {}, plain(act.act)) },
    { head: 'On', cell: (act) => target(act) },
    { head: 'Details', cell: (act) => details(act.detail), class: 'wide-cell' },
    { head: 'From', cell: (act) => act.ip_address ?? '–', class: 'tight' },
  ]);
  const list = paged({
    load: (last) => ops.api.get('/audit', { before: last?.audit_id }),
    into: acts,
    empty: 'Nobody has done anything yet.',
  });
  list.refresh();
  return page('Audit', { about: 'Every act of an operator. Nothing is ever taken out of it.' }, list.element);
}

/** @param {{act: string, target: string | null}} act */
function target({ target: on }) {
  if (!on) return '–';
  return isId(on) ? userLink(on) : h('code', {}, on);
}

/** @param {Record<string, unknown>} detail */
function details(detail) {
  const said = Object.entries(detail).filter(([, value]) => value !== null && value !== '' && String(value) !== '');
  return said.map(([name, value]) =>
    h(
      'span',
      { class: 'detail' },
      `${plain(name)}: `,
      h('b', { dir: 'auto' }, typeof value === 'string' ? value : JSON.stringify(value)),
    ),
  );
}
