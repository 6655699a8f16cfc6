import type { Client } from '@temporalio/client';
import { refusedCallIn } from './refused-call.ts';
import { CLI_TYPES, commandToCreate, indexedTypes, searchAttributes } from './search-attributes.ts';

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
    if (refusedCallIn(error)?.code !== NOT_FOUND) throw error;
    throw new Error(
      `Temporal has no namespace "${namespace}": set TEMPORAL_NAMESPACE, or create it with\n` +
        `  temporal operator namespace create --namespace ${namespace}`,
      { cause: error },
    );
  }
  const known = await knownAttributes(connection, namespace);
  if (known === undefined) return;
  const wanted = Object.values(searchAttributes);
  const types = indexedTypes();
  const wrong = wanted.filter(({ name }) => known[name] !== types[name]);
  if (wrong.length === 0) return;
  const told = wrong.map(({ name, type }) =>
    known[name] === undefined
      ? `  ${name} (${CLI_TYPES[type]}) is missing`
      : `  ${name} is there, but not as ${CLI_TYPES[type]}: rename or remove that one first`,
  );
  throw new Error(
    `Temporal's namespace "${namespace}" lacks search attributes:\n${told.join('\n')}\nCreate them with\n` +
      `  ${commandToCreate(namespace, wrong)}`,
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
    const code = refusedCallIn(error)?.code;
    if (code === UNIMPLEMENTED || code === PERMISSION_DENIED) return undefined;
    throw error;
  }
}

const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;
