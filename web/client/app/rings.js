// @ts-check
import { alertTo } from './announce.js';
import { countdown } from './countdown.js';
import { h, icon, keyed, write } from './dom.js';
import { lengthSlider, USUAL_S } from './length-dialog.js';
import { portrait } from './portrait.js';
import { socialsLine } from './socials.js';
import { ring, silence } from './sound.js';
import { people, refusal, rings as say } from './strings.js';
import { calling } from './title.js';
import { toast } from './toast.js';

/**
 * Invites that ring, ours and theirs, above everything else. The focus goes to the heading, never to a button: nobody
 * shall accept by a key that was meant for something else. Escape silences the bell; it answers nothing.
 */
export function rings() {
  /** @type {import('../lib/session.js').Session | null} */
  let session = null;
  /** @type {Map<string, {show: (leftMs: number, wholeMs: number) => void, wholeMs: number}>} */
  const clocks = new Map();
  let bell = '';
  const heading = h('h2', { class: 'unseen', id: 'rings-title', tabindex: -1, autofocus: true }, say.title);
  const list = h('ul', {});
  const element = h(
    'dialog',
    { class: 'rings', 'aria-labelledby': 'rings-title', oncancel: hush, onclose: stay },
    heading,
    list,
    h('p', { class: 'unseen' }, say.silence),
  );

  /** @param {Event} event */
  function hush(event) {
    event.preventDefault();
    silence();
  }

  /** A second Escape closes a dialog whatever we say; while somebody rings it opens again. */
  function stay() {
    if (list.children.length > 0) element.showModal();
  }

  /** @param {Promise<void>} answer @param {HTMLElement} item */
  async function answered(answer, item) {
    for (const button of item.querySelectorAll('button')) button.disabled = true;
    try {
      await answer;
    } catch (error) {
      toast(refusal(/** @type {any} */ (error)));
    }
    for (const button of item.querySelectorAll('button')) button.disabled = false;
  }

  /** @param {any} invite @param {boolean} ours */
  function make(invite, ours) {
    const other = ours ? invite.to : invite.from;
    const clock = countdown(portrait(other, 'huge'));
    clocks.set(invite.invite_id, {
      show: clock.show,
      wholeMs: Math.max(1, session?.clock.until(invite.expires_at_ms) ?? 1),
    });
    const about = say.about(invite.mode, invite.seconds);
    const known = [other.introduced_by && people.introducedBy(other.introduced_by), socialsLine(other.socials)];
    const item = h(
      'li',
      { class: `ring ${ours ? 'ours' : 'theirs'}` },
      clock.element,
      h('h3', {}, ours ? say.calling(other.name) : say.rings(other.name)),
      known.some(Boolean) && h('p', { class: 'about known' }, known.filter(Boolean).join(' · ')),
    );
    const act = (
      /** @type {string} */ className,
      /** @type {string} */ picture,
      /** @type {string} */ words,
      /** @type {() => Promise<void> | undefined} */ then,
    ) =>
      h(
        'button',
        {
          type: 'button',
          class: className,
          'aria-label': ours ? null : `${words}: ${other.name}`,
          onclick: () => answered(Promise.resolve(then()), item),
        },
        icon(picture),
        words,
      );
    if (ours) {
      item.append(
        h('p', { class: 'about' }, about),
        h(
          'div',
          { class: 'acts' },
          act('secondary', 'close', say.rescind, () => session?.ringing.rescind()),
        ),
      );
      return item;
    }
    const note = h('p', { class: 'about' }, about);
    item.append(note);
    let slider = null;
    if (invite.mode === 'video') {
      slider = lengthSlider({
        id: `wish-${invite.invite_id}`,
        label: say.yourLength,
        onchange: (seconds) => write(note, `${about} · ${say.together(Math.floor((invite.seconds + seconds) / 2))}`),
      });
      item.append(slider.element);
    }
    item.append(
      h(
        'div',
        { class: 'acts' },
        act('secondary', 'close', say.decline, () => session?.ringing.decline(invite)),
        act('primary', 'check', say.accept, () => session?.ringing.accept(invite, slider?.seconds ?? USUAL_S)),
      ),
    );
    alertTo(say.announce(other.name, about, Math.ceil((session?.clock.until(invite.expires_at_ms) ?? 0) / 1000)));
    return item;
  }

  return {
    element,

    /** @param {import('../lib/session.js').Session | null} current */
    update(current) {
      session = current;
      const { outgoing, incoming } =
        session && !session.seat.isBusy ? session.invites : { outgoing: null, incoming: [] };
      const all = [
        ...incoming.map((invite) => ({ invite, ours: false })),
        ...(outgoing ? [{ invite: outgoing, ours: true }] : []),
      ];
      const before = new Set(clocks.keys());
      keyed(
        list,
        all,
        ({ invite }) => invite.invite_id,
        ({ invite, ours }) => make(invite, ours),
        () => {},
      );
      for (const { invite } of all) before.delete(invite.invite_id);
      for (const gone of before) clocks.delete(gone);
      if (all.length > 0 && !element.open) element.showModal();
      if (all.length === 0 && element.open) element.close();
      const wanted = incoming.length > 0 ? 'incoming' : outgoing ? 'outgoing' : '';
      if (wanted !== bell) {
        bell = wanted;
        if (bell) ring(/** @type {'incoming' | 'outgoing'} */ (bell));
        else silence();
      }
      calling(incoming.length > 0 ? say.titleFlash(incoming[0].from.name) : null);
      this.tick();
    },

    tick() {
      if (!session) return;
      for (const invite of [session.invites.outgoing, ...session.invites.incoming]) {
        const clock = invite && clocks.get(invite.invite_id);
        if (clock) clock.show(session.clock.until(invite.expires_at_ms), clock.wholeMs);
      }
    },
  };
}
