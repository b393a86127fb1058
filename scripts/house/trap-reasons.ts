import type { TrapId } from './trap-titles.ts'

/** Why a trap has no test yet or cannot have one: by id, or by letter for a whole group. */
export const trapReasons: Readonly<Partial<Record<TrapId | string, string>>> = {
  X: 'comes with the macOS platform',
  Z: 'comes with the fleet',
  A: 'comes with alerts',
  D9: 'comes with the macOS platform',
  K8: 'does not apply: traffic is read by interface, never by container',
  F9: 'comes with the macOS platform',
  N4: 'comes with the macOS platform',
  N5: 'comes with the macOS platform',
  R17: 'comes with the macOS platform',
  S5: 'does not apply: disk health (SMART) is not read, so no disk is woken',
  S7: 'comes with the macOS platform',
  S8: 'does not apply: no program is started to read anything',
}
