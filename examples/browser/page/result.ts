/** What a proof says, and the proof itself in the forms that its readers take. */
import { printStatement } from 'bionoir/browser';
import { megabytes, type Outcome, SYSTEMS, type Task } from './proving.ts';
import { byId, make } from './support.ts';

/** The function of ClassificationClaim.sol, which `bionoir setup` writes. */
const ENTRY = 'proveLabel';
const PROOF_BYTES = { groth16: 256, ultragroth: 320 } as const;

/** Shows an outcome. */
export function showResult(task: Task, { statement, label, loadMillis, fetchedBytes }: Outcome): void {
  const { timings, kernel } = statement;
  byId('label', HTMLOutputElement).value = String(label);
  byId('statement', HTMLElement).textContent =
    `Account ${short(task.address)} holds a picture that the network reads as ${label}. The proof counts once, for nonce ${task.nonce}.`;
  byId('verified', HTMLElement).textContent = `Verified on this device in ${millis(timings.verify)}`;
  const origin = fetchedBytes > 0 ? `${megabytes(fetchedBytes)} MB fetched` : 'from the browser’s cache';
  const rows = [
    ...(loadMillis > 0 ? [[`Key and engine (${origin})`, millis(loadMillis)]] : []),
    ['Network and witness', millis(timings.solve)],
    [`Proof, ${SYSTEMS[task.system]}`, millis(timings.prove)],
    ['Size of the proof', `${PROOF_BYTES[task.system]} bytes`],
    ['Engine', kernel],
  ] as const;
  byId('figures', HTMLElement).replaceChildren(...rows.map(([name, value]) => row(name ?? '', value ?? '')));
  byId('outputs', HTMLElement).replaceChildren(...outputsOf(statement));
  byId('result', HTMLElement).hidden = false;
  byId('network', HTMLElement).textContent = requestsMade();
}

function row(name: string, value: string): HTMLTableRowElement {
  const head = make('th', name);
  head.scope = 'row';
  return make('tr', '', head, make('td', value));
}

function outputsOf(statement: Outcome['statement']): HTMLElement[] {
  const { proof, publicSignals, calldata, call } = printStatement(statement, ENTRY);
  return [
    output('Proof', 'proof.json', proof, 'For bionoir verify, or snarkjs where it is Groth16.'),
    output('Public signals', 'public.json', publicSignals, 'Account, nonce, label.'),
    output('Arguments of verifyProof', 'calldata.txt', calldata, 'For the verifier contract.'),
    output(
      'Transaction data',
      'transaction.txt',
      `0x${Array.from(call, byte => byte.toString(16).padStart(2, '0')).join('')}`,
      `Calls ${ENTRY} of ClassificationClaim, which keeps nonces and asks the verifier.`,
    ),
  ];
}

function output(title: string, file: string, text: string, note: string): HTMLElement {
  const area = make('textarea', text);
  area.readOnly = true;
  area.rows = 4;
  area.setAttribute('aria-label', title);
  const copy = make('button', 'Copy');
  copy.type = 'button';
  copy.addEventListener('click', () => {
    navigator.clipboard.writeText(text).then(
      () => {
        copy.textContent = 'Copied';
      },
      () => area.select(), // the reader may still copy by hand
    );
  });
  const save = make('button', `Save ${file}`);
  save.type = 'button';
  save.addEventListener('click', () => saveAs(file, text));
  const buttons = make('div', '', copy, save);
  buttons.className = 'buttons';
  return make('details', '', make('summary', title), make('div', '', make('p', note), area, buttons));
}

function saveAs(name: string, text: string): void {
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The page's own account of its traffic. */
function requestsMade(): string {
  const addresses = performance.getEntriesByType('resource').map(({ name }) => new URL(name));
  const others = addresses.filter(
    ({ protocol, origin }) => protocol !== 'blob:' && origin !== location.origin,
  );
  const count = addresses.length - others.length;
  return `The picture never left this page: it fetched ${count} public files from its own server, ${others.length} from others, and sent nothing.`;
}

function short(address: string): string {
  return address.length > 16 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}

function millis(value: number): string {
  return value < 1000 ? `${Math.max(1, Math.round(value))} ms` : `${(value / 1000).toFixed(2)} s`;
}
