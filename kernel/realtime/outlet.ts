/** Where a stream goes: one client's connection, as either host has it. */
export interface Outlet {
  /** Bytes that were written and have not left yet. */
  readonly queued: number;
  write(bytes: Uint8Array): void;
  /** Resolves once everything written has left, or nothing can leave any more. */
  drained(): Promise<void>;
  /** Ends the stream as it should: the client sees that it is complete. */
  end(): void;
  /** Cuts the connection: the client sees that it is not. */
  cut(): void;
  /** Runs the listener once the client is gone or the stream is over, on either side. */
  onClose(listener: () => void): void;
}

/** A body that comes bit by bit: started once its head is out. */
export type StreamSource = (outlet: Outlet) => void;
