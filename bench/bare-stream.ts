/**
 * What a stream costs when nothing is measured, stored or worked out: `bun bare-stream.ts SOCKET BYTES` sends a delta of
 * that length to all each second, as sysmond does, and nothing else. What it is late is the runtime, the kernel, the
 * machine and the clients.
 */
if (import.meta.main) {
  const [socket = '', bytes = ''] = process.argv.slice(2)
  const all = new Set<Bun.ServerWebSocket<undefined>>()
  let seq = 1
  const message = (type: string): string => {
    const head = `{"type":"${type}","seq":${seq},"unixMs":${Math.round(performance.timeOrigin + performance.now())}`
    return `${head},"changes":"${'x'.repeat(Math.max(0, Number(bytes) - head.length - 13))}"}`
  }
  Bun.serve({
    unix: socket,
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('no upgrade', { status: 426 })),
    websocket: {
      open: (client) => void all.add(client),
      message: (client) => void client.sendText(message('snapshot')),
      close: (client) => void all.delete(client),
    },
  })
  console.log('ready')
  setInterval(() => {
    seq++
    const text = message('delta')
    for (const client of all) client.sendText(text)
  }, 1000)
}
