// @ts-check
import { h } from '/client/app/dom.js';
import { toast } from '/client/app/toast.js';
import { ask } from '../dialog.js';
import { instant } from '../instants.js';
import { paged } from '../loading.js';
import { badge, button, page } from '../page.js';
import { table } from '../table.js';

/** The processes that run: nodes, which can be drained, and workers. @param {import('../main.js').Ops} ops */
export function nodesPage(ops) {
  const processes = table('Processes', [
    { head: 'Name', cell: (each) => h('strong', {}, each.name), class: 'tight' },
    { head: 'Kind', cell: (each) => (each.kind === 'web' ? 'node' : 'worker') },
    {
      head: 'State',
      cell: (each) => (each.is_draining ? badge('draining', 'warn') : badge('up', 'good')),
      class: 'tight',
    },
    { head: 'Connections', cell: (each) => (each.kind === 'web' ? String(each.connections) : '–') },
    { head: 'Since', cell: (each) => instant(each.since_ms), class: 'tight' },
    { head: 'Lease until', cell: (each) => instant(each.lease_ends_at_ms), class: 'tight' },
    { head: 'Metrics', cell: (each) => h('code', {}, each.address), class: 'tight' },
    { head: '', cell: (each) => each.kind === 'web' && !each.is_draining && button('Drain', () => drain(each)) },
  ]);
  const list = paged({ load: () => ops.api.get('/nodes'), into: processes, empty: 'Nothing is known to run.' });

  /** @param {{id: string, name: string}} node */
  async function drain({ id, name }) {
    const isDone = await ask({
      title: `Drain ${name}?`,
      text: 'It takes nobody new, sends everybody to other nodes, and ends. Meetings go on.',
      act: 'Drain',
      isGrave: true,
      run: () => ops.api.post(`/nodes/${encodeURIComponent(id)}/drain`),
    });
    if (!isDone) return;
    toast(`${name} drains.`);
    list.refresh();
  }

  list.refresh();
  return page(
    'Nodes',
    { about: 'The processes that hold a lease.', acts: [button('Look again', () => list.refresh())] },
    list.element,
  );
}
