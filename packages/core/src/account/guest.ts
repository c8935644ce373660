/** People without an account: a random id, signed, so that nobody can pass for somebody else whose id they saw. */
import { ACCESS_ID_PATTERN, drawAccessId, type PersonId } from '../room/ids.ts';
import type { Guests } from '../session/site.ts';
import type { KeyedHash } from './keyed-hash.ts';

const PURPOSE = 'guest';

/** Issues and checks cookies of the form `<person>.<signature>`. */
export function signedGuests(hash: KeyedHash): Guests {
  return {
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
