// @ts-check
import { h, write } from './dom.js';
import { minutes } from './format.js';
import { lengths as say } from './strings.js';

export const SHORTEST_S = 60;
export const LONGEST_S = 500;
export const USUAL_S = 300;
const STEP_S = 20;

/**
 * A slider for the length of a video call.
 * @param {{label?: string, id: string, onchange?: (seconds: number) => void}} options
 */
export function lengthSlider({ label = say.label, id, onchange = () => {} }) {
  const output = h('output', { for: id });
  const slider = h('input', {
    id,
    type: 'range',
    min: SHORTEST_S,
    max: LONGEST_S,
    step: STEP_S,
    value: USUAL_S,
    oninput: changed,
  });
  function changed() {
    write(output, minutes(slider.valueAsNumber));
    slider.setAttribute('aria-valuetext', minutes(slider.valueAsNumber));
    slider.style.setProperty('--filled', `${(100 * (slider.valueAsNumber - SHORTEST_S)) / (LONGEST_S - SHORTEST_S)}%`);
    onchange(slider.valueAsNumber);
  }
  changed();
  return {
    element: h('div', { class: 'length' }, h('label', { for: id }, label), output, slider),
    get seconds() {
      return slider.valueAsNumber;
    },
  };
}

/** Asks how long, then calls back. */
export function lengthDialog() {
  const slider = lengthSlider({ id: 'length' });
  const title = h('h2', { id: 'length-title' });
  let chosen = (/** @type {number} */ _seconds) => {};
  const element = h(
    'dialog',
    { class: 'sheet', 'aria-labelledby': 'length-title' },
    h(
      'form',
      {
        method: 'dialog',
        onsubmit: () => chosen(slider.seconds),
      },
      title,
      slider.element,
      h('p', { class: 'hint' }, say.agreed),
      h('p', { class: 'note' }, say.noMedia),
      h(
        'div',
        { class: 'acts' },
        h('button', { class: 'secondary', type: 'button', onclick: () => element.close() }, say.cancel),
        h('button', { class: 'primary' }, say.ring),
      ),
    ),
  );
  return {
    element,
    /** @param {{name: string}} card @param {(seconds: number) => void} then */
    ask(card, then) {
      chosen = then;
      write(title, say.title(card.name));
      element.showModal();
    },
  };
}
