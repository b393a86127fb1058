import { expect, test } from 'bun:test'
import { metricNames } from '../../catalogue/catalogue.ts'
import { pageNames, parsePlace } from '../../dashboard/state/place.ts'
import { chartLink } from './links.ts'

const window = { startMs: 1_767_603_180_000, endMs: 1_767_603_780_000 }

test('a link opens the page that draws the metric, with the window, at the moment', () => {
  const link = chartLink('system.disk.utilization', { device: 'sda' }, window, 1_767_603_700_000)
  const [pathname = '', search = ''] = link.split('?')
  expect(parsePlace(pathname, search)).toMatchObject({
    page: 'disks',
    view: { kind: 'fixed', ...window },
    atMs: 1_767_603_700_000,
  })
})

test('every metric has a page that is', () => {
  for (const name of metricNames) {
    const page = chartLink(name, {}, window).slice(1).split('?')[0] ?? ''
    expect([name, page === '' || (pageNames as readonly string[]).includes(page)]).toEqual([name, true])
  }
})
