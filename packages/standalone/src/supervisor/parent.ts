/** Ends with the process above: its channel closes when it dies, however it dies. */
export function leaveWithParent(leave: () => void): void {
  if (process.channel) {
    // The channel alone must not keep a process alive that has nothing left to do.
    process.channel.unref();
    process.once('disconnect', leave);
  }
}
