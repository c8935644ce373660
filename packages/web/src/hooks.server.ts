import type { Handle } from '@sveltejs/kit/hooks';

/** Said with every page. The room's address is a secret, so it is told to no other site. */
const HEADERS = {
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
} as const;

const POLICY = 'content-security-policy';
const NONCE = /'nonce-[^']+'/;

/**
 * Lets style elements with the page's nonce in: the terminal brings its own. The framework adds the nonce for those
 * that it writes itself, and a page may have none.
 */
function admitStyles(policy: string): string {
  const nonce = NONCE.exec(policy)?.[0];
  if (!nonce) return policy;
  return policy.replace(/style-src [^;]*/, (directive) =>
    directive.includes(nonce) ? directive : `${directive} ${nonce}`,
  );
}

export const handle: Handle = async ({ event, resolve }) => {
  const response = await resolve(event, {
    preload: ({ type, path }) =>
      type === 'js' || type === 'css' || (type === 'font' && path.includes('latin-wght-normal')),
  });
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  const policy = response.headers.get(POLICY);
  if (policy) response.headers.set(POLICY, admitStyles(policy));
  return response;
};
