// @ts-check
import { ask } from '../ask.js';
import { h, show } from '../dom.js';
import { emailField, newPasswordField, passwordField } from '../fields.js';
import { field, form, Wrong } from '../form.js';
import { minutes } from '../format.js';
import { account as say } from '../strings.js';
import { toast } from '../toast.js';
import { onceKnown, yourPage } from './you.js';

const SAVED_WITHIN_MS = 60_000; // a browser may ask where to put it first

/** Staying, and leaving. @param {import('../main.js').App} app @returns {import('../main.js').Page} */
export function accountPage(app) {
  const login = h('section', { class: 'panel' });
  const figures = h('section', { class: 'panel' });
  const data = dataPanel(app);
  const out = h('section', { class: 'panel' });
  const panels = [login, figures, data, out];
  let type = '';
  const known = onceKnown(app, (mine) => {
    figures.replaceChildren(...figuresOf(mine));
    if (type !== mine.account_type) {
      type = mine.account_type;
      login.replaceChildren(...(type === 'guest' ? keeping(app, mine) : changing(app, mine)));
      out.replaceChildren(...leaving(app, mine));
    }
    for (const panel of panels) show(panel, true);
  });
  for (const panel of panels) show(panel, false);
  return {
    title: say.title,
    element: yourPage('account', say.title, known.element, ...panels),
    update: known.update,
  };
}

/** @typedef {import('../../protocol.d.ts').MyAccount} MyAccount */

/** @param {import('../main.js').App} app @param {MyAccount} mine @returns {Node[]} */
function keeping(app, mine) {
  const email = emailField();
  const password = newPasswordField();
  const { element } = form({
    className: 'parts',
    label: say.keep,
    busy: say.keeping,
    parts: [email.element, password.element],
    async send() {
      await app.account.makePermanent(email.read(), password.read());
      toast(say.kept);
    },
  });
  return [
    h('h2', {}, say.guestTitle),
    mine.account_expires_at_ms && h('p', { class: 'hint' }, say.guestText(mine.account_expires_at_ms)),
    element,
  ].filter((each) => each instanceof Node);
}

/** @param {import('../main.js').App} app @param {MyAccount} mine @returns {Node[]} */
function changing(app, mine) {
  const old = passwordField({ id: 'old-password', label: say.old });
  const fresh = newPasswordField({ label: say.fresh });
  const { element } = form({
    className: 'parts',
    label: say.change,
    busy: say.changing,
    parts: [h('h3', {}, say.passwordTitle), old.element, fresh.element],
    async send() {
      try {
        await app.api.changePassword(old.read(), fresh.read());
      } catch (problem) {
        if (/** @type {any} */ (problem).code === 'wrong_credentials') throw new Wrong(say.wrongOld, old.input);
        throw problem;
      }
      element.reset();
      toast(say.changed);
    },
  });
  return [h('h2', {}, say.loginTitle), h('p', { class: 'hint' }, say.loginText(mine.email ?? '')), element];
}

/** @param {MyAccount} mine @returns {Node[]} */
function figuresOf({ metrics }) {
  const all = {
    [say.figures.meetings]: String(metrics.session_count),
    [say.figures.time]: minutes(metrics.timer_total_seconds),
    [say.figures.successful]: String(metrics.successful_sessions),
  };
  return [
    h('h2', {}, say.figuresTitle),
    h(
      'dl',
      { class: 'figures' },
      Object.entries(all).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
  ];
}

/** @param {import('../main.js').App} app */
function dataPanel(app) {
  const { element } = form({
    className: 'parts',
    buttonClass: 'secondary',
    label: say.export,
    busy: say.exporting,
    parts: [h('p', { class: 'hint' }, say.dataText)],
    async send() {
      const text = JSON.stringify(await app.api.export(), null, 2);
      const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
      h('a', { href: url, download: say.exportName }).click();
      setTimeout(() => URL.revokeObjectURL(url), SAVED_WITHIN_MS);
    },
  });
  return h('section', { class: 'panel' }, h('h2', {}, say.dataTitle), element);
}

/** @param {import('../main.js').App} app @param {MyAccount} mine @returns {Node[]} */
function leaving(app, mine) {
  const isGuest = mine.account_type === 'guest';
  return [
    h('h2', {}, say.outTitle),
    h('p', { class: 'hint' }, isGuest ? say.outGuest : say.outText),
    h(
      'div',
      { class: 'acts' },
      h('button', { class: 'secondary', type: 'button', onclick: () => app.signOut() }, say.out),
      h('button', { class: 'quiet-button grave', type: 'button', onclick: () => askToDelete(app) }, say.delete),
    ),
  ];
}

/** Nobody deletes an account by a slip: one writes one's own name. @param {import('../main.js').App} app */
function askToDelete(app) {
  const name = app.account.mine?.name ?? '';
  const { element, input } = field({
    id: 'own-name',
    label: say.deleteName(name),
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  ask({
    title: say.deleteTitle,
    text: [say.deleteText],
    parts: [element],
    yes: say.deleteYes,
    async act() {
      if (input.value.trim() !== name) throw new Wrong(say.deleteWrong, input);
      await app.deleteAccount();
    },
  });
}
