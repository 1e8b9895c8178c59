package io.sluice.process;

import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.config.Problem.Severity;
import io.sluice.listen.ListenCheck;
import io.sluice.os.Identity;
import io.sluice.os.OsException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether this machine has what a configuration's fixed part asks for: addresses, directories,
 * users. Nothing is opened, made or changed.
 */
final class SystemCheck {
  /** What a Unix socket's path may have, without the final NUL. */
  private static final int LONGEST_SOCKET_PATH = 107;

  private final Configuration configuration;
  private final Findings findings;

  /** Takes what is found. */
  interface Findings {
    void add(String key, String message, Severity severity);
  }

  SystemCheck(Configuration configuration, Findings findings) {
    this.configuration = configuration;
    this.findings = findings;
  }

  /** Addresses. Only for a check: a start finds out by listening. */
  void addresses() {
    List<ListenerSpec> listeners = configuration.listeners();
    for (int i = 0; i < listeners.size(); i++) {
      String objection = ListenCheck.objection(listeners.get(i));
      if (objection != null) {
        error(
            "sluice.listeners[" + i + "].address",
            "cannot listen on %s: %s".formatted(listeners.get(i).address(), objection));
      }
    }
    Address.Tcp admin = configuration.admin().address();
    String objection = ListenCheck.objection(admin);
    if (objection != null) {
      error("sluice.admin.address", "cannot listen on %s: %s".formatted(admin, objection));
    }
  }

  /** Files, directories and users. */
  void places() {
    Configuration.Process process = configuration.process();
    written("pid_file", process.pidFile());
    written("error_log", process.errorLog());
    boolean besideStore =
        process
            .upgradeSocket()
            .equals(Configuration.Process.beside(configuration.store()).upgradeSocket());
    if (store(configuration.store().path()) || !besideStore) {
      upgradeSocket(process);
    }
    account(process);
    String log = configuration.accessLog().target();
    if (!Set.of("stdout", "stderr", "off").contains(log)) {
      written("sluice.access-log.target", Path.of(log));
    }
    read("sluice.admin.token-file", configuration.admin().tokenFile(), Severity.ERROR);
    // Who has a user already has no more need of it.
    read("sluice.admin.password-file", configuration.admin().passwordFile(), Severity.WARNING);
  }

  /** A file that is written, in a directory that is there. */
  private void written(String key, @Nullable Path file) {
    if (file == null) {
      return;
    }
    Path directory = file.toAbsolutePath().normalize().getParent();
    if (directory == null || Files.isDirectory(file)) {
      error(key, file + " is a directory; name a file");
    } else if (!Files.exists(directory)) {
      error(key, "there is no directory " + directory + "; make it, or name another place");
    } else if (!Files.isDirectory(directory)) {
      error(key, directory + " is no directory; name another place");
    } else if (Files.exists(file) ? !Files.isWritable(file) : !Files.isWritable(directory)) {
      error(
          key, "this process may not write " + file + "; change its rights or name another place");
    }
  }

  /** Whether the store's directory can be used, and what is beside it. */
  private boolean store(Path store) {
    String key = "sluice.store.path";
    Path absolute = store.toAbsolutePath().normalize();
    Path directory = absolute.getParent();
    if (directory == null || Files.isDirectory(absolute)) {
      error(key, "the store " + absolute + " is a directory; name a file");
      return false;
    }
    boolean usable = made(key, directory);
    if (Files.exists(absolute) && !(Files.isReadable(absolute) && Files.isWritable(absolute))) {
      error(key, "this process may not read and write the store " + absolute);
    }
    return usable;
  }

  /** A directory that is made when it is not there. */
  private boolean made(String key, Path directory) {
    Path there = directory;
    while (!Files.exists(there)) {
      there = Objects.requireNonNull(there.getParent(), "the root exists");
    }
    if (!Files.isDirectory(there)) {
      error(key, there + " is no directory; name another place");
      return false;
    }
    if (!Files.isWritable(there)) {
      error(
          key,
          there.equals(directory)
              ? "this process may not write to the directory " + directory
              : "this process may not make the directory " + directory + " in " + there);
      return false;
    }
    return true;
  }

  private void upgradeSocket(Configuration.Process process) {
    String key = "upgrade_sock";
    Path socket = process.upgradeSocket().toAbsolutePath().normalize();
    int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_SOCKET_PATH) {
      error(
          key,
          "%s is too long: the system takes socket paths of at most %d bytes, this one has %d"
              .formatted(socket, LONGEST_SOCKET_PATH, length));
      return;
    }
    made(key, Objects.requireNonNull(socket.getParent(), "a socket is not the root"));
    boolean isOther =
        Files.isSymbolicLink(socket)
            || Files.isRegularFile(socket, LinkOption.NOFOLLOW_LINKS)
            || Files.isDirectory(socket, LinkOption.NOFOLLOW_LINKS);
    if (isOther) {
      error(key, socket + " exists and is no socket; remove it or name another place");
    }
  }

  private void account(Configuration.Process process) {
    String group = process.group();
    if (group != null && Identity.group(group) == null) {
      error("group", "there is no group " + group + " on this machine");
    }
    String user = process.user();
    if (user == null) {
      return;
    }
    Identity.Account account = Identity.user(user);
    if (account == null) {
      error("user", "there is no user " + user + " on this machine");
      return;
    }
    try {
      int own = Identity.uid();
      if (own != 0 && own != account.id()) {
        error("user", "only root can become " + user + ", and this process has the user id " + own);
      }
    } catch (OsException e) {
      error("user", "this process's own user cannot be found out: " + e.getMessage());
    }
  }

  private void read(String key, @Nullable Path file, Severity severity) {
    if (file != null && !(Files.isRegularFile(file) && Files.isReadable(file))) {
      String why = Files.exists(file) ? "no file that this process may read" : "no such file";
      findings.add(key, "cannot read " + file + ": there is " + why, severity);
    }
  }

  private void error(String key, String message) {
    findings.add(key, message, Severity.ERROR);
  }
}
