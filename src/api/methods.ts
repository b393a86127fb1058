import type { Hono } from 'hono'

/** What the routes of the app that fit a path can be asked with; empty: there is no such route. */
export function methodsOf(app: Hono): (path: string) => readonly string[] {
  let routes: readonly { readonly method: string; readonly pattern: RegExp }[] | undefined
  return (path) => {
    routes ??= app.routes
      .filter(({ method }) => method !== 'ALL')
      .map((route) => ({ method: route.method, pattern: patternOf(route.path) }))
    const found = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
    if (found.has('GET')) found.add('HEAD')
    return [...found].sort()
  }
}

/** `/a/:b` as an expression. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-z]+/gi, '[^/]+')}$`)
