// @ts-check
import { h, icon, set, show, write } from './dom.js';
import { room as say } from './strings.js';

const COUNT_FROM = 80; // so many characters before the limit the count appears
const TALLEST_PX = 140;

/**
 * Where one writes. Enter sends, Shift+Enter makes a line.
 * @param {{onsay: (text: string) => void, ontyping: () => void}} options
 */
export function composer({ onsay, ontyping }) {
  let most = 500;
  let mayWrite = false;
  const field = h('textarea', {
    id: 'composer',
    rows: 1,
    enterkeyhint: 'send',
    autocomplete: 'off',
    'aria-describedby': 'composer-left',
    oninput: typed,
    onkeydown: key,
  });
  const label = h('label', { for: 'composer', class: 'unseen' }, say.composer);
  const left = h('p', { id: 'composer-left', class: 'left', hidden: true });
  const button = h('button', { class: 'send', 'aria-label': say.send }, icon('send'));
  const element = h('form', { class: 'composer', onsubmit: submit }, label, field, left, button);

  const text = () => field.value.trim();
  const surplus = () => [...text()].length - most;

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    if (!mayWrite || text() === '' || surplus() > 0) return;
    onsay(text());
    field.value = '';
    grow();
    field.focus();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
  }

  function typed() {
    grow();
    if (text() !== '') ontyping();
  }

  function grow() {
    const over = surplus();
    show(left, over > -COUNT_FROM);
    write(left, say.left(-over));
    set(field, { 'aria-invalid': over > 0 ? 'true' : null });
    button.disabled = !mayWrite || text() === '' || over > 0;
    field.style.height = 'auto';
    field.style.height = `${Math.min(TALLEST_PX, field.scrollHeight)}px`;
  }

  return {
    element,
    field,
    /** @param {{name: string, textMax: number, mayWrite: boolean}} now */
    update(now) {
      most = now.textMax;
      mayWrite = now.mayWrite;
      set(field, { placeholder: say.placeholder(now.name) });
      button.disabled = !mayWrite || text() === '' || surplus() > 0;
    },
  };
}
