// @ts-check
import { avatar } from '../avatar.js';
import { h, refocus, show } from '../dom.js';
import { failure, progress } from '../progress.js';
import { blocked as say, refusal, you } from '../strings.js';
import { toast } from '../toast.js';
import { yourPage } from './you.js';

/** Whom one does not want to meet. @param {import('../main.js').App} app @returns {import('../main.js').Page} */
export function blockedPage(app) {
  const list = h('ul', { class: 'names panel' });
  const state = progress(load);
  show(list, false);

  async function load() {
    state.say(you.loading);
    try {
      const { items } = await app.api.blocks();
      list.replaceChildren(...items.map(line));
      settled();
    } catch (problem) {
      state.say(failure(problem, you.failed), true);
    }
  }

  function settled() {
    show(list, list.children.length > 0);
    state.say(list.children.length === 0 ? say.empty : '');
  }

  /** @param {any} one */
  function line(one) {
    const isReported = one.why === 'report';
    const item = h(
      'li',
      {},
      avatar(one),
      h(
        'span',
        { class: 'words' },
        h('strong', {}, one.name),
        h('span', { class: 'about' }, isReported ? say.reported : say.since(one.created_at_ms)),
      ),
      !isReported &&
        h(
          'button',
          {
            class: 'secondary',
            type: 'button',
            'aria-label': say.unblockName(one.name),
            onclick: () => unblock(one, item),
          },
          say.unblock,
        ),
    );
    return item;
  }

  /** @param {any} one @param {HTMLElement} item */
  async function unblock(one, item) {
    try {
      await app.api.unblock(one.user_id);
      item.remove();
      toast(say.done(one.name));
      settled();
      refocus();
    } catch (problem) {
      toast(refusal(/** @type {any} */ (problem)));
    }
  }

  load();
  return {
    title: say.title,
    element: yourPage('blocked', say.title, h('p', { class: 'lead' }, say.text), state.element, list),
  };
}
