/**
 * A picture of a terminal for the documentation: what `tmux capture-pane -e -p` prints, as SVG on standard output.
 *   tmux capture-pane -e -p | bun scripts/terminal-svg.ts > docs/top.svg
 */
const cell = { width: 8.4, height: 17, font: 14 }
const introducer = '\u001b'
const ground = '#11151c'
const ink = '#d5dae3'
const basic = ['#2e3440', '#d8615f', '#8fbf7f', '#dcb86a', '#6f9fd8', '#b48ead', '#76b7c7', '#d5dae3']
const bright = ['#5b6577', '#f07f7c', '#aede9d', '#f2d488', '#8fbcf2', '#d3aace', '#98d8e6', '#ffffff']

interface Pen {
  readonly colour: string | undefined
  readonly behind: string | undefined
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isReversed: boolean
}
const plain: Pen = { colour: undefined, behind: undefined, isBold: false, isDim: false, isReversed: false }

const text = await Bun.stdin.text()
const lines = text.replace(/\n$/, '').split('\n')
const columns = Math.max(...lines.map((line) => Bun.stringWidth(line)))
const width = Math.ceil(columns * cell.width + 24)
const height = Math.ceil(lines.length * cell.height + 24)

console.log(
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    '<title>sysmon top</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="${ground}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${cell.font}">`,
    ...lines.map((line, row) => drawLine(line, 12 + (row + 1) * cell.height - 4)),
    '</g>',
    '</svg>',
  ].join('\n'),
)

function drawLine(line: string, y: number): string {
  let pen = plain
  let column = 0
  let drawn = ''
  const [first = '', ...sequences] = line.split(`${introducer}[`)
  for (const part of [`m${first}`, ...sequences]) {
    const end = part.indexOf('m')
    const run = part.slice(end + 1)
    pen = applied(pen, part.slice(0, end))
    drawn += drawRun(run, pen, column, y)
    column += Bun.stringWidth(run)
  }
  return drawn
}

function drawRun(run: string, pen: Pen, column: number, y: number): string {
  const colour = pen.isReversed ? (pen.behind ?? ground) : (pen.colour ?? ink)
  const behind = pen.isReversed ? (pen.colour ?? ink) : pen.behind
  const box =
    behind === undefined
      ? ''
      : `<rect x="${left(column)}" y="${y - cell.height + 4}" width="${wide(run)}" height="${cell.height}" fill="${behind}"/>`
  const style = `${pen.isBold ? ' font-weight="bold"' : ''}${pen.isDim ? ' opacity="0.6"' : ''}`
  // Word by word: renderers do not agree on what becomes of blanks.
  return [...run.matchAll(/\S+/g)].reduce((drawn, { 0: word, index }) => {
    const at = column + Bun.stringWidth(run.slice(0, index))
    return `${drawn}<text ${placed(word, at)} y="${y}" fill="${colour}"${style}>${Bun.escapeHTML(word)}</text>`
  }, box)
}

function left(column: number): string {
  return (12 + column * cell.width).toFixed(1)
}
function wide(text: string): string {
  return (Bun.stringWidth(text) * cell.width).toFixed(1)
}

/** Fonts give dots and blocks widths of their own: each stands at its place. */
function placed(word: string, column: number): string {
  const characters = [...word]
  if (/^[\u0020-\u007e]+$/.test(word) || Bun.stringWidth(word) !== characters.length)
    return `x="${left(column)}" textLength="${wide(word)}"`
  return `x="${characters.map((_, i) => left(column + i)).join(' ')}"`
}

/** Select Graphic Rendition, ECMA-48 8.3.117. */
function applied(pen: Pen, text: string): Pen {
  if (text === '') return pen
  const codes = text.split(/[;:]/).map(Number)
  let next = pen
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code === 38 || code === 48) {
      const isIndexed = codes[i + 1] === 5
      const colour = isIndexed ? indexed(codes[i + 2] as number) : `rgb(${codes.slice(i + 2, i + 5).join(',')})`
      next = code === 38 ? { ...next, colour } : { ...next, behind: colour }
      i += isIndexed ? 2 : 4
    } else next = simple(next, code)
  }
  return next
}

function simple(pen: Pen, code: number): Pen {
  if (code === 0) return plain
  if (code === 1) return { ...pen, isBold: true }
  if (code === 2) return { ...pen, isDim: true }
  if (code === 7) return { ...pen, isReversed: true }
  if (code === 22) return { ...pen, isBold: false, isDim: false }
  if (code === 27) return { ...pen, isReversed: false }
  if (code >= 30 && code <= 37) return { ...pen, colour: basic[code - 30] }
  if (code >= 90 && code <= 97) return { ...pen, colour: bright[code - 90] }
  if (code >= 40 && code <= 47) return { ...pen, behind: basic[code - 40] }
  if (code === 39) return { ...pen, colour: undefined }
  if (code === 49) return { ...pen, behind: undefined }
  return pen
}

/** The palette of 256: 16 named, a cube of 6, 24 greys. */
function indexed(index: number): string {
  if (index < 8) return basic[index] as string
  if (index < 16) return bright[index - 8] as string
  if (index >= 232)
    return `rgb(${Array(3)
      .fill(8 + (index - 232) * 10)
      .join(',')})`
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40)
  const at = index - 16
  return `rgb(${level(Math.floor(at / 36))},${level(Math.floor(at / 6) % 6)},${level(at % 6)})`
}

export {}
