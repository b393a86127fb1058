import { test } from 'bun:test'
import type { Subject } from './store.ts'
export function sundryTests(_: () => Subject): void {
  test.todo('x')
}
