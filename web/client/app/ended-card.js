// @ts-check
import { h, show, write } from './dom.js';
import { ended as say } from './strings.js';

/** What became of a meeting, and where to go from here. @param {import('./main.js').App} app */
export function endedCard(app) {
  const heading = h('h2', { tabindex: -1 }, say.title);
  const facts = h('p', {});
  const read = h('a', { class: 'button secondary', onclick: () => app.session?.seat.dismiss() }, say.read);
  const back = h('button', { class: 'primary', type: 'button', onclick: () => app.backToPeople() }, say.back);
  const element = h(
    'section',
    { class: 'ended panel', hidden: true },
    heading,
    facts,
    h('div', { class: 'acts' }, read, back),
  );
  return {
    element,
    heading,
    /** @param {any} ended @param {string} name @param {boolean} leftByMe */
    update(ended, name, leftByMe) {
      show(element, ended !== null);
      if (!ended) return;
      write(facts, endedText(ended, name, leftByMe));
      show(read, ended.seconds !== null && ended.reason !== 'never_joined');
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
