/** How the documented ingest API is set up, as the configuration says now. */
export interface IngestionSettings {
  /** SHA-256 hex of INGESTION_API_KEY; null: none is set. */
  readonly keyHash: string | null;
  /** Requests of one address within the window; 0: no limit. */
  readonly requests: number;
  readonly windowSeconds: number;
}
