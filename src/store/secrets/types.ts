/** Passwords, tokens and keys of other services, encrypted (Fernet). Nothing of this ever leaves over the API. */
export interface SecretStore {
  /** @param name `<unit>.<what>`, for example `notify.slack.1.url` */
  put(name: string, value: string): void;
  /** Null: there is none. @throws WrongKeyError */
  get(name: string): string | null;
  has(name: string): boolean;
  remove(name: string): void;
  /** Names alone, sorted. */
  names(): string[];
  /**
   * Encrypts what older keys made with the newest one, in one transaction.
   *
   * @returns how many were. @throws WrongKeyError before anything was changed
   */
  reseal(): number;
}
