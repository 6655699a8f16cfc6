import { isIP } from 'node:net';
import { isLoopback, mayBeSentTo } from './public-address.ts';

/**
 * What is wrong with an endpoint's address, to be read after the word "url"; undefined where it can be used. The
 * addresses behind a name are looked at when it is connected to.
 * @param allowLoopback for development: also plain http, to this machine and nowhere else
 */
export function problemOfUrl(text: string, allowLoopback: boolean): string | undefined {
  if (text.length > 2000) return 'must not be longer than 2000 characters';
  if (!URL.canParse(text)) return 'is no address such as https://shop.example/hooks';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not have a user or password in it';
  if (url.hash !== '') return 'must not have a fragment (#…)';
  const host = hostOf(url);
  const isThisMachine = host === 'localhost' || isLoopback(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowLoopback && isThisMachine))
    return 'must begin with https://';
  if (isIP(host) !== 0 && !mayBeSentTo(host, allowLoopback)) return `is not public: ${host}`;
  return undefined;
}

/** The address as it may be shown to anybody: what stands after the path can be a password. */
export function withoutQuery(text: string): string {
  const { origin, pathname } = new URL(text);
  return origin + pathname;
}

/** The parser has written every spelling of an address as one already (0x7f.1, 2130706433). */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
