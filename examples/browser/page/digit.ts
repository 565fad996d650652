/**
 * From ink to what the network was trained on: MNIST's digits are white on black, fitted into 20 x 20 pixels, with their
 * centre of mass in the middle of 28 x 28 (http://yann.lecun.com/exdb/mnist). No browser is needed here.
 */

/** The side of what the network takes. */
export const SIDE = 28;
const FITTED = 20;
/** Less ink than this counts as paper. */
const PAPER = 0.25;
/** Pictures with less difference between paper and ink hold nothing. */
const CONTRAST_MIN = 40;

/** Grey pixels, row-major, 0 black to 255 white. */
export interface Gray {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/**
 * Brings a picture into MNIST's form; undefined where it shows nothing. A picture of the network's own size is taken as it is.
 */
export function toDigit(gray: Gray): Uint8Array | undefined {
  if (gray.width === SIDE && gray.height === SIDE) return Uint8Array.from(gray.data);
  const ink = toInk(gray);
  const box = ink && boundingBox(ink);
  if (!ink || !box) return undefined;
  return centred(shrink(ink, box));
}

/** Ink from 0 to 1: dark on light paper or light on dark, told apart by the picture's border. */
function toInk({ width, height, data }: Gray): Gray | undefined {
  const values = Array.from(data);
  const border = values.filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  const paper = median(border);
  const isLight = paper > 127;
  const strongest = values.reduce(
    (most, value) => Math.max(most, isLight ? paper - value : value - paper),
    0,
  );
  if (strongest < CONTRAST_MIN) return undefined;
  const ink = values.map(value => {
    const share = (isLight ? paper - value : value - paper) / strongest;
    return share < PAPER ? 0 : share;
  });
  return { width, height, data: ink };
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? 0;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function boundingBox({ width, height, data }: Gray): Box | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < width * height; i++) {
    if ((data[i] ?? 0) === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = y;
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The box scaled to fit {@link FITTED}, each pixel the mean of what it covers. */
function shrink({ width, data }: Gray, box: Box): Gray {
  const scale = Math.max(box.width, box.height) / FITTED;
  const [columns, rows] = [box.width, box.height].map(size => Math.max(1, Math.round(size / scale))) as [
    number,
    number,
  ];
  const mean = (column: number, row: number): number => {
    const [x0, x1] = span(column, columns, box.left, box.width);
    const [y0, y1] = span(row, rows, box.top, box.height);
    let sum = 0;
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += data[y * width + x] ?? 0;
    return sum / ((x1 - x0) * (y1 - y0));
  };
  const pixels = Array.from({ length: columns * rows }, (_, i) => mean(i % columns, Math.floor(i / columns)));
  const strongest = Math.max(...pixels);
  return { width: columns, height: rows, data: pixels.map(value => (255 * value) / strongest) };
}

function span(index: number, count: number, start: number, length: number): [number, number] {
  const from = Math.floor((index * length) / count);
  return [start + from, start + Math.max(from + 1, Math.ceil(((index + 1) * length) / count))];
}

/** Puts a small picture where its centre of mass is the middle, as far as it fits. */
function centred({ width, height, data }: Gray): Uint8Array {
  let [mass, massX, massY] = [0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    const value = data[i] ?? 0;
    mass += value;
    massX += value * (i % width);
    massY += value * Math.floor(i / width);
  }
  const place = (centre: number, size: number): number =>
    Math.min(SIDE - size, Math.max(0, Math.round(SIDE / 2 - 0.5 - centre)));
  const [left, top] = [place(massX / mass, width), place(massY / mass, height)];
  const digit = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < width * height; i++) {
    digit[(top + Math.floor(i / width)) * SIDE + left + (i % width)] = Math.round(data[i] ?? 0);
  }
  return digit;
}
