/** Has a port and never reads it: says which, then stops itself. */
const socket = await Bun.udpSocket({ hostname: '127.0.0.1', port: 0 })
console.log(`port ${socket.port}.`)
setTimeout(() => process.kill(process.pid, 'SIGSTOP'), 50)

export {}
