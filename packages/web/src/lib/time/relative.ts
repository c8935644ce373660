/** How long ago something was, as people say it. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Beyond this many days the date itself says more. */
const DAYS_MOST = 7;

/** Midnight before a time, on the viewer's calendar. */
function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** How many midnights lie between; rounded, since some days have 23 or 25 hours. */
function calendarDays(from: number, to: number): number {
  return Math.round((midnight(to) - midnight(from)) / DAY);
}

/**
 * "2 min ago", "yesterday", "3 days ago", a date.
 * @param locale the browser's own unless a test says otherwise
 */
export function relativeTime(at: number, now: number, locale?: string): string {
  const passed = now - at;
  // A clock that was set back is no reason to speak of the future.
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  const days = calendarDays(at, now);
  if (days === 0) return `${Math.floor(passed / HOUR)} h ago`;
  if (days === 1) return 'yesterday';
  if (days < DAYS_MOST) return `${days} days ago`;
  return new Date(at).toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** Milliseconds until the words for a time change, so that a list can be kept right without asking all the time. */
export function untilNextChange(at: number, now: number): number {
  const passed = now - at;
  if (passed < HOUR) return MINUTE - (Math.max(0, passed) % MINUTE);
  const untilMidnight = midnight(now + DAY + HOUR) - now;
  return Math.max(SECOND, Math.min(HOUR - (passed % HOUR), untilMidnight));
}

/** "0.04 s", "12 s", "2 min 5 s". */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / SECOND;
  // Nothing takes no time.
  if (seconds < 10) return `${Math.max(0.01, seconds).toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
