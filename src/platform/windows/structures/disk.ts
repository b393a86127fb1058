import { structure } from './structure.ts'

/** Times in 100 ns (D10: neither milliseconds nor tens of microseconds). */
export const diskPerformance = structure({
  name: 'DISK_PERFORMANCE',
  header: 'winioctl.h',
  page: 'https://learn.microsoft.com/windows/win32/api/winioctl/ns-winioctl-disk_performance',
  size: 88,
  members: {
    BytesRead: [0, 'i64'],
    BytesWritten: [8, 'i64'],
    ReadTime: [16, 'i64'],
    WriteTime: [24, 'i64'],
    IdleTime: [32, 'i64'],
    ReadCount: [40, 'u32'],
    WriteCount: [44, 'u32'],
    QueueDepth: [48, 'u32'],
    SplitCount: [52, 'u32'],
    QueryTime: [56, 'i64'],
    StorageDeviceNumber: [64, 'u32'],
    StorageManagerName: [68, 'u16', 8],
  },
})

/** DISK_GEOMETRY_EX as far as it is used: DISK_GEOMETRY, then the size. */
export const diskGeometry = structure({
  name: 'DISK_GEOMETRY_EX',
  header: 'winioctl.h',
  page: 'https://learn.microsoft.com/windows/win32/api/winioctl/ns-winioctl-disk_geometry_ex',
  size: 40,
  members: {
    Cylinders: [0, 'i64'],
    MediaType: [8, 'u32'],
    TracksPerCylinder: [12, 'u32'],
    SectorsPerTrack: [16, 'u32'],
    BytesPerSector: [20, 'u32'],
    DiskSize: [24, 'i64'],
    Data: [32, 'u8', 1],
  },
})

export const storageDevice = structure({
  name: 'STORAGE_DEVICE_DESCRIPTOR',
  header: 'winioctl.h',
  page: 'https://learn.microsoft.com/windows/win32/api/winioctl/ns-winioctl-storage_device_descriptor',
  size: 40,
  members: {
    Version: [0, 'u32'],
    Size: [4, 'u32'],
    DeviceType: [8, 'u8'],
    DeviceTypeModifier: [9, 'u8'],
    RemovableMedia: [10, 'u8'],
    CommandQueueing: [11, 'u8'],
    VendorIdOffset: [12, 'u32'],
    ProductIdOffset: [16, 'u32'],
    ProductRevisionOffset: [20, 'u32'],
    SerialNumberOffset: [24, 'u32'],
    BusType: [28, 'u32'],
    RawPropertiesLength: [32, 'u32'],
    RawDeviceProperties: [36, 'u8', 1],
  },
})

/** STORAGE_BUS_TYPE of what has other disks below it: Virtual, FileBackedVirtual, Spaces. */
export const virtualBuses: readonly number[] = [14, 15, 16]
