// @ts-check
import { h, svg } from './dom.js';

/**
 * The cresset: an iron basket whose fire is lit, dimming, frozen, out or not lit yet.
 * It shows what is said in words beside it, so it is hidden from those who listen.
 */
const ART = '/client/art/flame.svg';

/** @typedef {'lit' | 'dimming' | 'frozen' | 'out' | 'unlit'} FlameState */

/** @param {string} [className] */
export function flame(className = '') {
  // A drawing of its own for each part: a browser moves whole drawings without painting them again.
  const part = (/** @type {string} */ name) =>
    svg('svg', { class: name, viewBox: '0 0 120 180' }, svg('use', { href: `${ART}#${name}` }));
  const element = h(
    'div',
    { class: `flame ${className}`, 'aria-hidden': 'true', 'data-state': 'unlit' },
    h('div', { class: 'glow' }),
    part('smoke'),
    h('div', { class: 'fire' }, part('outer'), part('middle'), part('inner')),
    part('sparks'),
    part('coals'),
    part('basket'),
  );

  return {
    element,

    /** @param {FlameState} state @param {number} left  0..1 of its present state */
    burn(state, left) {
      if (element.dataset.state !== state) element.dataset.state = state;
      const height = left.toFixed(2);
      if (element.style.getPropertyValue('--left') !== height) element.style.setProperty('--left', height);
    },

    /** Somebody has fed it. */
    flare() {
      element.classList.remove('flare');
      requestAnimationFrame(() => element.classList.add('flare'));
    },
  };
}
