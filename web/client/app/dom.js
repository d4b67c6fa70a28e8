// @ts-check
/** Making and changing elements. Text only ever becomes a text node, so nothing a person wrote can become markup. */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | null | undefined | false} One */
/** @typedef {One | One[]} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [props]  attributes; `on...` are listeners; true is empty; false and null are left out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  set(element, props);
  append(element, children);
  return element;
}

/** @param {string} tag @param {Record<string, any>} props @param {...Node} children */
export function svg(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, props);
  element.append(...children);
  return element;
}

/**
 * A picture from the sprite; what it means is said in words beside it.
 * @param {string} name
 * @param {string} [className]
 */
export function icon(name, className = '') {
  return svg(
    'svg',
    { class: `icon ${className}`, viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    svg('use', { href: `/client/art/icons.svg#${name}` }),
  );
}

/** @param {Element} element @param {Record<string, any>} props */
export function set(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else {
      const text = value === true ? '' : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

/** @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {boolean} shown */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** @param {Element} element @param {Child[]} children */
function append(element, children) {
  for (const child of children) {
    for (const one of Array.isArray(child) ? child : [child]) if (one) element.append(one);
  }
}

/**
 * Makes the children of a parent match a list, keeping the element of each key (and with it focus and scroll).
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => HTMLElement} make
 * @param {(element: HTMLElement, item: T, index: number) => void} update
 */
export function keyed(parent, items, key, make, update) {
  const elements = new Map(
    [...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key ?? '', child]),
  );
  let place = parent.firstElementChild;
  items.forEach((item, index) => {
    const name = key(item);
    let element = /** @type {HTMLElement | undefined} */ (elements.get(name));
    elements.delete(name);
    if (!element) {
      element = make(item);
      element.dataset.key = name;
    }
    update(element, item, index);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  });
  for (const element of elements.values()) element.remove();
}

/** Somebody acted, and what the focus stood on may have gone: back there, or to the top of the page.
 * @param {HTMLElement} [element] */
export function refocus(element) {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  focusOn(element?.checkVisibility() ? element : document.querySelector('h1'));
}

/**
 * Moves the focus to what a person should read next, without a jump for those who see.
 * @param {HTMLElement | null} element
 */
export function focusOn(element) {
  if (!element) return;
  if (!element.matches('a[href], button, input, textarea, [tabindex]')) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
