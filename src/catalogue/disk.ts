import { defineMetrics, oneOf, perDevice } from './define.ts'

/** physical: has hardware of its own behind it; partition: part of another; virtual: dm, md, loop, zram, … Only the physical ones add up to the machine. */
export const diskRoles = ['physical', 'partition', 'virtual'] as const

const device = perDevice('block device name')
const role = oneOf(...diskRoles)
const direction = oneOf('read', 'write', 'discard')
const linux = '/proc/diskstats (Documentation/admin-guide/iostats.rst)'
const mount = {
  mountpoint: perDevice('mount point'),
  device: perDevice('device or source'),
  type: perDevice('filesystem type'),
}
const statfs = 'statfs(2) on /proc/1/mountinfo entries, one per device'

export const diskMetrics = defineMetrics({
  'system.disk.io': {
    id: 60,
    kind: 'counter',
    unit: 'By',
    value: 'int',
    labels: { device, role, direction },
    help: 'Bytes transferred. A sector in this file is always 512 bytes, whatever the hardware says.',
    source: {
      linux: `${linux} fields 3, 7, 14`,
      windows: 'IOCTL_DISK_PERFORMANCE on PhysicalDriveN: BytesRead, BytesWritten',
    },
  },
  'system.disk.operations': {
    id: 61,
    kind: 'counter',
    unit: '{operation}',
    value: 'int',
    labels: { device, role, direction },
    help: 'Operations completed, after merging.',
    source: {
      linux: `${linux} fields 1, 5, 12`,
      windows: 'IOCTL_DISK_PERFORMANCE on PhysicalDriveN: ReadCount, WriteCount (32 bits, widened)',
    },
  },
  'system.disk.operation_time': {
    id: 62,
    kind: 'counter',
    unit: 's',
    value: 'float',
    labels: { device, role, direction },
    help: 'Sum of the time each operation took. Operations run in parallel, so it may grow faster than the clock: it is no utilisation.',
    source: {
      linux: `${linux} fields 4, 8, 15 (ms, wraps at 2^32)`,
      windows: 'IOCTL_DISK_PERFORMANCE on PhysicalDriveN: ReadTime, WriteTime (100 ns)',
    },
  },
  'system.disk.merged': {
    id: 63,
    kind: 'counter',
    unit: '{operation}',
    value: 'int',
    labels: { device, role, direction },
    help: 'Requests merged into a neighbouring one.',
    source: { linux: `${linux} fields 2, 6, 13`, windows: { none: 'Windows does not merge requests' } },
  },
  'system.disk.io_time': {
    id: 64,
    kind: 'counter',
    unit: 's',
    value: 'float',
    labels: { device, role },
    help: 'Time with at least one operation in flight. At 100 % a spinning disk is busy; a solid-state one may have much to spare.',
    source: {
      linux: `${linux} field 10 (ms, wraps at 2^32)`,
      windows: 'IOCTL_DISK_PERFORMANCE on PhysicalDriveN: time passed less IdleTime',
    },
  },
  'system.linux.disk.weighted_io_time': {
    id: 65,
    kind: 'counter',
    unit: 's',
    value: 'float',
    labels: { device, role },
    help: 'Operations in flight integrated over time; its rate is the mean queue length.',
    source: { linux: `${linux} field 11 (ms, wraps at 2^32)`, windows: { none: 'counted in the Linux kernel only' } },
  },
  'system.disk.pending_operations': {
    id: 66,
    kind: 'gauge',
    unit: '{operation}',
    value: 'int',
    labels: { device, role },
    help: 'Operations in flight at the instant of the tick.',
    source: { linux: `${linux} field 9`, windows: 'IOCTL_DISK_PERFORMANCE on PhysicalDriveN: QueueDepth' },
  },
  'system.disk.limit': {
    id: 67,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: { device, role },
    help: 'Size of the device.',
    source: { linux: '/sys/block/DEV/size (512-byte sectors)', windows: 'IOCTL_DISK_GET_DRIVE_GEOMETRY_EX DiskSize' },
    rollup: 'last',
    lane: 'slow',
  },
  'system.filesystem.usage': {
    id: 70,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: { ...mount, state: oneOf('used', 'free', 'reserved') },
    help: 'Space by state: used, free to everyone, reserved for root. They add up to the size.',
    source: {
      linux: `${statfs}: used = blocks - bfree, free = bavail, reserved = bfree - bavail`,
      windows: 'statfs of the runtime on each volume with a letter or a folder',
    },
    lane: 'slow',
  },
  'system.filesystem.limit': {
    id: 71,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: mount,
    help: 'Size of the filesystem.',
    source: { linux: `${statfs}: blocks`, windows: 'the same' },
    rollup: 'last',
    lane: 'slow',
  },
  'system.filesystem.inodes': {
    id: 72,
    kind: 'gauge',
    unit: '{inode}',
    value: 'int',
    labels: { ...mount, state: oneOf('used', 'free') },
    help: 'Inodes by state. Absent where the filesystem has no fixed number (btrfs, pseudo filesystems).',
    source: { linux: `${statfs}: files, ffree`, windows: { none: 'volumes of Windows have no fixed number of files' } },
    lane: 'slow',
  },
  'system.filesystem.read_only': {
    id: 73,
    kind: 'state',
    unit: '1',
    value: 'int',
    labels: mount,
    help: '1 when mounted read-only; a filesystem that turns read-only by itself has met an error.',
    source: { linux: '/proc/1/mountinfo options', windows: 'GetVolumeInformationW FILE_READ_ONLY_VOLUME' },
    rollup: 'max',
    lane: 'slow',
  },
  'system.filesystem.stale': {
    id: 74,
    kind: 'state',
    unit: '1',
    value: 'int',
    labels: mount,
    help: '1 while the filesystem does not answer (dead server); its other values are then absent.',
    source: { linux: `${statfs} unanswered for 5 s`, windows: 'a network drive unanswered for 5 s' },
    rollup: 'max',
    lane: 'slow',
  },
})
