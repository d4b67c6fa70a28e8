// @ts-check
import { avatar } from '../avatar.js';
import { h, icon, refocus, set, show, write } from '../dom.js';
import { nameField } from '../fields.js';
import { choices, form, Wrong } from '../form.js';
import { lengthOf, pictureOf } from '../pictures.js';
import { portrait } from '../portrait.js';
import { profile as say, refusal, studio, welcome } from '../strings.js';
import { LONGEST_S, lookAt, recordVideo, takePicture } from '../studio.js';
import { toast } from '../toast.js';
import { you } from '../strings.js';
import { onceKnown, yourPage } from './you.js';

const SOCIALS_MAX = 10;
const SOCIAL_MAX = 30;
const ROUNDING_S = 1; // containers round up

/** How others see one. @param {import('../main.js').App} app @returns {import('../main.js').Page} */
export function profilePage(app) {
  const media = h('section', { class: 'panel media' });
  const words = h('section', { class: 'panel' });
  /** @type {string | null} */
  let shownMedia = null;
  const known = onceKnown(app, (mine) => {
    const now = `${mine.selfie_url} ${mine.video_url} ${mine.name}`;
    if (shownMedia !== now) media.replaceChildren(selfie(app, mine), video(app, mine));
    shownMedia = now;
    if (words.children.length === 0) words.append(profileForm(app, mine));
    show(media, true);
    show(words, true);
  });
  show(media, false);
  show(words, false);
  return {
    title: say.title,
    element: yourPage('profile', say.title, h('p', { class: 'lead' }, say.text), known.element, media, words),
    update: known.update,
  };
}

// -- name, gender, other places

/** @param {import('../main.js').App} app @param {import('../../protocol.d.ts').MyAccount} mine */
function profileForm(app, mine) {
  const name = nameField({ id: 'my-name', value: mine.name });
  const socials = socialsField(mine.socials);
  return form({
    className: 'parts',
    label: say.save,
    busy: say.saving,
    parts: [
      name.element,
      choices({ name: 'gender', legend: say.gender, choices: welcome.genders, chosen: mine.gender }),
      socials.element,
    ],
    async send(data) {
      await app.account.change({ name: name.read(), gender: String(data.get('gender')), socials: socials.read() });
      toast(you.saved);
    },
  }).element;
}

/** @param {Record<string, string>} socials */
function socialsField(socials) {
  const list = h('ul', { class: 'socials-field' });
  const add = h(
    'button',
    { class: 'quiet-button', type: 'button', onclick: () => line('', '').focus() },
    say.socialAdd,
  );

  /** @param {string} platform @param {string} handle */
  function line(platform, handle) {
    const input = (/** @type {string} */ value, /** @type {string} */ placeholder) =>
      h('input', {
        type: 'text',
        value,
        placeholder,
        maxlength: SOCIAL_MAX,
        autocomplete: 'off',
        autocapitalize: 'none',
        spellcheck: 'false',
      });
    const where = input(platform, say.platformHint);
    const who = input(handle, say.handleHint);
    const away = h('button', { class: 'icon-button', type: 'button', onclick: drop }, icon('close'));
    const item = h('li', {}, where, who, away);
    function drop() {
      item.remove();
      label();
      add.focus();
    }
    where.oninput = label;
    list.append(item);
    label();
    return where;
  }

  function label() {
    [...list.children].forEach((item, index) => {
      const [where, who] = item.querySelectorAll('input');
      set(where, { 'aria-label': say.platform(index + 1) });
      set(who, { 'aria-label': say.handle(index + 1) });
      set(/** @type {Element} */ (item.querySelector('button')), { 'aria-label': say.socialRemove(where.value) });
    });
    show(add, list.children.length < SOCIALS_MAX);
  }

  for (const [platform, handle] of Object.entries(socials)) line(platform, handle);
  label();
  return {
    element: h(
      'fieldset',
      { class: 'parts' },
      h('legend', {}, say.socials),
      h('p', { class: 'hint' }, say.socialsText),
      list,
      add,
    ),
    /** @returns {Record<string, string>} */
    read() {
      /** @type {Record<string, string>} */
      const all = {};
      for (const item of list.children) {
        const [where, who] = item.querySelectorAll('input');
        const [platform, handle] = [where.value.trim(), who.value.trim()];
        if (platform === '' && handle === '') continue;
        if (platform === '' || handle === '') throw new Wrong(say.socialHalf, platform === '' ? where : who);
        if (Object.hasOwn(all, platform)) throw new Wrong(say.socialTwice, where);
        all[platform] = handle;
      }
      return all;
    },
  };
}

// -- picture and video

/** @param {import('../main.js').App} app @param {import('../../protocol.d.ts').MyAccount} mine */
function selfie(app, mine) {
  const place = mediaPlace(app, {
    kind: 'selfie',
    url: mine.selfie_url,
    picture: avatar(mine, 'huge'),
    accept: 'image/jpeg,image/png,image/webp',
    words: {
      title: say.picture,
      about: mine.selfie_url ? say.pictureSome : say.pictureNone,
      file: mine.selfie_url ? say.replaceFile : say.pictureFile,
      camera: say.pictureCamera,
      gone: say.pictureGone,
    },
    async prepare(file) {
      try {
        return await pictureOf(file);
      } catch {
        throw new Wrong(say.noPicture);
      }
    },
    fromCamera: takePicture,
    lookTitle: studio.pictureLook,
  });
  return place;
}

/** @param {import('../main.js').App} app @param {import('../../protocol.d.ts').MyAccount} mine */
function video(app, mine) {
  return mediaPlace(app, {
    kind: 'video',
    url: mine.video_url,
    picture: mine.video_url
      ? portrait(mine, 'huge')
      : h('span', { class: 'avatar huge empty-film', 'aria-hidden': 'true' }, icon('video')),
    accept: 'video/mp4,video/webm',
    words: {
      title: say.video,
      about: mine.video_url ? say.videoSome : say.videoNone,
      file: mine.video_url ? say.replaceFile : say.videoFile,
      camera: say.videoCamera,
      gone: say.videoGone,
    },
    async prepare(file) {
      const seconds = await lengthOf(file).catch(() => {
        throw new Wrong(say.noVideo);
      });
      if (Number.isFinite(seconds) && seconds > LONGEST_S + ROUNDING_S) throw new Wrong(say.videoTooLong);
      return file;
    },
    fromCamera: recordVideo,
    lookTitle: studio.videoLook,
  });
}

/**
 * One of the two: what it is now, and how to have another or none.
 * @param {import('../main.js').App} app
 * @param {object} what
 * @param {'selfie' | 'video'} what.kind
 * @param {string | null} what.url
 * @param {HTMLElement} what.picture
 * @param {string} what.accept
 * @param {{title: string, about: string, file: string, camera: string, gone: string}} what.words
 * @param {(file: File) => Promise<Blob>} what.prepare  raises Wrong
 * @param {(use: (blob: Blob) => void) => void} what.fromCamera
 * @param {string} what.lookTitle
 */
function mediaPlace(app, { kind, url, picture, accept, words, prepare, fromCamera, lookTitle }) {
  const state = h('p', { class: 'error', role: 'alert' });
  const file = h('input', {
    type: 'file',
    accept,
    class: 'unseen',
    'aria-label': words.file,
    tabindex: -1,
    onchange: chosen,
  });
  const hasCamera = navigator.mediaDevices !== undefined && (kind === 'selfie' || 'MediaRecorder' in globalThis);
  const acts = h(
    'div',
    { class: 'acts' },
    h('button', { class: 'secondary', type: 'button', onclick: () => file.click() }, icon('file'), words.file),
    hasCamera &&
      h(
        'button',
        { class: 'secondary', type: 'button', onclick: () => fromCamera(send) },
        icon('camera'),
        words.camera,
      ),
    url && h('button', { class: 'quiet-button', type: 'button', onclick: remove }, icon('trash'), say.remove),
  );

  async function chosen() {
    const [one] = file.files ?? [];
    file.value = '';
    if (!one) return;
    await attempt(async () => {
      const ready = await prepare(one);
      lookAt(ready, { title: lookTitle, kind, use: () => send(ready), again: null });
    });
  }

  /** @param {Blob} blob */
  function send(blob) {
    return attempt(() => app.account.putMedia(kind, blob), say.uploading);
  }

  function remove() {
    return attempt(async () => {
      await app.account.dropMedia(kind);
      toast(words.gone);
    });
  }

  /** @param {() => Promise<void>} act @param {string} [meanwhile] */
  async function attempt(act, meanwhile = '') {
    write(state, meanwhile);
    state.classList.toggle('meanwhile', true);
    for (const button of acts.querySelectorAll('button')) button.disabled = true;
    try {
      await act();
      write(state, '');
    } catch (problem) {
      state.classList.toggle('meanwhile', false);
      write(state, problem instanceof Wrong ? problem.message : refusal(/** @type {any} */ (problem)));
    }
    for (const button of acts.querySelectorAll('button')) button.disabled = false;
    refocus(acts.querySelector('button') ?? undefined);
  }

  return h(
    'div',
    { class: 'medium' },
    picture,
    h('div', { class: 'words' }, h('h2', {}, words.title), h('p', { class: 'hint' }, words.about), acts, file, state),
  );
}
