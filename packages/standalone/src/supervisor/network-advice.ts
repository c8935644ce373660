/** How to open an installation to the network, in a few lines at every start. */
import { dim } from '../../../../scripts/lib/progress.mjs';
import type { Settings } from '../config/options.ts';

/** Lines to print; none where it is opened already. */
export function networkAdvice(settings: Settings): string[] {
  if (settings.PUBLIC_URL) return [];
  return [
    '',
    dim('To open it to others, put a TLS proxy in front, for example Caddy with this Caddyfile:'),
    dim(`    code.example.org {\n        reverse_proxy 127.0.0.1:${settings.PORT}\n    }`),
    dim('and start with: PUBLIC_URL=https://code.example.org TRUST_PROXY=1 npm start'),
    dim(`In a trusted network without TLS: HOST=0.0.0.0 PUBLIC_URL=http://<this machine>:${settings.PORT} npm start`),
    dim('README.md has the same for nginx.'),
  ];
}
