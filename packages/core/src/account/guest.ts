/** People without an account: a random id, signed, so that nobody can pass for somebody else whose id they saw. */
import { ACCESS_ID_PATTERN, drawAccessId, type PersonId } from '../room/ids.ts';
import type { Guests } from '../session/site.ts';
import type { KeyedHash } from './keyed-hash.ts';

const PURPOSE = 'guest';
const NAME_PURPOSE = 'guest-cookie-name';
/** Letters of the key's hash in the cookie's name: enough to tell the installations of one host apart. */
const NAME_LETTERS = 8;

/** Issues and checks cookies of the form `<person>.<signature>`. */
export async function signedGuests(hash: KeyedHash): Promise<Guests> {
  return {
    cookieName: `codeconnected_guest_${(await hash.of(NAME_PURPOSE, '')).slice(0, NAME_LETTERS)}`,
    async issue() {
      const person = drawAccessId() as PersonId;
      return { person, cookie: `${person}.${await hash.of(PURPOSE, person)}` };
    },
    async verify(cookie) {
      const [person, signature, ...rest] = cookie.split('.');
      if (person === undefined || signature === undefined || rest.length > 0) return undefined;
      if (!ACCESS_ID_PATTERN.test(person)) return undefined;
      return (await hash.matches(PURPOSE, person, signature)) ? (person as PersonId) : undefined;
    },
  };
}
