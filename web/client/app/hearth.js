// @ts-check
import { h, set, write } from './dom.js';
import { flame } from './flame.js';
import { length } from './format.js';
import { room as say } from './strings.js';

const LAST_SECONDS_MS = 10_000;

/** The fire of a text room with its time, or the clock of a video room. */
export function hearth() {
  const fire = flame('hearth-flame');
  const title = h('h2', {});
  const text = h('p', { class: 'text' });
  const note = h('p', { class: 'note' });
  const element = h('div', { class: 'hearth' }, fire.element, h('div', { class: 'words' }, title, text), note);

  /** @param {import('../lib/room.js').Room} room @param {number} now */
  function torchNow(room, now) {
    if (room.ended)
      return {
        state: /** @type {const} */ ('out'),
        left: 0,
        title: room.ended.reason === 'torch_out' ? say.torch.out : '',
        text: '',
      };
    if (!room.torch) return { state: /** @type {const} */ ('unlit'), left: 1, title: say.torch.unlit, text: '' };
    const { until, left } = room.torch.glow(now);
    const ms = (until ?? now) - now;
    if (room.torch.state === 'frozen')
      return { state: /** @type {const} */ ('frozen'), left: 1, title: say.torch.frozen, text: say.torch.frozenText };
    if (room.torch.state === 'dimming')
      return {
        state: /** @type {const} */ ('dimming'),
        left,
        title: say.torch.dimming,
        text: say.torch.dimmingText(ms),
      };
    return { state: /** @type {const} */ ('lit'), left, title: say.torch.lit, text: say.torch.litText(ms) };
  }

  return {
    element,
    flare: () => fire.flare(),

    /** @param {import('../lib/room.js').Room} room @param {number} now  server's clock */
    update(room, now) {
      if (room.mode === 'text') {
        const torch = torchNow(room, now);
        fire.burn(torch.state, torch.left);
        write(title, torch.title);
        write(text, torch.text);
        set(element, { 'data-clock': false, 'data-urgent': torch.state === 'dimming' });
        return;
      }
      const left = room.ended ? 0 : Math.max(0, (room.endsAt ?? now) - now);
      fire.burn(room.ended ? 'out' : room.startedAt ? 'lit' : 'unlit', 1);
      write(title, room.startedAt ? length(left) : say.waiting(room.partner.name));
      write(text, room.startedAt ? say.clock : '');
      write(note, room.ended ? '' : say.noMedia);
      set(element, {
        'data-clock': true,
        'data-urgent': room.startedAt !== null && !room.ended && left < LAST_SECONDS_MS,
      });
    },
  };
}
