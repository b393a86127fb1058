import type { PageName } from './state/place.ts'

export const pageTitles: Readonly<Record<PageName, string>> = {
  overview: 'Overview',
  cpu: 'CPU',
  memory: 'Memory',
  disks: 'Disks',
  network: 'Network',
  pressure: 'Pressure',
  services: 'Services',
  sensors: 'Sensors',
  processes: 'Processes',
  sysmon: 'Sysmon itself',
  explain: 'Explain',
  alerts: 'Alerts',
  anomalies: 'Anomalies',
  signin: 'Log in',
  missing: 'Not found',
}

/** In the order of the menu; the digits 1 to 9 and 0 open them. */
export const menu: readonly PageName[] = [
  'overview',
  'processes',
  'cpu',
  'memory',
  'disks',
  'network',
  'pressure',
  'services',
  'sensors',
  'sysmon',
]

/** What was made of the measurements: a group of its own in the menu, opened by letters. */
export const analysis: readonly PageName[] = ['explain', 'alerts', 'anomalies']
