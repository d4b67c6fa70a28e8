// @ts-check
import { addressesPage } from './pages/addresses.js';
import { auditPage } from './pages/audit.js';
import { bansPage } from './pages/bans.js';
import { blacklistPage } from './pages/blacklist.js';
import { codesPage } from './pages/codes.js';
import { explainPage } from './pages/explain.js';
import { findPage } from './pages/find.js';
import { nodesPage } from './pages/nodes.js';
import { reportsPage } from './pages/reports.js';
import { roomPage } from './pages/room.js';
import { userPage } from './pages/user.js';

/** @typedef {(ops: import('./main.js').Ops, ...rest: any[]) => import('./main.js').Page} MakePage */

/**
 * What stands in the bar, in order; the first one is where one begins.
 * @type {{path: string, label: string, page: MakePage}[]}
 */
export const PLACES = [
  { path: 'reports', label: 'Reports', page: reportsPage },
  { path: 'bans', label: 'Bans', page: bansPage },
  { path: 'addresses', label: 'Addresses', page: addressesPage },
  { path: 'blacklist', label: 'Blacklist', page: blacklistPage },
  { path: 'codes', label: 'Invite codes', page: codesPage },
  { path: 'explain', label: 'Explain', page: explainPage },
  { path: 'nodes', label: 'Nodes', page: nodesPage },
  { path: 'audit', label: 'Audit', page: auditPage },
];

/** Those that only links lead to. @type {{path: string, page: MakePage}[]} */
const OTHERS = [
  { path: 'users', page: userPage },
  { path: 'rooms', page: roomPage },
  { path: 'find', page: findPage },
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
