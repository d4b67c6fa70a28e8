// @ts-check
/** Files a person chose, made ready to be sent. */

const SIDE_PX = 1024;
const QUALITY = 0.88;

/**
 * A square out of the middle, small enough for everybody; what a camera noted besides (where it was taken) stays here.
 * @param {CanvasImageSource} source @param {number} width @param {number} height
 * @returns {Promise<Blob>} JPEG
 */
export function square(source, width, height) {
  const side = Math.min(width, height);
  const size = Math.min(SIDE_PX, side);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, size, size);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/jpeg', QUALITY),
  );
}

/** @param {Blob} file @returns {Promise<Blob>} raises when it is no picture */
export async function pictureOf(file) {
  const bitmap = await createImageBitmap(file);
  try {
    return await square(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** How long a video is, in seconds; Infinity when it does not say. Raises when it is none. @param {Blob} file */
export function lengthOf(file) {
  const film = document.createElement('video');
  film.preload = 'metadata';
  return /** @type {Promise<number>} */ (
    new Promise((resolve, reject) => {
      film.onloadedmetadata = () => resolve(film.duration);
      film.onerror = () => reject(new Error('no video'));
      film.src = URL.createObjectURL(file);
    }).finally(() => URL.revokeObjectURL(film.src))
  );
}
