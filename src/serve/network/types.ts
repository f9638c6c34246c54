import type { WireCounts } from '../../wire/contract.ts';

/** A conversation that is held now. */
export interface LiveFlow {
  src_ip: string;
  src_port: number | null;
  dst_ip: string;
  dst_port: number | null;
  protocol: string;
  /** ssh, http, tls …: by what was said, not by the port. */
  service: string | null;
  /** What the client asked for. */
  name: string | null;
  state: string;
  packets_out: number;
  packets_in: number;
  bytes_out: number;
  bytes_in: number;
  /** Epoch ms. */
  began: number;
  last: number;
}

export interface Talker {
  address: string;
  flows: number;
  bytes_out: number;
  bytes_in: number;
  /** Different addresses it speaks with. */
  peers: number;
}

/** What lies between two addresses. */
export interface TalkPair {
  src_ip: string;
  dst_ip: string;
  flows: number;
  bytes: number;
  /** The services, the most frequent first. */
  services: string[];
}

export interface NetworkPicture {
  /** Epoch ms of the newest packet. */
  at: number;
  /** Flows that are held, and that fit the question. */
  held: number;
  matching: number;
  flows: LiveFlow[];
  talkers: Talker[];
  pairs: TalkPair[];
  services: { name: string; flows: number; bytes: number }[];
  /** How many more there are than are listed. */
  more: { talkers: number; pairs: number };
}

export interface NetworkQuestion {
  /** An address that must be at one of the ends. */
  address: string | null;
  protocol: string | null;
  service: string | null;
  limit: number;
}

/** - `waiting`: it ended by itself and is tried again; `unavailable`: it cannot work before somebody does something. */
export type CaptureState = 'off' | 'starting' | 'running' | 'waiting' | 'unavailable';

export interface CaptureStatus {
  state: CaptureState;
  /** What is wrong, and what to do about it, in sentences. */
  detail: string | null;
  hint: string | null;
  program: string | null;
  interface: string;
  filter: string;
  /** Epoch ms. */
  since: number | null;
  /** Packets that the kernel saw and that it lost, by the program's own account; null: it has not said yet. */
  received: number | null;
  lost: number | null;
  /** Records that the pipeline could not take. */
  notTaken: number;
  counts: WireCounts | null;
  /** Per second, oldest first, at most 300. */
  history: { packets: number; bytes: number }[];
}

export interface CaptureImport {
  id: string;
  name: string;
  state: 'running' | 'done' | 'failed';
  /** Why it failed, or that its end is missing. */
  detail: string | null;
  bytes: number;
  bytes_total: number;
  /** Records that became events. */
  records: number;
  counts: WireCounts | null;
  started_at: number;
  ended_at: number | null;
}

/** The wire, for the API. */
export interface NetworkControl {
  status(): CaptureStatus;
  /** Interfaces of this host that may be captured. */
  interfaces(): { name: string; addresses: string[] }[];
  /** Null: nothing is captured. */
  picture(question: NetworkQuestion): Promise<NetworkPicture | null>;
  /** Where an uploaded file may be written, before it is imported. */
  uploadFolder(): string;
  maxUploadBytes(): number;
  /** Reads a file of packets and removes it at the end. Throws RefusedError while another is read. */
  importFile(path: string, name: string): CaptureImport;
  /** The newest first, since the start, at most 20. */
  imports(): CaptureImport[];
}
