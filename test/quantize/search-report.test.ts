import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tfjsToGraph } from '../../converters/tfjs-to-graph/index.ts';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { simplifyGraph } from '../../src/graph/index.ts';
import {
  constraintEstimate,
  printSearchReport,
  type ReportOptions,
  reportSearch,
  type SearchReport,
  type SearchResult,
} from '../../src/quantize/index.ts';
import { barChart, scatterPlot, widthHistogram } from '../../src/quantize/search/charts.ts';

const SAMPLES = 200;

function digitsReport(options: Partial<ReportOptions> = {}): ReturnType<typeof reportSearch> {
  const read = (file: string): Uint8Array =>
    readFileSync(new URL(`../../fixtures/models/digits/${file}`, import.meta.url));
  const files = {
    model: new TextDecoder().decode(read('model.json')),
    weights: new Map([['weights.bin', read('weights.bin')]]),
  };
  const graph = { ...simplifyGraph(tfjsToGraph(files, { input: { min: 0, max: 16 } })), name: 'a<b>&"c"' };
  const { images, labels } = loadDigits().heldOut;
  const samples = images.slice(0, SAMPLES).map(image => [image]);
  return reportSearch(
    graph,
    { samples, labels: [...labels.slice(0, SAMPLES)] },
    { target: { maxDrop: 0.01 }, ...options },
  );
}

/** Throws where tags do not pair or a `<` or `&` stands bare; gives the names of all elements. */
function elementsOf(html: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const VOID = new Set(['meta', '!doctype']);
  const OPTIONAL = new Set(['html']);
  let rest = html;
  while (rest !== '') {
    const text = /^[^<]*/.exec(rest)?.[0] ?? '';
    assert.doesNotMatch(text.replace(/&(#\d+|[a-z]+);/g, ''), /&/, text.slice(0, 80));
    rest = rest.slice(text.length);
    if (rest === '') break;
    const tag = /^<(\/?)([a-zA-Z!][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"<]*")?)*)\s*(\/?)>/.exec(rest);
    assert.ok(tag, rest.slice(0, 80));
    const [whole, closing, name = '', , selfClosing] = tag;
    rest = rest.slice(whole.length);
    if (closing === '/') {
      assert.equal(open.pop(), name);
      continue;
    }
    names.push(name);
    if (selfClosing === '/' || VOID.has(name)) continue;
    open.push(name);
    if (name !== 'script' && name !== 'style') continue;
    rest = rest.slice(rest.indexOf(`</${name}>`)); // raw text
  }
  assert.deepEqual(
    open.filter(name => !OPTIONAL.has(name)),
    [],
  );
  return names;
}

describe('the fidelity report', () => {
  let report: SearchReport;
  let result: SearchResult;
  let page: string;

  before(async () => {
    ({ report, result } = await digitsReport());
    page = printSearchReport(report);
  });

  it('says of each layer its constraints, bits and errors', () => {
    const { layers, chosen } = report;
    assert.deepEqual(
      layers.map(({ name, operator }) => [name, operator]),
      [
        ['pixels', 'input'],
        ['dense_1', 'dense'],
        ['dense_1_relu', 'relu'],
        ['dense_2', 'dense'],
      ],
    );
    const { total, outputCount } = constraintEstimate(result.quantGraph);
    const counted = layers.reduce((sum, { constraintCount }) => sum + constraintCount, 0);
    assert.ok(Math.abs(total - outputCount - counted) <= layers.length, `${counted} of ${total}`);
    assert.equal(chosen.constraintCount, total);
    for (const { name, bits, error } of layers) {
      assert.equal(bits, chosen.bits[name]);
      assert.ok(error && error.rootMeanSquare <= error.largest);
    }
    assert.equal(layers[0]?.error?.largest, 0);
    assert.ok((layers[1]?.error?.rootMeanSquare ?? 0) > 0);
  });

  it('says what each layer cost without the search', async () => {
    const before = report.layers.reduce((sum, { initial }) => sum + (initial?.constraintCount ?? 0), 0);
    assert.ok(before > 0.9 * report.initial.constraintCount && before <= report.initial.constraintCount);
    for (const { name, initial } of report.layers)
      assert.equal(initial?.bits, report.initial.bits[name], name);
    const { report: plain } = await digitsReport({ target: {} });
    assert.ok(plain.layers.every(({ initial }) => initial === undefined));
  });

  it('counts every number that reaches an activation, within what is possible and proved', () => {
    const [widths] = report.layers.flatMap(layer => layer.widths ?? []);
    assert.ok(widths);
    const { from, counts, boundMin, boundMax, provedBits } = widths;
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      128 * 16,
    );
    assert.ok(boundMin <= from && from + counts.length - 1 <= boundMax);
    assert.ok(Math.max(-boundMin, boundMax) <= provedBits);
  });

  it('is a well-formed page that fetches nothing', () => {
    const names = elementsOf(page);
    assert.ok(names.includes('svg'));
    assert.doesNotMatch(page, /<(link|img|iframe|object|embed|base)\b|https?:|url\(|@import|\bsrc=|\bhref=/);
    assert.equal(names.filter(name => name === 'script').length, 1);
    assert.match(page, /prefers-color-scheme: dark/);
    assert.match(page, /name="viewport" content="width=device-width/);
  });

  it('holds the very numbers of its JSON', () => {
    const json = /<script type="application\/json" id="data">(.*)<\/script>/.exec(page)?.[1] ?? '';
    assert.deepEqual(JSON.parse(json) as SearchReport, JSON.parse(JSON.stringify(report)));
    const shown = page.slice(0, page.indexOf('<script')).replaceAll('\u2009', '');
    for (const { constraintCount, drop } of report.points) {
      assert.ok(
        shown.includes(`${constraintCount} constraints, ${(100 * drop).toFixed(2).replace('-', '−')}%`),
      );
    }
    for (const { name, constraintCount, error } of report.layers) {
      if (constraintCount > 0) assert.ok(shown.includes(`${name}: ${constraintCount} · `), name);
      if (error) assert.ok(shown.includes(`${(100 * error.rootMeanSquare).toFixed(3)}%`), name);
    }
    assert.ok(shown.includes(`<dd>${report.chosen.constraintCount} `));
  });

  it('shows the network as it is when nothing was asked for', async () => {
    const { report: plain } = await digitsReport({ target: {} });
    assert.deepEqual(plain.chosen, plain.initial);
    assert.ok(plain.points.length > 3);
    elementsOf(printSearchReport(plain));
    assert.doesNotMatch(printSearchReport(plain), /without a search/);
  });
});

describe('charts', () => {
  it('draw points beyond the clip as arrows at the edge, and what was before as an outline', () => {
    const point = (y: number) => ({ x: y, y, label: `lost ${y}`, mark: 'other' as const });
    const axes = { title: 't', xTitle: 'x', yTitle: 'y', formatX: String, formatY: String };
    const chart = scatterPlot({ ...axes, points: [point(0.1), point(0.2), point(9)], clipY: 0.4 });
    assert.equal(chart.match(/<circle class="other"/g)?.length, 2);
    assert.match(chart, /<path class="other" d="[^"]+"><title>lost 9<\/title>/);
    assert.doesNotMatch(chart, />9<\/text>\s*<path class="grid" d="M56/);
    const bars = barChart('t', [{ name: 'layer', value: 1, text: '1', before: 4 }]);
    const widths = [...bars.matchAll(/class="(bar|before)"[^>]* width="([\d.]+)"/g)].map(
      ([, name, width]) => [name, Number(width)],
    );
    assert.deepEqual(widths, [
      ['bar', 59],
      ['before', 236],
    ]);
  });

  it('draw no coordinate that is none, whatever the numbers', () => {
    const points = [
      [],
      [{ x: 5, y: 0, label: 'one', mark: 'chosen' }],
      [
        { x: 1e6, y: -0.01, label: 'a', mark: 'chosen' },
        { x: 1e6, y: -0.01, label: 'b', mark: 'other' },
      ],
    ] as const;
    const charts = [
      ...points.slice(1).map(each =>
        scatterPlot({
          title: 't',
          xTitle: 'x',
          yTitle: 'y',
          points: each,
          formatX: String,
          formatY: String,
          limitY: 0,
        }),
      ),
      barChart('t', []),
      barChart('t', [{ name: 'zero', value: 0, text: '0' }]),
      barChart('t', [{ name: 'a name that is longer than there is room', value: 1, text: '1', whisker: 3 }]),
      widthHistogram({ title: 't', from: 0, counts: [7], boundMin: 0, boundMax: 0, provedBits: 0 }),
    ];
    for (const chart of charts) {
      elementsOf(chart);
      assert.doesNotMatch(chart, /NaN|Infinity|undefined/);
    }
  });
});
