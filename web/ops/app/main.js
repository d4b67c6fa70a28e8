// @ts-check
import { announce } from '/client/app/announce.js';
import { focusOn, h, set, show, write } from '/client/app/dom.js';
import { decoded } from '/client/app/format.js';
import { toasts } from '/client/app/toast.js';
import { Api } from './api.js';
import { keep } from './keep.js';
import { isId } from './links.js';
import { pageAt, PLACES } from './places.js';
import { loginPage } from './pages/login.js';

/**
 * The operators' pages as a whole: who is logged in, and which page the address names.
 *
 * The files hold no secret and are served to anybody; every right is checked by the routes of /api/v1/admin.
 *
 * @typedef {object} Page
 * @property {string} title
 * @property {HTMLElement} element
 */

export class Ops {
  api = new Api(() => this.forget('Your session is over. Please log in again.'));
  #note = '';
  #hasShown = false;

  constructor() {
    this.links = PLACES.map(({ path, label }) => h('a', { href: `#/${path}` }, label));
    this.who = h('span', { class: 'who' });
    this.nav = h('nav', { 'aria-label': 'Main' }, this.links);
    this.account = h(
      'div',
      { class: 'account' },
      this.#lookUp(),
      this.who,
      h('button', { class: 'quiet-button', type: 'button', onclick: () => this.logOut() }, 'Log out'),
    );
    this.main = h('main', { id: 'main', tabindex: -1 });
  }

  start() {
    const skip = h(
      'a',
      {
        class: 'skip',
        href: '#main',
        onclick: (/** @type {Event} */ event) => {
          event.preventDefault(); // the hash belongs to the pages
          this.main.focus();
        },
      },
      'Skip to the content',
    );
    const brand = h(
      'a',
      { class: 'brand', href: '#/' },
      h('img', { src: '/client/art/cresset.svg', alt: '', width: 20, height: 32 }),
      'Cresset',
      h('small', {}, 'operators'),
    );
    const bar = h('header', { class: 'bar' }, brand, this.account, this.nav);
    document.getElementById('app')?.replaceChildren(skip, bar, this.main, toasts);
    addEventListener('hashchange', () => this.paint());
    this.paint();
  }

  /** @param {string} username @param {string} password */
  async logIn(username, password) {
    const { token } = await this.api.post('/sessions', { username, password });
    keep.remember(token, username);
    this.#note = '';
    this.paint();
  }

  async logOut() {
    try {
      await this.api.delete('/sessions/current');
    } catch {
      // It expires by itself; this tab forgets it in any case.
    }
    this.forget('You have logged out.');
  }

  /** @param {string} note  what the login page says about it */
  forget(note) {
    if (!keep.token) return;
    keep.forget();
    this.#note = note;
    for (const open of document.querySelectorAll('dialog')) open.close();
    this.paint();
  }

  paint() {
    const [place = '', ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decoded);
    const isIn = keep.token !== null;
    const page = isIn ? pageAt(this, place, rest) : loginPage(this, this.#note);
    show(this.nav, isIn);
    show(this.account, isIn);
    write(this.who, keep.name);
    this.links.forEach((link, index) =>
      set(link, { 'aria-current': isIn && PLACES[index].path === (place || PLACES[0].path) ? 'page' : null }),
    );
    this.main.replaceChildren(page.element);
    document.title = `${page.title} · Cresset operators`;
    scrollTo(0, 0);
    if (this.#hasShown) focusOn(page.element.querySelector('[autofocus], h1'));
    else page.element.querySelector('input')?.focus();
    if (!isIn && this.#note) announce(this.#note);
    this.#hasShown = true;
  }

  /** A user's or a room's id leads to its page. */
  #lookUp() {
    const input = h('input', {
      type: 'search',
      'aria-label': 'Id of a user or room',
      placeholder: 'Find an id',
      spellcheck: 'false',
      autocomplete: 'off',
    });
    /** @param {Event} event */
    const go = (event) => {
      event.preventDefault();
      const id = input.value.trim().toLowerCase();
      input.setCustomValidity(isId(id) ? '' : 'An id looks like 0198c0de-0000-7000-8000-000000000000');
      if (!input.reportValidity()) return;
      input.value = '';
      location.hash = `#/find/${id}`;
    };
    const forgive = () => input.setCustomValidity('');
    input.addEventListener('input', forgive);
    return h('form', { class: 'look-up', role: 'search', novalidate: true, onsubmit: go }, input);
  }
}

new Ops().start();
