// @ts-check
import { avatar } from '../avatar.js';
import { chatLog, linesOf } from '../chat-log.js';
import { h, icon, show, write } from '../dom.js';
import { keepAwayButtons } from '../keep-away.js';
import { clockTime, dayName, minutes, timeOfDay } from '../format.js';
import { failure, progress } from '../progress.js';
import { history as say } from '../strings.js';

const PAGE_SIZE = 30;

/** @param {{name: string, user_id: string | null}} partner */
const nameOf = (partner) => (partner.user_id === null ? say.deletedUser : partner.name);

/** Past meetings, newest first. @param {import('../main.js').App} app */
export function historyPage(app) {
  const list = h('div', { class: 'meetings' });
  const state = progress(load);
  const more = h('button', { class: 'quiet-button', type: 'button', hidden: true, onclick: load }, say.more);
  /** @type {number | null} */
  let before = null;
  let day = '';
  /** @type {HTMLUListElement | null} */
  let items = null;

  async function load() {
    more.hidden = true;
    state.say(say.loading);
    try {
      const page = await app.api.history(before, PAGE_SIZE);
      for (const item of page.items) add(item);
      before = page.items.at(-1)?.started_at_ms ?? before;
      state.say(list.children.length === 0 ? say.empty : '');
      show(more, page.more);
    } catch (problem) {
      state.say(failure(problem, say.failed), true);
    }
  }

  /** @param {any} item */
  function add(item) {
    const name = dayName(item.started_at_ms);
    if (name !== day || !items) {
      day = name;
      items = h('ul', {});
      list.append(h('section', {}, h('h2', {}, name), items));
    }
    items.append(
      h(
        'li',
        {},
        h(
          'a',
          { href: `#/meetings/${item.room_id}`, class: 'meeting' },
          avatar(item.partner),
          h(
            'span',
            { class: 'words' },
            h('strong', {}, nameOf(item.partner)),
            h('span', { class: 'about' }, icon(item.mode === 'video' ? 'video' : 'chat'), facts(item)),
          ),
          h('time', {}, timeOfDay(item.started_at_ms)),
        ),
      ),
    );
  }

  load();
  return {
    title: say.title,
    element: h(
      'div',
      { class: 'page history' },
      h('div', { class: 'heading' }, h('h1', {}, say.title)),
      list,
      state.element,
      h('div', { class: 'onward' }, more),
    ),
  };
}

/** One meeting, to be read again. @param {import('../main.js').App} app @param {string} roomId */
export function meetingPage(app, roomId) {
  const title = h('h1', {}, say.title);
  const about = h('p', { class: 'about' });
  const state = progress(load);
  const log = chatLog({ label: say.title });
  log.element.hidden = true;
  /** @type {{user_id: string | null, name: string}} */
  let partner = { user_id: null, name: '' };
  const keepAway = keepAwayButtons(
    app,
    () => partner,
    () => roomId,
  );
  keepAway.hidden = true;
  const page = {
    title: say.title,
    element: h(
      'div',
      { class: 'page meeting-page' },
      h('a', { class: 'back', href: '#/meetings' }, icon('back'), say.back),
      h('div', { class: 'heading' }, title, about),
      state.element,
      log.element,
      keepAway,
    ),
  };

  async function load() {
    state.say(say.loading);
    try {
      const meeting = await app.api.meeting(roomId);
      const name = nameOf(meeting.partner);
      partner = meeting.partner;
      show(keepAway, partner.user_id !== null);
      page.title = name;
      app.paintTitle();
      write(title, name);
      write(about, `${clockTime(meeting.started_at_ms)} · ${facts(meeting)}`);
      log.element.hidden = meeting.messages.length === 0;
      log.update(linesOf(meeting.messages, app.session?.myId ?? ''), { name });
      state.say(meeting.messages.length === 0 ? say.silent : '');
    } catch (problem) {
      const isGone = /** @type {any} */ (problem).status === 404;
      state.say(isGone ? say.gone : failure(problem, say.failed), !isGone);
    }
  }

  load();
  return page;
}

/** @param {any} item */
function facts(item) {
  const mode = /** @type {any} */ (say.modes)[item.mode];
  return [mode, minutes(item.seconds), say.messages(item.message_count), say.reason(item.reason)]
    .filter(Boolean)
    .join(' · ');
}
