// @ts-check
import { h, svg, write } from './dom.js';

/** A ring that runs out around its content, with the seconds for those who like numbers.
 * @param {Node} content */
export function countdown(content) {
  const arc = svg('circle', { class: 'arc', cx: 50, cy: 50, r: 46, pathLength: 100 });
  const seconds = h('span', { class: 'seconds', 'aria-hidden': 'true' });
  const element = h(
    'div',
    { class: 'countdown' },
    svg(
      'svg',
      { viewBox: '0 0 100 100', 'aria-hidden': 'true' },
      svg('circle', { class: 'track', cx: 50, cy: 50, r: 46 }),
      arc,
    ),
    content,
    seconds,
  );
  return {
    element,
    /** @param {number} leftMs @param {number} wholeMs */
    show(leftMs, wholeMs) {
      element.style.setProperty('--left', String(Math.min(100, (100 * leftMs) / wholeMs)));
      write(seconds, String(Math.ceil(leftMs / 1000)));
    },
  };
}
