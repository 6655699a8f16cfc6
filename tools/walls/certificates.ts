// The library below is built on decorators, which need this.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 3600_000;
/** Every start makes new ones. */
const LIFE_DAYS = 90;

/** The clients of the frontend: each has a certificate of its own. */
export const clients = ['worker', 'api', 'ui', 'command-line', 'setup'] as const;

interface Authority {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/**
 * Makes the certificates of a Temporal behind walls, in a folder: those of the cluster and of each client, by two
 * authorities, so that no client's certificate opens a door between the services. The authorities' keys are kept nowhere:
 * nothing else is ever signed by them.
 */
export async function makeCertificates(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [cluster, ofClients] = await Promise.all([
    authority(folder, 'cluster-ca', 'Temporal cluster'),
    authority(folder, 'clients-ca', 'Temporal clients'),
  ]);
  const { serverAuth, clientAuth } = ExtendedKeyUsage;
  await Promise.all([
    // A service is the server of one call and the client of the next.
    certificate(folder, cluster, 'internode', {
      usages: [serverAuth, clientAuth],
      names: ['internode.temporal'],
    }),
    certificate(folder, cluster, 'frontend', { usages: [serverAuth], names: ['frontend.temporal'] }),
    ...clients.map((name) => certificate(folder, ofClients, name, { usages: [clientAuth], names: [] })),
  ]);
}

async function authority(folder: string, file: string, name: string): Promise<Authority> {
  const keys = await keyPair();
  const made = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  write(folder, `${file}.pem`, made.toString('pem'));
  return { certificate: made, key: keys.privateKey };
}

async function certificate(
  folder: string,
  by: Authority,
  name: string,
  { usages, names }: { readonly usages: readonly ExtendedKeyUsage[]; readonly names: readonly string[] },
): Promise<void> {
  const keys = await keyPair();
  const made = await X509CertificateGenerator.create({
    ...validity(),
    subject: `CN=${name}`,
    issuer: by.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: by.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([...usages]),
      ...(names.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))]),
    ],
  });
  write(folder, `${name}.pem`, made.toString('pem'));
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  write(folder, `${name}.key`, PemConverter.encode(key, PemConverter.PrivateKeyTag));
}

function keyPair() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity() {
  const now = Date.now();
  return {
    serialNumber: randomBytes(16).toString('hex'),
    // Clocks differ a little.
    notBefore: new Date(now - 300_000),
    notAfter: new Date(now + LIFE_DAYS * DAY_MS),
  };
}

function write(folder: string, name: string, pem: string): void {
  writeFileSync(path.join(folder, name), `${pem.trimEnd()}\n`, { mode: 0o600 });
}
