/** Literal text as the bytes that a kernel file has. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
