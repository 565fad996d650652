export { type R1csFile, readR1cs, readR1csFile, writeR1cs } from './r1cs.ts';
export { readSym, type Symbol, writeSym } from './sym.ts';
export { readWtns, readWtnsFile, type WtnsFile, writeWtns } from './wtns.ts';
