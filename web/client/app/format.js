// @ts-check
/** Times and lengths, in the reader's own manner. */

const hours = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const dayAndHours = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const DAY_MS = 86_400_000;

/** 14:03, with the weekday when it is not today. @param {number} atMs */
export function clockTime(atMs) {
  return (daysAgo(atMs) === 0 ? hours : dayAndHours).format(atMs);
}

/** 3 March 2027. @param {number} atMs */
export const dateOf = (atMs) => dayAndYear.format(atMs);

/** @param {number} atMs */
export const timeOfDay = (atMs) => hours.format(atMs);

/** Today, yesterday, Tuesday 3 March. @param {number} atMs */
export function dayName(atMs) {
  const ago = daysAgo(atMs);
  if (ago === 0 || ago === 1) {
    const word = relative.format(-ago, 'day');
    return word.charAt(0).toLocaleUpperCase() + word.slice(1);
  }
  return (ago < 300 ? day : dayAndYear).format(atMs);
}

/** Whole days between then and now, counted at midnights. @param {number} atMs */
function daysAgo(atMs) {
  const midnight = (/** @type {number} */ at) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((midnight(Date.now()) - midnight(atMs)) / DAY_MS);
}

/** 4:05 or 1:04:05, for counting down: a started second counts. @param {number} ms */
export function length(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** 45 s, 5 min, 5 min 20 s, 1 h 4 min. @param {number} seconds */
export function minutes(seconds) {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h) return m ? `${h} h ${m} min` : `${h} h`;
  if (m) return s ? `${m} min ${s} s` : `${m} min`;
  return `${s} s`;
}

/** The letter that stands for somebody without a picture. @param {string} name */
export function initial(name) {
  return ([...name.trim()][0] ?? '?').toLocaleUpperCase();
}

/** One of eight hues, always the same for one person. @param {string | null} userId */
export function hue(userId) {
  let sum = 0;
  for (const letter of userId ?? '') sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % 8;
}

/** What stands in a part of an address; nothing where that is no text.
 * @param {string} part */
export function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
