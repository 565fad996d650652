import { pinCosts } from '../../support/ledger.ts';
import { denseNetwork, network } from '../../support/networks.ts';

const word = (name: string, bits: number): string =>
  `fn main\nprivate w0 w1\nreturn w2\n${name} w0 w1 w2 ${bits}`;

/** cells w0.., then the index, then the result; with constants: cells are pinned. */
function read(count: number, constants: boolean): string {
  const cells = Array.from({ length: count }, (_, index) => `w${index}`);
  const pins = constants ? cells.map((cell, index) => `${cell} - ${(index * 37 + 11) % 256}\n`).join('') : '';
  const inputs = constants ? `w${count}` : [...cells, `w${count}`].join(' ');
  return `fn main\nprivate ${inputs}\nreturn w${count + 1}\n${pins}init 0 ${cells.join(' ')}\nread 0 [w${count}] w${count + 1}`;
}

/** Tables of constants that are read at one index of known bits. */
function tables(count: number, size: number): string {
  const first = 1 + count;
  const blocks = Array.from({ length: count }, (_, table) => first + table * size);
  const bits = Math.ceil(Math.log2(size));
  const cells = blocks.flatMap(start => Array.from({ length: size }, (_, j) => `w${start + j}`));
  const pins = cells.map((cell, index) => `${cell} - ${(index * 37 + 11) % 256}`);
  const inits = blocks.map(
    (_, table) => `init ${table} ${cells.slice(table * size, (table + 1) * size).join(' ')}`,
  );
  const reads = blocks.map((_, table) => `read ${table} [w0] w${1 + table}`);
  const outputs = blocks.map((_, table) => `w${1 + table}`).join(' ');
  return ['fn main', 'private w0', `return ${outputs}`, `range w0 ${bits}`, ...pins, ...inits, ...reads].join(
    '\n',
  );
}

function write(count: number): string {
  const cells = Array.from({ length: count }, (_, index) => `w${index}`).join(' ');
  return `fn main\nprivate ${cells} w${count}\nreturn w${count + 1}\ninit 0 ${cells}\nwrite 0 [w${count}] w0\nread 0 [1] w${count + 1}`;
}

describe('the ledger', () => {
  it('pins what opcodes cost', () => {
    pinCosts('opcodes', {
      'range 1': 'fn main\nprivate w0\nrange w0 1',
      'range 8': 'fn main\nprivate w0\nrange w0 8',
      'range 32': 'fn main\nprivate w0\nrange w0 32',
      'range 64 of a sum': 'fn main\nprivate w0 w1\nw0 + w1 - w2\nrange w2 64',
      'range 128 of a public wire': 'fn main\npublic w0\nrange w0 128',
      'range 253 of a factor': 'fn main\nprivate w0\nreturn w1\nrange w0 253\nw0*w0 - w1',
      'less than, 32 bits':
        'fn main\nprivate w0 w1\nreturn w3\nrange w0 32\nrange w1 32\nw0 - w1 + 4294967296 - 4294967296*w3 - w2\nrange w2 32\nrange w3 1',
      inequality: 'fn main\nprivate w0 w1\nbrillig w2\nw0*w2 - w1*w2 - 1',
      'and 32': word('and', 32),
      'xor 32': word('xor', 32),
      'and, xor and or 32':
        'fn main\nprivate w0 w1\nreturn w2 w3 w7\nand w0 w1 w2 32\nxor w0 w1 w3 32\nw0 + w4 - 4294967295\nw1 + w5 - 4294967295\nand w4 w5 w6 32\nw6 + w7 - 4294967295',
      'read 1 of 4': read(4, false),
      'read 1 of 16': read(16, false),
      'read 1 of 5': read(5, false),
      'read 1 of 16 constants': read(16, true),
      'read 1 of 256 constants': read(256, true),
      'read 1 of 10 constants': read(10, true),
      '1 table of 16 constants, index of 4 bits': tables(1, 16),
      '2 tables of 16 constants, index of 4 bits': tables(2, 16),
      '8 tables of 16 constants, index of 4 bits': tables(8, 16),
      '2 tables of 64 constants, index of 6 bits': tables(2, 64),
      '2 tables of 10 constants, index of 4 bits': tables(2, 10),
      'write 1 of 4': write(4),
      'write 1 of 16': write(16),
      'squared distance in 8 dimensions': `fn main\nprivate ${Array.from({ length: 16 }, (_, i) => `w${i}`).join(' ')}\nreturn w16\n${Array.from({ length: 8 }, (_, i) => `w${i}*w${i} - 2*w${i}*w${i + 8} + w${i + 8}*w${i + 8}`).join(' + ')} - w16`,
      'call with a predicate':
        'fn main\nprivate w0 w1\nreturn w2\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w1\nrange w0 8\nw0*w0 - w1',
    });
  });

  it('pins what networks cost', () => {
    pinCosts('networks', {
      'dense 64-16-10': denseNetwork({ inputs: 64, units: 16, quotientBits: 14, shiftBits: 7, outputs: 10 })
        .program,
      'dense 128-16-10': denseNetwork({ inputs: 128, units: 16, quotientBits: 14, shiftBits: 7, outputs: 10 })
        .program,
      'dense 64-32-10': denseNetwork({ inputs: 64, units: 32, quotientBits: 14, shiftBits: 7, outputs: 10 })
        .program,
      'ReLU of one input': denseNetwork({ inputs: 1, units: 1, quotientBits: 8, shiftBits: 4, outputs: 1 })
        .program,
      'convolution of 16 windows of 27, 8 filters': network({
        inputs: 192,
        window: 27,
        stride: 12,
        calls: 16,
        functions: 1,
        units: 8,
        quotientBits: 12,
        shiftBits: 6,
        outputs: 10,
      }).program,
    });
  });
});
