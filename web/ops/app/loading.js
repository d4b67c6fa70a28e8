// @ts-check
import { h, show, write } from '/client/app/dom.js';
import { refusal } from './words.js';

/** A place that says how looking something up is going, and offers to try again. @param {() => void} again */
export function progress(again) {
  const words = h('p', {});
  const button = h('button', { class: 'quiet-button', type: 'button', hidden: true, onclick: again }, 'Try again');
  return {
    element: h('div', { class: 'progress', role: 'status' }, words, button),

    /** @param {string} text @param {boolean} [mayTryAgain] */
    say(text, mayTryAgain = false) {
      write(words, text);
      show(button, mayTryAgain);
    },
  };
}

/**
 * Pages of a list, newest first, one behind the other.
 *
 * @template T
 * @param {{
 *   load: (last: T | null) => Promise<{items: T[], more?: boolean}>,
 *   into: {element: HTMLElement, add: (items: T[]) => void, clear: () => void, readonly isEmpty: boolean},
 *   empty: string,
 * }} what  `last` is the last item that is shown, null for the first page
 */
export function paged({ load, into, empty }) {
  /** @type {T | null} */
  let last = null;
  let turn = 0;
  const state = progress(next);
  const more = h('button', { class: 'quiet-button', type: 'button', hidden: true, onclick: next }, 'Show older');

  async function next() {
    const mine = ++turn;
    more.hidden = true;
    state.say('Looking it up …');
    try {
      const page = await load(last);
      if (mine !== turn) return; // asked again meanwhile
      if (last === null) into.clear();
      into.add(page.items);
      last = page.items.at(-1) ?? last;
      state.say(into.isEmpty ? empty : '');
      show(more, page.more === true);
    } catch (problem) {
      if (mine === turn) state.say(refusal(problem), true);
    }
  }

  return {
    element: h('div', { class: 'paged' }, into.element, state.element, h('div', { class: 'onward' }, more)),

    /** From the newest again. */
    refresh() {
      last = null;
      return next();
    },
  };
}

/**
 * One thing that is looked up as a whole.
 *
 * @template T
 * @param {() => Promise<T>} load
 * @param {(found: T) => Node[]} paint
 * @param {string} [missing]  what a 404 means
 */
export function whole(load, paint, missing = 'There is nothing of this kind.') {
  const place = h('div', { class: 'whole' });
  const state = progress(refresh);

  async function refresh() {
    if (!place.hasChildNodes()) state.say('Looking it up …');
    try {
      place.replaceChildren(...paint(await load()));
      state.say('');
    } catch (problem) {
      const isMissing = /** @type {any} */ (problem).status === 404;
      if (isMissing) place.replaceChildren();
      state.say(isMissing ? missing : refusal(problem), !isMissing);
    }
  }

  return { element: h('div', {}, place, state.element), refresh };
}
