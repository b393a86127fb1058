import { sqlitePlace } from '../../../test/conformance/sqlite-place.ts'
import { storeConformance } from '../../../test/conformance/store.ts'

storeConformance('sqlite', sqlitePlace)
