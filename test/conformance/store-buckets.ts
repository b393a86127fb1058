import { test } from 'bun:test'
import type { Subject } from './store.ts'
export function bucketTests(_: () => Subject): void {
  test.todo('x')
}
