// @ts-check
import { h, icon, show } from '../dom.js';
import { dateOf } from '../format.js';
import { failure, progress } from '../progress.js';
import { blacklist as say, you } from '../strings.js';

/** Who was banned for good, for everybody to see. @param {import('../main.js').App} app
 * @returns {import('../main.js').Page} */
export function blacklistPage(app) {
  const list = h('ul', { class: 'names panel' });
  const state = progress(load);
  show(list, false);

  async function load() {
    state.say(you.loading);
    try {
      const { items } = await app.api.blacklist();
      list.replaceChildren(...items.map(line));
      show(list, items.length > 0);
      state.say(items.length === 0 ? say.empty : '');
    } catch (problem) {
      state.say(failure(problem, you.failed), true);
    }
  }

  /** @param {any} one */
  const line = (one) =>
    h(
      'li',
      {},
      h('span', { class: 'words' }, h('strong', {}, one.name), h('span', { class: 'about' }, one.reason)),
      h('time', {}, dateOf(one.banned_at_ms)),
    );

  load();
  return {
    title: say.title,
    element: h(
      'div',
      { class: 'page yours' },
      h('a', { class: 'back', href: '#/' }, icon('back'), say.back),
      h('div', { class: 'heading' }, h('h1', {}, say.title)),
      h('p', { class: 'lead' }, say.text),
      state.element,
      list,
    ),
  };
}
