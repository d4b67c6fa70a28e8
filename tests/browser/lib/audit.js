// @ts-check
/** What a page must not do to people who listen, who see badly, or who have a small screen. Answers faults in words. */

/** @returns {string[]} */
export function audit() {
  return [...names(), ...structure(), ...contrast(), ...overflow()];
}

/** @param {Element} element */
const isShown = (element) =>
  element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest('[inert]');
/** @param {Element} element */
const what = (element) =>
  `<${element.tagName.toLowerCase()} class="${element.getAttribute('class')}"> ${element.textContent?.trim().slice(0, 30)}`;

/** Whatever can be acted on says what it is. */
function names() {
  return [...document.querySelectorAll('button, a[href], input, textarea, select, [role="switch"], dialog[open]')]
    .filter(isShown)
    .filter((element) => {
      const labelled = (element.getAttribute('aria-labelledby') ?? '')
        .split(' ')
        .some((id) => id && document.getElementById(id)?.textContent?.trim());
      const labels = /** @type {HTMLInputElement} */ (element).labels;
      return (
        !labelled &&
        !element.getAttribute('aria-label')?.trim() &&
        !labels?.length &&
        !(element.tagName !== 'DIALOG' && element.textContent?.trim())
      );
    })
    .map((element) => `has no name: ${what(element)}`);
}

function structure() {
  const faults = [];
  if (document.documentElement.lang === '') faults.push('has no language');
  if (document.querySelectorAll('main').length !== 1) faults.push('has not one main');
  if ([...document.querySelectorAll('h1')].filter(isShown).length !== 1) faults.push('has not one first heading');
  if (document.title.trim() === '') faults.push('has no title');
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  for (const id of new Set(ids.filter((each, index) => ids.indexOf(each) !== index))) faults.push(`has ${id} twice`);
  for (const image of document.querySelectorAll('img:not([alt])'))
    faults.push(`has a picture without words: ${what(image)}`);
  for (const svg of document.querySelectorAll('svg'))
    if (!svg.closest('[aria-hidden="true"], [role="img"]'))
      faults.push(`shows a drawing to those who listen: ${what(svg)}`);
  for (const element of document.querySelectorAll('[tabindex]'))
    if (Number(element.getAttribute('tabindex')) > 0) faults.push(`bends the order of Tab: ${what(element)}`);
  return faults;
}

/** Text stands out from what is behind it: 4.5 to 1, large text 3 to 1. What is switched off is exempt. */
function contrast() {
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (
      !element ||
      node.textContent?.trim() === '' ||
      !isShown(element) ||
      element.closest('.unseen, noscript, [disabled], [aria-disabled="true"], .avatar') ||
      (document.querySelector('dialog:modal') && !element.closest('dialog:modal'))
    )
      continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600) ? 3 : 4.5;
    const behind = background(element);
    const ratio = ratioOf(over(colour(style.color), behind), behind);
    if (ratio < needed) faults.push(`is hard to read (${ratio.toFixed(2)}): ${what(element)}`);
  }
  return faults;
}

function overflow() {
  return document.documentElement.scrollWidth > innerWidth
    ? [`is wider than the screen: ${document.documentElement.scrollWidth} > ${innerWidth}`]
    : [];
}

/** @param {string} css @returns {number[]} r g b 0..255, a 0..1 */
function colour(css) {
  const canvas = new OffscreenCanvas(1, 1);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext('2d', { willReadFrequently: true })
  );
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}

/** @param {number[]} top @param {number[]} below  opaque */
function over([r, g, b, a], below) {
  return [r, g, b].map((part, index) => part * a + below[index] * (1 - a)).concat(1);
}

/** @param {Element} element @returns {number[]} */
function background(element) {
  const layers = [];
  for (let at = /** @type {Element | null} */ (element); at; at = at.parentElement)
    layers.push(colour(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
}

/** @param {number[]} a @param {number[]} b */
function ratioOf(a, b) {
  const light = ([r, g, bl]) =>
    [r, g, bl]
      .map((part) => (part / 255 <= 0.040_45 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const [bright, dark] = [light(a), light(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dark + 0.05);
}
