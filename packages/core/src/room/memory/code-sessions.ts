/** Code sessions in memory. */
import type { CodeSession, CodeSessions } from '../../session/code-sessions.ts';
import type { RoomId } from '../ids.ts';

/** Makes an empty register. */
export function memoryCodeSessions(): CodeSessions {
  const sessions = new Map<RoomId, CodeSession>();
  return {
    async create(session) {
      if (sessions.has(session.id)) return 'exists';
      sessions.set(session.id, session);
      return 'created';
    },
    read: async (id) => sessions.get(id),
    async touch(id, at) {
      const session = sessions.get(id);
      if (session && session.lastUsedAt < at) sessions.set(id, { ...session, lastUsedAt: at });
    },
    async raiseTerminalEpoch(id) {
      const session = sessions.get(id);
      if (!session) throw new Error(`There is no code session ${id}.`);
      const terminalEpoch = session.terminalEpoch + 1;
      sessions.set(id, { ...session, terminalEpoch });
      return terminalEpoch;
    },
    async countCreated(origin, since) {
      return [...sessions.values()].filter((session) => session.origin === origin && session.createdAt >= since).length;
    },
    async unusedSince(before, most) {
      return [...sessions.values()]
        .filter((session) => session.lastUsedAt < before)
        .sort((a, b) => a.lastUsedAt - b.lastUsedAt)
        .slice(0, most)
        .map((session) => session.id);
    },
    async remove(id) {
      sessions.delete(id);
    },
  };
}
