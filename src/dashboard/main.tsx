import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startTheme } from './data/theme.ts'

startTheme()
const element = document.getElementById('root')
if (element === null) throw new Error('the page has no #root')
createRoot(element).render(<App />)
