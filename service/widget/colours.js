// Readable colours for any accent: WCAG 2.2 relative luminance and contrast, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio

/** @typedef {[red: number, green: number, blue: number]} Rgb each 0 to 255 */

/** Contrast that text must have (WCAG 1.4.3). */
const READABLE = 4.5;

/**
 * Any CSS colour as red, green and blue; null for what is none. Transparency is ignored.
 *
 * @param {string} text
 * @returns {Rgb | null}
 */
const parsedColour = (text) => {
  if (!text || !CSS.supports("color", text)) return null;
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.fillStyle = text;
  const hex = /^#([0-9a-f]{6})$/i.exec(String(context.fillStyle)); // most colours are given back like this
  if (hex) {
    const value = parseInt(hex[1], 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }
  context.fillRect(0, 0, 1, 1); // oklch() and the like: ask what is painted
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
};

/** @param {Rgb} colour */
const luminance = (colour) => {
  const [red, green, blue] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/**
 * 1 to 21.
 *
 * @param {Rgb} one
 * @param {Rgb} other
 */
const contrast = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

/**
 * Black or white, whichever is easier to read on `ground`: always 4.58 to 1 or better.
 *
 * @param {Rgb} ground
 * @returns {Rgb}
 */
const inkOn = (ground) => (contrast(ground, [255, 255, 255]) >= READABLE ? [255, 255, 255] : [0, 0, 0]);

/**
 * The same hue and saturation at another lightness (HSL, https://www.w3.org/TR/css-color-4/#the-hsl-notation).
 *
 * @param {Rgb} colour
 * @param {(lightness: number) => number} moved from and to 0 to 1
 * @returns {Rgb}
 */
const relit = (colour, moved) => {
  const [red, green, blue] = colour.map((part) => part / 255);
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  const middle = most - range / 2;
  const saturation = range ? range / (1 - Math.abs(2 * middle - 1)) : 0;
  let hue = 0;
  if (range && most === red) hue = ((green - blue) / range + 6) % 6;
  else if (range) hue = most === green ? (blue - red) / range + 2 : (red - green) / range + 4;
  const lightness = Math.min(Math.max(moved(middle), 0), 1);
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const part = (/** @type {number} */ offset) => {
    const place = (offset + hue * 2) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(place - 3, 9 - place, 1))));
  };
  return [part(0), part(8), part(4)];
};

/**
 * `colour`, made darker or lighter only as far as text of it on `ground` needs.
 *
 * @param {Rgb} colour
 * @param {Rgb} ground
 * @returns {Rgb}
 */
const readableOn = (colour, ground) => {
  const goal = luminance(ground) > 0.18 ? 0 : 1;
  for (let share = 0; share < 1; share += 0.04) {
    const found = share ? relit(colour, (lightness) => lightness + (goal - lightness) * share) : colour;
    if (contrast(found, ground) >= READABLE + 0.2) return found;
  }
  return goal ? [255, 255, 255] : [0, 0, 0];
};

/** @param {Rgb} colour */
const cssColour = (colour) => `rgb(${colour.join(" ")})`;
