import type { AnomaliesParameters, AnomaliesResponse } from './anomaly-contract.ts'
import type { ForecastParameters, ForecastResponse } from './forecast-contract.ts'

/** What the anomaly and forecast routes need. Errors are `ApiError`. */
export interface AnalysisService {
  anomalies(parameters: AnomaliesParameters): Promise<AnomaliesResponse>
  forecast(parameters: ForecastParameters): Promise<ForecastResponse>
}
