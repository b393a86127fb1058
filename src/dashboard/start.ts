import { askEarly } from './browser.ts'
import 'uplot/dist/uPlot.min.css'
import './style.css'
import './parts.css'
import './pages.css'
import './analysis.css'

/**
 * The first script of the page, and small: what every page asks the daemon for is asked while the rest of the scripts is
 * still on its way, for no chart is drawn before it is there.
 */
const limitMs = 10_000
if (window.location.pathname !== '/signin') {
  askEarly('/api/v1/metrics', limitMs)
  askEarly('/api/v1/metrics/current', limitMs)
}
void import('./main.tsx')
