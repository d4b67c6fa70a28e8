// @ts-check
import { announce } from './announce.js';
import { sheet } from './ask.js';
import { countdown } from './countdown.js';
import { h, icon, show } from './dom.js';
import { square } from './pictures.js';
import { profile, studio as say } from './strings.js';
import { toast } from './toast.js';

/** The camera of this device: a picture or a short video of oneself, looked at before anybody else does. */

export const LONGEST_S = 30;
const TICK_MS = 200;
const FORMS = ['video/mp4;codecs=avc1.42E01E,mp4a.40.2', 'video/webm;codecs=vp8,opus', 'video/webm'];
const VIDEO_BITS = 1_200_000; // a second: half a minute is about 5 MB

/** @param {{audio: boolean}} wanted @returns {Promise<MediaStream | null>} */
async function camera({ audio }) {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio,
      video: { facingMode: 'user', width: { ideal: 720 }, height: { ideal: 720 } },
    });
  } catch {
    toast(profile.noCamera);
    return null;
  }
}

/** @param {MediaStream} stream */
const letGo = (stream) => {
  for (const track of stream.getTracks()) track.stop();
};

/** @param {MediaStream} stream */
function mirror(stream) {
  const film = h('video', { class: 'mirror', autoplay: true, playsinline: true, 'aria-label': say.camera });
  film.muted = true;
  film.srcObject = stream;
  return film;
}

/**
 * Shows what would be sent. Answers whether it shall be.
 * @param {Blob} blob @param {{title: string, kind: 'selfie' | 'video', use: () => void, again: (() => void) | null}} what
 */
export function lookAt(blob, { title, kind, use, again }) {
  const url = URL.createObjectURL(blob);
  const element = sheet(
    { title, className: 'studio' },
    kind === 'selfie'
      ? h('img', { src: url, alt: say.preview })
      : h('video', { src: url, controls: true, playsinline: true, 'aria-label': say.preview }),
    h(
      'div',
      { class: 'acts' },
      again
        ? h('button', { class: 'secondary', type: 'button', onclick: () => then(again) }, say.again)
        : h('button', { class: 'secondary', type: 'button', onclick: () => element.close() }, say.cancel),
      h('button', { class: 'primary', type: 'button', onclick: () => then(use) }, say.use),
    ),
  );
  element.addEventListener('close', () => URL.revokeObjectURL(url));

  /** @param {() => void} next */
  function then(next) {
    element.close();
    next();
  }
}

/** @param {(picture: Blob) => void} use */
export async function takePicture(use) {
  const stream = await camera({ audio: false });
  if (!stream) return;
  const film = mirror(stream);
  const element = sheet(
    { title: say.pictureTitle, className: 'studio' },
    film,
    h(
      'div',
      { class: 'acts' },
      h('button', { class: 'secondary', type: 'button', onclick: () => element.close() }, say.cancel),
      h('button', { class: 'primary', type: 'button', onclick: snap }, icon('camera'), say.snap),
    ),
  );
  element.addEventListener('close', () => letGo(stream));

  async function snap() {
    if (film.videoWidth === 0) return; // the camera has not shown anything yet
    const picture = await square(film, film.videoWidth, film.videoHeight);
    element.close();
    lookAt(picture, {
      title: say.pictureLook,
      kind: 'selfie',
      use: () => use(picture),
      again: () => takePicture(use),
    });
  }
}

/** At most half a minute. @param {(video: Blob) => void} use */
export async function recordVideo(use) {
  const stream = await camera({ audio: true });
  if (!stream) return;
  const type = FORMS.find((each) => MediaRecorder.isTypeSupported(each));
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: VIDEO_BITS });
  /** @type {Blob[]} */
  const parts = [];
  let began = 0;
  let isWanted = false;
  const clock = countdown(h('span', { class: 'dot', 'aria-hidden': 'true' }));
  const start = h('button', { class: 'primary', type: 'button', onclick: record }, icon('video'), say.record);
  const stop = h('button', { class: 'primary', type: 'button', hidden: true, onclick: finish }, icon('stop'), say.stop);
  show(clock.element, false);
  const element = sheet(
    { title: say.videoTitle, className: 'studio' },
    h('p', { class: 'hint' }, say.videoText(LONGEST_S)),
    h('div', { class: 'stage' }, mirror(stream), clock.element),
    h(
      'div',
      { class: 'acts' },
      h('button', { class: 'secondary', type: 'button', onclick: () => element.close() }, say.cancel),
      start,
      stop,
    ),
  );
  recorder.ondataavailable = ({ data }) => data.size > 0 && parts.push(data);
  recorder.onstop = done;
  const timer = setInterval(tick, TICK_MS);
  element.addEventListener('close', () => {
    clearInterval(timer);
    if (recorder.state !== 'inactive') recorder.stop();
    letGo(stream);
  });

  function record() {
    recorder.start();
    began = performance.now();
    show(start, false);
    show(stop, true);
    show(clock.element, true);
    stop.focus();
    announce(say.recording);
    tick();
  }

  function tick() {
    if (recorder.state !== 'recording') return;
    const left = LONGEST_S * 1000 - (performance.now() - began);
    clock.show(Math.max(0, left), LONGEST_S * 1000);
    if (left <= 0) finish();
  }

  function finish() {
    isWanted = true;
    if (recorder.state !== 'inactive') recorder.stop();
  }

  function done() {
    if (!isWanted) return;
    const video = new Blob(parts, { type: recorder.mimeType.split(';')[0] });
    element.close();
    lookAt(video, { title: say.videoLook, kind: 'video', use: () => use(video), again: () => recordVideo(use) });
  }
}
