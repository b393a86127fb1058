import type {
  DeliveriesResponse,
  RuleBody,
  RulesResponse,
  RuleTestResponse,
  SilenceBody,
  SilencesResponse,
} from '../../api/alert-contract.ts'
import { readJson } from '../format/visible.ts'
import { read, send } from './api.ts'

const base = '/api/v1/alerts'
const named = (name: string): string => `${base}/rules/${encodeURIComponent(name)}`
const done = (answer: Promise<unknown>): Promise<void> => answer.then(() => undefined)

/** Reading is for all, the rest for admins: others are refused. Errors are those of api.ts. */
export const alertApi = {
  acknowledge: (id: string, by: string, comment: string) =>
    done(send('POST', `${base}/${id}/acknowledge`, { by: by.slice(0, 64), comment })),
  rules: (): Promise<RulesResponse> => read(`${base}/rules`),
  putRule: (rule: RuleBody) => done(send('PUT', named(rule.name), rule)),
  removeRule: (name: string) => done(send('DELETE', named(name))),
  testRule: async (rule: RuleBody): Promise<RuleTestResponse> =>
    readJson(await (await send('POST', `${base}/rules/test`, { rule })).text()),
  silences: (): Promise<SilencesResponse> => read(`${base}/silences`),
  addSilence: (body: SilenceBody) => done(send('POST', `${base}/silences`, body)),
  removeSilence: (id: string) => done(send('DELETE', `${base}/silences/${id}`)),
  deliveries: (): Promise<DeliveriesResponse> => read(`${base}/deliveries`),
}
