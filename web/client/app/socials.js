// @ts-check
import { h } from './dom.js';

/** Where a handle leads on places most people know. What is not here stays words: nobody's text becomes an address. */
const PLACES = {
  instagram: 'https://www.instagram.com/',
  telegram: 'https://t.me/',
  tiktok: 'https://www.tiktok.com/@',
  github: 'https://github.com/',
  x: 'https://x.com/',
  youtube: 'https://www.youtube.com/@',
};
const HANDLE = /^@?([\w.-]{1,30})$/;

/** @param {string} platform @param {string} handle @returns {string | null} */
function addressOf(platform, handle) {
  const place = /** @type {Record<string, string>} */ (PLACES)[platform.trim().toLowerCase()];
  const name = HANDLE.exec(handle.trim())?.[1];
  return place && name ? place + encodeURIComponent(name) : null;
}

/** As words on one line. @param {Record<string, string>} socials */
export const socialsLine = (socials) =>
  Object.entries(socials ?? {})
    .map(([platform, handle]) => `${platform} ${handle}`)
    .join(' · ');

/** As a list, with links where we know the way. @param {Record<string, string>} socials */
export function socialsList(socials) {
  return h(
    'dl',
    { class: 'socials' },
    Object.entries(socials ?? {}).map(([platform, handle]) => {
      const href = addressOf(platform, handle);
      return h(
        'div',
        {},
        h('dt', {}, platform),
        h('dd', {}, href ? h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, handle) : handle),
      );
    }),
  );
}
