// @ts-check
import { h, icon, keyed, set, show, write } from '../dom.js';
import { flame } from '../flame.js';
import { lengthDialog } from '../length-dialog.js';
import { personSheet } from '../person-sheet.js';
import { portrait } from '../portrait.js';
import { socialsLine } from '../socials.js';
import { people as say, person as sayPerson, refusal } from '../strings.js';
import { toast } from '../toast.js';

/**
 * Who is available, and whether I am.
 * @param {import('../main.js').App} app
 * @param {import('../../lib/session.js').Session} session
 */
export function peoplePage(app, session) {
  const light = flame('small');
  const wish = h(
    'button',
    {
      class: 'switch',
      type: 'button',
      role: 'switch',
      'aria-labelledby': 'wish-label',
      'aria-describedby': 'wish-text',
      onclick: toggleWish,
    },
    h('span', { class: 'knob' }),
  );
  const wishTitle = h('h2', {});
  const wishText = h('p', { id: 'wish-text' });
  const count = h('p', { class: 'count' });
  const list = h('ul', { class: 'cards', 'aria-label': say.list });
  const empty = h('div', { class: 'empty', hidden: true });
  const emptyTitle = h('h2', {}, say.emptyTitle);
  const emptyText = h('p', {});
  const dark = flame('medium');
  empty.append(dark.element, emptyTitle, emptyText);
  const more = h(
    'button',
    { class: 'quiet-button', type: 'button', onclick: () => session.lookout.lookOn() },
    say.more,
  );
  const exhausted = h(
    'p',
    { class: 'exhausted' },
    say.exhausted + ' ',
    h('button', { class: 'link', type: 'button', onclick: () => session.lookout.startOver() }, say.startOver),
  );
  const withMet = h('input', {
    type: 'checkbox',
    checked: session.people.withMet,
    onchange: () => session.lookout.includeMet(withMet.checked),
  });
  const notAdmitted = h(
    'div',
    { class: 'not-admitted panel', hidden: true },
    icon('code'),
    h('p', {}, say.notAdmitted),
    h('a', { class: 'button secondary', href: '#/code' }, say.toCode),
  );
  const dialog = lengthDialog();
  const element = h(
    'div',
    { class: 'page people' },
    h(
      'section',
      { class: 'wish panel', 'aria-labelledby': 'wish-label' },
      light.element,
      h('div', { class: 'words' }, wishTitle, wishText),
      h('span', { id: 'wish-label', class: 'unseen' }, say.wishSwitch),
      wish,
    ),
    notAdmitted,
    h(
      'div',
      { class: 'heading' },
      h('h1', {}, say.title),
      count,
      h('label', { class: 'tick' }, withMet, h('span', {}, say.withMet)),
    ),
    list,
    empty,
    h('div', { class: 'onward' }, more, exhausted),
    dialog.element,
  );

  async function toggleWish() {
    try {
      await session.setWish(!session.wishShown);
    } catch (error) {
      toast(refusal(/** @type {any} */ (error)));
    }
  }

  function makeCard() {
    const name = h('h2', {});
    const about = h('p', { class: 'about' });
    const socials = h('p', { class: 'about socials-line' });
    const presence = h('p', { class: 'presence' });
    const chat = h('button', { class: 'tinted', type: 'button' }, icon('chat'), say.chat);
    const video = h('button', { class: 'secondary', type: 'button' }, icon('video'), say.video);
    const more = h('button', { class: 'icon-button', type: 'button' }, icon('more'));
    return h(
      'li',
      { class: 'card' },
      h('span', { class: 'picture' }),
      h('div', { class: 'words' }, name, about, presence, socials),
      h('div', { class: 'acts' }, chat, video, more),
    );
  }

  /** The picture is made anew only when it is another one: a video may be playing in it.
   * @param {HTMLElement} item @param {any} card */
  function updatePicture(item, card) {
    const place = /** @type {HTMLElement} */ (item.querySelector('.picture'));
    const now = `${card.selfie_url} ${card.video_url} ${card.name}`;
    if (place.dataset.shown === now) return;
    place.dataset.shown = now;
    place.replaceChildren(portrait(card));
  }

  /** @param {HTMLElement} item @param {any} card */
  function updateCard(item, card) {
    const [chat, video, more] = /** @type {NodeListOf<HTMLButtonElement>} */ (item.querySelectorAll('.acts button'));
    const gender = /** @type {any} */ (say.genders)[card.gender] ?? '';
    const met =
      card.cooldown_ends_at_ms && card.cooldown_ends_at_ms > session.clock.now()
        ? say.cooldown(card.cooldown_ends_at_ms)
        : '';
    const free = card.presence === 'available' && !met;
    item.dataset.presence = card.presence;
    updatePicture(item, card);
    set(more, { 'aria-label': sayPerson.about(card.name) });
    more.onclick = () => personSheet(app, card);
    write(/** @type {Element} */ (item.querySelector('.socials-line')), socialsLine(card.socials));
    write(/** @type {Element} */ (item.querySelector('h2')), card.name);
    write(
      /** @type {Element} */ (item.querySelector('.about')),
      [gender, card.introduced_by && say.introducedBy(card.introduced_by)].filter(Boolean).join(' · '),
    );
    write(
      /** @type {Element} */ (item.querySelector('.presence')),
      met || /** @type {any} */ (say.presence)[card.presence] || '',
    );
    for (const [button, label, act] of /** @type {const} */ ([
      [chat, say.chatWith(card.name), () => invite(card, 'text')],
      [video, say.videoWith(card.name), () => dialog.ask(card, (seconds) => invite(card, 'video', seconds))],
    ])) {
      set(button, { 'aria-label': label, 'aria-disabled': free ? null : 'true' });
      button.onclick = () => free && act();
    }
  }

  /** @param {any} card @param {'text' | 'video'} mode @param {number} [seconds] */
  async function invite(card, mode, seconds) {
    if (session.invites.outgoing) return;
    try {
      await session.ringing.invite(card, mode, seconds);
    } catch (error) {
      toast(`${card.name}: ${refusal(/** @type {any} */ (error))}`);
    }
  }

  return {
    title: say.title,
    element,

    update() {
      const { people } = session;
      const on = session.wishShown;
      set(wish, { 'aria-checked': String(on) });
      const access = app.account.mine?.access;
      show(notAdmitted, access?.admitted === false);
      light.burn(on ? 'lit' : 'unlit', 1);
      write(wishTitle, on ? say.wishOn : say.wishOff);
      write(wishText, on ? say.wishOnText : say.wishOffText);
      write(
        count,
        say.waiting(
          people.waiting === null
            ? null
            : Math.max(people.waiting, people.cards.filter((card) => card.presence === 'available').length),
        ),
      );
      const focused = list.contains(document.activeElement) ? document.activeElement?.closest('li') : null;
      const place = focused ? [...list.children].indexOf(focused) : -1;
      keyed(list, people.cards, (card) => card.user_id, makeCard, updateCard);
      if (focused && !focused.isConnected) keepPlace(place);
      show(empty, people.waiting !== null && people.cards.length === 0);
      write(emptyText, on ? say.emptyText : `${say.emptyText} ${say.emptyLight}`);
      show(more, people.full && !people.exhausted);
      show(exhausted, people.exhausted || (people.paged && !people.full));
    },
  };

  /** The card under the reader's hands went away: go to the one that took its place. @param {number} place */
  function keepPlace(place) {
    const next = /** @type {HTMLElement | null} */ (
      list.children[Math.min(place, list.children.length - 1)]?.querySelector('.acts button') ?? wish
    );
    next?.focus();
  }
}
