/**
 * A filesystem in user space that answers or does not, as it is told: `unshare -m bun fuse-server.ts FOLDER` mounts
 * itself there and prints `mounted`. Lines on its standard input: `answer` (from now on, and what was held back) and
 * `hold` (nothing more). It prints `held` for each question that it holds back. Ends, and aborts what waits for it, when its input closes. Needs root.
 *
 * The protocol: include/uapi/linux/fuse.h, version 7.
 */
import { dlopen, FFIType } from 'bun:ffi'
import { openSync, read, writeSync } from 'node:fs'
import { libcName } from '../src/platform/linux/libc.ts'

/** What it says of its space: blocks in fragments of 4 KiB, transfers best in 1 MiB. */
export const fuseSpace = { fragmentBytes: 4096, blockBytes: 1 << 20, blocks: 1000, free: 600, available: 500 } as const

const FUSE_STATFS = 17
const FUSE_INIT = 26
/** That somebody no longer waits for an answer: has none itself. */
const FUSE_INTERRUPT = 36
const ENOSYS = 38
const inHeaderBytes = 40
const outHeaderBytes = 16
/** The kernel refuses to read into less: FUSE_MIN_READ_BUFFER. */
const requestBytes = 128 * 1024
const MS_NOSUID_NODEV = 2 | 4

if (import.meta.main) await serve(process.argv[2] ?? '')

async function serve(folder: string): Promise<void> {
  const device = openSync('/dev/fuse', 'r+')
  mount(folder, `fd=${device},rootmode=40000,user_id=0,group_id=0`)
  let holds = true
  let held: bigint[] = []
  const buffer = Buffer.alloc(requestBytes)
  const hold = (unique: bigint): void => {
    held.push(unique)
    console.log('held')
  }
  const next = (): void =>
    read(device, buffer, 0, buffer.length, null, (error, length) => {
      if (error !== null || length < inHeaderBytes) process.exit(1)
      const opcode = buffer.readUInt32LE(4)
      const unique = buffer.readBigUInt64LE(8)
      if (opcode === FUSE_INIT) reply(device, unique, initAnswer())
      else if (opcode === FUSE_INTERRUPT) return next()
      else if (holds) hold(unique)
      else if (opcode === FUSE_STATFS) reply(device, unique, statfsAnswer())
      else reply(device, unique, Buffer.alloc(0), -ENOSYS)
      next()
    })
  next()
  console.log('mounted')
  for await (const line of console) {
    holds = line === 'hold'
    for (const unique of holds ? [] : held) reply(device, unique, statfsAnswer())
    if (!holds) held = []
  }
  process.exit(0)
}

function mount(folder: string, options: string): void {
  const libc = dlopen(libcName(), {
    mount: { args: [FFIType.cstring, FFIType.cstring, FFIType.cstring, FFIType.u64, FFIType.cstring], returns: 'i32' },
  }).symbols
  const text = (value: string): Buffer => Buffer.from(`${value}\0`)
  const failed = libc.mount(text('sysmon-test'), text(folder), text('fuse'), MS_NOSUID_NODEV, text(options))
  if (failed !== 0) throw new Error(`fuse could not be mounted at ${folder}`)
}

function reply(device: number, unique: bigint, payload: Buffer, error = 0): void {
  const header = Buffer.alloc(outHeaderBytes)
  header.writeUInt32LE(outHeaderBytes + payload.length, 0)
  header.writeInt32LE(error, 4)
  header.writeBigUInt64LE(unique, 8)
  writeSync(device, Buffer.concat([header, payload]))
}

/** struct fuse_init_out: version, read-ahead, flags, … */
function initAnswer(): Buffer {
  const answer = Buffer.alloc(64)
  answer.writeUInt32LE(7, 0)
  answer.writeUInt32LE(31, 4)
  answer.writeUInt32LE(64 * 1024, 20)
  return answer
}

/** struct fuse_kstatfs */
function statfsAnswer(): Buffer {
  const answer = Buffer.alloc(80)
  answer.writeBigUInt64LE(BigInt(fuseSpace.blocks), 0)
  answer.writeBigUInt64LE(BigInt(fuseSpace.free), 8)
  answer.writeBigUInt64LE(BigInt(fuseSpace.available), 16)
  answer.writeUInt32LE(fuseSpace.blockBytes, 40)
  answer.writeUInt32LE(255, 44)
  answer.writeUInt32LE(fuseSpace.fragmentBytes, 48)
  return answer
}
