// @ts-check
import { h } from '/client/app/dom.js';
import { toast } from '/client/app/toast.js';
import { ask } from './dialog.js';

/**
 * Decides about somebody: for good, or vindicated; with a note, and asked for once more.
 *
 * @param {import('./main.js').Ops} ops
 * @param {{user_id: string, name: string}} user
 * @returns {Promise<boolean>}  whether it was decided
 */
export async function review(ops, user) {
  const decision = await choose(user.name);
  if (!decision) return false;
  const isGrave = decision === 'permanent';
  /** @type {string[]} */
  let networks = [];
  const isDone = await ask({
    title: isGrave ? `Ban ${user.name} for good?` : `Vindicate ${user.name}?`,
    text: isGrave
      ? 'The name and the reason go to the public blacklist, and the addresses of the last logins are banned.'
      : 'The tokens of before are good again, and only later reports count. Blocks stay.',
    fields: [
      {
        name: 'note',
        label: 'Note',
        hint: 'For operators only; nobody else reads it.',
        isLong: true,
        props: { maxlength: 1000 },
      },
    ],
    act: isGrave ? 'Ban for good' : 'Vindicate',
    isGrave,
    run: async ({ note }) => {
      const path = `/bans/${encodeURIComponent(user.user_id)}/review`;
      ({ networks } = await ops.api.post(path, { decision, ...(note && { note }) }));
    },
  });
  const also = networks.length ? ` ${isGrave ? 'Banned, too' : 'Free again'}: ${networks.join(', ')}.` : '';
  if (isDone) toast(`${user.name} is ${isGrave ? 'banned for good' : 'vindicated'}.${also}`);
  return isDone;
}

/** @param {string} name @returns {Promise<'permanent' | 'vindicated' | null>} */
function choose(name) {
  return new Promise((resolve) => {
    /** @type {'permanent' | 'vindicated' | null} */
    let chosen = null;
    /** @param {'permanent' | 'vindicated' | null} decision */
    const choice = (decision) => () => {
      chosen = decision;
      dialog.close();
    };
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'choosing' },
      h(
        'div',
        { class: 'sheet' },
        h('h2', { id: 'choosing', tabindex: -1, autofocus: true }, `Decide about ${name}`),
        h('button', { class: 'secondary', type: 'button', onclick: choice('vindicated') }, 'Vindicated …'),
        h('button', { class: 'primary grave', type: 'button', onclick: choice('permanent') }, 'Banned for good …'),
        h(
          'div',
          { class: 'acts' },
          h('button', { class: 'quiet-button', type: 'button', onclick: choice(null) }, 'Not now'),
        ),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
