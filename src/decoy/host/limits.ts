/** Everything that a visitor may use up. What goes beyond is cut and counted, never silently. */
export const limits = {
  /** From the first byte to a login. */
  beforeLoginMs: 120_000,
  idleMs: 180_000,
  sessionMs: 30 * 60_000,
  commands: 5_000,
  outputBytes: 4 * 1024 * 1024,
  /** One file; more is counted and hashed, and not kept. */
  uploadBytes: 10 * 1024 * 1024,
  /** Files of one visit. */
  uploads: 200,
  recordBytes: 32 * 1024,
  /** One text of a record. */
  textLength: 8_192,
  /** Recordings of one visit, and what each may take. */
  recordings: 16,
  recordingBytes: 4 * 1024 * 1024,
  keptBytes: 64 * 1024,
  dataListeners: 4,
  /** What the process may hold for the main process to take: file contents beyond it are not kept. */
  unsentBytes: 96 * 1024 * 1024,
  /** Of the whole process. More: it ends, and is started again. */
  memoryBytes: 768 * 1024 * 1024,
} as const;
