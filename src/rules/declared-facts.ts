import { isScalar, type ParsedNode } from 'yaml';
import type { ConditionCompiler } from './condition.ts';
import type { DocumentReader } from './document.ts';
import { type IpNetwork, parseNetwork, problemOfNetwork } from './ip.ts';
import type { IpList } from './lists.ts';
import type { Aggregate } from './rule-set.ts';
import { attemptKeyNames } from './subject.ts';

/** Reads an aggregate, and declares it as a fact. */
export function readAggregate(
  reader: DocumentReader,
  compiler: ConditionCompiler,
  node: ParsedNode,
): Aggregate | undefined {
  const fields = reader.fields(
    node,
    'an aggregate',
    ['name', 'over', 'window'],
    ['count', 'sum', 'distinct', 'only'],
  );
  if (['count', 'sum', 'distinct'].filter((name) => fields.has(name)).length !== 1) {
    reader.report(
      node,
      'an aggregate has either "count: attempts", "sum: amount" or "distinct" with what is counted, and one of them only',
    );
  }
  const measure =
    reader.oneOf(fields.get('count'), '"count"', ['attempts']) ??
    reader.oneOf(fields.get('sum'), '"sum"', ['amount']) ??
    reader.oneOf(fields.get('distinct'), '"distinct"', attemptKeyNames);
  const over = reader.oneOf(fields.get('over'), '"over"', attemptKeyNames);
  const only = reader.oneOf(fields.get('only'), '"only"', ['declined', 'accepted']) ?? null;
  const windowSeconds = readWindow(reader, fields.get('window'));
  const name = readFactName(reader, compiler, fields.get('name'), 'int');
  if (measure !== undefined && measure === over) {
    reader.report(node, `different ones of "${over}" over the same "${over}" are always one`);
  }
  if (name === undefined || measure === undefined || over === undefined || windowSeconds === undefined)
    return undefined;
  return { name, measure, over, windowSeconds, only };
}

/** Reads a list of networks, and declares whether an address is on it as a fact. */
export function readList(
  reader: DocumentReader,
  compiler: ConditionCompiler,
  node: ParsedNode,
): IpList | undefined {
  const fields = reader.fields(node, 'a list', ['name', 'kind', 'entries'], []);
  reader.oneOf(fields.get('kind'), '"kind"', ['ip']);
  const networks = reader
    .list(fields.get('entries'), '"entries"')
    .flatMap((entry) => readNetwork(reader, entry) ?? []);
  const name = readFactName(reader, compiler, fields.get('name'), 'bool');
  return name === undefined ? undefined : { name, networks };
}

function readNetwork(reader: DocumentReader, node: ParsedNode): IpNetwork | undefined {
  const text = reader.text(node, 'an entry');
  if (text === undefined) return undefined;
  const problem = problemOfNetwork(text);
  if (problem !== undefined) reader.report(node, `"${text}" ${problem}`);
  return problem === undefined ? parseNetwork(text) : undefined;
}

function readFactName(
  reader: DocumentReader,
  compiler: ConditionCompiler,
  node: ParsedNode | undefined,
  type: 'int' | 'bool',
): string | undefined {
  const name = reader.text(node, '"name"');
  if (node === undefined || name === undefined) return undefined;
  const problem = /^[a-z][A-Za-z0-9]{0,63}$/.test(name)
    ? compiler.declare(name, type)
    : 'a name of a fact is up to 64 letters and digits, the first a small letter';
  if (problem === undefined) return name;
  reader.report(node, problem);
  return undefined;
}

const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };
const LONGEST_WINDOW_DAYS = 90;

function readWindow(reader: DocumentReader, node: ParsedNode | undefined): number | undefined {
  if (node === undefined) return undefined;
  const [, count = '', unit = ''] =
    /^([1-9]\d{0,4})([mhd])$/.exec(isScalar(node) ? String(node.value) : '') ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 0);
  if (seconds > 0 && seconds <= LONGEST_WINDOW_DAYS * 86_400) return seconds;
  reader.report(
    node,
    `a window is a number of minutes, hours or days up to ${LONGEST_WINDOW_DAYS}d, such as 10m, 24h, 7d`,
  );
  return undefined;
}
