import type { EventPayloads, EventType } from '../events.ts';

/** The subject of the mail about each event: what happened to what, so that the inbox alone tells it. */
export type Subjects = { readonly [T in EventType]: (payload: EventPayloads[T]) => string };
