import { z } from 'zod';

const body = z.looseObject({
  content: z
    .record(z.string(), z.looseObject({ schema: z.looseObject({ $ref: z.string().optional() }).optional() }))
    .optional(),
});

const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string().optional(),
        requestBody: body.optional(),
        responses: z.record(z.string(), body),
      }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

/**
 * Names the bodies of an OpenAPI document after their operation (`KcBlockRequest`, `KcBlockAnswer`), so that a
 * generated client has types to import and not one nameless type a call.
 */
export function nameBodies(document: unknown): z.infer<typeof documentSchema> {
  const named = documentSchema.parse(document);
  const { schemas } = named.components;
  const name = (part: z.infer<typeof body> | undefined, as: string) => {
    const json = part?.content?.['application/json'];
    if (json?.schema === undefined || json.schema.$ref !== undefined) return;
    schemas[as] = json.schema;
    json.schema = { $ref: `#/components/schemas/${as}` };
  };
  for (const operations of Object.values(named.paths)) {
    for (const { operationId, requestBody, responses } of Object.values(operations)) {
      if (operationId === undefined) continue;
      const prefix = operationId.charAt(0).toUpperCase() + operationId.slice(1);
      name(requestBody, `${prefix}Request`);
      name(responses['200'], `${prefix}Answer`);
    }
  }
  dropUnused(schemas, named);
  return named;
}

/** Of each schema with a name there is one for what comes in and one for what goes out. */
function dropUnused(schemas: Record<string, unknown>, document: unknown): void {
  const text = JSON.stringify(document);
  for (const name of Object.keys(schemas))
    if (!text.includes(`"#/components/schemas/${name}"`)) delete schemas[name];
}
