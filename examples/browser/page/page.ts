/** The page: what is drawn on the left, what is said about it on the right. */
import { SIDE, toDigit } from './digit.ts';
import { makePad } from './pad.ts';
import { PictureError, readGray, readPicture, showGray } from './picture.ts';
import { proveDigit, SYSTEMS, type System } from './proving.ts';
import { showResult } from './result.ts';
import { byId, reasonOf } from './support.ts';

const pad = byId('pad', HTMLCanvasElement);
const seen = byId('seen', HTMLCanvasElement);
const form = byId('claim', HTMLFormElement);
const proveButton = byId('prove', HTMLButtonElement);
const cancelButton = byId('cancel', HTMLButtonElement);
const picture = byId('picture', HTMLInputElement);
const system = byId('system', HTMLSelectElement);
const failure = byId('failure', HTMLElement);
const hint = byId('pad-hint', HTMLElement);
const note = byId('seen-note', HTMLElement);
const result = byId('result', HTMLElement);

/** What the network will get. */
let digit: Uint8Array | undefined;
/** Of the drawing in the works. */
let drawing: ReturnType<typeof setTimeout> | undefined;
let controller: AbortController | undefined;

function show(pixels: Uint8Array | undefined): void {
  digit = pixels;
  result.hidden = true; // it was about another picture
  showGray(seen, { width: SIDE, height: SIDE, data: pixels ?? new Uint8Array(SIDE * SIDE) });
  note.textContent = pixels
    ? `What the network sees: ${SIDE} × ${SIDE} grey pixels.`
    : `What the network will see: ${SIDE} × ${SIDE} grey pixels.`;
}

function fail(message: string | undefined): void {
  failure.hidden = message === undefined;
  failure.textContent = message ?? '';
}

const surface = makePad(pad, () => {
  hint.hidden = true;
  fail(undefined);
  clearTimeout(drawing);
  drawing = setTimeout(readPad, 80);
});

function readPad(): void {
  drawing = undefined;
  show(toDigit(readGray(pad)));
}

byId('clear', HTMLButtonElement).addEventListener('click', () => {
  surface.clear();
  clearTimeout(drawing);
  hint.hidden = false;
  fail(undefined);
  show(undefined);
});

async function take(read: () => Promise<Blob>): Promise<void> {
  fail(undefined);
  try {
    const gray = await readPicture(await read());
    const pixels = toDigit(gray);
    if (pixels === undefined)
      throw new PictureError('Nothing stands out in the picture. Choose one with more contrast.');
    showGray(pad, gray);
    hint.hidden = true;
    show(pixels);
  } catch (error) {
    fail(reasonOf(error));
  }
}

picture.addEventListener('change', () => {
  const file = picture.files?.[0];
  picture.value = ''; // the same file may be chosen again
  if (file) void take(async () => file);
});

byId('sample', HTMLButtonElement).addEventListener('click', () => {
  void take(async () => {
    const answer = await fetch('sample.png');
    if (!answer.ok) throw new Error(`The server has no sample (${answer.status}).`);
    return answer.blob();
  });
});

form.addEventListener('submit', event => {
  event.preventDefault();
  if (drawing !== undefined) {
    clearTimeout(drawing);
    readPad();
  }
  if (controller) return;
  if (digit) void prove(digit);
  else fail('Draw a digit first, or choose a picture.');
});

form.addEventListener('input', () => {
  result.hidden = true;
});

cancelButton.addEventListener('click', () => controller?.abort());

async function prove(pixels: Uint8Array): Promise<void> {
  controller = new AbortController();
  busy(true);
  try {
    const task = {
      system: system.value as System,
      pixels,
      address: byId('address', HTMLInputElement).value.trim(),
      nonce: byId('nonce', HTMLInputElement).value.trim(),
    };
    const outcome = await proveDigit(task, tell, controller.signal);
    showResult(task, outcome);
  } catch (error) {
    fail(reasonOf(error));
  } finally {
    controller = undefined;
    busy(false);
  }
}

function busy(isBusy: boolean): void {
  if (isBusy) {
    fail(undefined);
    result.hidden = true;
    tell('Starting', 0);
  }
  proveButton.disabled = isBusy;
  byId('private', HTMLElement).inert = isBusy; // what is shown stays what is proved
  cancelButton.hidden = !isBusy;
  byId('progress', HTMLElement).hidden = !isBusy;
}

function tell(text: string, fraction: number): void {
  byId('bar', HTMLProgressElement).value = fraction;
  const step = byId('step', HTMLElement);
  if (step.textContent !== text) step.textContent = text;
}

for (const [value, name] of Object.entries(SYSTEMS)) system.append(new Option(name, value));
byId('engine', HTMLElement).textContent = crossOriginIsolated
  ? `This page is cross-origin isolated: the prover may use all ${navigator.hardwareConcurrency} processors.`
  : 'This page is not cross-origin isolated: the prover has one thread. With COOP and COEP headers it would have more.';
show(undefined);
