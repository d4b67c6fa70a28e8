// @ts-check
import { ask } from './ask.js';
import { h, icon, set, write } from './dom.js';
import { Wrong } from './form.js';
import { blocking, person, reporting } from './strings.js';
import { toast } from './toast.js';

/** Not wanting to meet somebody again: blocking, which can be undone, and reporting, which cannot. */

const REASON_MAX = 1000;

/** @param {import('./main.js').App} app @param {{user_id: string, name: string}} somebody */
export function blockSomebody(app, somebody) {
  const isHere = isMeeting(app, somebody);
  ask({
    title: blocking.title(somebody.name),
    text: [blocking.text, isHere ? blocking.inRoom : ''],
    yes: blocking.yes,
    no: blocking.no,
    async act() {
      await app.api.block(somebody.user_id);
      app.session?.people.without(somebody.user_id);
      app.session?.changed();
      toast(blocking.done(somebody.name));
    },
  });
}

/** @param {import('./main.js').App} app @param {{user_id: string, name: string}} somebody @param {string} roomId */
export function reportSomebody(app, somebody, roomId) {
  const surplus = h('p', { id: 'reason-left', class: 'hint', role: 'status' });
  const reason = h('textarea', {
    id: 'reason',
    rows: 5,
    required: true,
    'aria-describedby': 'reason-left',
    oninput: () => {
      const left = REASON_MAX - [...reason.value.trim()].length;
      write(surplus, left < 0 ? reporting.left(left) : '');
      set(reason, { 'aria-invalid': left < 0 ? 'true' : null });
    },
  });
  ask({
    title: reporting.title(somebody.name),
    text: [reporting.text, isMeeting(app, somebody) ? blocking.inRoom : ''],
    parts: [h('div', { class: 'field' }, h('label', { for: 'reason' }, reporting.reason), reason, surplus)],
    yes: reporting.yes,
    busy: reporting.sending,
    no: reporting.no,
    async act() {
      const words = reason.value.trim();
      if (words === '') throw new Wrong(reporting.missing, reason);
      if ([...words].length > REASON_MAX) throw new Wrong(reporting.left(REASON_MAX - [...words].length), reason);
      await app.api.report(somebody.user_id, roomId, words);
      app.session?.people.without(somebody.user_id);
      app.session?.changed();
      toast(reporting.done(somebody.name));
    },
  });
}

/** Both, as quiet buttons: for a meeting that is over.
 * @param {import('./main.js').App} app
 * @param {() => {user_id: string | null, name: string}} whom
 * @param {() => string} roomId */
export function keepAwayButtons(app, whom, roomId) {
  const act = (/** @type {string} */ picture, /** @type {string} */ words, /** @type {(one: any) => void} */ then) =>
    h('button', { class: 'link aside', type: 'button', onclick: () => then(whom()) }, icon(picture), words);
  return h(
    'div',
    { class: 'keep-away' },
    act('ban', person.block, (one) => blockSomebody(app, one)),
    act('flag', person.report, (one) => reportSomebody(app, one, roomId())),
  );
}

/** @param {import('./main.js').App} app @param {{user_id: string}} somebody */
function isMeeting(app, somebody) {
  const room = app.session?.seat.room;
  return room !== null && room !== undefined && !room.ended && room.partner.user_id === somebody.user_id;
}
