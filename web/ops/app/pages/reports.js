// @ts-check
import { h, keyed } from '/client/app/dom.js';
import { instant, lasting } from '../instants.js';
import { roomLink, userLink } from '../links.js';
import { paged } from '../loading.js';
import { badge, button, page, states } from '../page.js';
import { review } from '../review.js';
import { said } from '../said.js';
import { banSomebody } from './bans.js';

const EMPTY = /** @type {Record<string, string>} */ ({
  pending: 'Nobody waits for a decision.',
  reviewed: 'Nothing has been decided yet.',
  all: 'Nobody was ever reported.',
});

/**
 * Reports and their evidence, those about one user together: one decides about people.
 *
 * @param {import('../main.js').Ops} ops
 * @param {string} [state]
 */
export function reportsPage(ops, state = 'pending') {
  const cases = h('div', { class: 'cases' });
  /** @type {any[][]} */
  let users = [];

  function paint() {
    keyed(
      cases,
      users,
      ([first]) => first.reported.user_id,
      () => h('article', { class: 'panel case' }),
      (element, reports) => element.replaceChildren(...oneCase(reports)),
    );
  }

  const list = paged({
    load: (last) => ops.api.get('/reports', { state, before: last?.report_id }),
    into: {
      element: cases,
      add(reports) {
        for (const report of reports) {
          const known = users.find(([first]) => first.reported.user_id === report.reported.user_id);
          if (known) known.push(report);
          else users.push([report]);
        }
        paint();
      },
      clear() {
        users = [];
        paint();
      },
      get isEmpty() {
        return users.length === 0;
      },
    },
    empty: EMPTY[state],
  });

  /** @param {any[]} reports */
  function oneCase(reports) {
    const [{ reported, profile, ban_status, counting }] = reports;
    const user = { user_id: reported.user_id, name: reported.name ?? profile.name };
    const decide = async () => (await review(ops, user)) && list.refresh();
    const ban = async () => (await banSomebody(ops, user)) && list.refresh();
    return [
      h(
        'header',
        {},
        h(
          'h2',
          {},
          userLink(user.user_id, user.name),
          standing(ban_status),
          h('span', { class: 'about' }, counting === 1 ? '1 reporter counts' : `${counting} reporters count`),
        ),
        h(
          'div',
          { class: 'acts' },
          ban_status === 'none' && button('Ban for now', ban),
          button('Decide', decide, 'tinted'),
        ),
      ),
      ...reports.map(report),
    ];
  }

  list.refresh();
  return page(
    'Reports',
    {
      about: 'What people say of whom they met, with the last words of the meeting.',
      acts: [states('reports', state, { pending: 'Waiting', reviewed: 'Decided', all: 'All' })],
    },
    list.element,
  );
}

/** @param {string} status */
export function standing(status) {
  if (status === 'none') return badge('not banned');
  return status === 'temporary' ? badge('banned for now', 'warn') : badge('banned for good', 'bad');
}

/** @param {any} item */
function report({ reporter, reported, reason, created_at_ms, reviewed_at_ms, evidence, profile }) {
  const names = new Map([
    [reporter.user_id, reporter.name ?? 'reporter'],
    [reported.user_id, profile.name],
  ]);
  const { room_id, mode, started_at_ms, seconds, messages } = evidence;
  return h(
    'section',
    { class: 'report' },
    h('p', { class: 'reason', dir: 'auto' }, reason),
    h(
      'p',
      { class: 'about' },
      'By ',
      userLink(reporter.user_id, reporter.name),
      ', ',
      instant(created_at_ms),
      reviewed_at_ms ? [', decided ', instant(reviewed_at_ms)] : null,
    ),
    h(
      'p',
      { class: 'about' },
      mode === 'video' ? 'Video call ' : 'Chat ',
      roomLink(room_id),
      ' of ',
      instant(started_at_ms),
      `, ${lasting(seconds)}. Name at that time: `,
      h('b', { dir: 'auto' }, profile.name),
      socials(profile.socials),
    ),
    messages.length === 0
      ? h('p', { class: 'about' }, 'Nothing was written.')
      : h(
          'details',
          { open: messages.length <= 10 },
          h('summary', {}, messages.length === 1 ? 'One message' : `${messages.length} messages`),
          said(messages, (id) => names.get(id) ?? 'somebody', reported.user_id),
        ),
  );
}

/** @param {Record<string, string>} all */
function socials(all) {
  const said = Object.entries(all ?? {}).map(([platform, handle]) => `${platform}: ${handle}`);
  return said.length ? h('span', { dir: 'auto' }, ` (${said.join(', ')})`) : null;
}
