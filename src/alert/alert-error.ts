/** A question to the alerts that cannot be answered as it was put; the API makes a problem document of it. */
export class AlertError extends Error {
  constructor(
    readonly code:
      | 'no_such_rule'
      | 'rule_read_only'
      | 'invalid_rule'
      | 'no_such_alert'
      | 'no_such_silence'
      | 'no_such_channel'
      | 'invalid_request'
      | 'too_much'
      | 'alerts_unavailable',
    message: string,
    readonly cure?: string,
  ) {
    super(message)
    this.name = 'AlertError'
  }
}
