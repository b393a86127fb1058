import { Bug } from '../base/errors.ts'
import { checkWritten, type Rule, type WrittenRule } from '../rule/rule.ts'

/**
 * The rules that sysmon brings: only what needs a person, soon (A2). A busy processor is no incident; a filesystem that
 * will be full by tomorrow is one. docs/alerts.md is held equal to this list by a test.
 */
export interface BuiltInRule {
  readonly reason: string
  readonly written: WrittenRule
}

export const builtInRules: readonly BuiltInRule[] = [
  {
    reason: 'Programs fail when they cannot write, and some lose data; 5 % is the usual reserve.',
    written: {
      name: 'filesystem-full',
      value: 'system.filesystem.utilization',
      raise: '95%',
      clear: '93%',
      for: '1m',
      clear_for: '5m',
      severity: 'critical',
      summary: '{{labels.mountpoint}} is {{value}} full',
    },
  },
  {
    reason: 'At the present trend it is full within a day: today somebody can still choose what to delete.',
    written: {
      name: 'filesystem-fills-up',
      value: 'system.filesystem.utilization',
      runs_out_within: '1d',
      for: '15m',
      clear_for: '30m',
      severity: 'warning',
      summary: '{{labels.mountpoint}} will be full in {{value}} at the present trend',
    },
  },
  {
    reason: 'Without free inodes no file can be made, though there is space: hard to see for who does not look for it.',
    written: {
      name: 'inodes-full',
      value: 'system.filesystem.inodes.utilization',
      raise: '95%',
      clear: '93%',
      for: '1m',
      clear_for: '5m',
      severity: 'critical',
      summary: '{{value}} of the inodes of {{labels.mountpoint}} are used',
    },
  },
  {
    reason:
      'Memory is used up and everybody waits for it: the next step is the OOM killer. Full memory alone is normal.',
    written: {
      name: 'memory-exhausted',
      value: 'system.memory.utilization >= 90% and avg(system.pressure.full{resource="memory"}, 1m) >= 10%',
      for: '30s',
      clear_for: '5m',
      severity: 'critical',
      summary: 'memory is exhausted: work waits for it',
    },
  },
  {
    reason: 'The kernel has ended a process for want of memory: something is gone that was wanted.',
    written: {
      name: 'oom-kill',
      value: 'system.linux.memory.oom_kills > 0',
      clear_for: '10m',
      severity: 'critical',
      summary: 'the kernel ended a process for want of memory',
    },
  },
  {
    reason: 'A filesystem that turns read-only by itself has met an error: nothing is written any more.',
    written: {
      name: 'filesystem-read-only',
      // 2 once it was writable a while ago, 1 while it stays read-only, 0 when it is writable again: so one that is meant
      // to be read-only says nothing, and one that was raised lasts until it can be written.
      value: 'system.filesystem.read_only * (2 - min(system.filesystem.read_only, 10m))',
      raise: 1.5,
      clear: 0.5,
      for: '10s',
      severity: 'critical',
      summary: '{{labels.mountpoint}} ({{labels.device}}) has turned read-only',
    },
  },
  {
    reason: 'For five minutes nothing ran for a fifth of the time, for want of memory: people notice, and wait.',
    written: {
      name: 'memory-stall',
      value: 'avg(system.pressure.full{resource="memory"}, 5m)',
      raise: '20%',
      clear: '5%',
      for: '1m',
      clear_for: '5m',
      severity: 'warning',
      summary: 'all work waited for memory {{value}} of the last 5 minutes',
    },
  },
  {
    reason: 'For five minutes nothing ran for most of the time, for want of I/O: a disk that is ill, or far too slow.',
    written: {
      name: 'io-stall',
      value: 'avg(system.pressure.full{resource="io"}, 5m)',
      raise: '60%',
      clear: '20%',
      for: '5m',
      clear_for: '5m',
      severity: 'warning',
      summary: 'all work waited for I/O {{value}} of the last 5 minutes',
    },
  },
  {
    reason: 'The record has a hole, or is about to: sysmon cannot write, and what it holds in memory is bounded.',
    written: {
      name: 'sysmon-degraded',
      value: 'sysmon.store.buffered > 30 or sysmon.store.frames{outcome="dropped"} > 0',
      clear_for: '10m',
      severity: 'warning',
      summary: 'sysmon cannot write its record',
    },
  },
]

export const checkedBuiltIns = (): readonly Rule[] =>
  builtInRules.map(({ written }) => {
    const result = checkWritten(written)
    if ('message' in result) throw new Bug(`built-in rule ${written.name}: ${result.key}: ${result.message}`)
    return result.rule
  })

export const reasonOf = (name: string): string | undefined =>
  builtInRules.find(({ written }) => written.name === name)?.reason
