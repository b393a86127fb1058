/**
 * What a control group is to a person: the systemd unit, the container or the pod, told from its path alone. The rule is
 * the innermost part that means something.
 */
export function serviceOfCgroup(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '')
  for (let i = parts.length - 1; i >= 0; i--) {
    const name = nameOfPart(parts[i] as string, parts[i - 1])
    if (name !== undefined) return name
  }
  return undefined
}

const containerId = /^([0-9a-f]{12})[0-9a-f]{52}$/
const scopedContainer =
  /^(?:docker|libpod|cri-containerd|crio|containerd|nerdctl)-(?:conmon-)?([0-9a-f]{12})[0-9a-f]*\.scope$/
const containerParents = /^(docker|lxc|kubepods.*|libpod_parent|podman|garden|buildkit|actions_job|pod[0-9a-f-]+)$/

function nameOfPart(part: string, parent: string | undefined): string | undefined {
  const scoped = scopedContainer.exec(part)
  if (scoped !== null) return `container ${scoped[1]}`
  const id = containerId.exec(part)
  if (id !== null) return `container ${id[1]}`
  const lxc = /^lxc\.(?:payload|monitor)\.(.+)$/.exec(part)
  if (lxc !== null) return `container ${lxc[1]}`
  if (parent === 'lxc') return `container ${part}`
  if (parent !== undefined && containerParents.test(parent) && /^[0-9a-f]{12,64}$/.test(part))
    return `container ${part.slice(0, 12)}`
  const machine = /^machine-(.+)\.scope$/.exec(part)
  if (machine !== null) return `machine ${unescapeUnit(machine[1] as string)}`
  const pod = /^(?:kubepods[-\w]*-)?pod([0-9a-f]{8})[-_0-9a-f]*(?:\.slice)?$/.exec(part)
  if (pod !== null) return `pod ${pod[1]}`
  return /\.(service|scope|socket|mount|swap)$/.test(part) ? unescapeUnit(part) : undefined
}

/** systemd-escape(1): `\x2d` is a dash. */
const unescapeUnit = (unit: string): string =>
  unit.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
