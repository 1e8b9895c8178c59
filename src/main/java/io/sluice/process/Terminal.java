package io.sluice.process;

import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a start speaks to whoever started it, and where the process's standard streams go. Until it
 * serves, the two are kept apart: {@code error_log} gets what is logged, the terminal what an
 * operator has to see at once, such as why it does not start or the first password. From then on a
 * process in the background has nothing of the terminal left.
 *
 * <p>Streams are exchanged below Java, by their descriptors: what the JVM itself says goes there,
 * too.
 */
final class Terminal {
  private static final Path NOWHERE = Path.of("/dev/null");
  private static final int OUT = 1;
  private static final int ERR = 2;

  /** The log may hold addresses of clients. */
  private static final int LOG_MODE = 0640;

  private final boolean background;
  private PrintStream out = System.out;
  private PrintStream err = System.err;

  /** Descriptors of what the standard streams were at first; -1: those are still in place. */
  private int firstOut = -1;

  private int firstErr = -1;

  /** Written while starting, read by whoever reloads. */
  private volatile @Nullable Path log;

  /**
   * The streams as they are.
   *
   * @param background whether a parent waits, see {@link Daemon}
   */
  Terminal(boolean background) {
    this.background = background;
  }

  /** What goes to standard output of whoever started this process. */
  PrintStream out() {
    return out;
  }

  /** What goes to standard error of whoever started this process. */
  PrintStream err() {
    return err;
  }

  /** Where what is logged goes; null: to standard error. */
  @Nullable Path log() {
    return log;
  }

  // ---------------------------------------------------------------- to the log

  /**
   * Sends standard error to a file, and standard output, too, when in the background; without a
   * file a process in the background is silent.
   *
   * @throws StartException when the file cannot be opened
   */
  void redirect(@Nullable Path errorLog) throws StartException {
    if (errorLog == null && !background) {
      return;
    }
    if (!Descriptors.isSupported()) {
      throw new StartException(
          ExitCode.FAILED, "error_log and -d need Linux; redirect standard error instead");
    }
    Path file = errorLog == null ? null : errorLog.toAbsolutePath().normalize();
    try {
      firstOut = Descriptors.duplicate(OUT);
      firstErr = Descriptors.duplicate(ERR);
      out = printer(firstOut);
      err = printer(firstErr);
      log = file;
      open();
    } catch (IOException e) {
      throw new StartException(
          ExitCode.FAILED,
          "error_log " + file + " cannot be opened for writing: " + e.getMessage(),
          e);
    }
  }

  private static PrintStream printer(int descriptor) {
    return new PrintStream(
        new OutputStream() {
          @Override
          public void write(int oneByte) throws IOException {
            Descriptors.write(descriptor, new byte[] {(byte) oneByte});
          }

          @Override
          public void write(byte[] bytes, int from, int count) throws IOException {
            Descriptors.write(descriptor, Arrays.copyOfRange(bytes, from, from + count));
          }
        },
        true,
        StandardCharsets.UTF_8);
  }

  private void open() throws OsException {
    Path file = log;
    if (file == null && isJournal(System.getenv())) {
      Descriptors.redirect(ERR, OUT);
      return;
    }
    int opened = Descriptors.append(file == null ? NOWHERE : file, LOG_MODE);
    try {
      Descriptors.redirect(opened, ERR);
      if (background) {
        Descriptors.redirect(opened, OUT);
      }
    } finally {
      Descriptors.close(opened);
    }
  }

  /**
   * Whether standard error is systemd's journal: it says so by device and inode. A process that
   * takes over from a service goes to the background and still belongs to the service.
   */
  private static boolean isJournal(Map<String, String> environment) {
    String journal = environment.get("JOURNAL_STREAM");
    if (journal == null) {
      return false;
    }
    try {
      Map<String, Object> stderr =
          Files.readAttributes(Path.of("/proc/self/fd/" + ERR), "unix:dev,ino");
      return journal.equals(stderr.get("dev") + ":" + stderr.get("ino"));
    } catch (IOException e) {
      return false; // closed, or not to be looked at
    }
  }

  /**
   * Opens the file again by its name, for log rotation.
   *
   * @return what has come of it; null: there is none
   */
  @Nullable String reopen() {
    if (log == null) {
      return null;
    }
    try {
      open();
      return "error_log opened again";
    } catch (OsException e) {
      logger().warn("error_log {} cannot be opened again: {}", log, e.getMessage());
      return "error_log stays as it was";
    }
  }

  // ---------------------------------------------------------------- the end of the start

  /**
   * This process serves: says so and lets go of the terminal.
   *
   * @param what is served where, for people
   */
  void serving(String what) {
    if (background) {
      tell(Daemon.SERVING + what + "\n");
    } else if (log != null) {
      err.println("sluice: " + what + "; its log is " + log);
    }
    out = System.out;
    err = System.err;
    letGo(firstOut);
    letGo(firstErr);
    firstOut = -1;
    firstErr = -1;
  }

  private void tell(String line) {
    try {
      Descriptors.write(firstOut, line.getBytes(StandardCharsets.UTF_8));
    } catch (OsException e) {
      logger().warn("whoever started this process has not waited for it: {}", e.getMessage());
    }
  }

  private static void letGo(int descriptor) {
    if (descriptor < 0) {
      return;
    }
    try {
      Descriptors.close(descriptor);
    } catch (OsException e) {
      logger().warn("a descriptor of the terminal stays open: {}", e.getMessage());
    }
  }

  /** The start failed: the reason is shown, and logged where there is a log. */
  void failed(String message) {
    err.println(message);
    if (log != null) {
      System.err.println(message);
    }
  }

  /** Got when it is needed: the log is set up after the terminal. */
  private static Logger logger() {
    return LoggerFactory.getLogger(Terminal.class);
  }
}
