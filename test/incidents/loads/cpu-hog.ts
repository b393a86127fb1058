/** Keeps several CPUs busy from one process, until it is ended. */
const busy = URL.createObjectURL(new Blob(['for (;;) Math.sqrt(Math.random())'], { type: 'text/javascript' }))
for (let i = 0; i < 4; i++) new Worker(busy)
console.log('begun')

export {}
