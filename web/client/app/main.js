// @ts-check
import { Account } from '../lib/account.js';
import { Api } from '../lib/api.js';
import { deviceKeep, tabKeep } from '../lib/keep.js';
import { Session } from '../lib/session.js';
import { closeSheets } from './ask.js';
import { focusOn, h } from './dom.js';
import { decoded } from './format.js';
import { accountPage } from './pages/account.js';
import { blacklistPage } from './pages/blacklist.js';
import { blockedPage } from './pages/blocked.js';
import { codePage } from './pages/code.js';
import { doorPage } from './pages/door.js';
import { historyPage, meetingPage } from './pages/history.js';
import { introductionPage } from './pages/introduction.js';
import { newsPage } from './pages/news.js';
import { peoplePage } from './pages/people.js';
import { profilePage } from './pages/profile.js';
import { roomPage } from './pages/room.js';
import { turnedAwayPage } from './pages/turned-away.js';
import { rings } from './rings.js';
import { shell } from './shell.js';
import { arm } from './sound.js';
import { account as sayAccount, door, notices, rings as sayRings, shell as say } from './strings.js';
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
const DOUBT_AFTER = 3; // attempts to come back, until one asks over HTTP whether one may

/** Places anybody may go to, signed in or not, unless a meeting is going on. */
const OPEN_TO_ALL = new Set(['blacklist', 'reset']);

/** Screens by the word in the address. */
const PLACES = new Map(
  Object.entries({
    meetings: 'meetings',
    me: 'profile',
    account: 'account',
    code: 'code',
    blocked: 'blocked',
    news: 'news',
  }),
);

export class App {
  /** @type {Session | null} */
  session = null;
  api = new Api({ token: () => deviceKeep.get('token') });
  account = this.#accountOf();
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

  /** @param {Parameters<Api['createGuest']>[0]} guest */
  async signUp(guest) {
    this.#comeIn(await this.api.createGuest(guest));
  }

  /** @param {string} email @param {string} password */
  async logIn(email, password) {
    this.#comeIn(await this.api.logIn(email, password));
  }

  /** @param {{token: string}} login */
  #comeIn({ token }) {
    deviceKeep.set('token', token);
    location.hash = '#/';
    this.#follow(token);
  }

  /** Whether a forgotten password can be replaced in this house. Asked once. @type {Promise<boolean> | null} */
  #mayReset = null;
  mayReset() {
    return (this.#mayReset ??= this.api.mayReset());
  }

  /** A new password is set, which has ended every login. */
  wasReset() {
    this.forget('#/login');
    toast(door.resetDone);
  }

  async deleteAccount() {
    const { session } = this;
    session?.stop(); // its socket would hear of it first, and say something else
    try {
      await this.api.deleteMe();
    } catch (problem) {
      session?.start();
      throw problem;
    }
    this.forget();
    toast(sayAccount.deleted);
  }

  async signOut() {
    this.session?.stop(); // its socket would hear of it first, and say something else
    try {
      await this.api.logOut();
    } catch {
      // The server cannot be told now; the seat of a forgotten token expires by itself.
    }
    this.forget();
  }

  /** Drops the token of this device: the next screen is the door. @param {string} [hash]  which side of it */
  forget(hash = '#/') {
    deviceKeep.set('token', null);
    location.hash = hash;
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
    this.account = this.#accountOf();
    this.#known = false;
    this.session = token ? this.#begin(token) : null;
    this.paint();
  }

  #accountOf() {
    const account = new Account(this.api);
    account.on('change', () => {
      if (account !== this.account || !account.mine) return;
      this.session?.becomes(account.mine);
      this.paint();
    });
    return account;
  }

  /** @param {string} token */
  #begin(token) {
    const session = new Session({ token, tab: tabKeep, url: () => `${location.origin.replace('http', 'ws')}/ws` });
    session.on('change', () => session === this.session && this.#changed(session));
    session.on('turned-away', (code) => session === this.session && this.#turnedAway(code));
    session.on('invite-ended', ({ invite, ours, outcome }) => {
      if ((outcome !== 'accepted' && outcome !== 'rescinded') || !ours)
        toast(ours ? sayRings.oursEnded(invite.to.name, outcome) : sayRings.theirsEnded(invite.from.name, outcome));
    });
    session.on('notice', (push) => {
      toast(push.type === 'code.unlocked' ? notices.codeUnlocked : notices.intro(push.notification));
      if (push.type === 'code.unlocked') this.#learn();
    });
    session.start();
    return session;
  }

  /** @param {Session} session */
  #changed(session) {
    if (session.me && !this.#known) {
      this.#known = true;
      this.#learn();
    }
    const { connection } = session;
    if (connection.state === 'waiting' && connection.failures === DOUBT_AFTER && !this.#doubting)
      this.#askWhetherWeMay(session);
    this.paint();
  }

  #known = false;
  #doubting = false;

  /** What GET /me knows besides. Without it the page lacks a hint or two. */
  #learn() {
    this.account.load().catch(() => {});
  }

  /** A banned address is refused before it can say hello, which a socket hears as silence. @param {Session} session */
  async #askWhetherWeMay(session) {
    this.#doubting = true;
    try {
      await this.api.me();
    } catch (problem) {
      if (/** @type {any} */ (problem).code === 'banned') session.connection.endWith(4503);
    }
    this.#doubting = false;
  }

  /** @param {number} code */
  #turnedAway(code) {
    if (code !== 4507) {
      this.paint();
      return;
    }
    this.forget(this.session?.me?.account_type === 'permanent' ? '#/login' : '#/');
    toast(sayAccount.signedOut);
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
    const [, place = '', about = ''] = location.hash.split('/').map(decoded);
    if (OPEN_TO_ALL.has(place) && !session?.seat.isBusy) return place === 'reset' ? `door reset ${about}` : place;
    if (!session) return `door ${place} ${about}`;
    if (session.connection.state === 'stopped') return `turned-away ${session.connection.stopCode}`;
    if (!session.me) return 'arriving';
    const { seat } = session;
    if (seat.room && (seat.isBusy || seat.room.ended)) return `room ${seat.room.roomId}`;
    if (place === 'meetings' && about) return `meeting ${about}`;
    if (place === 'intro') return `intro ${about}`;
    if (place === 'join') return `code ${about}`;
    return PLACES.get(place) ?? 'people';
  }

  /** @param {string} screen */
  #turnTo(screen) {
    const isNews = this.#hasShown; // what a load brings is read from its top; whatever follows is pointed at
    this.#hasShown ||= screen !== 'arriving';
    this.#screen = screen;
    closeSheets();
    this.#page = this.#make(screen);
    this.#shell.main.replaceChildren(this.#page.element);
    scrollTo(0, 0);
    this.#page.update?.();
    if (this.#page.arrive) this.#page.arrive();
    else if (isNews) focusOn(this.#page.element.querySelector('h1'));
  }

  /** @param {string} screen @returns {Page} */
  #make(screen) {
    const [name, about = '', more = ''] = screen.split(' ');
    const session = /** @type {Session} */ (this.session);
    switch (name) {
      case 'door':
        return doorPage(this, about, more);
      case 'blacklist':
        return blacklistPage(this);
      case 'turned-away':
        return turnedAwayPage(this, Number(about), session.banReason);
      case 'room':
        return roomPage(this, session);
      case 'meetings':
        return historyPage(this);
      case 'meeting':
        return meetingPage(this, about);
      case 'people':
        return peoplePage(this, session);
      case 'profile':
        return profilePage(this);
      case 'account':
        return accountPage(this);
      case 'code':
        return codePage(this, about);
      case 'blocked':
        return blockedPage(this);
      case 'news':
        return newsPage(this, session);
      case 'intro':
        return introductionPage(this, about);
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
