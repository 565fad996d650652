/** A canvas to draw on, white on black, with finger, pen or mouse. */
import { contextOf } from './picture.ts';

const STROKE = 20;

/** Makes a canvas a pad; `onStroke` hears of every change. */
export function makePad(canvas: HTMLCanvasElement, onStroke: () => void): { clear(): void } {
  const context = contextOf(canvas);
  let last: readonly [x: number, y: number] | undefined;
  const clear = (): void => {
    context.fillStyle = 'black';
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  const place = (event: PointerEvent): readonly [number, number] => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [
      ((event.clientX - left) * canvas.width) / width,
      ((event.clientY - top) * canvas.height) / height,
    ];
  };
  const stroke = (event: PointerEvent): void => {
    const [x, y] = place(event);
    const [fromX, fromY] = last ?? [x, y];
    context.strokeStyle = 'white';
    context.lineWidth = STROKE;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(x, y);
    context.stroke();
    last = [x, y];
    onStroke();
  };
  canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    last = undefined;
    stroke(event);
  });
  canvas.addEventListener('pointermove', event => {
    if (canvas.hasPointerCapture(event.pointerId)) stroke(event);
  });
  clear();
  return { clear };
}
