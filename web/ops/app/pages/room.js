// @ts-check
import { h } from '/client/app/dom.js';
import { copyable } from '../copy.js';
import { instant } from '../instants.js';
import { userLink } from '../links.js';
import { whole } from '../loading.js';
import { badge, facts, page } from '../page.js';
import { table } from '../table.js';
import { plain } from '../words.js';

/** What happened to a room. @param {import('../main.js').Ops} ops @param {string} roomId */
export function roomPage(ops, roomId) {
  const looking = whole(
    () => ops.api.get(`/rooms/${encodeURIComponent(roomId)}/timeline`),
    paint,
    'There is no such room, or no longer.',
  );
  looking.refresh();
  return page('Room', {}, h('p', {}, copyable(roomId, 'the id')), looking.element);
}

/** @param {any} found */
function paint({ room, events }) {
  const shown = table('Timeline', [
    { head: 'When', cell: (event) => instant(event.at_ms), class: 'tight' },
    { head: 'What', cell: (event) => h('strong', {}, plain(event.event)) },
    { head: 'Details', cell: (event) => (event.detail ? h('span', { dir: 'auto' }, plain(event.detail)) : '–') },
    { head: 'Who', cell: (event) => (event.user_id ? who(event.user_id, room) : '–') },
    { head: 'Node', cell: (event) => (event.node ? h('code', {}, event.node) : '–'), class: 'wide-cell' },
  ]);
  shown.add(events);
  return [
    room ? about(room) : h('p', { class: 'about' }, 'The room is over for more than an hour; this is what is left.'),
    shown.element,
  ];
}

/** @param {any} room */
function about(room) {
  return facts([
    ['State', badge(plain(room.status), room.status === 'active' ? 'good' : room.status === 'ended' ? '' : 'warn')],
    ['Kind', room.mode === 'video' ? 'Video call' : 'Chat'],
    ['Caller', userLink(room.user_1)],
    ['Callee', userLink(room.user_2)],
    ['Opened', instant(room.opened_at_ms)],
    ['Started', instant(room.started_at_ms, 'not yet')],
    ['Ended', instant(room.ended_at_ms, 'not yet')],
    ['Reason', room.reason ? plain(room.reason) : '–'],
  ]);
}

/** @param {string} userId @param {any} room */
function who(userId, room) {
  const role = userId === room?.user_1 ? 'caller' : userId === room?.user_2 ? 'callee' : null;
  return userLink(userId, role);
}
