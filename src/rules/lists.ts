import type { Facts } from '../domain/decision.ts';
import { type IpNetwork, isInNetwork, parseShopperAddress } from './ip.ts';
import type { RuleSubject } from './subject.ts';

/** A list of addresses; its name is a bool fact: the shopper's address is on it. */
export interface IpList {
  readonly name: string;
  readonly networks: readonly IpNetwork[];
}

/** One fact per list: whether the subject's address is on it; null where there is no address to look up. */
export function factsOfLists(lists: readonly IpList[], subject: RuleSubject): Facts {
  const address = parseShopperAddress(subject.ipAddress ?? '');
  return Object.fromEntries(
    lists.map((list) => [
      list.name,
      address === undefined ? null : list.networks.some((network) => isInNetwork(address, network)),
    ]),
  );
}
