/**
 * The fidelity report as one page that needs nothing else: accuracy against constraints, cost and error of each layer, and
 * the numbers that reach activations beside the widths that are proved of them. The JSON of the report stands in it.
 */
import { escapeHtml, printPage } from '../../html/index.ts';
import { barChart, scatterPlot, widthHistogram } from './charts.ts';
import type { LayerDetails, WidthDetails } from './details.ts';
import type { SearchReport } from './report.ts';
import type { SearchPoint } from './search.ts';

/** Writes the page. */
export function printSearchReport(report: SearchReport): string {
  const body = [
    summary(report),
    tradeOff(report),
    `<div class="pair">${costs(report)}${errors(report)}</div>`,
    widths(report),
    choices(report),
  ];
  return printPage({
    title: `Fidelity of ${report.network}`,
    style: STYLE,
    body: body.filter(section => section !== '').join('\n'),
    data: report,
  });
}

const DROP_NAMES: Readonly<Record<SearchReport['dropKind'], string>> = {
  accuracy: 'accuracy lost',
  disagreement: 'other answers than the float network',
  error: 'mean error, of the range',
};

function summary(report: SearchReport): string {
  const { sampleCount, floatAccuracy, chosen, initial, dropKind } = report;
  const isChanged = !isSame(chosen, initial);
  const facts: readonly (readonly [label: string, value: string])[] = [
    [
      'constraints',
      `${count(chosen.constraintCount)} <small>${isChanged ? `${count(initial.constraintCount)} without a search` : 'estimated'}</small>`,
    ],
    ...(chosen.accuracy === undefined || floatAccuracy === undefined
      ? []
      : [
          [
            'accuracy',
            `${percent(chosen.accuracy)} <small>${percent(floatAccuracy)} in floats</small>`,
          ] as const,
        ]),
    [DROP_NAMES[dropKind], `${percent(chosen.drop)} <small>${dropNotes(report)}</small>`],
    [
      'samples',
      `${count(sampleCount)} <small>${chosen.refusedCount > 0 ? `${count(chosen.refusedCount)} refused, ` : ''}one is ${percent(1 / sampleCount)}</small>`,
    ],
  ];
  const cells = facts.map(([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${value}</dd></div>`);
  return `<p class="lead">${verdict(report)}</p>\n<dl class="facts">${cells.join('')}</dl>`;
}

/** What the page comes to, in a sentence. */
function verdict({ chosen, initial, sampleCount, points }: SearchReport): string {
  const measured = `measured on ${count(sampleCount)} samples that it was not trained on`;
  if (isSame(chosen, initial)) return `The network in integers against the network in floats, ${measured}.`;
  const change = chosen.constraintCount / initial.constraintCount - 1;
  const size = `${percent(Math.abs(change), 1)} ${change <= 0 ? 'fewer' : 'more'} constraints than without a search`;
  return `The choice of bits with ${size}, out of ${count(points.length)}, ${measured}.`;
}

/** What was asked for, and what there was without a search. */
function dropNotes({ target: { maxDrop, maxConstraints }, chosen, initial }: SearchReport): string {
  const notes = [
    ...(maxDrop === undefined ? [] : [`at most ${percent(maxDrop)} allowed`]),
    ...(maxConstraints === undefined ? [] : [`within ${count(maxConstraints)} constraints`]),
    ...(isSame(chosen, initial) ? [] : [`${percent(initial.drop)} without a search`]),
  ];
  return notes.join(', ');
}

/** Losses are drawn up to so many times the largest that matters. */
const CLIP = 4;

function tradeOff({ points, chosen, initial, target, dropKind, sampleCount }: SearchReport): string {
  const markOf = (point: SearchPoint): 'chosen' | 'initial' | 'other' => {
    if (isSame(point, chosen)) return 'chosen';
    return isSame(point, initial) ? 'initial' : 'other';
  };
  const plot = scatterPlot({
    title: `${DROP_NAMES[dropKind]} against constraints, for each choice of bits`,
    xTitle: 'constraints',
    yTitle: DROP_NAMES[dropKind],
    points: points.map(point => ({
      x: point.constraintCount,
      y: point.drop,
      mark: markOf(point),
      label: `${count(point.constraintCount)} constraints, ${percent(point.drop)}; bits ${bitsText(point)}`,
    })),
    clipY: CLIP * Math.max(chosen.drop, initial.drop, target.maxDrop ?? 0, 2 / sampleCount),
    formatX: short,
    formatY: value => percent(value, 1),
    ...(target.maxConstraints === undefined ? {} : { limitX: target.maxConstraints }),
    ...(target.maxDrop === undefined ? {} : { limitY: target.maxDrop }),
  });
  const key = `<span class="key chosen">chosen</span>${isSame(chosen, initial) ? '' : '<span class="key initial">without a search</span>'}<span class="key other">also judged</span>`;
  const about = `Each point is a choice of bits for every layer, judged on all samples; down and to the left is better. Arrows lose more than the chart shows. ${key}`;
  return section('What bits buy', about, plot, 'wide');
}

function isSame(left: SearchPoint, right: SearchPoint): boolean {
  return left.constraintCount === right.constraintCount && bitsText(left) === bitsText(right);
}

function bitsText({ bits, lookupWidth, marginBits, balance }: SearchPoint): string {
  const others = [
    ...(lookupWidth > 0 ? [`tables of ${lookupWidth}`] : []),
    ...(marginBits === undefined ? [] : [`margin ${marginBits}`]),
    ...(balance ? ['channels balanced'] : []),
  ];
  return [...Object.entries(bits).map(([name, value]) => `${name} ${value}`), ...others].join(', ');
}

function costs({ layers }: SearchReport): string {
  const paid = layers.filter(({ constraintCount }) => constraintCount > 0);
  const bars = paid.map(({ name, constraintCount, share, initial }) => ({
    name,
    value: constraintCount,
    text: `${count(constraintCount)} · ${percent(share, 1)}`,
    ...(initial === undefined ? {} : { before: initial.constraintCount }),
  }));
  const key = paid.some(({ initial }) => initial) ? ' <span class="key before">without a search</span>' : '';
  return section(
    'Where constraints go',
    `Constraints by layer; layers that are not here are linear and cost none.${key}`,
    barChart('constraints by layer', bars),
  );
}

/** Operators whose errors are their operand's. */
const SAME_NUMBERS: ReadonlySet<string> = new Set(['input', 'reshape', 'rearrange', 'transpose', 'pad']);

function errors({ layers }: SearchReport): string {
  const bars = layers.flatMap(({ name, operator, error }) =>
    error === undefined || SAME_NUMBERS.has(operator)
      ? []
      : [
          {
            name,
            value: error.rootMeanSquare,
            whisker: error.largest,
            text: `${percent(error.rootMeanSquare)} · ${percent(error.largest, 1)}`,
          },
        ],
  );
  if (bars.length === 0) return '';
  const about =
    'Differences to the float network, as shares of the spread of the layer’s numbers: bar and first number are their root mean square, line and second number the largest.';
  return section('Where errors are', about, barChart('error by layer', bars));
}

function widths({ layers }: SearchReport): string {
  const shown = layers.flatMap(({ name, widths: own }) => {
    if (own === undefined) return [];
    const chart = widthHistogram({ title: `widths of the numbers that reach ${name}`, ...own });
    return [
      `<figure><figcaption>${escapeHtml(name)} <small>${widthText(own)}</small></figcaption>${chart}</figure>`,
    ];
  });
  if (shown.length === 0) return '';
  const about =
    'Numbers that reach activations, by their width in bits, to either side of zero. Each bit of room between the bars and what is proved costs a constraint an element. <span class="key limit">proved</span><span class="key bound">possible</span>';
  return section('Room in the widths', about, `<div class="grid-of">${shown.join('\n')}</div>`);
}

/** Widths to either side of zero: what is proved, what was seen. */
function widthText({ provedBits, from, counts }: WidthDetails): string {
  const seen = Math.max(-from, from + counts.length - 1, 0);
  return `${provedBits} bits proved, ${seen} seen`;
}

function choices({ layers, points }: SearchReport): string {
  const layerRows = layers.map(layer =>
    row([
      layer.name,
      layer.operator,
      layer.initial?.bits ?? '',
      layer.bits ?? '',
      layer.initial?.constraintCount ?? '',
      layer.constraintCount,
      shareText(layer),
      errorText(layer),
    ]),
  );
  const pointRows = points.map(point =>
    row([
      point.constraintCount,
      percent(point.drop),
      percent(point.error, 3),
      point.refusedCount,
      bitsText(point),
    ]),
  );
  const table = (head: readonly string[], rows: readonly string[]): string =>
    `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${rows.join('')}</tbody></table></div>`;
  return `<details><summary>All numbers</summary>
${table(['layer', 'operator', 'bits before', 'bits', 'constraints before', 'constraints', 'share', 'error'], layerRows)}
${table(['constraints', 'drop', 'error', 'refused', 'bits'], pointRows)}
</details>`;
}

function shareText({ share }: LayerDetails): string {
  return share === 0 ? '' : percent(share, 1);
}

function errorText({ error }: LayerDetails): string {
  return error === undefined ? '' : percent(error.rootMeanSquare, 3);
}

function row(cells: readonly (string | number)[], tag: 'td' | 'th' = 'td'): string {
  const texts = cells.map(cell => (typeof cell === 'number' ? count(cell) : cell));
  return `<tr>${texts.map(cell => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
}

function section(title: string, about: string, content: string, name = ''): string {
  return `<section${name === '' ? '' : ` class="${name}"`}><h2>${title}</h2><p>${about}</p>${content}</section>`;
}

/** 12 345, with thin spaces. */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  return value >= 1e4 ? `${Number((value / 1e3).toPrecision(4))} k` : String(Math.round(value));
}

function percent(share: number, digits = 2): string {
  return `${(100 * share).toFixed(digits).replace('-', '−')}\u2009%`;
}

const STYLE = `  :root { --accent: #2f6f5e; --warm: #c2622d; --soft: #9fb8ae; --line: #dcdcd4; }
  @media (prefers-color-scheme: dark) {
    :root { --accent: #6fbfa6; --warm: #f0965c; --soft: #4d6a60; --line: #3a3a36; }
  }
  body { max-width: 1000px; margin: 0 auto; }
  .lead { color: var(--ink); font-size: 15px; max-width: 70ch; }
  .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); column-gap: 36px; }
  .grid-of { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 4px 36px; }
  .wide svg { max-width: 680px; }
  h2 { font-size: 15px; margin: 28px 0 2px; }
  svg { display: block; width: 100%; height: auto; overflow: visible; }
  figure { margin: 14px 0; }
  figcaption { font-weight: 600; margin-bottom: 4px; overflow-wrap: anywhere; }
  figcaption small { font-weight: 400; color: var(--faint); }
  .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 14px 0; }
  .facts div { border: 1px solid var(--line); border-radius: 6px; padding: 8px 12px; }
  .facts dt { color: var(--faint); font-size: 12px; }
  .facts dd { margin: 0; font-size: 21px; font-variant-numeric: tabular-nums; }
  .facts small { display: block; font-size: 12px; color: var(--faint); }
  .tick, .value, .axis { font: 12px system-ui, sans-serif; fill: var(--faint); }
  @media (max-width: 480px) { .tick, .value, .axis { font-size: 14px; } }
  .value { fill: var(--ink); font-variant-numeric: tabular-nums; }
  .grid { stroke: var(--line); fill: none; }
  .front { stroke: var(--accent); stroke-width: 1.5; fill: none; }
  .limit { stroke: var(--warm); stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
  .whisker { stroke: var(--faint); fill: none; }
  .bar { fill: var(--accent); }
  circle.other, path.other { fill: var(--soft); }
  path.initial, path.chosen { fill: var(--warm); }
  .before { fill: none; stroke: var(--faint); stroke-dasharray: 2 2; }
  .limit-name { font: 11px system-ui, sans-serif; fill: var(--warm); }
  circle.initial { fill: var(--paper); stroke: var(--ink); stroke-width: 2; }
  circle.chosen { fill: var(--warm); stroke: var(--paper); stroke-width: 2; }
  .key { margin-left: 12px; white-space: nowrap; }
  .key::before { content: ''; display: inline-block; width: 10px; height: 10px; margin-right: 5px; border-radius: 50%; background: var(--soft); }
  .key.chosen::before { background: var(--warm); }
  .key.initial::before { background: var(--paper); box-shadow: inset 0 0 0 2px var(--ink); }
  .key.limit::before, .key.bound::before { width: 0; height: 12px; border-radius: 0; border-left: 2px dashed var(--warm); background: none; vertical-align: -2px; }
  .key.bound::before { border-left: 1px solid var(--faint); }
  .key.before::before { border-radius: 2px; background: none; border: 1px dashed var(--faint); box-sizing: border-box; }
  details { margin: 28px 0; }
  summary { cursor: pointer; font-weight: 600; }
  .scroll { overflow-x: auto; margin: 10px 0; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
  th { font-weight: 600; }
  @media print {
    :root { --paper: #fff; --ink: #000; --faint: #444; --accent: #2f6f5e; --warm: #c2622d; --soft: #9fb8ae; --line: #ccc; }
    * { print-color-adjust: exact; }
    section, figure, .facts { break-inside: avoid; }
    details::details-content { content-visibility: visible; }
    .scroll { overflow: visible; }
    td { white-space: normal; font-size: 11px; }
  }
`;
