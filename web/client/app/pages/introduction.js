// @ts-check
import { h, write } from '../dom.js';
import { failure } from '../progress.js';
import { intro as say, you } from '../strings.js';

/** An introduction is for newcomers; somebody who is here already has opened it.
 * @param {import('../main.js').App} app @param {string} code @returns {import('../main.js').Page} */
export function introductionPage(app, code) {
  const text = h('p', { role: 'status' }, you.loading);
  app.api.intro(code).then(
    ({ created_by_name, target_name }) => write(text, say.here(created_by_name, target_name)),
    (problem) => write(text, problem.status === 404 ? say.gone : failure(problem, you.failed)),
  );
  return {
    title: say.hereTitle,
    element: h(
      'div',
      { class: 'page aside-note' },
      h('h1', {}, say.hereTitle),
      text,
      h('a', { class: 'button primary', href: '#/' }, say.back),
    ),
  };
}
