/**
 * Port: pushes a frame to a connection.
 *
 * Its contract suite is `publisher.contract.ts`.
 */
import type { ConnectionId } from './ids.ts';

/**
 * `gone`: there is no such connection any more. `slow`: it did not take the frame within the bound and has
 * been disconnected (rule W3); it rejoins by state vector.
 */
export type Delivery = 'sent' | 'gone' | 'slow';

export interface Publisher {
  /** Bounded in time; never rejects. @param text a frame as JSON */
  push(to: ConnectionId, text: string): Promise<Delivery>;
  /** Closes a connection; the person reads `reason`. */
  disconnect(id: ConnectionId, reason: string): Promise<void>;
}
