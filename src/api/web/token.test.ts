import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { sign, verify } from 'hono/jwt'
import { type Claims, signToken, verifyToken } from './token.ts'

// Another implementation of the same standard: what one signs, the other takes.
const text = 'a secret of thirty-two bytes, so.'
const secret = new TextEncoder().encode(text)
const nowSeconds = 1_700_000_000
const claims: Claims = { sub: 'user:anna', role: 'viewer', iat: nowSeconds, exp: 9_999_999_999, jti: 'x' }

test('V4: hono/jwt takes our tokens', async () => {
  expect(await verify(signToken(claims, secret), text, { alg: 'HS256', iat: false })).toEqual({ ...claims })
})

test('V4: we take those of hono/jwt', async () => {
  expect(verifyToken(await sign({ ...claims }, text, 'HS256'), secret, nowSeconds)).toEqual(claims)
})

test('V4: no change of a single character goes through', () => {
  const token = signToken(claims, secret)
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, other) => {
      const changed = token.slice(0, at) + other + token.slice(at + 1)
      expect(verifyToken(changed, secret, nowSeconds) === undefined).toBe(changed !== token)
    }),
    { numRuns: 500 },
  )
})

test('V4: anything at all is answered, with nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w-]*\.[\w-]*\.[\w-]{43}$/)), (token) => {
      expect(verifyToken(token, secret, nowSeconds)).toBeUndefined()
    }),
  )
})
