// @ts-check
import { h, write } from '../dom.js';
import { flame } from '../flame.js';
import { refusal, welcome as say } from '../strings.js';

const NAME_MAX = 50;

/** Signing up as a guest. @param {import('../main.js').App} app */
export function welcomePage(app) {
  const art = flame('large');
  art.burn('lit', 1);
  const name = h('input', {
    id: 'name',
    name: 'name',
    type: 'text',
    autocomplete: 'nickname',
    required: true,
    'aria-describedby': 'name-hint sign-up-error',
    spellcheck: 'false',
  });
  const error = h('p', { id: 'sign-up-error', class: 'error', role: 'alert' });
  const button = h('button', { class: 'primary wide', type: 'submit' }, say.enter);
  const form = h(
    'form',
    { class: 'sign-up panel', novalidate: true, onsubmit: submit, 'aria-labelledby': 'sign-up-title' },
    h('h2', { id: 'sign-up-title' }, say.formTitle),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'name' }, say.name),
      name,
      h('p', { id: 'name-hint', class: 'hint' }, say.nameHint),
    ),
    h(
      'fieldset',
      { class: 'choices' },
      h('legend', {}, say.gender),
      Object.entries(say.genders).map(([value, text]) =>
        h(
          'label',
          { class: 'choice' },
          h('input', { type: 'radio', name: 'gender', value, checked: value === 'unspecified' }),
          h('span', {}, text),
        ),
      ),
    ),
    error,
    button,
    h('p', { class: 'small' }, say.small),
  );

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const chosen = name.value.trim();
    const wrong = chosen === '' ? say.nameMissing : [...chosen].length > NAME_MAX ? say.nameLong : '';
    write(error, wrong);
    name.setAttribute('aria-invalid', String(wrong !== ''));
    if (wrong) {
      name.focus();
      return;
    }
    button.disabled = true;
    write(button, say.entering);
    try {
      await app.signUp(chosen, String(new FormData(form).get('gender')));
    } catch (problem) {
      write(error, refusal(/** @type {any} */ (problem)));
    } finally {
      button.disabled = false;
      write(button, say.enter);
    }
  }

  return {
    title: '',
    element: h(
      'div',
      { class: 'page welcome' },
      h('div', { class: 'hero' }, art.element, h('h1', {}, say.title), h('p', { class: 'lead' }, say.lead)),
      form,
    ),
  };
}
