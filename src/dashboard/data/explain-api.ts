import type { AnomaliesResponse } from '../../api/anomaly-contract.ts'
import type { ExplainParameters, ExplainResponse } from '../../api/explain-contract.ts'
import type { ForecastResponse } from '../../api/forecast-contract.ts'
import { read, search } from './api.ts'

/** What the daemon makes of its record. Errors are those of api.ts. */
export const explain = (parameters: ExplainParameters, signal: AbortSignal): Promise<ExplainResponse> =>
  read(`/api/v1/explain${search({ ...parameters })}`, signal)

export const anomalies = (span: { readonly start: number; readonly end: number }): Promise<AnomaliesResponse> =>
  read(`/api/v1/anomalies${search(span)}`)

export const forecast = (): Promise<ForecastResponse> => read('/api/v1/forecast')
