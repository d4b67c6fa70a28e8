// @ts-check
import { h, icon, show } from '../dom.js';
import { codeField } from '../fields.js';
import { form, orUnknown } from '../form.js';
import { copy, shareLink } from '../share.js';
import { brand, code as say, welcome } from '../strings.js';
import { toast } from '../toast.js';
import { onceKnown, yourPage } from './you.js';

/** Being let in by a code, and letting in with one's own.
 * @param {import('../main.js').App} app @param {string} given  a code of the address
 * @returns {import('../main.js').Page} */
export function codePage(app, given) {
  const redeeming = h('section', { class: 'panel' });
  const own = h('section', { class: 'panel own-code' });
  let status = '';
  /** @type {string | null} */
  let picture = null;
  const known = onceKnown(app, ({ paid_status, access, metrics }) => {
    if (status !== paid_status) redeeming.replaceChildren(...redeem(app, given, access.admitted));
    status = paid_status;
    show(redeeming, paid_status === 'unpaid');
    if (access.invite_code === null) own.replaceChildren(...locked(access, metrics));
    else own.replaceChildren(...unlocked(access, place()));
    show(own, true);
  });
  show(redeeming, false);
  show(own, false);

  /** The picture needs the token, so the page asks for it as for anything else. */
  function place() {
    const image = h('img', { alt: say.picture, width: 220, height: 220, src: picture });
    show(image, picture !== null);
    if (picture === null)
      app.api.codePicture().then(
        (file) => {
          picture = URL.createObjectURL(file);
          image.src = picture;
          show(image, true);
        },
        () => {}, // the code itself stands beside it
      );
    return image;
  }

  return {
    title: say.title,
    element: yourPage('code', say.title, known.element, redeeming, own),
    update: known.update,
  };
}

/** @param {import('../main.js').App} app @param {string} given @param {boolean} isAdmitted @returns {Node[]} */
function redeem(app, given, isAdmitted) {
  const code = codeField({ value: given });
  const { element } = form({
    className: 'parts',
    label: say.redeem,
    busy: say.redeeming,
    parts: [code.element],
    async send() {
      await orUnknown(app.account.redeem(/** @type {string} */ (code.read())), welcome.codeUnknown, code.input);
      toast(say.redeemed);
    },
  });
  const text = isAdmitted ? say.redeemText : say.redeemNeeded;
  return [h('h2', {}, say.redeemTitle), h('p', { class: 'hint' }, text), element];
}

/** @typedef {import('../../protocol.d.ts').Access} Access */

/** @param {Access} access @param {{successful_sessions: number}} metrics @returns {Node[]} */
function locked({ unlock_at }, { successful_sessions }) {
  const done = Math.min(successful_sessions, unlock_at);
  const left = unlock_at - done;
  return [
    h('h2', {}, say.lockedTitle),
    h('p', { class: 'hint' }, left === 0 ? say.lockedSoon : say.locked(left)),
    h(
      'div',
      { class: 'way' },
      h('progress', { value: done, max: unlock_at, 'aria-label': say.progress(done, unlock_at) }),
      h('p', { class: 'small', 'aria-hidden': 'true' }, say.progress(done, unlock_at)),
    ),
  ];
}

/** @param {Access} access @param {HTMLElement} picture @returns {Node[]} */
function unlocked({ invite_code, uses_remaining }, picture) {
  const code = String(invite_code);
  const parts = code.match(/.{1,4}/g) ?? [code];
  return [
    h('h2', {}, say.openTitle),
    h('p', { class: 'hint' }, `${say.openText} ${say.uses(uses_remaining)}`),
    h(
      'div',
      { class: 'code-place' },
      picture,
      h(
        'div',
        { class: 'parts' },
        h(
          'p',
          { class: 'code-words', 'aria-label': code },
          parts.map((part) => h('span', {}, part)),
        ),
        h(
          'div',
          { class: 'acts' },
          h('button', { class: 'secondary', type: 'button', onclick: () => copy(code) }, icon('copy'), say.copyCode),
        ),
        shareLink({ url: `${location.origin}/#/join/${code}`, title: brand }),
      ),
    ),
  ];
}
