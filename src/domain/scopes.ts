/** What a service account may be allowed, in the documents' words (contract.md, section 3); lists and reviews are ours. */
export const scopes = [
  'payment.block',
  'payment.unblock',
  'payment.read',
  'payment.messages',
  'payment.chargebacks',
  'payment.rules.payisland',
  'payment.customer.block',
  'payment.customer.unblock',
  'payment.customer.read',
  'rules.read',
  'rules.write',
  'rules.activate',
  'lists.read',
  'lists.write',
  'notifications.read',
  'notifications.write',
  'reviews.read',
  'ledger.read',
  'tasks.read',
  'tasks.close',
  'changes.read',
  'changes.confirm',
] as const;

export type Scope = (typeof scopes)[number];
