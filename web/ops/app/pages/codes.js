// @ts-check
import { h } from '/client/app/dom.js';
import { toast } from '/client/app/toast.js';
import { copyable } from '../copy.js';
import { ask } from '../dialog.js';
import { instant } from '../instants.js';
import { userLink } from '../links.js';
import { paged } from '../loading.js';
import { badge, button, page, states } from '../page.js';
import { table } from '../table.js';

/**
 * Codes that operators give away, and those that users have.
 * @param {import('../main.js').Ops} ops
 * @param {string} [type]
 */
export function codesPage(ops, type = 'admin') {
  const codes = table('Invite codes', [
    { head: 'Code', cell: (code) => copyable(code.code, `the code ${code.label ?? code.code}`), class: 'tight' },
    type === 'admin'
      ? { head: 'Label', cell: (code) => h('span', { dir: 'auto' }, code.label ?? '–'), class: 'wide-cell' }
      : { head: 'Whose', cell: (code) => userLink(code.created_by) },
    { head: 'Made', cell: (code) => instant(code.created_at_ms), class: 'tight' },
    { head: 'Let in', cell: (code) => String(code.uses) },
    { head: 'Left', cell: (code) => String(code.uses_remaining ?? 'any number') },
    { head: 'State', cell: state, class: 'tight' },
    { head: '', cell: (code) => code.is_active && button('Deactivate', () => deactivate(code)) },
  ]);
  const list = paged({
    load: (last) => ops.api.get('/invite-codes', { type, before: last?.code }),
    into: codes,
    empty: type === 'admin' ? 'No code has been made yet.' : 'Nobody has a code yet.',
  });

  async function make() {
    let code = '';
    const isDone = await ask({
      title: 'A new invite code',
      fields: [
        {
          name: 'label',
          label: 'Label',
          hint: 'For whom it is. Only operators read it.',
          props: { required: true, maxlength: 200 },
        },
      ],
      act: 'Make it',
      run: async ({ label }) => ({ code } = await ops.api.post('/invite-codes', { label })),
    });
    if (!isDone) return;
    toast(`The code is ${code}.`);
    list.refresh();
  }

  /** @param {{code: string, label: string | null}} code */
  async function deactivate({ code, label }) {
    const isDone = await ask({
      title: `Deactivate ${label ?? code}?`,
      text: 'Nobody can use it any more. Whoever has used it stays.',
      act: 'Deactivate',
      isGrave: true,
      run: () => ops.api.post(`/invite-codes/${encodeURIComponent(code)}/deactivate`),
    });
    if (!isDone) return;
    toast('The code is deactivated.');
    list.refresh();
  }

  list.refresh();
  return page(
    'Invite codes',
    {
      about: 'A code of yours lets in as many as you give it to, until you deactivate it.',
      acts: [states('codes', type, { admin: 'Operators’', user: 'Users’' }), button('Make a code', make, 'primary')],
    },
    list.element,
  );
}

/** @param {any} code */
function state({ is_active, uses_remaining }) {
  if (!is_active) return badge('deactivated', 'bad');
  return uses_remaining === 0 ? badge('used up', 'warn') : badge('open', 'good');
}
