/**
 * The gzipped files of the dashboard by name, embedded in an executable: scripts/build.ts puts another module in the
 * place of this one. From source there are none, and the dashboard is built when it is first wanted.
 */
export const embedded: Readonly<Record<string, string>> | undefined = undefined
