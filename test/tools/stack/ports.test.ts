import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { assertPortsAreFree, freePorts, portsFromEnvironment } from '../../../tools/stack/ports.ts';

test('a port in use is refused with its number, what it was for and the variable that changes it', async () => {
  const ports = await freePorts();
  await occupy(ports.gateway);
  await expect(assertPortsAreFree(ports, ['api', 'gateway'])).rejects.toThrow(
    new RegExp(`^Port ${ports.gateway} is in use.*sandbox refund gateway.*\\n.*GATEWAY_PORT=\\d+\\.$`),
  );
});

test('a port that is suggested is free, and that of no other part', async () => {
  const ports = { ...(await freePorts()), gateway: 8090 };
  await occupy(ports.api);
  await occupy(ports.api + 1);
  const refused: unknown = await assertPortsAreFree(ports, ['api']).catch((error: unknown) => error);
  const suggested = Number(/API_PORT=(\d+)/.exec(String(refused))?.[1]);
  expect([...Object.values(ports), ports.api + 1, 8080, 8090]).not.toContain(suggested);
  await expect(assertPortsAreFree({ ...ports, api: suggested }, ['api'])).resolves.toBeUndefined();
});

test('a port of a part that does not run here may be in use', async () => {
  const ports = await freePorts();
  await occupy(ports.postgres);
  await expect(assertPortsAreFree(ports, ['api', 'temporal'])).resolves.toBeUndefined();
});

test('ports come from the environment, else they are the documented ones', () => {
  expect(portsFromEnvironment({ API_PORT: '9000', MAIL_PORT: '' })).toEqual({
    api: 9000,
    temporal: 7233,
    temporalUi: 8233,
    postgres: 5433,
    gateway: 8090,
    mail: 8025,
    signIn: 8091,
    smtp: 1025,
  });
});

test.each(['80a', '0', '65536', '-1', '1.5', ' 80'])(
  '"%s" is no port, and the error names the variable',
  (text) => {
    expect(() => portsFromEnvironment({ TEMPORAL_UI_PORT: text })).toThrow(/TEMPORAL_UI_PORT is/);
  },
);

test('free ports are all different', async () => {
  const ports = Object.values(await freePorts());
  expect(new Set(ports).size).toBe(ports.length);
});

async function occupy(port: number): Promise<void> {
  const server = net.createServer().listen(port, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
}
