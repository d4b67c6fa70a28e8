// @ts-check
import { h } from '/client/app/dom.js';

/** Where ids lead. An id is shown by its end, which differs; the beginning of a UUIDv7 is the time. */
const SHOWN = 8;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text has the form of an id. @param {string} text */
export const isId = (text) => ID.test(text);

/** @param {string} id */
export const shortened = (id) => `…${id.slice(-SHOWN)}`;

/** @param {string | null | undefined} userId @param {string | null} [name] */
export function userLink(userId, name = null) {
  if (!userId) return h('span', { class: 'about' }, name ?? 'deleted user');
  const words = name ? h('span', { dir: 'auto' }, name) : h('code', {}, shortened(userId));
  return h('a', { href: `#/users/${userId}`, title: userId }, words);
}

/** @param {string} roomId @param {Node} [shown] */
export function roomLink(roomId, shown) {
  return h('a', { href: `#/rooms/${roomId}`, title: roomId }, shown ?? h('code', {}, shortened(roomId)));
}
