type Init = () => RequestInit
type Sample = readonly [path: string, init?: Init]

const rule = { name: 'made', value: 'system.memory.utilization', raise: '90%', for: '1m' }
const request = (method: string, headers: Record<string, string>, body?: unknown): Init => {
  return () => (body === undefined ? { method } : { method, headers, body: JSON.stringify(body) })
}

/** Each route about alerts, asked so that it answers well; the service is that of alert-service.ts. */
export function alertSamples(json: Record<string, string>): Readonly<Record<string, readonly Sample[]>> {
  const weekly = { days: ['sat'], from: '22:00', until: '06:00', zone: 'Europe/Berlin' }
  return {
    'GET /api/v1/alerts': [['/api/v1/alerts'], ['/api/v1/alerts?start=-1h&limit=5']],
    'POST /api/v1/alerts/{id}/acknowledge': [
      ['/api/v1/alerts/1/acknowledge', request('POST', json, { by: 'anna', comment: 'on it' })],
    ],
    'GET /api/v1/alerts/rules': [['/api/v1/alerts/rules']],
    'POST /api/v1/alerts/rules/test': [['/api/v1/alerts/rules/test', request('POST', json, { rule, start: '-1m' })]],
    'GET /api/v1/alerts/rules/{name}': [['/api/v1/alerts/rules/mine'], ['/api/v1/alerts/rules/oom-kill']],
    'PUT /api/v1/alerts/rules/{name}': [['/api/v1/alerts/rules/made', request('PUT', json, rule)]],
    'DELETE /api/v1/alerts/rules/{name}': [['/api/v1/alerts/rules/mine', request('DELETE', json)]],
    'GET /api/v1/alerts/silences': [['/api/v1/alerts/silences']],
    'POST /api/v1/alerts/silences': [
      ['/api/v1/alerts/silences', request('POST', json, { matchers: { rule: 'x*' }, end: '+2h' })],
      ['/api/v1/alerts/silences', request('POST', json, { matchers: { severity: 'info' }, weekly })],
    ],
    'DELETE /api/v1/alerts/silences/{id}': [['/api/v1/alerts/silences/1', request('DELETE', json)]],
    'GET /api/v1/alerts/deliveries': [['/api/v1/alerts/deliveries?limit=5']],
    'POST /api/v1/alerts/test': [['/api/v1/alerts/test', request('POST', json, { channel: 'file' })]],
  }
}

/** How each problem about alerts is met. */
export const alertProvocations = (json: Record<string, string>) =>
  ({
    no_such_rule: ['GET /api/v1/alerts/rules/{name}', '/api/v1/alerts/rules/nothing'],
    rule_read_only: ['DELETE /api/v1/alerts/rules/{name}', '/api/v1/alerts/rules/oom-kill', request('DELETE', json)],
    invalid_rule: [
      'PUT /api/v1/alerts/rules/{name}',
      '/api/v1/alerts/rules/made',
      request('PUT', json, { ...rule, clear: '95%' }),
    ],
    no_such_alert: [
      'POST /api/v1/alerts/{id}/acknowledge',
      '/api/v1/alerts/999/acknowledge',
      request('POST', json, {}),
    ],
    no_such_silence: ['DELETE /api/v1/alerts/silences/{id}', '/api/v1/alerts/silences/999', request('DELETE', json)],
    no_such_channel: ['POST /api/v1/alerts/test', '/api/v1/alerts/test', request('POST', json, { channel: 'no' })],
  }) as const
