import { runBlackBox, assertHonest, assertLiesRejected, witness as w, constant as c, witnesses } from './support/black-box.ts';
import { GRUMPKIN } from '../../../../converters/acir-to-r1cs/black-box/grumpkin.ts';
import { multiplyAffine } from '../../../../converters/acir-to-r1cs/black-box/weierstrass.ts';
const G = GRUMPKIN.generator;
const P = multiplyAffine(GRUMPKIN, G, 12345n)!, Q = multiplyAffine(GRUMPKIN, G, 987654321n)!;
const add = ([x1,y1,x2,y2,p]: any, outputs: any): any => ({ name: 'embedded-curve-add', left: {x:x1,y:y1}, right:{x:x2,y:y2}, predicate: p, assertsOnCurve: true, outputs });
const neg = (a:any)=>({x:a.x,y:GRUMPKIN.fieldPrime-a.y});
const inf={x:0n,y:0n};
for (const [a,b] of [[P,Q],[P,P],[P,neg(P)],[P,inf],[inf,P],[inf,inf]] as any) for (const p of [c(1), w(1), w(0)]) {
  const run = await runBlackBox([w(a.x),w(a.y),w(b.x),w(b.y),p],2,add);
  assertHonest(run);
  if (a===P&&b===Q && p.witness !== 0n) assertLiesRejected(run);
  console.log(run.lowered.system.constraintCount, run.outputs);
}
const msm = (n: number) => (inputs: any, outputs: any): any => ({ name: 'multi-scalar-mul', points: Array.from({length:n},(_,i)=>({x:inputs[4*i],y:inputs[4*i+1]})), scalars: Array.from({length:n},(_,i)=>({low:inputs[4*i+2],high:inputs[4*i+3]})), predicate: inputs[4*n], outputs });
const mask=(1n<<128n)-1n;
for (const k of [0n,1n,2n,3n,4n,5n,12345n,GRUMPKIN.order-1n,GRUMPKIN.order-2n,GRUMPKIN.order-3n,GRUMPKIN.order/2n,2n**253n+77n, 2n**128n]) for (const pt of ['v','c']) {
  const run = await runBlackBox([pt==='v'?w(P.x):c(P.x),pt==='v'?w(P.y):c(P.y),w(k&mask),w(k>>128n),c(1)],2,msm(1));
  assertHonest(run);
  const e = multiplyAffine(GRUMPKIN,P,k);
  console.log(run.lowered.system.constraintCount, run.outputs[0]===(e?.x??0n));
}
