import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytesOf } from '../../../test/text-bytes.ts'
import { parseLoadavg } from './proc-loadavg.ts'
import { VmstatParser } from './proc-vmstat.ts'

test('each line of vmstat has its place', () => {
  const text =
    'nr_free_pages 99\npgpgin 11\npgpgout 12\npswpin 13\npswpout 14\npgfault 1000\npgmajfault 15\n' +
    'workingset_refault_anon 16\nworkingset_refault_file 17\npgscan_kswapd 18\npgscan_direct 19\noom_kill 20\n'
  expect(new VmstatParser().parse(bytesOf(text))).toEqual({
    pagedInBytes: 11 * 1024,
    pagedOutBytes: 12 * 1024,
    swappedInPages: 13,
    swappedOutPages: 14,
    minorFaults: 985,
    majorFaults: 15,
    refaultsAnonymous: 16,
    refaultsFile: 17,
    scannedKswapdPages: 18,
    scannedDirectPages: 19,
    oomKills: 20,
  })
})

test('what an old kernel does not count is absent', () => {
  const reading = new VmstatParser().parse(bytesOf('pgfault 5\n'))
  for (const value of Object.values(reading)) expect(value).toBeUndefined()
})

test('load averages and the number of threads', () => {
  expect(parseLoadavg(bytesOf('0.20 1.18 12.05 3/280 11206\n'))).toEqual({
    load1: 0.2,
    load5: 1.18,
    load15: 12.05,
    threads: 280,
  })
})

test('any bytes are read without a throw', () => {
  const parser = new VmstatParser()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parser.parse(bytes)
      parseLoadavg(bytes)
    }),
  )
})
