/**
 * Names for people: TensorFlow's exporters put the whole model's name before each node's, and "StatefulPartitionedCall"
 * before that.
 */

const WRAPPER = /^(StatefulPartitionedCall|PartitionedCall)\//;

/** Gives the function that leaves out what the names of all nodes of the model begin with. */
export function shortenerOf(names: readonly string[]): (name: string) => string {
  const inner = names.filter(name => WRAPPER.test(name)).map(name => name.replace(WRAPPER, ''));
  const [first = ''] = inner;
  const model = first.slice(0, first.indexOf('/') + 1);
  const isShared = model !== '' && inner.every(name => name.startsWith(model));
  return name => {
    const short = name.replace(WRAPPER, '');
    return isShared && short.startsWith(model) ? short.slice(model.length) : short;
  };
}
