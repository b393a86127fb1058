import type { SeriesTable } from '../../frame/series-table.ts'
import type { SensorReading, SystemMetrics } from '../../platform/platform.ts'
import type { SlowCollector } from '../collector.ts'
import { type Emit, emit, KeyedEmission } from '../emit.ts'
import { slowCollector } from './reading.ts'

type Item<K extends keyof SensorReading> = SensorReading[K][number]

function temperatureEmits({ sensor }: Item<'temperatures'>): Emit<Item<'temperatures'>>[] {
  type T = Item<'temperatures'>
  return [
    emit('hw.temperature', { sensor }, (r: T) => r.celsius),
    emit('hw.temperature.limit', { sensor, limit: 'high' }, (r: T) => r.highCelsius),
    emit('hw.temperature.limit', { sensor, limit: 'critical' }, (r: T) => r.criticalCelsius),
  ]
}

export function sensorCollector(system: SystemMetrics, series: SeriesTable): SlowCollector {
  const temperatures = new KeyedEmission<Item<'temperatures'>>(series, (r) => r.sensor, temperatureEmits)
  const fans = new KeyedEmission<Item<'fans'>>(
    series,
    (r) => r.sensor,
    ({ sensor }) => [emit('hw.fan.speed', { sensor }, (r: Item<'fans'>) => r.rpm)],
  )
  const powers = new KeyedEmission<Item<'powers'>>(
    series,
    (r) => r.sensor,
    ({ sensor }) => [emit('hw.power', { sensor }, (r: Item<'powers'>) => r.watts)],
  )
  const energies = new KeyedEmission<Item<'energies'>>(
    series,
    (r) => r.sensor,
    ({ sensor }) => [emit('hw.energy', { sensor }, (r: Item<'energies'>) => r.joules)],
  )
  const batteries = new KeyedEmission<Item<'batteries'>>(
    series,
    (r) => r.battery,
    ({ battery }) => [
      emit('hw.battery.charge', { battery }, (r: Item<'batteries'>) => r.charge),
      emit('hw.battery.time_left', { battery }, (r: Item<'batteries'>) => r.secondsLeft),
    ],
  )
  const supplies = new KeyedEmission<Item<'supplies'>>(
    series,
    (r) => r.supply,
    ({ supply }) => [emit('hw.power_supply.online', { supply }, (r: Item<'supplies'>) => Number(r.online))],
  )
  return slowCollector(
    'sensor',
    { everyMs: 5_000, timeoutMs: 10_000 },
    () => system.sensors(),
    (r, sink) => {
      temperatures.write(r.temperatures, sink)
      fans.write(r.fans, sink)
      powers.write(r.powers, sink)
      energies.write(r.energies, sink)
      batteries.write(r.batteries, sink)
      supplies.write(r.supplies, sink)
    },
  ) as SlowCollector
}
