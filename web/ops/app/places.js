// @ts-check
import { auditPage } from './pages/audit.js';
import { codesPage } from './pages/codes.js';

/** What stands in the bar, in order; the first one is where one begins. */
export const PLACES = [
  { path: 'codes', label: 'Invite codes', page: codesPage },
  { path: 'audit', label: 'Audit', page: auditPage },
];

/** Those that only links lead to. */
const OTHERS = [
];

/**
 * @param {import('./main.js').Ops} ops
 * @param {string} place
 * @param {string[]} rest  what follows in the address
 * @returns {import('./main.js').Page}
 */
export function pageAt(ops, place, rest) {
  const found = [...PLACES, ...OTHERS].find(({ path }) => path === place) ?? PLACES[0];
  return found.page(ops, ...rest);
}
