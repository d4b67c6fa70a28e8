// @ts-check
import { brand } from './strings.js';

/** The title of the tab: where one is, what is unread, and, while the tab is hidden, who is calling. */
const FLASH_MS = 1_000;

let place = '';
/** @type {string | null} */
let call = null;
let flashing = false;

setInterval(() => {
  if (!call || !document.hidden) return;
  flashing = !flashing || matchMedia('(prefers-reduced-motion: reduce)').matches;
  paint();
}, FLASH_MS);
document.addEventListener('visibilitychange', () => {
  flashing = document.hidden;
  paint();
});

/** @param {string} text */
export function titled(text) {
  place = text;
  paint();
}

/** @param {string | null} text  what to call attention to, or null when that is over */
export function calling(text) {
  if (text === call) return;
  call = text;
  flashing = true;
  paint();
}

function paint() {
  const text = call && document.hidden && flashing ? call : place ? `${place} · ${brand}` : brand;
  if (document.title !== text) document.title = text;
}
