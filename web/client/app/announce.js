// @ts-check
import { write } from './dom.js';

/** Says things to those who listen instead of looking. The same words twice are two announcements. */
const NO_BREAK = '\u00a0';

/** When there is a pause. @param {string} text */
export const announce = (text) => speak('polite', text);

/** At once: only for what passes within seconds. @param {string} text */
export const alertTo = (text) => speak('urgent', text);

/** @param {string} id @param {string} text */
function speak(id, text) {
  const region = document.getElementById(id);
  if (region) write(region, region.textContent === text ? text + NO_BREAK : text);
}
