"""Main process of a Python sandbox: waits for a payload on stdin, runs it, then is its interactive prompt.

languages/README.md describes the payload and the marks.
"""

import builtins
import code
import fcntl
import linecache
import os
import readline
import rlcompleter
import signal
import struct
import sys
import termios
import threading
import tty
import types

# What `bash` reports for a program that Ctrl-C ended.
INTERRUPTED = 130
BOOT_FILE = __file__
BOOT_PROCESS = os.getpid()
HOME = os.environ["HOME"]


class Marks:
    """OSC 133 marks of one claim: https://gitlab.freedesktop.org/Per_Bothner/specifications (semantic prompts)."""

    nonce = ""

    @classmethod
    def emit(cls, body):
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except Exception:
            pass
        text = f"\x1b]133;{body};aid={cls.nonce}\x07".encode()
        while text:
            text = text[os.write(1, text) :]

    @classmethod
    def prompt(cls):
        cls.emit("B")

    @classmethod
    def started(cls, what):
        cls.emit(f"C;what={what}")

    @classmethod
    def finished(cls, what, code):
        cls.emit(f"D;{code};what={what}")


def read_exactly(count):
    pieces = []
    while count:
        piece = os.read(0, min(count, 65536))
        if not piece:
            os._exit(0)
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def read_line():
    line = b""
    while not line.endswith(b"\n"):
        line += read_exactly(1)
    return line[:-1].decode()


def read_payload():
    """The claim's nonce, the terminal's size, the files and the name of the one that starts."""
    body = memoryview(read_exactly(int(read_line())))
    entry = None
    at = 0
    while at < len(body):
        end = at
        while body[end] != 10:
            end += 1
        key, _, value = bytes(body[at:end]).decode().partition(" ")
        at = end + 1
        if key == "nonce":
            Marks.nonce = value
        elif key == "size":
            columns, rows = map(int, value.split())
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            except OSError:
                pass
        elif key == "entry":
            entry = value
        elif key == "file":
            size, _, name = value.partition(" ")
            with open(os.path.join(HOME, name), "wb") as file:
                file.write(body[at : at + int(size)])
            at += int(size)
    return entry


def without_boot(traceback):
    """The part of a traceback that belongs to the person's program."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename == BOOT_FILE:
        traceback = traceback.tb_next
    return traceback


def report(error):
    """Prints an uncaught error as the interpreter does, colours and chained errors included."""
    seen = set()
    each = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        each.__traceback__ = without_boot(each.__traceback__)
        each = each.__cause__ or each.__context__
    sys.last_exc = error
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    sys.excepthook(type(error), error, error.__traceback__)


def wait_for_threads():
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()


def deafen():
    """Holds Ctrl-C off until `listen`: a second one must not end the interpreter while the first is being reported."""
    while True:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return
        except KeyboardInterrupt:
            pass


def listen():
    """Makes Ctrl-C an exception, whatever handler a program has left."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def outcome(work):
    """Does the work and reports its error. The status as marks carry it; Ctrl-C is held off afterwards."""
    try:
        try:
            work()
        finally:
            deafen()
    except SystemExit:
        listen()
        raise
    except BaseException as error:
        deafen()
        report(error)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return 0


def run(entry, namespace):
    """Runs the entry file as `python entry` would. Ends the process where the program asks for it."""
    path = os.path.join(HOME, entry)
    namespace["__file__"] = path

    def work():
        Marks.started("run")
        with open(path, "rb") as file:
            source = file.read()
        exec(compile(source, entry, "exec", dont_inherit=True), namespace)
        wait_for_threads()

    status = outcome(work)
    if os.getpid() != BOOT_PROCESS:
        # A child that the program forked and that ran off its end: only the main process becomes the prompt.
        raise SystemExit(status)
    Marks.finished("run", status)


class Console(code.InteractiveConsole):
    """The usual prompt, with marks around what each line does."""

    def __init__(self, namespace):
        super().__init__(namespace, "<stdin>")
        self.lines = 0

    def runcode(self, compiled):
        def work():
            Marks.started("line")
            exec(compiled, self.locals)

        Marks.finished("line", outcome(work))

    def runsource(self, source, filename="<stdin>", symbol="single"):
        # A name of its own for each entry lets a traceback show the line that was typed.
        name = f"<python-input-{self.lines}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        more = super().runsource(source, name, symbol)
        if not more:
            self.lines += 1
        return more

    def ask(self, more):
        # The mark comes when the prompt stands there and the terminal is ready for editing.
        readline.set_pre_input_hook(Marks.prompt)
        try:
            return ask(str(getattr(sys, "ps2", "... ") if more else getattr(sys, "ps1", ">>> ")))
        finally:
            readline.set_pre_input_hook()

    def entry(self, more):
        """Asks for a line and does what it says; whether it needs another one."""
        try:
            listen()
            line = self.ask(more)
            if line.strip():
                readline.add_history(line)
            return self.push(line)
        finally:
            deafen()

    def loop(self):
        more = False
        while True:
            try:
                more = self.entry(more)
            except EOFError:
                print()
                return
            except KeyboardInterrupt:
                deafen()
                print("\nKeyboardInterrupt")
                self.resetbuffer()
                more = False


# The program may replace the name `input`; the prompt keeps the real one.
ask = builtins.input


def complete_in(namespace):
    completer = rlcompleter.Completer(namespace)

    def complete(text, state):
        if not text.strip():
            return "    " if state == 0 else None
        return completer.complete(text, state)

    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    readline.parse_and_bind("set enable-bracketed-paste on")
    # `input()` of a program leaves no trace in the prompt's history.
    readline.set_auto_history(False)


def main():
    os.chdir(HOME)
    cooked = termios.tcgetattr(0)
    tty.setraw(0)
    namespace_module = types.ModuleType("__main__")
    namespace_module.__builtins__ = builtins
    namespace = namespace_module.__dict__
    console = Console(namespace)
    complete_in(namespace)
    sys.path[0] = HOME
    sys.ps1, sys.ps2 = ">>> ", "... "
    sys.modules["__main__"] = namespace_module
    # An uncaught error is printed by `traceback`: loaded now, while nobody waits for it.
    import traceback  # noqa: F401

    os.write(1, b"\x1b]133;ready\x07")
    entry = read_payload()
    termios.tcsetattr(0, termios.TCSANOW, cooked)
    sys.argv = [entry or ""]
    if entry is not None:
        run(entry, namespace)
    console.loop()


main()
