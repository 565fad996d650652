/**
 * The text of Noir's `print` oracle: a newline flag, the values flattened, one JSON type descriptor per value (as bytes),
 * and a flag for format strings. For a format string the template's bytes and the number of items come first.
 */

type PrintedType =
  | { readonly kind: 'field' | 'boolean' }
  | {
      readonly kind: 'integer' | 'signedinteger' | 'unsignedinteger';
      readonly sign?: string;
      readonly width: number;
    }
  | { readonly kind: 'string'; readonly length: number }
  | { readonly kind: 'array'; readonly length: number; readonly type: PrintedType }
  | { readonly kind: 'tuple'; readonly types: readonly PrintedType[] }
  | {
      readonly kind: 'struct';
      readonly name: string;
      readonly fields: readonly (readonly [name: string, type: PrintedType])[];
    };

/** Renders one call of the `print` oracle; the newline that `println` asks for is part of the text. */
export function printedText(inputs: readonly (readonly string[])[]): string {
  const end = BigInt(inputs[0]?.[0] ?? 0) === 1n ? '\n' : '';
  const isFormat = BigInt(inputs.at(-1)?.[0] ?? 0) === 1n;
  return (isFormat ? formatted(inputs) : single(inputs)) + end;
}

function single(inputs: readonly (readonly string[])[]): string {
  const type = typeOf(inputs.at(-2) ?? []);
  return render(type, inputs.slice(1, -2).flat().values());
}

function formatted(inputs: readonly (readonly string[])[]): string {
  const template = bytesToText(inputs[1] ?? []);
  const itemCount = Number(BigInt(inputs[2]?.[0] ?? 0));
  const types = inputs.slice(-1 - itemCount, -1).map(typeOf);
  const values = inputs
    .slice(3, -1 - itemCount)
    .flat()
    .values();
  let next = 0;
  return template.replace(/\{[^{}]*\}/g, placeholder => {
    const type = types[next++];
    return type ? render(type, values) : placeholder;
  });
}

function typeOf(bytes: readonly string[]): PrintedType {
  return JSON.parse(bytesToText(bytes)) as PrintedType;
}

function bytesToText(bytes: readonly string[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, byte => Number(BigInt(byte))));
}

function render(type: PrintedType, values: Iterator<string>): string {
  const next = (): bigint => BigInt(values.next().value ?? 0);
  switch (type.kind) {
    case 'field':
      return `0x${next().toString(16)}`;
    case 'boolean':
      return String(next() === 1n);
    case 'integer':
    case 'signedinteger':
    case 'unsignedinteger': {
      const signed = type.kind === 'signedinteger' || type.sign === 'signed';
      return String(signed ? BigInt.asIntN(type.width, next()) : next());
    }
    case 'string':
      return bytesToText(Array.from({ length: type.length }, () => String(next())));
    case 'array':
      return `[${Array.from({ length: type.length }, () => render(type.type, values)).join(', ')}]`;
    case 'tuple':
      return `(${type.types.map(item => render(item, values)).join(', ')})`;
    case 'struct': {
      const fields = type.fields.map(([name, inner]) => `${name}: ${render(inner, values)}`);
      return `${type.name} { ${fields.join(', ')} }`;
    }
    default:
      return String(type satisfies never);
  }
}
