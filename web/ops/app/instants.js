// @ts-check
import { h } from '/client/app/dom.js';
import { minutes } from '/client/app/format.js';

/** Instants and lengths, exact: operators compare them with logs. */
const exact = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const hours = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** @param {number | null | undefined} atMs @param {string} [otherwise]  what is said where there is none */
export function instant(atMs, otherwise = '–') {
  if (atMs === null || atMs === undefined) return h('span', { class: 'about' }, otherwise);
  return h('time', { datetime: new Date(atMs).toISOString(), title: new Date(atMs).toISOString() }, exact.format(atMs));
}

/** The time of day, for lines of one day. @param {number} atMs */
export function timeOf(atMs) {
  return h('time', { datetime: new Date(atMs).toISOString(), title: exact.format(atMs) }, hours.format(atMs));
}

/** @param {number | null | undefined} seconds */
export const lasting = (seconds) => (seconds === null || seconds === undefined ? '–' : minutes(seconds));
