/** Kinds of receivers that values can be sent to. */
export const outwardNames = ['otlp', 'remote_write', 'influx'] as const
export type OutwardName = (typeof outwardNames)[number]
