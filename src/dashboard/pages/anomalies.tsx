export function Anomalies() {
  return null
}
