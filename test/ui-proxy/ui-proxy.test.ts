import { expect, test } from 'vitest';
import { mayPass } from '../../src/ui-proxy/may-pass.ts';
import { signInPageFor } from '../../src/ui-proxy/sign-in-page.ts';

const namespace = '/api/v1/namespaces/payments-production';
const run = `${namespace}/workflows/payment%3Ademo%3Apay-1`;

test('reading passes, and messages to runs', () => {
  expect(mayPass('GET', `${namespace}/workflows?query=x`)).toBe(true);
  expect(mayPass('HEAD', '/')).toBe(true);
  for (const message of ['signal/unblock', 'update/unblock?', 'query/__temporal_workflow_metadata?']) {
    expect([message, mayPass('POST', `${run}/${message}`)]).toEqual([message, true]);
  }
});

test.each([
  ['POST', `${run}/terminate`],
  ['POST', `${run}/cancel`],
  ['POST', `${run}/reset`],
  ['POST', `${namespace}/workflows/another`],
  ['POST', `${namespace}/workflows/another/signal-with-start/unblock`],
  ['POST', `${namespace}/activities/complete-by-id`],
  ['POST', `${namespace}/batch-operations/one`],
  ['POST', `${namespace}/schedules/one/patch`],
  ['POST', '/api/v1/namespaces'],
  ['PUT', `${run}/signal/unblock`],
  ['DELETE', run],
  ['OPTIONS', run],
])('%s %s does not pass', (method, url) => {
  expect(mayPass(method, url)).toBe(false);
});

test.each([
  `${run}/terminate?/signal/unblock`,
  `${run}%2Fterminate%3F/signal/unblock`,
  `${run}/signal/../terminate`,
  `${namespace}/workflows/one/signal/%2e%2e`,
  `${namespace}/workflows/../signal/unblock`,
  `${namespace}/workflows/one\\terminate/signal/unblock`,
  `//elsewhere${run}/signal/unblock`,
])('a path that can be read in two ways does not pass: %s', (url) => {
  expect(mayPass('POST', url)).toBe(false);
});

test('a sign-in page that leads back to itself leads to what was asked for', () => {
  const wanted = 'http://127.0.0.1:8233/namespaces/payments/workflows/payment%3Ademo%3Apay-1?a=b&c=d';
  const once = `/login?returnUrl=${encodeURIComponent(wanted)}`;
  const twice = `/login?returnUrl=${encodeURIComponent(`http://127.0.0.1:8233${once}`)}`;
  const thrice = `/login?returnUrl=${encodeURIComponent(`http://127.0.0.1:8233${twice}`)}`;
  expect([signInPageFor(twice), signInPageFor(thrice)]).toEqual([once, once]);
  for (const other of [once, '/login', '/', '/login?returnUrl=', '/namespaces?returnUrl=/login?returnUrl=x'])
    expect(signInPageFor(other)).toBeUndefined();
});
