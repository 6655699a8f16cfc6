import path from 'node:path';
import { Eta } from 'eta';
import { projectRoot } from '../../runtime/project-files.ts';
import { pageStyle } from '../review-page/page/render.ts';
import { type ApiDocument, apiDocument, type Operation, type Schema } from './document.ts';

const eta = new Eta({ views: path.join(projectRoot, 'src/api/docs-page'), cache: true, autoEscape: true });

/** The page that describes every call: what it takes, who may send it, what it answers. */
export function renderDocs(document: unknown): string {
  const parsed = apiDocument.parse(document);
  const calls = Object.entries(parsed.paths).flatMap(([address, methods]) =>
    Object.entries(methods).map(([method, operation]) => callOf(parsed, address, method, operation)),
  );
  const groups = parsed.tags
    .map((tag) => ({ ...tag, calls: calls.filter((call) => call.tag === tag.name) }))
    .filter((group) => group.calls.length > 0);
  return eta.render('./docs.eta', { css: pageStyle, ...parsed.info, groups });
}

/** A row of a table of parameters or fields. */
interface Row {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

function callOf(document: ApiDocument, address: string, method: string, operation: Operation) {
  const { operationId, summary, description = '', tags, security, parameters, requestBody } = operation;
  const scopes = new Set(security.flatMap((credentials) => Object.values(credentials).flat()));
  const body = schemaIn(document, requestBody?.content);
  const answer = schemaIn(document, operation.responses['200']?.content);
  return {
    id: operationId,
    tag: tags[0],
    method: method.toUpperCase(),
    address,
    summary,
    description,
    credentials: security.length === 0 ? 'none' : security.flatMap(Object.keys).join(', '),
    scopes: [...scopes].join(', '),
    parameters: parameters.map((parameter) => ({
      ...parameter,
      type: typeOf(document, parameter.schema),
      description: parameter.description ?? parameter.schema.description ?? '',
    })),
    fields: body ? rowsOf(document, body) : [],
    example: body?.examples?.[0] === undefined ? undefined : JSON.stringify(body.examples[0], undefined, 2),
    answers: answer ? rowsOf(document, answer) : [],
    responses: Object.entries(operation.responses).map(([status, response]) => ({
      status,
      description: response.description,
    })),
  };
}

function schemaIn(
  document: ApiDocument,
  content: Operation['responses'][string]['content'],
): Schema | undefined {
  const found = content?.['application/json']?.schema;
  return found && resolved(document, found);
}

/** The schema that a reference stands for; any other one as it is. */
function resolved({ components }: ApiDocument, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return (name === undefined ? undefined : components.schemas[name]) ?? schema;
}

const DEEPEST = 4;

/** Every field, those inside of others by their way there: "amount.currency", "entries[].at". */
function rowsOf(document: ApiDocument, schema: Schema, prefix = '', depth = 0): Row[] {
  const { properties = {}, required = [] } = resolved(document, schema);
  return Object.entries(properties).flatMap(([field, referred]) => {
    const name = `${prefix}${field}`;
    const own = resolved(document, referred);
    const row = {
      name,
      type: typeOf(document, own),
      isRequired: required.includes(field),
      description: referred.description ?? own.description ?? '',
    };
    if (depth === DEEPEST) return [row];
    const inner = [own, ...(own.anyOf ?? [])].flatMap((each) => {
      const one = resolved(document, each);
      const [of, way] = one.items ? [one.items, '[].'] : [one, '.'];
      return rowsOf(document, of, `${name}${way}`, depth + 1);
    });
    return [row, ...inner];
  });
}

function typeOf(document: ApiDocument, schema: Schema): string {
  const { type, enum: values, anyOf, items } = resolved(document, schema);
  if (values) return values.map((value) => JSON.stringify(value)).join(' or ');
  if (anyOf) return [...new Set(anyOf.map((each) => typeOf(document, each)))].join(' or ');
  if (items) return `list of ${typeOf(document, items)}`;
  return [type ?? 'any'].flat().join(' or ');
}
