import { structure } from './structure.ts'

/** MIB_IF_TABLE2: the number of rows, and where the first begins. */
export const interfaceTable = { count: 0, rows: 8 } as const

export const interfaceRow = structure({
  name: 'MIB_IF_ROW2',
  header: 'netioapi.h',
  page: 'https://learn.microsoft.com/windows/win32/api/netioapi/ns-netioapi-mib_if_row2',
  size: 1352,
  members: {
    InterfaceLuid: [0, 'u64'],
    InterfaceIndex: [8, 'u32'],
    InterfaceGuid: [12, 'u32', 4],
    Alias: [28, 'u16', 257],
    Description: [542, 'u16', 257],
    PhysicalAddressLength: [1056, 'u32'],
    PhysicalAddress: [1060, 'u8', 32],
    PermanentPhysicalAddress: [1092, 'u8', 32],
    Mtu: [1124, 'u32'],
    Type: [1128, 'u32'],
    TunnelType: [1132, 'u32'],
    MediaType: [1136, 'u32'],
    PhysicalMediumType: [1140, 'u32'],
    AccessType: [1144, 'u32'],
    DirectionType: [1148, 'u32'],
    InterfaceAndOperStatusFlags: [1152, 'u8'],
    OperStatus: [1156, 'u32'],
    AdminStatus: [1160, 'u32'],
    MediaConnectState: [1164, 'u32'],
    NetworkGuid: [1168, 'u32', 4],
    ConnectionType: [1184, 'u32'],
    TransmitLinkSpeed: [1192, 'u64'],
    ReceiveLinkSpeed: [1200, 'u64'],
    InOctets: [1208, 'u64'],
    InUcastPkts: [1216, 'u64'],
    InNUcastPkts: [1224, 'u64'],
    InDiscards: [1232, 'u64'],
    InErrors: [1240, 'u64'],
    InUnknownProtos: [1248, 'u64'],
    InUcastOctets: [1256, 'u64'],
    InMulticastOctets: [1264, 'u64'],
    InBroadcastOctets: [1272, 'u64'],
    OutOctets: [1280, 'u64'],
    OutUcastPkts: [1288, 'u64'],
    OutNUcastPkts: [1296, 'u64'],
    OutDiscards: [1304, 'u64'],
    OutErrors: [1312, 'u64'],
    OutUcastOctets: [1320, 'u64'],
    OutMulticastOctets: [1328, 'u64'],
    OutBroadcastOctets: [1336, 'u64'],
    OutQLen: [1344, 'u64'],
  },
})

/** Bits of InterfaceAndOperStatusFlags. */
export const interfaceFlag = { hardware: 1, filter: 2, connectorPresent: 4 } as const
/** iftype.h */
export const interfaceType = { loopback: 24 } as const
/** IF_OPER_STATUS IfOperStatusUp */
export const operationalUp = 1

/** Windows 10 1709. */
export const tcpStatistics = structure({
  name: 'MIB_TCPSTATS2',
  header: 'tcpmib.h',
  page: 'https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcpstats2',
  size: 72,
  members: {
    RtoAlgorithm: [0, 'u32'],
    dwRtoMin: [4, 'u32'],
    dwRtoMax: [8, 'u32'],
    dwMaxConn: [12, 'u32'],
    dwActiveOpens: [16, 'u32'],
    dwPassiveOpens: [20, 'u32'],
    dwAttemptFails: [24, 'u32'],
    dwEstabResets: [28, 'u32'],
    dwCurrEstab: [32, 'u32'],
    dw64InSegs: [40, 'u64'],
    dw64OutSegs: [48, 'u64'],
    dwRetransSegs: [56, 'u32'],
    dwInErrs: [60, 'u32'],
    dwOutRsts: [64, 'u32'],
    dwNumConns: [68, 'u32'],
  },
})

/** Before that: all of 32 bits. */
export const tcpStatisticsNarrow = structure({
  name: 'MIB_TCPSTATS_LH',
  header: 'tcpmib.h',
  page: 'https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcpstats_lh',
  size: 60,
  members: {
    RtoAlgorithm: [0, 'u32'],
    dwRtoMin: [4, 'u32'],
    dwRtoMax: [8, 'u32'],
    dwMaxConn: [12, 'u32'],
    dwActiveOpens: [16, 'u32'],
    dwPassiveOpens: [20, 'u32'],
    dwAttemptFails: [24, 'u32'],
    dwEstabResets: [28, 'u32'],
    dwCurrEstab: [32, 'u32'],
    dwInSegs: [36, 'u32'],
    dwOutSegs: [40, 'u32'],
    dwRetransSegs: [44, 'u32'],
    dwInErrs: [48, 'u32'],
    dwOutRsts: [52, 'u32'],
    dwNumConns: [56, 'u32'],
  },
})

export const udpStatistics = structure({
  name: 'MIB_UDPSTATS2',
  header: 'udpmib.h',
  page: 'https://learn.microsoft.com/windows/win32/api/udpmib/ns-udpmib-mib_udpstats2',
  size: 32,
  members: {
    dw64InDatagrams: [0, 'u64'],
    dwNoPorts: [8, 'u32'],
    dwInErrors: [12, 'u32'],
    dw64OutDatagrams: [16, 'u64'],
    dwNumAddrs: [24, 'u32'],
  },
})

export const udpStatisticsNarrow = structure({
  name: 'MIB_UDPSTATS',
  header: 'udpmib.h',
  page: 'https://learn.microsoft.com/windows/win32/api/udpmib/ns-udpmib-mib_udpstats',
  size: 20,
  members: {
    dwInDatagrams: [0, 'u32'],
    dwNoPorts: [4, 'u32'],
    dwInErrors: [8, 'u32'],
    dwOutDatagrams: [12, 'u32'],
    dwNumAddrs: [16, 'u32'],
  },
})

/** Tables of GetExtendedTcpTable: the number of rows, and where the first begins. */
export const tcpTable = { count: 0, rows: 4 } as const

export const tcpRow4 = structure({
  name: 'MIB_TCPROW_OWNER_PID',
  header: 'tcpmib.h',
  page: 'https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcprow_owner_pid',
  size: 24,
  members: {
    dwState: [0, 'u32'],
    dwLocalAddr: [4, 'u32'],
    dwLocalPort: [8, 'u32'],
    dwRemoteAddr: [12, 'u32'],
    dwRemotePort: [16, 'u32'],
    dwOwningPid: [20, 'u32'],
  },
})

export const tcpRow6 = structure({
  name: 'MIB_TCP6ROW_OWNER_PID',
  header: 'tcpmib.h',
  page: 'https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcp6row_owner_pid',
  size: 56,
  members: {
    ucLocalAddr: [0, 'u8', 16],
    dwLocalScopeId: [16, 'u32'],
    dwLocalPort: [20, 'u32'],
    ucRemoteAddr: [24, 'u8', 16],
    dwRemoteScopeId: [40, 'u32'],
    dwRemotePort: [44, 'u32'],
    dwState: [48, 'u32'],
    dwOwningPid: [52, 'u32'],
  },
})
