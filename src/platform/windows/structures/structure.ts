/**
 * Memory layouts of Windows as data: what a parser reads, a test computes again from the rules of the compiler and,
 * where the headers are there, asks the compiler itself. 64-bit Windows has one data model (LLP64) on x64 and on arm64:
 * each member lies at a multiple of its own size, so one declaration holds for both.
 * https://learn.microsoft.com/cpp/build/x64-software-conventions#types-and-storage
 */

/** What a member is made of; a `pointer` is also every HANDLE, SIZE_T and ULONG_PTR. */
export type MemberType = 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'i64' | 'pointer'

/** Bytes, and what its place is a multiple of. */
export const memberBytes: Readonly<Record<MemberType, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  pointer: 8,
}

/** Place in bytes, type, and how many of it one after the other. */
export type Member = readonly [offset: number, type: MemberType, count?: number]

export interface Structure<N extends string> {
  /** As the header calls it. */
  readonly name: string
  /** Where it is declared, or described by who found it out. */
  readonly header: string
  /** Its page of documentation. */
  readonly page: string
  /** Bytes, padding at the end included. */
  readonly size: number
  /** All members in order, by the names of the header. */
  readonly members: Readonly<Record<N, Member>>
  /** Place of each member in bytes. */
  readonly at: Readonly<Record<N, number>>
}

interface Declaration<M> {
  readonly name: string
  readonly header: string
  readonly page: string
  readonly size: number
  readonly members: M
}

export function structure<const M extends Readonly<Record<string, Member>>>(
  declaration: Declaration<M>,
): Structure<keyof M & string> {
  const at = Object.fromEntries(Object.entries(declaration.members).map(([name, [offset]]) => [name, offset]))
  return { ...declaration, at: at as Readonly<Record<keyof M & string, number>> }
}

/** An unsigned 64-bit number; above 2^53 the nearest that JavaScript has. */
export const unsigned64 = (view: DataView, offset: number): number =>
  view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true)

/** The same modulo 2^53, for counters: differences stay exact whatever the counter has come to (Q8). */
export const counter64 = (view: DataView, offset: number): number =>
  (view.getUint32(offset + 4, true) & 0x1fffff) * 2 ** 32 + view.getUint32(offset, true)

/** Times are counted in 100 ns; as seconds. */
export const seconds64 = (view: DataView, offset: number): number => unsigned64(view, offset) / 1e7
