import type { Role } from './types.ts';

export interface UserJson {
  id: string;
  username: string;
  role: Role;
  created_at: string | number;
  last_login_at: string | number | null;
  disabled: boolean;
  /** Until when a one-time link for a new password works. */
  reset_until: string | null;
}

export interface KeyJson {
  id: string;
  name: string;
  scopes: string[];
  prefix: string;
  created_at: string | number;
  expires_at: string | number | null;
  last_used_at: string | number | null;
  revoked: boolean;
}

export interface AuditJson {
  sequence: number;
  timestamp: string;
  action: string;
  user: string | null;
  success: boolean;
  source_ip: string | null;
  details: Record<string, unknown>;
}

export interface AuditVerdict {
  ok: boolean;
  records: number;
  files: number;
  last: { sequence: number; hash: string } | null;
  problem: { sequence: number | null; file: string; line: number; message: string } | null;
  notes: string[];
  waiting: number;
  checked_at: string;
}
