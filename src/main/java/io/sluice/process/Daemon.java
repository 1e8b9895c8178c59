package io.sluice.process;

import io.sluice.os.Descriptors;
import io.sluice.os.Identity;
import io.sluice.os.OsException;
import io.sluice.os.SignalFd;
import io.sluice.os.SignalFd.Signal;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code -d}: the same JVM once more, in the background. The parent stays until the child serves or
 * has failed, so that whoever started it knows; what the child has to tell meanwhile comes out at
 * the parent's terminal. A JVM cannot fork: its other threads would be missing in the copy.
 *
 * <p>The child keeps the working directory, so that relative paths mean the same; it has a session
 * of its own, no terminal, none of the parent's other descriptors, and takes at least the rights
 * 0027 from the files it makes.
 */
final class Daemon {
  /** Begins the child's last line to its parent: it serves. */
  static final String SERVING = "\u0001";

  private static final String CHILD = "sluice.daemon";
  private static final List<String> BLOCKING = List.of("env", "--block-signal=QUIT,TERM,INT,HUP");

  /** With it the JVM leaves signals alone, and jcmd works although SIGQUIT does not reach it. */
  private static final List<String> UNDER_BLOCKED_SIGNALS =
      List.of("-Xrs", "-XX:+StartAttachListener");

  private static final int OTHERS_AND_WRITING_GROUP = 027;
  private static final int EXIT_BY_SIGNAL = 128;
  private static final long ORDERLY_SECONDS = 10;

  private final Process child;

  /** By which signal this process was told not to wait; 0: it was not. */
  private volatile int interruptedBy;

  private Daemon(Process child) {
    this.child = child;
  }

  // ---------------------------------------------------------------- the child

  /** Whether this is the process that was started for the background. */
  static boolean isChild() {
    return Boolean.getBoolean(CHILD);
  }

  /**
   * Leaves the terminal.
   *
   * @throws StartException when the system does not let it
   */
  static void leaveTerminal() throws StartException {
    try {
      Identity.newSession();
      Identity.mask(Identity.mask(OTHERS_AND_WRITING_GROUP) | OTHERS_AND_WRITING_GROUP);
    } catch (OsException e) {
      throw failure(e);
    }
  }

  // ---------------------------------------------------------------- the parent

  /**
   * Starts the child and waits until it serves.
   *
   * @return what to exit with: well, or the child's code when it has failed and said why
   * @throws StartException when it ended in another way, or could not be started
   */
  static ExitCode start() throws StartException {
    if (!Descriptors.isSupported()) {
      throw new StartException(
          ExitCode.FAILED, "-d needs Linux; let a supervisor run Sluice in the background");
    }
    if (System.getenv("LISTEN_FDS") != null) {
      throw new StartException(
          ExitCode.USAGE,
          "-d cannot pass on the sockets that came from systemd (LISTEN_FDS); leave -d out, a"
              + " service is in the background anyway");
    }
    try {
      return new Daemon(launch()).await();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private ExitCode await() throws StartException, IOException {
    // Closed at once when it serves: the JVM's end would wait for its thread.
    try (SignalSource signals = SignalSource.open((signal, sender) -> interrupted(signal))) {
      String serving = relay();
      if (serving == null) {
        return ended();
      }
      System.out.println("sluice: process " + child.pid() + " in the background " + serving);
      System.out.flush();
      return ExitCode.OK;
    } catch (IOException e) {
      child.destroy();
      throw e;
    }
  }

  private static StartException failure(IOException e) {
    return new StartException(
        ExitCode.FAILED, "Sluice cannot go to the background: " + e.getMessage(), e);
  }

  private static Process launch() throws IOException {
    Charset charset = Charset.forName(System.getProperty("native.encoding", "UTF-8"));
    String line = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), charset);
    List<String> own = List.of(line.substring(0, line.length() - 1).split("\0", -1));
    ProcessBuilder builder =
        new ProcessBuilder(command(program(), own, canBlock()))
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectError(Redirect.INHERIT);
    return builder.start();
  }

  private static String program() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/exe")).toString();
  }

  /** Whether there is an {@code env} that blocks signals, as GNU's does since 8.31. */
  private static boolean canBlock() throws IOException {
    if (SignalFd.blocked().contains(Signal.QUIT)) {
      return true; // by the launcher, just now
    }
    List<String> trial = new ArrayList<>(BLOCKING);
    trial.add("true");
    try {
      return new ProcessBuilder(trial)
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * The child's command.
   *
   * @param program of this JVM
   * @param own arguments of this process, its name first
   * @param canBlock whether signals can be blocked
   */
  static List<String> command(String program, List<String> own, boolean canBlock) {
    List<String> command = new ArrayList<>();
    if (canBlock) {
      command.addAll(BLOCKING);
    }
    command.add(program);
    command.add("-D" + CHILD + "=true");
    if (canBlock) {
      UNDER_BLOCKED_SIGNALS.stream().filter(option -> !own.contains(option)).forEach(command::add);
    }
    command.addAll(own.subList(1, own.size()));
    return command;
  }

  /** Prints what the child says; returns what it serves, or null when it has ended before. */
  private @Nullable String relay() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(SERVING)) {
          return line.substring(SERVING.length());
        }
        System.out.println(line);
      }
      return null;
    }
  }

  private ExitCode ended() throws StartException {
    try {
      int code = child.waitFor();
      if (interruptedBy != 0) {
        System.exit(EXIT_BY_SIGNAL + interruptedBy);
      }
      ExitCode known = ExitCode.of(code);
      if (known != null && code != ExitCode.OK.value() && code < EXIT_BY_SIGNAL) {
        return known;
      }
      throw new StartException(
          ExitCode.FAILED,
          "process %d in the background %s before it served"
              .formatted(
                  child.pid(),
                  code > EXIT_BY_SIGNAL
                      ? "was ended by signal " + (code - EXIT_BY_SIGNAL)
                      : "ended with exit code " + code));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException(ExitCode.FAILED, "the wait for the background was interrupted", e);
    }
  }

  /** Whoever gives up waiting does not want it to serve later, unnoticed. */
  private void interrupted(Signal signal) {
    int number =
        switch (signal) {
          case HUP -> 1;
          case INT -> 2;
          case TERM -> 15;
          case QUIT, USR2 -> 0; // nothing to hand over yet
        };
    if (number == 0) {
      return;
    }
    interruptedBy = number;
    child.destroy();
    try {
      if (!child.waitFor(ORDERLY_SECONDS, TimeUnit.SECONDS)) {
        child.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
