import type { ExchangeService } from '../api/exchange-contract.ts'
import type { Config } from '../config/schema.ts'
import type { Sources } from '../query/sources.ts'

/** Export and import, loaded when somebody asks for the first time. */
export function lazyExchange({ retention, dataDir }: Config, sources: Sources): () => Promise<ExchangeService> {
  let opened: Promise<ExchangeService> | undefined
  return () => {
    opened ??= import('../exchange/exchange.ts').then(({ createExchange }) =>
      createExchange({
        sources,
        retention: () => ({ secondsMs: retention.secondTierMs, hoursMs: retention.hourTierMs }),
        dataDir,
      }),
    )
    return opened
  }
}
