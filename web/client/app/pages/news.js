// @ts-check
import { avatar } from '../avatar.js';
import { h, icon, keyed, refocus, set, show } from '../dom.js';
import { clockTime } from '../format.js';
import { failure, progress } from '../progress.js';
import { history, news as say, refusal, you } from '../strings.js';
import { toast } from '../toast.js';

/** What others did for one. @param {import('../main.js').App} app @param {import('../../lib/session.js').Session} session
 * @returns {import('../main.js').Page} */
export function newsPage(app, session) {
  const { notices } = session;
  const list = h('ul', { class: 'names panel' });
  const state = progress(load);
  const all = h('button', { class: 'quiet-button', type: 'button', onclick: readAll }, icon('checks'), say.readAll);

  async function load() {
    if (notices.items.length === 0) state.say(you.loading);
    try {
      await notices.load(app.api);
      state.say(notices.items.length === 0 ? say.empty : '');
    } catch (problem) {
      state.say(failure(problem, you.failed), true);
    }
    session.changed();
  }

  /** @param {string} id */
  async function read(id) {
    const reading = notices.read(app.api, id);
    session.changed();
    try {
      await reading;
    } catch (problem) {
      toast(refusal(/** @type {any} */ (problem)));
    }
    session.changed();
    refocus();
  }

  async function readAll() {
    for (const { notification_id, read: isRead } of notices.items) if (!isRead) await read(notification_id);
  }

  /** @param {any} item */
  function make(item) {
    const name = item.user_id === null ? history.deletedUser : item.name;
    return h(
      'li',
      {},
      avatar({ user_id: item.user_id, name }),
      h(
        'span',
        { class: 'words' },
        h('strong', {}, say.introduced(item.introduced_by_name, name)),
        h('span', { class: 'about' }, say.introducedText),
        h('time', {}, clockTime(item.created_at_ms)),
      ),
      h('span', { class: 'mark' }, say.unread),
      h('button', { class: 'quiet-button', type: 'button', onclick: () => read(item.notification_id) }, say.read),
    );
  }

  /** @param {HTMLElement} element @param {any} item */
  function update(element, item) {
    set(element, { 'data-unread': !item.read });
    show(/** @type {HTMLElement} */ (element.querySelector('.mark')), !item.read);
    show(/** @type {HTMLElement} */ (element.querySelector('button')), !item.read);
  }

  load();
  return {
    title: say.title,
    element: h(
      'div',
      { class: 'page yours' },
      h('div', { class: 'heading' }, h('h1', {}, say.title), all),
      state.element,
      list,
    ),

    update() {
      keyed(list, notices.items, (item) => item.notification_id, make, update);
      show(list, notices.items.length > 0);
      show(all, notices.unread > 1);
    },
  };
}
