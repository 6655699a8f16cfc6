/** A message to a run, or a question: what people do in the Temporal UI beside reading. */
const MESSAGE = /^\/api\/v1\/namespaces\/[^/]+\/workflows\/[^/]+\/(signal|update|query)\/[^/]+$/;

/**
 * Whether a request of a person's browser may go on to the Temporal UI: reading, and messages to runs. Temporal's own authorizer lets
 * who may send a message also end, reset and start runs, and answer activities in the worker's place.
 * @param url path and query, as the request has them
 */
export function mayPass(method: string, url: string): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  const [path = ''] = url.split('?');
  // A path that is read in two ways may pass as one and act as the other.
  const isPlain = !/%2f|%5c/i.test(path) && new URL(path, 'http://ui').pathname === path;
  return method === 'POST' && isPlain && MESSAGE.test(path);
}
