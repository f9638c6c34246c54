import type { CaptureImport, CaptureStatus, NetworkControl, NetworkPicture, NetworkQuestion } from './types.ts';

/** A wire without packets, that remembers what it was asked. */
export class FakeNetwork implements NetworkControl {
  asked: NetworkQuestion[] = [];
  seen: NetworkPicture | null = null;
  imported: CaptureImport[] = [];
  folder = '';
  maxBytes = 1_000_000;
  current: CaptureStatus = {
    state: 'off',
    detail: null,
    hint: null,
    program: null,
    interface: 'any',
    filter: '',
    since: null,
    received: null,
    lost: null,
    notTaken: 0,
    counts: null,
    history: [],
  };

  status(): CaptureStatus {
    return this.current;
  }

  interfaces(): { name: string; addresses: string[] }[] {
    return [{ name: 'any', addresses: [] }];
  }

  async picture(question: NetworkQuestion): Promise<NetworkPicture | null> {
    this.asked.push(question);
    return this.seen;
  }

  uploadFolder(): string {
    return this.folder;
  }

  maxUploadBytes(): number {
    return this.maxBytes;
  }

  importFile(_path: string, name: string): CaptureImport {
    const entry: CaptureImport = {
      id: String(this.imported.length + 1),
      name,
      state: 'running',
      detail: null,
      bytes: 0,
      bytes_total: 0,
      records: 0,
      counts: null,
      started_at: 0,
      ended_at: null,
    };
    this.imported.unshift(entry);
    return entry;
  }

  imports(): CaptureImport[] {
    return this.imported;
  }
}
