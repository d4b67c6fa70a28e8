// @ts-check
import { h, show, write } from './dom.js';
import { refusal, you } from './strings.js';

/** A place that says how looking something up is going. @param {() => void} again @param {string} [words] */
export function progress(again, words = you.again) {
  const text = h('p', {});
  const button = h('button', { class: 'quiet-button', type: 'button', hidden: true, onclick: again }, words);
  return {
    element: h('div', { class: 'progress', role: 'status' }, text, button),
    /** @param {string} words @param {boolean} [mayTryAgain] */
    say(words, mayTryAgain = false) {
      write(text, words);
      show(button, mayTryAgain);
    },
  };
}

/** Why it failed, in words. @param {any} problem @param {string} failed */
export const failure = (problem, failed) =>
  `${failed} ${problem.code === 'unavailable' || problem.code === 'internal' ? '' : refusal(problem)}`.trim();
