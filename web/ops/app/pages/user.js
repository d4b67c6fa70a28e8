// @ts-check
import { h } from '/client/app/dom.js';
import { avatar } from '/client/app/avatar.js';
import { instant, lasting } from '../instants.js';
import { copyable } from '../copy.js';
import { roomLink, userLink } from '../links.js';
import { whole } from '../loading.js';
import { badge, button, facts, page } from '../page.js';
import { review } from '../review.js';
import { table } from '../table.js';
import { plain } from '../words.js';
import { banSomebody, decided, verdict } from './bans.js';
import { standing } from './reports.js';

/** Everything about a user. @param {import('../main.js').Ops} ops @param {string} userId */
export function userPage(ops, userId) {
  const looking = whole(
    () => ops.api.get(`/users/${encodeURIComponent(userId)}`),
    paint,
    'There is no such user, or no longer.',
  );

  /** @param {any} found @returns {Node[]} */
  function paint(found) {
    const { user } = found;
    const ban = async () => (await banSomebody(ops, user)) && looking.refresh();
    const decide = async () => (await review(ops, user)) && looking.refresh();
    const mayDecide = found.ban_status !== 'none' || found.reports_received > 0;
    return [
      h(
        'section',
        { class: 'panel case' },
        h(
          'header',
          {},
          h('h2', {}, avatar(user), h('span', { dir: 'auto' }, user.name), standing(found.ban_status)),
          h(
            'div',
            { class: 'acts' },
            h('a', { class: 'button secondary small-button', href: `#/explain/${user.user_id}` }, 'Explain …'),
            found.ban_status === 'none' && button('Ban for now', ban),
            mayDecide && button('Decide', decide, 'tinted'),
          ),
        ),
        h('p', {}, copyable(user.user_id, 'the id')),
        found.banned_reason && h('p', { class: 'reason', dir: 'auto' }, found.banned_reason),
      ),
      section('Now', live(found.live)),
      section('Account', account(found)),
      section('Logins', logins(found.logins)),
      section('Meetings', meetings(found.meetings)),
      section('Bans', bans(found.bans)),
    ];
  }

  looking.refresh();
  return page('User', {}, looking.element);
}

/** @param {string} title @param {Node} content */
const section = (title, content) => h('section', { class: 'part' }, h('h2', {}, title), content);

/** @param {any} live */
export function live(live) {
  if (!live) return h('p', { class: 'panel facts' }, 'Redis cannot be asked just now.');
  return facts([
    ['Presence', badge(live.presence, live.presence === 'offline' ? '' : 'good')],
    ['Wishes to meet', live.wish ? 'yes' : 'no'],
    ['Admitted', live.is_admitted ? 'yes' : badge('no', 'warn')],
    ['Banned', live.is_banned ? badge('yes', 'bad') : 'no'],
    ['Connections', live.connections],
    ['Room', live.room_id ? roomLink(live.room_id) : 'none'],
    ['Rings', live.invites ? userLink(live.invites) : 'nobody'],
    ['Is rung by', live.ringing],
  ]);
}

/** @param {any} found */
function account({ user, ...found }) {
  const socials = Object.entries(user.socials).map(([platform, handle]) => `${platform}: ${handle}`);
  return facts([
    ['Kind', user.account_type],
    ['E-mail', found.email],
    ['Gender', user.gender],
    ['Paid', plain(user.paid_status)],
    ['Since', instant(found.created_at_ms)],
    ['Expires', instant(found.account_expires_at_ms, 'never')],
    ['Meetings', `${found.session_count}, of which ${found.successful_sessions} count`],
    ['Reports', `${found.reports_received} received, ${found.reports_made} made`],
    ['Vindicated', instant(found.vindicated_at_ms, 'never')],
    ['Socials', h('span', { dir: 'auto' }, socials.join(', ') || '–')],
  ]);
}

/** @param {any[]} items */
function logins(items) {
  return rows('Logins', items, 'Never logged in.', [
    { head: 'Begun', cell: (login) => instant(login.created_at_ms), class: 'tight' },
    { head: 'Last seen', cell: (login) => instant(login.last_active_at_ms), class: 'tight' },
    {
      head: 'State',
      cell: (login) => (login.is_active ? badge('active', 'good') : badge(plain(login.ended_why ?? 'over'))),
    },
    { head: 'From', cell: (login) => login.ip_address ?? '–', class: 'tight' },
    { head: 'Device', cell: (login) => login.device ?? '–', class: 'wide-cell' },
  ]);
}

/** @param {any[]} items */
function meetings(items) {
  return rows('Meetings', items, 'No meeting is recorded.', [
    { head: 'Begun', cell: (meeting) => roomLink(meeting.room_id, instant(meeting.started_at_ms)), class: 'tight' },
    { head: 'With', cell: (meeting) => userLink(meeting.partner.user_id, meeting.partner.name), class: 'name-cell' },
    { head: 'Kind', cell: (meeting) => (meeting.mode === 'video' ? 'Video call' : 'Chat') },
    { head: 'Length', cell: (meeting) => lasting(meeting.seconds), class: 'tight' },
    { head: 'End', cell: (meeting) => plain(meeting.reason) },
    { head: 'Messages', cell: (meeting) => String(meeting.message_count) },
  ]);
}

/** @param {any[]} items */
function bans(items) {
  return rows('Bans', items, 'Never banned.', [
    { head: 'Since', cell: (ban) => instant(ban.banned_at_ms), class: 'tight' },
    { head: 'State', cell: (ban) => verdict(ban), class: 'tight' },
    { head: 'Reason', cell: (ban) => h('span', { dir: 'auto' }, ban.reason), class: 'wide-cell' },
    { head: 'Decided', cell: (ban) => decided(ban), class: 'wide-cell' },
  ]);
}

/**
 * @param {string} caption @param {any[]} items @param {string} empty
 * @param {import('../table.js').Column<any>[]} columns
 */
function rows(caption, items, empty, columns) {
  const shown = table(caption, columns);
  shown.add(items);
  return shown.isEmpty ? h('p', { class: 'about' }, empty) : shown.element;
}
