import { sanitizeText } from '../../base/text.ts'

/**
 * One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)):
 * `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
 * id, parent, device, root within it, mount point, options, optional fields, a dash, type, source, super options.
 * Blanks, tabs, line ends and backslashes in paths are octal escapes: `\040` (F5).
 */
export interface Mount {
  readonly device: string
  readonly root: string
  /** As the kernel takes it, for system calls. */
  readonly path: string
  readonly options: readonly string[]
  readonly type: string
  readonly source: string
  readonly superOptions: readonly string[]
}

export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ', 2)
    const [, , device, root, path, options] = (left ?? '').split(' ')
    const [type, source, superOptions] = (right ?? '').split(' ')
    if (path === undefined || device === undefined || root === undefined || !type) return []
    return [
      {
        device,
        root: unescapeOctal(root),
        path: unescapeOctal(path),
        options: (options ?? '').split(','),
        type,
        source: unescapeOctal(source ?? ''),
        superOptions: (superOptions ?? '').split(','),
      },
    ]
  })
}

const unescapeOctal = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    : text

/** Filesystems without space of their own, or whose space says nothing: never asked. autofs would mount (F2). */
const withoutSpace = new Set(
  (
    'autofs binder binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl fuse.gvfsd-fuse ' +
    'fuse.portal fuse.lxcfs hugetlbfs mqueue nsfs overlay proc procfs pstore ramfs rootfs rpc_pipefs securityfs ' +
    'selinuxfs squashfs erofs sysfs tracefs tmpfs.private'
  ).split(' '),
)

/**
 * The mounts that hold files, one a device: bind mounts show the same space again, and so do containers' overlays (F3).
 * Of several, the one that shows the whole device at the shortest path. Single files mounted over others are left out.
 */
export function mountsWithSpace(mounts: readonly Mount[]): Mount[] {
  const byDevice = new Map<string, Mount>()
  for (const mount of visibleMounts(mounts)) {
    // An overlay at the root is what a container or a live system runs on; elsewhere it is somebody else’s.
    const isOwnRoot = mount.type === 'overlay' && mount.path === '/'
    if (
      (withoutSpace.has(mount.type) && !isOwnRoot) ||
      /^\/(etc\/(hosts|hostname|resolv\.conf)|proc|sys|dev)(\/|$)/.test(mount.path)
    )
      continue
    const known = byDevice.get(mount.device)
    if (known === undefined || isBetter(mount, known)) byDevice.set(mount.device, mount)
  }
  return [...byDevice.values()]
}

/** Of several mounts at one place only the last can be seen, or asked: the table is in the order of mounting. */
const visibleMounts = (mounts: readonly Mount[]): Mount[] => [
  ...new Map(mounts.map((mount) => [mount.path, mount])).values(),
]

function isBetter(mount: Mount, known: Mount): boolean {
  const whole = (m: Mount): number => (m.root === '/' ? 0 : 1)
  if (whole(mount) !== whole(known)) return whole(mount) < whole(known)
  return mount.path.length < known.path.length
}

/** How a path is shown and labelled. */
export const displayPath = (path: string): string => sanitizeText(path)
