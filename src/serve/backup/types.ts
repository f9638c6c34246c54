/** Makes what is written all the time ready to be copied. */
export interface BackupControl {
  /**
   * Puts the events, the spool, the state and the correlation state as of now into a folder of the data folder, where
   * nothing changes them any more. What was acknowledged before is in it.
   */
  stage(): Promise<Staged>;
  /** Removes such a folder. False: there is none of that name. */
  unstage(name: string): Promise<boolean>;
}

export interface Staged {
  /** Name of the folder inside the data folder. */
  name: string;
  /** No segment up to this number may be used again by whoever restores it. */
  last_segment: number;
}
