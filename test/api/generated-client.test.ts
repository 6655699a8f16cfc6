import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { generateApi } from 'swagger-typescript-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { ApiRig } from '../support/api-rig.ts';
import { tempFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

/** What an integrator writes: every name and type in it is from the generated client. */
const INTEGRATOR = `
import { Api, type KcBlockRequest, type KcUnblockRequest, type KontoCloudFailure } from './client.ts';

const [baseUrl = '', token = '', reference = ''] = process.argv.slice(2);
const api = new Api({ baseUrl, baseApiParams: { headers: { 'X-Auth-Token': token } } });
const block: KcBlockRequest = {
  partnerReference: reference,
  customerAccno: '222123456',
  merchantAccno: '444123456',
  presentationAmount: 2500,
  presentationCurrCode: 'EUR',
  paymentOption: { token: 'tok_visa' },
  invoiceGUID: reference,
  localDate: '2019-01-11',
  localTime: '145752',
};
const held = await api.payment.kcBlock(reference, block);
const unblock: KcUnblockRequest = { partnerReference: 'u-' + reference, refundAmount: false, localDate: '2019-01-11', localTime: '145752' };
const released = await api.payment.kcUnblock(reference, unblock);
const again = await api.payment.kcUnblock(reference, { ...unblock, partnerReference: 'v-' + reference }).catch((failed: { error: KontoCloudFailure }) => failed.error.responseCode);
console.log(JSON.stringify([held.data.paymentStatus, released.data.responseCode, again]));
`;

test('a client generated from the OpenAPI document compiles, blocks a payment and unblocks it', async () => {
  const folder = tempFolder();
  await generateApi({
    input: path.join(projectRoot, 'docs/openapi.json'),
    output: folder,
    fileName: 'client.ts',
    silent: true,
  });
  const integrator = path.join(folder, 'integrator.ts');
  await writeFile(integrator, INTEGRATOR);
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  await run(process.execPath, [
    path.join(projectRoot, 'node_modules/typescript/bin/tsc'),
    ...[
      '--ignoreConfig',
      '--strict',
      '--target',
      'es2023',
      '--module',
      'nodenext',
      '--rewriteRelativeImportExtensions',
    ],
    ...['--types', 'node', '--typeRoots', path.join(projectRoot, 'node_modules/@types'), integrator],
  ]);

  const address = await rig.api.app.listen({ port: 0, host: '127.0.0.1' });
  const token = await rig.api.token(await rig.api.user());
  const { stdout } = await run(process.execPath, [
    path.join(folder, 'integrator.js'),
    ...[address, token, randomUUID()],
  ]);
  expect(JSON.parse(stdout)).toEqual(['held', '0000', '0015']);
});
