// @ts-check
import { announce } from './announce.js';
import { h, icon, set, show, write } from './dom.js';
import { isMuted, setMuted } from './sound.js';
import { brand, elsewhere, ended as sayEnded, shell as say } from './strings.js';
import { endedText } from './ended-card.js';
import { toasts } from './toast.js';

const OUTSIDE = new Set(['turned-away', 'door', 'blacklist']);
const YOURS = new Set(['profile', 'account', 'code', 'blocked']);

/** What stands around every page: the bar, notes about the link and other tabs, and the place for the page itself.
 * @param {import('./main.js').App} app */
export function shell(app) {
  const links = {
    people: h('a', { href: '#/' }, icon('people'), say.people),
    history: h('a', { href: '#/meetings' }, icon('history'), say.history),
    you: h('a', { href: '#/me' }, icon('person'), say.you),
  };
  const nav = h('nav', { 'aria-label': say.nav }, Object.values(links));
  const news = h('a', { class: 'button icon-button', href: '#/news' }, icon('bell'), h('span', { class: 'badge' }));
  const sound = h('button', { class: 'icon-button', type: 'button', onclick: toggleSound });
  const out = h(
    'button',
    {
      class: 'icon-button',
      type: 'button',
      'aria-label': say.signOut,
      title: say.signOut,
      onclick: () => app.signOut(),
    },
    icon('leave'),
  );
  const who = h('span', { class: 'who' });
  const account = h('div', { class: 'account' }, who, news, sound, out);
  const bar = h(
    'header',
    { class: 'bar' },
    h(
      'a',
      { class: 'brand', href: '#/' },
      h('img', { src: '/client/art/cresset.svg', alt: '', width: 24, height: 38 }),
      brand,
    ),
    nav,
    account,
  );
  const note = h('div', { class: 'notes' });
  const main = h('main', { id: 'main', tabindex: -1 });
  const skip = h('a', { class: 'skip', href: '#main', onclick: toMain }, say.skip);
  let noted = '';

  /** @param {Event} event */
  function toMain(event) {
    event.preventDefault(); // the hash belongs to the pages
    main.focus();
  }

  function toggleSound() {
    setMuted(!isMuted());
    paintSound();
  }

  function paintSound() {
    const words = isMuted() ? say.soundOff : say.soundOn;
    sound.replaceChildren(icon(isMuted() ? 'mute' : 'sound'));
    set(sound, { 'aria-label': words, title: words });
  }
  paintSound();

  /** @param {boolean} inRoom */
  function paintNews(inRoom) {
    const unread = app.session?.notices.unread ?? 0;
    const badge = /** @type {HTMLElement} */ (news.lastElementChild);
    set(news, { 'aria-label': say.news(unread), title: say.news(unread) });
    write(badge, unread > 9 ? '9+' : String(unread));
    show(badge, unread > 0);
    show(news, !inRoom);
  }

  /**
   * The one note that matters most now.
   * @param {boolean} inRoom
   * @returns {{key: string, text: string, act?: string, go?: () => void, close?: () => void} | null}
   */
  function noteNow(inRoom) {
    const { session } = app;
    if (!session?.me || session.connection.state === 'stopped') return null;
    if (session.isReconnecting && !inRoom)
      return { key: 'link', text: say.reconnecting, act: say.tryNow, go: () => session.wake() };
    const { room, place, missed } = session.seat;
    if (room && place === 'elsewhere')
      return {
        key: 'elsewhere',
        text: elsewhere.text(room.partner.name),
        act: elsewhere.here,
        go: () => session.seat.enterHere(),
      };
    if (missed && !inRoom)
      return {
        key: 'missed',
        text: `${sayEnded.missed} ${endedText(missed, sayEnded.somebody, null)}`,
        close: () => session.seat.dismiss(),
      };
    return null;
  }

  return {
    elements: [skip, bar, note, main, toasts],
    main,

    /** @param {{screen: string, inRoom: boolean}} now */
    update({ screen, inRoom }) {
      const known = Boolean(app.session?.me) && !OUTSIDE.has(screen);
      show(nav, known);
      show(account, known);
      write(who, app.session?.me?.name ?? '');
      set(links.people, { 'aria-current': screen === 'people' ? 'page' : null });
      set(links.history, { 'aria-current': screen.startsWith('meeting') ? 'page' : null });
      set(links.you, { 'aria-current': YOURS.has(screen) ? 'page' : null });
      set(news, { 'aria-current': screen === 'news' ? 'page' : null });
      paintNews(inRoom);
      set(document.body, { 'data-screen': screen, 'data-in-room': inRoom });
      const now = noteNow(inRoom);
      const key = now ? now.key + now.text : '';
      if (key === noted) return;
      if (noted.startsWith('link') && app.session?.isHere) announce(say.reconnected);
      noted = key;
      note.replaceChildren();
      if (now)
        note.append(
          h(
            'div',
            { class: 'note', 'data-kind': now.key, role: 'status' },
            now.key === 'link' && icon('link'),
            h('p', {}, now.text),
            now.go && h('button', { class: 'link', type: 'button', onclick: now.go }, now.act),
            now.close &&
              h(
                'button',
                { class: 'icon-button', type: 'button', 'aria-label': say.dismiss, onclick: now.close },
                icon('close'),
              ),
          ),
        );
    },
  };
}
