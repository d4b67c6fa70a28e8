// @ts-check
import { h } from '/client/app/dom.js';
import { minutes } from '/client/app/format.js';

/** Instants and lengths, exact: operators compare them with logs. */
/** @type {Intl.DateTimeFormatOptions} */
const day = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
const thisYear = new Intl.DateTimeFormat(undefined, day);
const exact = new Intl.DateTimeFormat(undefined, { year: 'numeric', ...day });
const hours = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** @param {number | null | undefined} atMs @param {string} [otherwise]  what is said where there is none */
export function instant(atMs, otherwise = '–') {
  if (atMs === null || atMs === undefined) return h('span', { class: 'about' }, otherwise);
  const then = new Date(atMs);
  const words = then.getFullYear() === new Date().getFullYear() ? thisYear : exact;
  return h('time', { datetime: then.toISOString(), title: then.toISOString() }, words.format(then));
}

/** The time of day, for lines of one day. @param {number} atMs */
export function timeOf(atMs) {
  return h('time', { datetime: new Date(atMs).toISOString(), title: exact.format(atMs) }, hours.format(atMs));
}

/** @param {number | null | undefined} seconds */
export const lasting = (seconds) => (seconds === null || seconds === undefined ? '–' : minutes(seconds));
