import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startTheme } from './data/theme.ts'
import 'uplot/dist/uPlot.min.css'
import './style.css'
import './parts.css'
import './pages.css'

startTheme()
const element = document.getElementById('root')
if (element === null) throw new Error('the page has no #root')
createRoot(element).render(<App />)
