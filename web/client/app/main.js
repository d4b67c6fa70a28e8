// @ts-check
import { Api } from '../lib/api.js';
import { deviceKeep, tabKeep } from '../lib/keep.js';
import { Session } from '../lib/session.js';
import { focusOn, h } from './dom.js';
import { historyPage, meetingPage } from './pages/history.js';
import { peoplePage } from './pages/people.js';
import { roomPage } from './pages/room.js';
import { turnedAwayPage } from './pages/turned-away.js';
import { welcomePage } from './pages/welcome.js';
import { rings } from './rings.js';
import { shell } from './shell.js';
import { arm } from './sound.js';
import { notices, rings as sayRings, shell as say } from './strings.js';
import { titled } from './title.js';
import { toast } from './toast.js';

/**
 * The page as a whole: who is signed in, which screen that makes, and the one tick that moves every countdown.
 *
 * @typedef {object} Page
 * @property {string} title
 * @property {HTMLElement} element
 * @property {boolean} [inRoom]
 * @property {() => void} [update]  something changed
 * @property {() => void} [tick]    time went on
 * @property {() => void} [looked]  the tab became visible
 * @property {() => void} [arrive]  it has just been put on the screen; places the focus
 */

const TICK_MS = 250;

export class App {
  /** @type {Session | null} */
  session = null;
  api = new Api({ token: () => deviceKeep.get('token') });
  /** @type {Page | null} */
  #page = null;
  #screen = '';
  #hasShown = false;
  #shell = shell(this);
  #rings = rings();

  start() {
    document.getElementById('app')?.replaceChildren(...this.#shell.elements, this.#rings.element);
    arm();
    addEventListener('hashchange', () => this.paint());
    addEventListener('online', () => this.session?.wake());
    addEventListener('offline', () => this.session?.wake());
    addEventListener('pageshow', (event) => event.persisted && this.session?.wake());
    document.addEventListener('visibilitychange', () => this.#lookedAt());
    addEventListener('storage', (event) => {
      if (event.key === 'cresset.token') this.#follow(deviceKeep.get('token'));
    });
    setInterval(() => this.#tick(), TICK_MS);
    this.#follow(deviceKeep.get('token'));
  }

  // -- who is here

  /** @param {string} name @param {string} gender */
  async signUp(name, gender) {
    const { token } = await this.api.createGuest(name, gender);
    deviceKeep.set('token', token);
    location.hash = '#/';
    this.#follow(token);
  }

  async signOut() {
    try {
      await this.api.logOut();
    } catch {
      // The server cannot be told now; the seat of a forgotten token expires by itself.
    }
    this.forget();
  }

  /** Drops the token of this device: the next screen is the door. */
  forget() {
    deviceKeep.set('token', null);
    this.#follow(null);
  }

  /** Goes on after another window had pushed this one out. */
  comeBack() {
    this.session?.start();
    this.paint();
  }

  /** Becomes whoever the device's token says, which another tab may have changed. @param {string | null} token */
  #follow(token) {
    if (token === (this.session?.token ?? null) && this.session) return;
    this.session?.stop();
    this.session = token ? this.#begin(token) : null;
    this.paint();
  }

  /** @param {string} token */
  #begin(token) {
    const session = new Session({ token, tab: tabKeep, url: () => `${location.origin.replace('http', 'ws')}/ws` });
    session.on('change', () => session === this.session && this.paint());
    session.on('turned-away', (code) => session === this.session && this.#turnedAway(code));
    session.on('invite-ended', ({ invite, ours, outcome }) => {
      if ((outcome !== 'accepted' && outcome !== 'rescinded') || !ours)
        toast(ours ? sayRings.oursEnded(invite.to.name, outcome) : sayRings.theirsEnded(invite.from.name, outcome));
    });
    session.on('notice', (push) =>
      toast(push.type === 'code.unlocked' ? notices.codeUnlocked : notices.intro(push.notification)),
    );
    session.start();
    return session;
  }

  /** @param {number} code */
  #turnedAway(code) {
    if (code === 4507) this.forget();
    else this.paint();
  }

  // -- what is on the screen

  backToPeople() {
    this.session?.seat.dismiss();
    location.hash = '#/';
    this.paint();
  }

  paint() {
    const screen = this.#screenNow();
    if (screen !== this.#screen) this.#turnTo(screen);
    this.#page?.update?.();
    this.#shell.update({ screen: screen.split(' ')[0], inRoom: this.#page?.inRoom === true });
    this.#rings.update(this.session);
    this.session?.lookout.watch(screen === 'people' && !document.hidden);
    this.paintTitle();
  }

  paintTitle() {
    titled(this.#page?.title ?? '');
  }

  /** A word per screen, and what it is about after a blank. */
  #screenNow() {
    const { session } = this;
    if (!session) return 'welcome';
    if (session.connection.state === 'stopped') return `turned-away ${session.connection.stopCode}`;
    if (!session.me) return 'arriving';
    const { seat } = session;
    if (seat.room && (seat.isBusy || seat.room.ended)) return `room ${seat.room.roomId}`;
    const [, place, id] = location.hash.split('/');
    if (place === 'meetings') return id ? `meeting ${id}` : 'meetings';
    return 'people';
  }

  /** @param {string} screen */
  #turnTo(screen) {
    const isNews = this.#hasShown; // what a load brings is read from its top; whatever follows is pointed at
    this.#hasShown ||= screen !== 'arriving';
    this.#screen = screen;
    this.#page = this.#make(screen);
    this.#shell.main.replaceChildren(this.#page.element);
    scrollTo(0, 0);
    this.#page.update?.();
    if (this.#page.arrive) this.#page.arrive();
    else if (isNews) focusOn(this.#page.element.querySelector('h1'));
  }

  /** @param {string} screen @returns {Page} */
  #make(screen) {
    const [name, about] = screen.split(' ');
    const session = /** @type {Session} */ (this.session);
    switch (name) {
      case 'welcome':
        return welcomePage(this);
      case 'turned-away':
        return turnedAwayPage(this, Number(about), session.banReason);
      case 'room':
        return roomPage(this, session);
      case 'meetings':
        return historyPage(this);
      case 'meeting':
        return meetingPage(this, about);
      case 'people':
        return peoplePage(session);
      default:
        return {
          title: '',
          element: h(
            'div',
            { class: 'page arriving', role: 'status' },
            h('img', { src: '/client/art/cresset.svg', alt: '', width: 56, height: 90 }),
            h('p', {}, say.arriving),
          ),
        };
    }
  }

  #tick() {
    this.#page?.tick?.();
    this.#rings.tick();
  }

  #lookedAt() {
    if (!document.hidden) {
      this.session?.wake();
      this.#page?.looked?.();
    }
    this.paint();
  }
}

new App().start();
