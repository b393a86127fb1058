import { expect, test } from 'bun:test'
import { metricDef } from '../../catalogue/catalogue.ts'
import { serviceSources, servicesOf, sortServices } from './services.ts'

const values = new Map([
  ['cgroup.cpu.utilization{cgroup=/system.slice/web.service,name=web.service}', 0.5],
  ['cgroup.io{cgroup=/system.slice/web.service,direction=write,name=web.service}', 4096],
  ['cgroup.pressure.some.time{cgroup=/system.slice/web.service,name=web.service,resource=io}', 0.25],
  ['cgroup.memory.working_set{cgroup=/docker/1,name=container 1}', 7],
  ['cgroup.cpu.utilization{cgroup=/docker/1,name=container 1}', 0.1],
  ['cgroup.cpu.utilization{cgroup=/docker/2,name=container 2}', 0],
  ['cgroup.cpu.utilization{cgroup=self,name=web.service}', 0.5],
  ['cgroup.cpu.utilization{cgroup=self,name=/}', 2],
  ['system.cpu.utilization', 1],
])

test('one row a group, the own one once; what was not measured is absent', () => {
  expect(servicesOf(values)).toEqual([
    {
      cgroup: '/system.slice/web.service',
      name: 'web.service',
      cpu: 0.5,
      writtenBytesPerSecond: 4096,
      waitsDisk: 0.25,
    },
    { cgroup: '/docker/1', name: 'container 1', cpu: 0.1, memoryBytes: 7 },
    { cgroup: '/docker/2', name: 'container 2', cpu: 0 },
  ])
  expect(servicesOf(new Map([['cgroup.cpu.utilization{cgroup=self,name=x.scope}', 1]]))).toHaveLength(1)
})

test('absent is last in either direction', () => {
  const rows = servicesOf(values)
  const names = (field: 'memoryBytes' | 'cpu' | 'name', isAscending: boolean) =>
    sortServices(rows, { field, isAscending }).map(({ name }) => name)
  expect(names('cpu', false)).toEqual(['web.service', 'container 1', 'container 2'])
  expect(names('memoryBytes', true)[0]).toBe('container 1')
  expect(names('memoryBytes', false)[0]).toBe('container 1')
  expect(names('name', false)[0]).toBe('web.service')
})

test('the labels that are asked for are those of the catalogue', () => {
  for (const { metric, labels } of Object.values(serviceSources)) {
    if (labels === undefined) continue
    const def = metricDef(metric as 'cgroup.io')
    for (const [name, value] of Object.entries(labels))
      expect(JSON.stringify(def.labels[name as 'direction'])).toContain(`"${value}"`)
  }
})
