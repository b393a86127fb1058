import { defineMetrics } from './define.ts'

export const kernelMetrics = defineMetrics({
  'system.uptime': {
    id: 110,
    kind: 'gauge',
    unit: 's',
    value: 'float',
    labels: {},
    help: 'Time since boot, suspend included.',
    source: { linux: '/proc/uptime field 1', windows: 'SYSTEM_TIMEOFDAY_INFORMATION CurrentTime less BootTime' },
    rollup: 'last',
  },
  'system.file_descriptor.count': {
    id: 111,
    kind: 'gauge',
    unit: '{file_descriptor}',
    value: 'int',
    labels: {},
    help: 'Open file handles of the whole system.',
    source: {
      linux: '/proc/sys/fs/file-nr field 1',
      windows: { none: 'Windows has handles: system.windows.handle.count' },
    },
  },
  'system.file_descriptor.limit': {
    id: 112,
    kind: 'gauge',
    unit: '{file_descriptor}',
    value: 'int',
    labels: {},
    help: 'Most file handles the kernel will allocate.',
    source: { linux: '/proc/sys/fs/file-nr field 3', windows: { none: 'bounded by memory only' } },
    rollup: 'last',
  },
  'system.linux.entropy.available': {
    id: 113,
    kind: 'gauge',
    unit: '{bit}',
    value: 'int',
    labels: {},
    help: 'Entropy in the input pool (always 256 when ready, since Linux 5.18).',
    source: { linux: '/proc/sys/kernel/random/entropy_avail', windows: { none: 'counted in the Linux kernel only' } },
    lane: 'slow',
  },
})
