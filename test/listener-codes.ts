/** Problems that no route of the app tells: what stands around them does. Each is provoked in listener-contract.test.ts. */
export const listenerCodes = [
  'unauthorized',
  'link_spent',
  'wrong_password',
  'forbidden',
  'foreign_origin',
  'wrong_host',
  'rate_limited',
  'address_too_long',
  'upgrade_required',
  'too_many_connections',
] as const
