/**
 * Programs to the wire of the newest release (1.0.0-beta.22 to beta.26): msgpack, compact unless asked otherwise.
 *
 * What only older releases could say (Pedersen, big integers, infinity flags, texts as assertion messages ...) cannot
 * be written and is a named error.
 */
import { asWitness } from '../../src/acir/index.ts';
import type {
  AcirWitness,
  AssertMessage,
  BlockKind,
  BrilligCall,
  BrilligInput,
  BrilligOutput,
  Circuit,
  Expression,
  MemoryOp,
  Opcode,
  Program,
} from '../../src/acir/types.ts';
import { NEWEST_DIALECT, type OpcodeName } from './dialects.ts';
import { type MsgpackForm, MsgpackSink } from './msgpack-sink.ts';
import { boolean, container, type Emit, field, integer, list, struct, text, tuple, variant } from './sink.ts';
import { blackBox, unwritable } from './write-black-box.ts';
import { brilligFunction } from './write-brillig.ts';

const FORMAT_BYTES = { named: 2, compact: 3, tagged: 4 } as const;

/**
 * Writes a program behind the byte that says the form.
 * @throws UNSUPPORTED_OPCODE for what the newest release cannot say
 */
export function writeProgram(program: Program, form: MsgpackForm): Uint8Array {
  const sink = new MsgpackSink(form);
  sink.mark(FORMAT_BYTES[form]);
  container({
    functions: list(program.functions, circuit),
    unconstrained_functions: list(program.unconstrained, brilligFunction),
  })(sink);
  return sink.finish();
}

function circuit(value: Circuit): Emit {
  return container({
    function_name: text(value.name),
    opcodes: list(value.opcodes, opcode),
    private_parameters: witnesses(value.privateParameters),
    public_parameters: witnesses(value.publicParameters),
    return_values: witnesses(value.returnValues),
    assert_messages: list(value.assertMessages, assertMessage),
  });
}

const witnesses = (values: readonly AcirWitness[]): Emit => list(values, integer);

function expression(value: Expression): Emit {
  return struct({
    mul_terms: list(value.mulTerms, term =>
      tuple(field(term.coefficient), integer(term.left), integer(term.right)),
    ),
    linear_combinations: sink => {
      const { witnesses: found, coefficients } = value.linear;
      sink.list(found.length);
      for (let i = 0; i < found.length; i++) {
        sink.list(2);
        sink.field(coefficients[i] as bigint);
        sink.integer(found[i] as number);
      }
    },
    q_c: field(value.constant),
  });
}

function opcode(value: Opcode): Emit {
  const [name, data] = opcodeData(value);
  return variant(NEWEST_DIALECT.opcodes, name, data);
}

function opcodeData(value: Opcode): readonly [OpcodeName, Emit] {
  switch (value.kind) {
    case 'assert-zero':
      return ['AssertZero', expression(value.expression)];
    case 'black-box':
      return ['BlackBoxFuncCall', blackBox(value.call)];
    case 'memory-init':
      return [
        'MemoryInit',
        struct({
          block_id: integer(value.block),
          init: witnesses(value.init),
          block_type: blockKind(value.blockKind),
        }),
      ];
    case 'memory-op':
      return ['MemoryOp', struct({ block_id: integer(value.block), op: memoryAccess(value) })];
    case 'brillig-call':
      return ['BrilligCall', brilligCall(value)];
    case 'call': {
      const { id, inputs, outputs, predicate } = value;
      const lists = { inputs: witnesses(inputs), outputs: witnesses(outputs) };
      return ['Call', struct({ id: integer(id), ...lists, predicate: expression(predicate) })];
    }
    case 'to-le-radix':
      throw unwritable('a directive');
    default:
      return value satisfies never;
  }
}

function blockKind(value: BlockKind): Emit {
  const kinds = ['Memory', 'CallData', 'ReturnData'];
  switch (value.kind) {
    case 'memory':
      return variant(kinds, 'Memory');
    case 'call-data':
      return variant(kinds, 'CallData', integer(value.id));
    case 'return-data':
      return variant(kinds, 'ReturnData');
    default:
      return value satisfies never;
  }
}

/** The field called `read` is true for a write. */
function memoryAccess({ write, index, value }: MemoryOp): Emit {
  return struct({ read: boolean(write), index: single(index), value: single(value) });
}

function single(value: Expression): Emit {
  const witness = asWitness(value);
  if (witness === undefined) throw unwritable('a memory access with an operand that is not one witness');
  return integer(witness);
}

function brilligCall({ id, inputs, outputs, predicate }: BrilligCall): Emit {
  return struct({
    id: integer(id),
    inputs: list(inputs, brilligInput),
    outputs: list(outputs, brilligOutput),
    predicate: expression(predicate),
  });
}

function brilligInput(value: BrilligInput): Emit {
  const kinds = ['Single', 'Array', 'MemoryArray'];
  switch (value.kind) {
    case 'single':
      return variant(kinds, 'Single', expression(value.expression));
    case 'array':
      return variant(kinds, 'Array', list(value.expressions, expression));
    case 'memory':
      return variant(kinds, 'MemoryArray', integer(value.block));
    default:
      return value satisfies never;
  }
}

function brilligOutput(value: BrilligOutput): Emit {
  const kinds = ['Simple', 'Array'];
  return value.kind === 'simple'
    ? variant(kinds, 'Simple', integer(value.witness))
    : variant(kinds, 'Array', witnesses(value.witnesses));
}

function assertMessage(message: AssertMessage): Emit {
  if (message.selector === undefined) throw unwritable('an assertion message without a selector');
  const payload = list(message.payload, item => {
    const kinds = ['Expression', 'Memory'];
    return item.kind === 'expression'
      ? variant(kinds, 'Expression', expression(item.expression))
      : variant(kinds, 'Memory', integer(item.block));
  });
  return tuple(messageLocation(message), struct({ error_selector: integer(message.selector), payload }));
}

function messageLocation({ opcode: index, brilligOpcode }: AssertMessage): Emit {
  const kinds = ['Acir', 'Brillig'];
  if (brilligOpcode === undefined) return variant(kinds, 'Acir', integer(index));
  const fields = { acir_index: integer(index), brillig_index: integer(brilligOpcode) };
  return variant(kinds, 'Brillig', struct(fields));
}
