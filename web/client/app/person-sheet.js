// @ts-check
import { closeButton, sheet } from './ask.js';
import { h, icon } from './dom.js';
import { blockSomebody, reportSomebody } from './keep-away.js';
import { portrait } from './portrait.js';
import { shareLink } from './share.js';
import { socialsList } from './socials.js';
import { intro as sayIntro, people, person as say, refusal } from './strings.js';
import { toast } from './toast.js';

/**
 * Everything one may know of somebody, and what one may do besides inviting.
 * @param {import('./main.js').App} app
 * @param {any} card
 * @param {string | null} [roomId]  the room one shares with him: then he can be reported
 */
export function personSheet(app, card, roomId = null) {
  const about = [
    /** @type {any} */ (people.genders)[card.gender],
    card.introduced_by && people.introducedBy(card.introduced_by),
  ];
  const act = (
    /** @type {string} */ picture,
    /** @type {string} */ words,
    /** @type {() => void} */ then,
    className = '',
  ) => h('button', { class: `row ${className}`, type: 'button', onclick: then }, icon(picture), words);
  const element = sheet(
    { title: card.name, className: 'person' },
    portrait(card, 'huge'),
    h('p', { class: 'about' }, about.filter(Boolean).join(' · ')),
    socialsList(card.socials),
    h(
      'div',
      { class: 'rows' },
      act('introduce', sayIntro.title(card.name), () => introduce(app, card)),
      act('ban', say.block, () => blockSomebody(app, card)),
      roomId !== null && act('flag', say.report, () => reportSomebody(app, card, roomId), 'grave'),
    ),
    closeButton(() => element, say.close),
  );
}

/** Makes a link and hands it over. @param {import('./main.js').App} app @param {any} card */
async function introduce(app, card) {
  try {
    const { url, expires_at_ms } = await app.api.introduce(card.user_id);
    const element = sheet(
      { title: sayIntro.title(card.name) },
      h('p', { class: 'hint' }, sayIntro.text(card.name)),
      shareLink({ url, title: sayIntro.words(card.name) }),
      h('p', { class: 'small' }, sayIntro.until(expires_at_ms)),
      closeButton(() => element, say.close),
    );
  } catch (problem) {
    toast(refusal(/** @type {any} */ (problem)));
  }
}
