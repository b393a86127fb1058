/** Sends datagrams to a port of the loopback as fast as it can, until it is ended: `udp-flood.ts PORT`. */
const port = Number(process.argv[2])
const socket = await Bun.udpSocket({ connect: { hostname: '127.0.0.1', port } })
const payload = 'x'.repeat(64)
const batch = Array.from({ length: 64 }, () => payload)
console.log('begun')
for (;;) {
  for (let i = 0; i < 50; i++) socket.sendMany(batch)
  await new Promise((resolve) => setImmediate(resolve))
}

export {}
