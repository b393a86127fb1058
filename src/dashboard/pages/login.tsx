import { useState } from 'react'
import { api, Refusal, sayError } from '../data/api.ts'

/** Back to where one wanted to be. */
function enter(): void {
  if (window.location.pathname === '/signin') window.location.assign('/')
  else window.location.reload()
}

/** Reached without a session: how to get one. */
export function Login() {
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const [isBusy, setBusy] = useState(false)
  return (
    <main className="login">
      <section className="panel" aria-labelledby="login-title">
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1 id="login-title">Log in to sysmon</h1>
        <p>
          When the daemon starts it prints a link in its terminal. <b>Open that link</b>: it logs you in, once. A new
          one comes from <code>sysmon web</code>.
        </p>
        <p className="muted">Or with a user of this daemon:</p>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            const data = new FormData(event.currentTarget)
            setBusy(true)
            setProblem(undefined)
            api
              .logIn({ name: String(data.get('name')), password: String(data.get('password')) })
              .then(() => enter())
              .catch((error: unknown) => {
                const isWrong = error instanceof Refusal && error.status === 401
                setProblem(isWrong ? 'User or password is wrong.' : sayError(error))
              })
              .finally(() => setBusy(false))
          }}
        >
          <label>
            User
            <input name="name" autoComplete="username" required />
          </label>
          <label>
            Password
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button type="submit" className="primary" disabled={isBusy}>
            Log in
          </button>
        </form>
        <p role="alert" className="bad">
          {problem}
        </p>
      </section>
    </main>
  )
}
