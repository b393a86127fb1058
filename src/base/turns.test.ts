import { expect, test } from 'bun:test'
import { othersTurn } from './turns.ts'

/** Counts turns of the event loop while the work is under way. */
async function countingTurns(work: (turn: () => number) => Promise<unknown>): Promise<void> {
  let turn = 0
  let isOver = false
  const count = (): void => {
    turn++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  try {
    await work(() => turn)
  } finally {
    isOver = true
  }
}

test('of many works one has a slice in a turn, each in its order', async () => {
  const slices: { readonly who: number; readonly turn: number }[] = []
  await countingTurns((turn) =>
    Promise.all(
      Array.from({ length: 5 }, async (_, who) => {
        for (let slice = 0; slice < 4; slice++) {
          await othersTurn()
          slices.push({ who, turn: turn() })
        }
      }),
    ),
  )
  const turns = slices.map(({ turn }) => turn)
  expect(new Set(turns).size).toBe(20)
  expect(slices.map(({ who }) => who)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
})

test('a timer that is due comes between two slices', async () => {
  let fired = false
  setTimeout(() => {
    fired = true
  }, 0)
  let slices = 0
  while (!fired && slices < 1_000_000) {
    await othersTurn()
    slices++
  }
  expect(fired).toBe(true)
})

test('a work that fails in its slice ends nobody else’s', async () => {
  const failing = (async () => {
    await othersTurn()
    throw new Error('of its own')
  })()
  const other = (async () => {
    await othersTurn()
    return 'done'
  })()
  expect(await Promise.allSettled([failing, other])).toMatchObject([{ status: 'rejected' }, { value: 'done' }])
})
