// @ts-check
import { deviceKeep } from '../lib/keep.js';

/**
 * Soft bells, made on the spot. Browsers let a page make sound only after its user has touched it, so `arm` waits for
 * the first touch or key; before that a ring is silent and the title does the calling.
 */

/** @type {AudioContext | null} */
let context = null;
/** @type {ReturnType<typeof setInterval> | null} */
let repeating = null;

/** Frequencies in Hz of the two strokes, and how often the pair is repeated. */
const BELLS = {
  incoming: { notes: [659.3, 880], everyMs: 2_600, gain: 0.09 },
  outgoing: { notes: [440], everyMs: 3_400, gain: 0.035 },
};
const STROKE_S = 0.28; // between the strokes of a pair
const FADE_S = 1.6;

export function arm() {
  const wake = () => {
    context ??= 'AudioContext' in window ? new AudioContext() : null;
    if (context?.state === 'suspended') context.resume();
  };
  for (const gesture of ['pointerdown', 'keydown']) document.addEventListener(gesture, wake, { passive: true });
}

export const isMuted = () => deviceKeep.get('muted') === true;

/** @param {boolean} muted */
export function setMuted(muted) {
  deviceKeep.set('muted', muted || null);
  if (muted) silence();
}

/** Rings until silenced. @param {keyof typeof BELLS} bell */
export function ring(bell) {
  silence();
  if (isMuted()) return;
  const { notes, everyMs, gain } = BELLS[bell];
  const strike = () => notes.forEach((note, index) => stroke(note, index * STROKE_S, gain));
  strike();
  repeating = setInterval(strike, everyMs);
}

export function silence() {
  if (repeating) clearInterval(repeating);
  repeating = null;
}

/**
 * One stroke of a bell: a tone and its twelfth, quickly there and slowly gone.
 * @param {number} hertz
 * @param {number} after
 * @param {number} loudness
 */
function stroke(hertz, after, loudness) {
  if (context?.state !== 'running') return;
  const start = context.currentTime + after;
  for (const [ratio, part] of [
    [1, 1],
    [3, 0.18],
  ]) {
    const tone = new OscillatorNode(context, { type: 'sine', frequency: hertz * ratio });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(loudness * part, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + FADE_S / ratio);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + FADE_S);
  }
}
