/**
 * Charts as SVG texts: what a report needs and no more. Colours are custom properties of the page, sizes those of a phone's
 * screen, which wider ones scale up to.
 */
import { escapeHtml } from '../../html/index.ts';

/** Width of every chart in its own units. */
const WIDTH = 480;

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** What hovering tells. */
  readonly label: string;
  readonly mark: 'other' | 'initial' | 'chosen';
}

export interface Plot {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly points: readonly PlotPoint[];
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** Lines across, such as the limit that was asked for. */
  readonly limitX?: number;
  readonly limitY?: number;
  /** Points above stand at the upper edge as arrows, so that they do not press all others to the ground. */
  readonly clipY?: number;
}

const PLOT = { height: 290, left: 66, right: 16, top: 12, bottom: 44 } as const;
const TICKS = 4;

/** Points, the staircase along the best of them (least x, least y), and limits. */
export function scatterPlot(plot: Plot): string {
  const xs = axisOf([...plot.points.map(({ x }) => x), ...defined(plot.limitX)]);
  const clip = plot.clipY ?? Number.POSITIVE_INFINITY;
  const shown = plot.points.filter(({ y }) => y <= clip);
  const ys = axisOf([...shown.map(({ y }) => y), ...defined(plot.limitY), 0]);
  const { height, left, right, top, bottom } = PLOT;
  const px = (x: number): number => left + ((x - xs.min) / (xs.max - xs.min)) * (WIDTH - left - right);
  const py = (y: number): number =>
    height - bottom - ((Math.min(y, ys.max) - ys.min) / (ys.max - ys.min)) * (height - top - bottom);
  const grid = [
    ...ys.ticks.map(
      y =>
        `<path class="grid" d="M${left} ${n(py(y))}H${WIDTH - right}"/>${text(left - 6, py(y) + 4, plot.formatY(y), 'end')}`,
    ),
    ...xs.ticks.map(
      x =>
        `<path class="grid" d="M${n(px(x))} ${top}V${height - bottom}"/>${text(px(x), height - bottom + 16, plot.formatX(x), 'middle')}`,
    ),
  ];
  const limits = [
    ...defined(plot.limitX).map(
      x =>
        `<path class="limit" d="M${n(px(x))} ${top}V${height - bottom}"/>${text(px(x) - 4, top + 11, 'allowed', 'end', 'limit-name')}`,
    ),
    ...defined(plot.limitY).map(
      y =>
        `<path class="limit" d="M${left} ${n(py(y))}H${WIDTH - right}"/>${text(WIDTH - right - 4, py(y) - 5, 'allowed', 'end', 'limit-name')}`,
    ),
  ];
  const front = frontier(plot.points);
  const stairs = front
    .map(({ x, y }, index) => (index === 0 ? `M${n(px(x))} ${n(py(y))}` : `H${n(px(x))}V${n(py(y))}`))
    .join('');
  const order = { other: 0, initial: 1, chosen: 2 };
  const marks = [...plot.points]
    .sort((one, other) => order[one.mark] - order[other.mark])
    .map(({ x, y, label, mark }) => {
      const radius = mark === 'other' ? 4 : 7;
      if (y > ys.max)
        return `<path class="${mark}" d="M${n(px(x) - 5)} ${top + 9}l5 -9l5 9z"><title>${escapeHtml(label)}</title></path>`;
      return `<circle class="${mark}" cx="${n(px(x))}" cy="${n(py(y))}" r="${radius}"><title>${escapeHtml(label)}</title></circle>`;
    });
  const titles = [
    text((left + WIDTH - right) / 2, height - 8, plot.xTitle, 'middle', 'axis'),
    `<text class="axis" text-anchor="middle" transform="translate(13 ${(top + height - bottom) / 2}) rotate(-90)">${escapeHtml(plot.yTitle)}</text>`,
  ];
  return svg(height, plot.title, [
    ...grid,
    ...limits,
    `<path class="front" d="${stairs}"/>`,
    ...marks,
    ...titles,
  ]);
}

/** Points that no other one beats in both, by x: each has less y than all before it. */
function frontier(points: readonly PlotPoint[]): PlotPoint[] {
  const best: PlotPoint[] = [];
  for (const point of [...points].sort((left, right) => left.x - right.x || left.y - right.y))
    if (point.y < (best.at(-1)?.y ?? Number.POSITIVE_INFINITY)) best.push(point);
  return best;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** What stands at its end. */
  readonly text: string;
  /** A thin mark further out on the same scale. */
  readonly whisker?: number;
  /** What it was: an outline behind the bar. */
  readonly before?: number;
}

const BAR = { height: 26, name: 132, text: 112 } as const;

/** Bars across, one a row. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(
    ...bars.map(({ value, whisker = 0, before = 0 }) => Math.max(value, whisker, before)),
    Number.MIN_VALUE,
  );
  const length = (value: number): number => Math.max(1, (value / most) * (WIDTH - BAR.name - BAR.text));
  const rows = bars.map(({ name, value, text: label, whisker, before }, index) => {
    const y = index * BAR.height;
    const end = BAR.name + length(value);
    const reach = BAR.name + Math.max(length(value), length(whisker ?? 0), length(before ?? 0));
    const outline =
      before === undefined
        ? ''
        : `<rect class="before" x="${BAR.name}" y="${y + 5}" width="${n(length(before))}" height="16" rx="2"/>`;
    const line =
      whisker === undefined
        ? ''
        : `<path class="whisker" d="M${n(end)} ${y + 13}H${n(reach)}M${n(reach)} ${y + 8}v10"/>`;
    return `${text(BAR.name - 8, y + 17, shortened(name), 'end')}<rect class="bar" x="${BAR.name}" y="${y + 5}" width="${n(length(value))}" height="16" rx="2"><title>${escapeHtml(`${name}: ${label}`)}</title></rect>${outline}${line}${text(Math.max(end, reach) + 6, y + 17, label, 'start', 'value')}`;
  });
  return svg(Math.max(1, bars.length) * BAR.height, title, rows);
}

function shortened(name: string): string {
  return name.length <= 18 ? name : `${name.slice(0, 8)}…${name.slice(-9)}`;
}

export interface Histogram {
  readonly title: string;
  /** `counts[i]` is of the width `from + i`. */
  readonly from: number;
  readonly counts: readonly number[];
  /** Widths to either side of zero: what is possible, and what is proved. */
  readonly boundMin: number;
  readonly boundMax: number;
  readonly provedBits: number;
}

const HISTOGRAM = { height: 150, top: 30, bottom: 36, side: 10 } as const;

/** Numbers by signed width, between the widths that are possible and those that are proved. */
export function widthHistogram({ title, from, counts, boundMin, boundMax, provedBits }: Histogram): string {
  const reach = Math.max(provedBits, -boundMin, boundMax, -from, from + counts.length - 1) + 1;
  const { height, top, bottom, side } = HISTOGRAM;
  const step = (WIDTH - 2 * side) / (2 * reach + 1);
  const px = (width: number): number => side + (width + reach) * step;
  const base = height - bottom;
  const most = Math.max(...counts, 1);
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
  const bars = counts.flatMap((count, index) => {
    if (count === 0) return [];
    const size = Math.max(1, (count / most) * (base - top));
    const width = from + index;
    const share = `${((100 * count) / total).toFixed(2)} %`;
    return `<rect class="bar" x="${n(px(width) + 0.5)}" y="${n(base - size)}" width="${n(Math.max(0.8, step - 1))}" height="${n(size)}"><title>${width} bits: ${share}</title></rect>`;
  });
  const line = (width: number, name: string): string =>
    `<path class="${name}" d="M${n(width)} ${top - 8}V${base}"/>`;
  const highest = `${((100 * most) / total).toFixed(0)} % of the numbers`;
  const peak = px(from + counts.indexOf(most)) + step / 2;
  const marks = [
    line(px(-provedBits), 'limit'),
    line(px(provedBits + 1), 'limit'),
    line(px(boundMin), 'whisker'),
    line(px(boundMax + 1), 'whisker'),
  ];
  const every = Math.max(1, Math.ceil(reach / 8));
  const ticks = Array.from({ length: 2 * reach + 1 }, (_, index) => index - reach)
    .filter(width => width % every === 0)
    .map(width => text(px(width) + step / 2, base + 14, String(Math.abs(width)), 'middle'));
  const names = [
    text(side, height - 4, '← negative', 'start', 'axis'),
    text(WIDTH / 2, height - 4, 'bits', 'middle', 'axis'),
    text(WIDTH - side, height - 4, 'positive →', 'end', 'axis'),
  ];
  return svg(height, title, [
    `<path class="grid" d="M${side} ${base}H${WIDTH - side}"/>`,
    ...bars,
    text(Math.min(Math.max(peak, 70), WIDTH - 70), top - 14, highest, 'middle'), // above the lines
    ...marks,
    ...ticks,
    ...names,
  ]);
}

function svg(height: number, title: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">${parts.join('')}</svg>`;
}

function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end',
  name = 'tick',
): string {
  return `<text class="${name}" x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${escapeHtml(content)}</text>`;
}

/** A coordinate with two decimals at most. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function defined(value: number | undefined): number[] {
  return value === undefined ? [] : [value];
}

interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** Round ticks around all values. */
function axisOf(values: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high > low ? high - low : Math.max(Math.abs(high), 1e-3);
  const rough = span / (TICKS - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step + 1e-9)];
  const end = Math.max(last, first + 1);
  const ticks = Array.from({ length: end - first + 1 }, (_, index) => (first + index) * step);
  return { min: first * step, max: end * step, ticks };
}
