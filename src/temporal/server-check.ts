import { type Client, isGrpcServiceError } from '@temporalio/client';
import { CLI_TYPES, INDEXED_VALUE_TYPES, searchAttributes } from './search-attributes.ts';

/**
 * Checks that the server has what the workflows need: the namespace, and every search attribute with its type. Without them
 * each run would stop at its first step.
 * @throws Error that lists what is missing, with the command that creates it
 */
export async function checkServer({
  connection,
  workflowService,
  options: { namespace },
}: Client): Promise<void> {
  try {
    await workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw error;
    throw new Error(
      `Temporal has no namespace "${namespace}": set TEMPORAL_NAMESPACE, or create it with\n` +
        `  temporal operator namespace create --namespace ${namespace}`,
      { cause: error },
    );
  }
  const known = await knownAttributes(connection, namespace);
  if (known === undefined) return;
  const wanted = Object.values(searchAttributes);
  const wrong = wanted.filter(({ name, type }) => known[name] !== INDEXED_VALUE_TYPES[type]);
  if (wrong.length === 0) return;
  const told = wrong.map(({ name, type }) =>
    known[name] === undefined
      ? `  ${name} (${CLI_TYPES[type]}) is missing`
      : `  ${name} is there, but not as ${CLI_TYPES[type]}: rename or remove that one first`,
  );
  const flags = wrong.map(({ name, type }) => `--name ${name} --type ${CLI_TYPES[type]}`);
  throw new Error(
    `Temporal's namespace "${namespace}" lacks search attributes:\n${told.join('\n')}\nCreate them with\n` +
      `  temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`,
  );
}

/** Types by name; undefined where the server does not tell, as Temporal Cloud may not. */
async function knownAttributes(
  connection: Client['connection'],
  namespace: string,
): Promise<Readonly<Record<string, number>> | undefined> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes ?? {};
  } catch (error) {
    const code = codeOf(error);
    if (code === UNIMPLEMENTED || code === PERMISSION_DENIED) return undefined;
    throw error;
  }
}

const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;

function codeOf(error: unknown): number | undefined {
  const found = [error, error instanceof Error ? error.cause : undefined].find(isGrpcServiceError);
  return found?.code;
}
