// @ts-check
import { field, Wrong } from './form.js';
import { door as say, welcome } from './strings.js';

/** The inputs that more than one page asks for, and what may be in them. `read()` answers the value or raises Wrong. */

const NAME_MAX = 50;
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;
const CODE = /^[A-Z0-9]{16}$/;

/** @param {{id?: string, value?: string, hint?: string}} [options] */
export function nameField({ id = 'name', value = '', hint = welcome.nameHint } = {}) {
  const { element, input } = field({
    id,
    label: welcome.name,
    hint,
    value,
    type: 'text',
    autocomplete: 'nickname',
    required: true,
    spellcheck: 'false',
  });
  return {
    element,
    input,
    read() {
      const name = input.value.trim();
      if (name === '') throw new Wrong(welcome.nameMissing, input);
      if ([...name].length > NAME_MAX) throw new Wrong(welcome.nameLong, input);
      return name;
    },
  };
}

export function emailField() {
  const { element, input } = field({
    id: 'email',
    label: say.email,
    type: 'email',
    inputmode: 'email',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
  });
  return {
    element,
    input,
    read() {
      const email = input.value.trim();
      if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Wrong(say.emailMissing, input);
      return email;
    },
  };
}

/** One that is known already. @param {{id?: string, label?: string}} [options] */
export function passwordField({ id = 'password', label = say.password } = {}) {
  const { element, input } = field({ id, label, type: 'password', autocomplete: 'current-password', required: true });
  return {
    element,
    input,
    read() {
      if (input.value === '') throw new Wrong(say.passwordMissing, input);
      return input.value;
    },
  };
}

/** One that is chosen now. @param {{id?: string, label?: string}} [options] */
export function newPasswordField({ id = 'new-password', label = say.password } = {}) {
  const { element, input } = field({
    id,
    label,
    hint: say.passwordHint,
    type: 'password',
    autocomplete: 'new-password',
    required: true,
  });
  return {
    element,
    input,
    read() {
      const { length } = [...input.value];
      if (length < PASSWORD_MIN) throw new Wrong(say.passwordShort, input);
      if (length > PASSWORD_MAX) throw new Wrong(say.passwordLong, input);
      return input.value;
    },
  };
}

/** @param {{value?: string, isNeeded?: boolean}} [options] */
export function codeField({ value = '', isNeeded = true } = {}) {
  const { element, input } = field({
    id: 'invite-code',
    label: welcome.code,
    hint: welcome.codeHint,
    value,
    type: 'text',
    class: 'code',
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
  });
  return {
    element,
    input,
    read() {
      const code = input.value.replace(/[\s-]/g, '').toUpperCase();
      if (code === '' && !isNeeded) return null;
      if (!CODE.test(code)) throw new Wrong(welcome.codeBad, input);
      return code;
    },
  };
}
