// @ts-check
import { announce } from './announce.js';
import { h } from './dom.js';

/** A short word at the edge of the screen that goes by itself; it is announced too, and needs no answer. */
const STAYS_MS = 5_000;
const shelf = h('div', { class: 'toasts', popover: 'manual' });

export const toasts = shelf;

/** @param {string} text */
export function toast(text) {
  const element = h('p', { class: 'toast' }, text);
  shelf.append(element);
  shelf.hidePopover();
  shelf.showPopover(); // above whatever dialog was opened since
  announce(text);
  setTimeout(() => {
    element.remove();
    if (shelf.children.length === 0) shelf.hidePopover();
  }, STAYS_MS);
}
