package io.sluice.process;

import io.sluice.os.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who sent a signal, as far as that can be known. */
sealed interface Sender {

  /** For the log: ends a sentence that says which signal came. */
  String text();

  /** The JVM's own handling of signals does not say it. */
  record Unknown() implements Sender {
    @Override
    public String text() {
      return "an unknown process (the JVM does not tell which; started by bin/sluice it is known)";
    }
  }

  /** A process, as the kernel names it. */
  record Known(int pid, int uid) implements Sender {
    private static final int MOST_NAME = 64;

    @Override
    public String text() {
      if (pid == 0) {
        return "the terminal, or a process that this one's namespace does not show (uid "
            + uid
            + ")";
      }
      if (pid == ProcessHandle.current().pid()) {
        return "this process itself";
      }
      String name = Identity.name(uid);
      return "process "
          + pid
          + command()
          + " of "
          + (name == null ? "uid " + uid : "user " + printable(name));
    }

    private String command() {
      try {
        String name = Files.readString(Path.of("/proc", Integer.toString(pid), "comm")).strip();
        return " (" + printable(name) + ")";
      } catch (IOException e) {
        return ", which cannot be seen any more,";
      }
    }

    /** A process names itself as it likes; in a log that must not look like another line. */
    private static String printable(String text) {
      String clean = text.replaceAll("[^ -~]", "?");
      return clean.length() > MOST_NAME ? clean.substring(0, MOST_NAME) : clean;
    }
  }
}
