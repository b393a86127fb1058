import { expect, test } from 'bun:test'
import { Bug, describeError, errnoCode, exitCodes, UserError } from './errors.ts'

test('a user error reads where, what, cure in one line', () => {
  const error = new UserError({ what: 'port 8080 is in use', where: 'web.listen', cure: 'Choose another port' })
  expect(error.message).toBe('web.listen: port 8080 is in use. Choose another port')
  expect(error.exitCode).toBe(exitCodes.failed)
})

test('where and cure may be missing', () => {
  expect(new UserError({ what: 'nothing to do', exitCode: exitCodes.usage })).toMatchObject({
    message: 'nothing to do',
    exitCode: 2,
    where: undefined,
    cure: undefined,
  })
})

test('a bug says that it is one and keeps its cause', () => {
  const cause = new Error('why')
  expect(new Bug('series without a metric', { cause })).toMatchObject({
    message: 'bug: series without a metric',
    cause,
  })
})

test('errno names are taken from what system calls throw, and from nothing else', () => {
  expect(errnoCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT')
  for (const other of [new Error('x'), null, undefined, 'ENOENT', { code: 2 }]) expect(errnoCode(other)).toBeUndefined()
})

test('whatever was thrown has one line', () => {
  expect(describeError(new Error('boom'))).toBe('boom')
  expect(describeError('text')).toBe('text')
})
