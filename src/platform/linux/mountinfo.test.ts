import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { displayPath, type Mount, mountsWithSpace, parseMountinfo } from './mountinfo.ts'

const paths = (text: string): string[] => mountsWithSpace(parseMountinfo(text)).map(({ path }) => path)
const line = (path: string, type: string, device = '8:1', root = '/'): string =>
  `36 35 ${device} ${root} ${path} rw,noatime master:1 - ${type} /dev/sda1 rw\n`

describe('lines of mountinfo', () => {
  test('each field has its place, whatever the number of optional ones', () => {
    const mount: Mount = {
      device: '98:0',
      root: '/mnt1',
      path: '/mnt2',
      options: ['rw', 'noatime'],
      type: 'ext3',
      source: '/dev/root',
      superOptions: ['ro', 'errors=continue'],
    }
    for (const optional of ['', ' master:1', ' shared:1 master:2 propagate_from:3'])
      expect(
        parseMountinfo(`36 35 98:0 /mnt1 /mnt2 rw,noatime${optional} - ext3 /dev/root ro,errors=continue`),
      ).toEqual([mount])
  })

  test('F5 blanks, tabs, line ends and backslashes in paths are what they were', () => {
    const [mount] = parseMountinfo(line('/a\\040b\\011c\\012d\\134e\\043f', 'ext4'))
    expect(mount?.path).toBe('/a b\tc\nd\\e#f')
    expect(displayPath(mount?.path ?? '')).toBe('/a b\ufffdc\ufffdd\\e#f')
  })

  test('F5, R12 what a terminal would obey is shown as a replacement', () => {
    expect(displayPath('/mnt/\u001b[2J\u202egnp.exe')).toBe('/mnt/\ufffd[2J\ufffdgnp.exe')
  })

  test('lines that were cut off are left out, and any text is read without a throw', () => {
    const whole = line('/mnt', 'ext4')
    for (let length = 0; length < whole.length; length++)
      for (const mount of parseMountinfo(whole.slice(0, length))) expect(mount.path.startsWith('/')).toBe(true)
    const piece = fc.oneof(
      fc.constantFrom('36 35 8:1 / /mnt ', 'rw ', '- ', 'ext4 ', '\n', '\\040', '\\777'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        mountsWithSpace(parseMountinfo(pieces.join('')))
      }),
    )
  })
})

describe('mounts with space', () => {
  test('F3, F2 of several at one place the last is the one that can be seen', () => {
    const mounts = [
      line('/mnt/a', 'ext4', '8:1'),
      line('/mnt/a', 'ext4', '8:2'),
      line('/boot', 'autofs', '0:40'),
      line('/boot', 'vfat', '8:3'),
      line('/net', 'ext4', '8:4'),
      line('/net', 'autofs', '0:41'),
    ]
    expect(mountsWithSpace(parseMountinfo(mounts.join(''))).map(({ path, device }) => [path, device])).toEqual([
      ['/mnt/a', '8:2'],
      ['/boot', '8:3'],
    ])
  })

  test('F3 a folder of a tmpfs that is mounted elsewhere too is no second one', () => {
    expect(paths(line('/run', 'tmpfs', '0:25') + line('/srv/run', 'tmpfs', '0:25', '/below'))).toEqual(['/run'])
  })

  test('F3 a device that is mounted several times counts once, where all of it is seen, at the shortest path', () => {
    const mounts = [
      line('/var/lib/docker/volumes/x', 'ext4', '8:1', '/volumes/x'),
      line('/mnt/again', 'ext4'),
      line('/srv', 'ext4'),
      line('/etc/hosts', 'ext4', '8:2', '/hosts'),
      line('/var/lib/docker/overlay2/abc/merged', 'overlay', '0:50'),
    ]
    expect(paths(mounts.join(''))).toEqual(['/srv'])
    expect(paths(mounts.toReversed().join(''))).toEqual(['/srv'])
  })

  test('F3 of parts of a device the shortest path, and single files mounted over others not at all', () => {
    expect(paths(line('/data/b', 'ext4', '8:1', '/b') + line('/data', 'ext4', '8:1', '/a'))).toEqual(['/data'])
    expect(paths(line('/etc/resolv.conf', 'ext4', '8:1', '/r'))).toEqual([])
  })

  test('F2 what has no space of its own, and images that are always full, are not asked', () => {
    const types = [
      'proc',
      'sysfs',
      'cgroup2',
      'autofs',
      'squashfs',
      'erofs',
      'devtmpfs',
      'tracefs',
      'fuse.portal',
      'nsfs',
    ]
    expect(paths(types.map((type, i) => line(`/mnt/${type}`, type, `0:${i}`)).join(''))).toEqual([])
  })

  test('each tmpfs is one of its own', () => {
    expect(paths(line('/tmp', 'tmpfs', '0:40') + line('/run', 'tmpfs', '0:41'))).toEqual(['/tmp', '/run'])
  })

  test('an overlay counts only where it is the root', () => {
    expect(paths(line('/', 'overlay', '0:50') + line('/merged', 'overlay', '0:51'))).toEqual(['/'])
  })
})
