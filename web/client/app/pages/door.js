// @ts-check
import { h, show, write } from '../dom.js';
import { codeField, emailField, nameField, newPasswordField, passwordField } from '../fields.js';
import { flame } from '../flame.js';
import { choices, form, orUnknown } from '../form.js';
import { door as say, welcome as sayWelcome } from '../strings.js';

/** The door: coming in as a guest, logging in, and a password that was forgotten. */

/** @param {import('../main.js').App} app @param {string} variant @param {string} about  a code or token of the address
 * @returns {import('../main.js').Page} */
export function doorPage(app, variant, about) {
  const panel = panelFor(app, variant, about);
  const art = flame('large');
  art.burn('lit', 1);
  return {
    title: panel.title ?? '',
    element: h(
      'div',
      { class: 'page welcome' },
      h(
        'div',
        { class: 'hero' },
        art.element,
        h('h1', {}, sayWelcome.title),
        h('p', { class: 'lead' }, sayWelcome.lead),
      ),
      panel.element,
    ),
    ...(panel.first && { arrive: () => panel.first?.focus({ preventScroll: true }) }),
  };
}

/** @param {import('../main.js').App} app @param {string} variant @param {string} about
 * @returns {{element: HTMLElement, title?: string, first?: HTMLElement}} */
function panelFor(app, variant, about) {
  if (variant === 'login') return logIn(app);
  if (variant === 'forgot') return forgot(app);
  if (variant === 'reset') return reset(app, about);
  return guest(app, variant, about);
}

/** @param {string} title @param {HTMLElement} content @param {Node[]} below */
const panelOf = (title, content, ...below) =>
  h(
    'section',
    { class: 'sign-up panel', 'aria-labelledby': 'panel-title' },
    h('h2', { id: 'panel-title' }, title),
    content,
    ...below,
  );

/** @param {string} question @param {string} href @param {string} words */
const elsewhere = (question, href, words) =>
  h('p', { class: 'small elsewhere' }, question && `${question} `, h('a', { href }, words));

// -- as a guest

/** @param {import('../main.js').App} app @param {string} variant @param {string} about */
function guest(app, variant, about) {
  const name = nameField();
  const code = codeField({ value: variant === 'join' ? about : '', isNeeded: false });
  const hasCode = h(
    'details',
    { class: 'more', open: variant === 'join' },
    h('summary', {}, sayWelcome.haveCode),
    code.element,
  );
  const note = h('p', { class: 'introduction', hidden: variant !== 'join' }, sayWelcome.joined);
  let introCode = variant === 'intro' ? about : '';
  const { element } = form({
    className: 'parts',
    label: sayWelcome.enter,
    busy: sayWelcome.entering,
    buttonClass: 'primary wide',
    parts: [
      name.element,
      choices({ name: 'gender', legend: sayWelcome.gender, choices: sayWelcome.genders, chosen: 'unspecified' }),
      hasCode,
    ],
    async send(data) {
      const chosen = name.read();
      const inviteCode = code.read();
      const coming = app.signUp({
        name: chosen,
        gender: String(data.get('gender')),
        ...(inviteCode && { invite_code: inviteCode }),
        ...(introCode && { intro_code: introCode }),
      });
      await (inviteCode ? orUnknown(coming, sayWelcome.codeUnknown, code.input) : coming);
    },
    below: [h('p', { class: 'small' }, sayWelcome.small)],
  });
  if (introCode) introduce();

  async function introduce() {
    try {
      const { created_by_name, target_name } = await app.api.intro(introCode);
      write(note, sayWelcome.introduced(created_by_name, target_name));
    } catch (problem) {
      if (/** @type {any} */ (problem).status !== 404) return; // it may still be good: signing up will tell
      introCode = '';
      write(note, sayWelcome.introGone);
    }
    show(note, true);
  }

  return {
    element: panelOf(
      sayWelcome.formTitle,
      h('div', { class: 'parts' }, note, element),
      elsewhere(sayWelcome.haveAccount, '#/login', sayWelcome.logIn),
    ),
  };
}

// -- with an account

/** @param {import('../main.js').App} app */
function logIn(app) {
  const email = emailField();
  const password = passwordField();
  const mayForget = h('p', { class: 'small', hidden: true }, h('a', { href: '#/forgot' }, say.forgot));
  const { element } = form({
    className: 'parts',
    label: say.logIn,
    busy: say.loggingIn,
    buttonClass: 'primary wide',
    parts: [email.element, password.element],
    send: async () => app.logIn(email.read(), password.read()),
    below: [mayForget],
  });
  app.mayReset().then((may) => show(mayForget, may));
  return {
    title: say.logIn,
    first: email.input,
    element: panelOf(say.logInTitle, element, elsewhere(say.newHere, '#/', say.asGuest)),
  };
}

/** @param {import('../main.js').App} app */
function forgot(app) {
  const email = emailField();
  const done = h('p', { class: 'introduction', role: 'status', hidden: true });
  const { element } = form({
    className: 'parts',
    label: say.send,
    busy: say.sending,
    buttonClass: 'primary wide',
    parts: [h('p', { class: 'hint' }, say.forgotText), email.element],
    async send() {
      const address = email.read();
      let words = say.sent;
      try {
        await app.api.askForReset(address);
      } catch (problem) {
        if (/** @type {any} */ (problem).status !== 404) throw problem;
        words = say.noMail;
      }
      write(done, words);
      show(done, true);
      show(element, false);
    },
  });
  return {
    title: say.forgotTitle,
    first: email.input,
    element: panelOf(say.forgotTitle, h('div', { class: 'parts' }, done, element), elsewhere('', '#/login', say.back)),
  };
}

/** @param {import('../main.js').App} app @param {string} token */
function reset(app, token) {
  const password = newPasswordField({ label: say.fresh });
  const again = elsewhere(say.resetGone, '#/forgot', say.ask);
  show(again, false);
  const { element } = form({
    className: 'parts',
    label: say.set,
    busy: say.setting,
    buttonClass: 'primary wide',
    parts: [h('p', { class: 'hint' }, say.resetText), password.element],
    async send() {
      const fresh = password.read();
      try {
        await app.api.reset(token, fresh);
      } catch (problem) {
        if (/** @type {any} */ (problem).status !== 404) throw problem;
        show(element, false);
        show(again, true);
        return;
      }
      app.wasReset();
    },
  });
  return {
    title: say.resetTitle,
    first: password.input,
    element: panelOf(say.resetTitle, h('div', { class: 'parts' }, element, again), elsewhere('', '#/login', say.back)),
  };
}
