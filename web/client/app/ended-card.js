// @ts-check
import { h, show, write } from './dom.js';
import { keepAwayButtons } from './keep-away.js';
import { ended as say } from './strings.js';

/** What became of a meeting, and where to go from here. @param {import('./main.js').App} app */
export function endedCard(app) {
  const heading = h('h2', { tabindex: -1 }, say.title);
  const facts = h('p', {});
  const read = h('a', { class: 'button secondary', onclick: () => app.session?.seat.dismiss() }, say.read);
  const back = h('button', { class: 'primary', type: 'button', onclick: () => app.backToPeople() }, say.back);
  let partner = { user_id: '', name: '' };
  let roomId = '';
  const keepAway = keepAwayButtons(
    app,
    () => partner,
    () => roomId,
  );
  const element = h(
    'section',
    { class: 'ended panel', hidden: true },
    heading,
    facts,
    h('div', { class: 'acts' }, keepAway, read, back),
  );
  return {
    element,
    heading,
    /** @param {any} ended @param {{user_id: string, name: string}} whom @param {boolean} leftByMe */
    update(ended, whom, leftByMe) {
      show(element, ended !== null);
      if (!ended) return;
      partner = whom;
      roomId = ended.room_id;
      const began = ended.seconds !== null && ended.reason !== 'never_joined';
      write(facts, endedText(ended, whom.name, leftByMe));
      show(read, began);
      show(keepAway, began);
      read.setAttribute('href', `#/meetings/${ended.room_id}`);
    },
  };
}

/** @param {any} ended @param {string} name @param {boolean | null} leftByMe  null when nobody was there to see */
export function endedText(ended, name, leftByMe) {
  const began = ended.reason !== 'never_joined' && ended.seconds !== null;
  const why =
    ended.reason === 'left' && leftByMe !== null
      ? leftByMe
        ? say.leftByMe
        : say.leftByPartner(name)
      : say.reason(ended.reason, name);
  const lasted = began ? say.lasted(ended.seconds) : ended.reason === 'never_joined' ? say.notStarted : '';
  const again = ended.cooldown_ends_at_ms ? say.again(ended.cooldown_ends_at_ms) : '';
  return [why, lasted, again].filter(Boolean).join(' ');
}
