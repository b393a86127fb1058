import { problemResponse } from '../problem-response.ts'
import { problemOf } from '../problems.ts'

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { display: grid; min-height: 100vh; margin: 0; place-items: center; background: light-dark(#f4f5f7, #101317); color: light-dark(#1b2027, #e4e8ee) }
main { width: min(420px, 100vw - 32px); box-sizing: border-box; padding: 28px; border: 1px solid light-dark(#dde1e7, #2a313b); border-radius: 8px; background: light-dark(#fff, #181c22) }
h1 { margin: 12px 0; font-size: 18px }
a { color: light-dark(#1c5fb8, #6db0ff) }
`

/** A person sees a page, a program a problem document. The page is seen once in a while: its policy is made when it is. */
export function spentLink(request: Request): Response {
  if (!(request.headers.get('accept') ?? '').includes('text/html'))
    return problemResponse('link_spent', 'nobody was logged in')
  const { title, cure = '' } = problemOf('link_spent', '')
  const said = cure.replace(/`(.*?)`/g, '<code>$1</code>')
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>sysmon</title><link rel="icon" href="/icon.svg"><style>${style}</style>`
  const body = `<main><img src="/icon.svg" alt="" width="40" height="40"><h1>${title}</h1><p>${said}</p><p><a href="/signin">Log in another way</a></p></main>`
  const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64')
  return new Response(`<!doctype html><html lang="en">${head}${body}</html>`, {
    status: 401,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; img-src 'self'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
    },
  })
}
