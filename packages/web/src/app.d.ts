import type { IncomingMessage } from 'node:http';
import type { Site } from '@codeconnected/core/session/site.ts';

declare global {
  namespace App {
    interface Platform {
      /** The place that serves the pages puts itself on each request. */
      req: IncomingMessage & { site: Site };
    }
  }
}
