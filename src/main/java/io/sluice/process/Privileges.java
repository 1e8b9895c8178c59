package io.sluice.process;

import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.config.ListenerSpec.SocketFile;
import io.sluice.os.Descriptors;
import io.sluice.os.Identity;
import io.sluice.os.Identity.Account;
import io.sluice.os.OsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code user} and {@code group}: root is only needed to bind low ports and to make files in root's
 * directories. What parses requests and keeps the store is an ordinary user, for good.
 *
 * <p>With the user go root's capabilities: the kernel clears them when all user ids become
 * another's. {@code no_new_privs} is not set, because a process can set it for one thread only;
 * systemd's {@code NoNewPrivileges=} does it before the start.
 */
final class Privileges {
  private static final Logger log = LoggerFactory.getLogger(Privileges.class);
  private static final int ROOT = 0;

  private final @Nullable String user;
  private final @Nullable String group;
  private final int uid;
  private final int gid;

  private Privileges(@Nullable String user, @Nullable String group, int uid, int gid) {
    this.user = user;
    this.group = group;
    this.uid = uid;
    this.gid = gid;
  }

  /** They stay as they are. */
  static Privileges kept() {
    return new Privileges(null, null, -1, -1);
  }

  /**
   * What the configuration wants of them.
   *
   * @throws StartException when a name is unknown, or this process may not become another user
   */
  static Privileges of(Configuration.Process process) throws StartException {
    String user = process.user();
    if (user == null) {
      return kept();
    }
    if (!Descriptors.isSupported()) {
      throw new StartException(ExitCode.FAILED, "user needs Linux; remove the key");
    }
    Account account = Identity.user(user);
    if (account == null) {
      throw new StartException(
          ExitCode.FAILED, "user: there is no user " + user + "; make it or name another one");
    }
    Integer gid = gid(process, account);
    try {
      int own = Identity.uid();
      if (own == ROOT) {
        return new Privileges(user, process.group(), account.id(), gid);
      }
      if (own == account.id()) {
        requireOwnGroup(process.group(), gid);
        return kept();
      }
      String name = Identity.name(own);
      throw new StartException(
          ExitCode.FAILED,
          "user: this process runs as "
              + (name == null ? "uid " + own : name)
              + " and only root can become "
              + user
              + "; start it as root or as "
              + user
              + ", or remove the key");
    } catch (IOException e) {
      throw failure(user, e);
    }
  }

  private static void requireOwnGroup(@Nullable String group, int gid)
      throws IOException, StartException {
    int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
    if (group != null && own != gid) {
      throw new StartException(
          ExitCode.FAILED,
          "group: this process has group "
              + own
              + " and only root can change that to "
              + group
              + "; start it as root or with that group, or remove the key");
    }
  }

  private static Integer gid(Configuration.Process process, Account account) throws StartException {
    String group = process.group();
    if (group == null) {
      if (account.group() == null) {
        throw new StartException(
            ExitCode.FAILED, "user: " + process.user() + " has no group; name one by group");
      }
      return account.group();
    }
    Account named = Identity.group(group);
    if (named == null) {
      throw new StartException(
          ExitCode.FAILED, "group: there is no group " + group + "; make it or name another one");
    }
    return named.id();
  }

  /** Whether this process is to become another user. */
  boolean areToBeDropped() {
    return user != null && uid != ROOT;
  }

  /** A listener whose Unix socket belongs to that user, where nothing else is said. */
  ListenerSpec ownerOf(ListenerSpec spec) {
    if (user == null) {
      return spec;
    }
    SocketFile file = spec.socketFile();
    return new ListenerSpec(
            spec.address(),
            spec.limits(),
            new SocketFile(
                file.mode(),
                file.user() == null ? user : file.user(),
                file.group() == null ? Integer.toString(gid) : file.group()))
        .withProxyProtocol(spec.proxyProtocol());
  }

  /**
   * Hands a file that root has made to that user.
   *
   * @throws StartException when that is not possible
   */
  void own(Path file) throws StartException {
    if (!areToBeDropped()) {
      return;
    }
    try {
      Identity.own(file, uid, gid);
    } catch (OsException e) {
      throw new StartException(
          ExitCode.FAILED, file + " cannot be given to user " + user + ": " + e.getMessage(), e);
    }
  }

  /**
   * Becomes that user, with its groups, on every thread.
   *
   * @throws StartException when it does not work, or root could be had back
   */
  void drop() throws StartException {
    String name = user;
    if (name == null || !areToBeDropped()) {
      return;
    }
    try {
      Identity.become(name, group);
      if (Identity.uid() != uid || Identity.canBeRoot()) {
        throw new StartException(
            ExitCode.FAILED, "user: root's rights are not gone; nothing is served");
      }
      log.info("runs as user {} (uid {}, gid {}); root's rights are gone", name, uid, gid);
    } catch (IOException e) {
      throw failure(name, e);
    }
  }

  private static StartException failure(String user, IOException e) {
    return new StartException(
        ExitCode.FAILED, "user: cannot become " + user + ": " + e.getMessage(), e);
  }
}
