// @ts-check
import { avatar } from './avatar.js';
import { h, icon, set } from './dom.js';
import { person as say } from './strings.js';

/**
 * Somebody's picture; with an intro video, a button on it plays that in its place: when asked, and without sound.
 * @param {{user_id: string | null, name: string, selfie_url?: string | null, video_url?: string | null}} somebody
 * @param {string} [className]  of the avatar
 */
export function portrait(somebody, className = '') {
  const picture = avatar(somebody, className);
  if (!somebody.video_url) return picture;
  const button = h('button', { class: 'play', type: 'button', onclick: toggle });
  /** @type {HTMLVideoElement | null} */
  let film = null;

  function toggle() {
    if (film) stop();
    else play();
  }

  function play() {
    film = h('video', { src: somebody.video_url, playsinline: true, onended: stop, onerror: stop });
    film.muted = true;
    picture.append(film);
    film.play().catch(stop);
    paint();
  }

  function stop() {
    film?.remove();
    film = null;
    paint();
  }

  function paint() {
    const words = film ? say.stop(somebody.name) : say.play(somebody.name);
    button.replaceChildren(icon(film ? 'stop' : 'play'));
    set(button, { 'aria-label': words, title: words });
  }

  paint();
  return h('span', { class: 'portrait' }, picture, button);
}
