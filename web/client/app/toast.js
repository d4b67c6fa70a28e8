// @ts-check
import { announce } from './announce.js';
import { h } from './dom.js';

/** A short word at the edge of the screen that goes by itself; it is announced too, and needs no answer. */
const STAYS_MS = 5_000;
const shelf = h('div', { class: 'toasts' });

export const toasts = shelf;

/** @param {string} text */
export function toast(text) {
  const element = h('p', { class: 'toast' }, text);
  shelf.append(element);
  announce(text);
  setTimeout(() => element.remove(), STAYS_MS);
}
