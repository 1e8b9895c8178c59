package io.sluice.handoff;

import io.sluice.os.Identity;
import io.sluice.os.OsException;
import io.sluice.os.UnixStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The upgrade socket's place in the file system. */
final class UpgradeSocket {
  private static final int ROOT = 0;
  private static final int STICKY = 01000;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path path;

  /** The file that this process made; null: none yet. */
  private @Nullable Object key;

  private UpgradeSocket(Path path) {
    this.path = path;
  }

  /**
   * Sees to it that a socket can be made here: the directory exists, nobody else can plant anything
   * in it, and what an ended process left is gone.
   *
   * @throws HandoffException when something is in the way
   */
  static UpgradeSocket claim(Path path) throws HandoffException {
    try {
      Path directory = Objects.requireNonNull(path.toAbsolutePath().getParent(), "it is the root");
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      }
      requireSafe(directory);
      removeStale(path);
    } catch (IOException e) {
      throw new HandoffException("upgrade_sock " + path + " cannot be made: " + e.getMessage(), e);
    }
    return new UpgradeSocket(path);
  }

  /** In a directory where others may write, only the sticky bit keeps them off our file. */
  private static void requireSafe(Path directory) throws IOException, HandoffException {
    int mode = (int) Files.getAttribute(directory, "unix:mode");
    boolean othersWrite = (mode & 022) != 0;
    if (othersWrite && (mode & STICKY) == 0) {
      throw new HandoffException(
          "upgrade_sock: others may write to its directory "
              + directory
              + "; take that right away (chmod go-w) or name a place in another one");
    }
  }

  private static void removeStale(Path path) throws IOException, HandoffException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket(path)) {
      throw new HandoffException(
          "upgrade_sock " + path + " exists and is no socket; remove it or name another place");
    }
    if (!isOurs(path)) {
      throw new HandoffException(
          "upgrade_sock " + path + " belongs to another user; remove it or name another place");
    }
    try (UnixStream other = UnixStream.connect(path)) {
      throw new HandoffException(
          "process "
              + other.peer().pid()
              + " waits at upgrade_sock "
              + path
              + " already; stop it, take over from it by -u, or name another place");
    } catch (OsException e) {
      Files.delete(path); // nobody listens
    }
  }

  private static boolean isSocket(Path path) throws IOException {
    int socket = 0140000;
    int format = 0170000;
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return (mode & format) == socket;
  }

  private static boolean isOurs(Path path) throws IOException {
    int owner = (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    int uid = Identity.uid();
    return uid == ROOT || owner == uid;
  }

  /**
   * Connects to who waits at a path, if that is to be trusted: the same user, or root.
   *
   * @throws HandoffException when nobody waits, or the wrong one
   */
  static UnixStream connect(Path path) throws HandoffException {
    try {
      UnixStream stream = UnixStream.connect(path);
      int uid = stream.peer().uid();
      int own = Identity.uid();
      if (uid == ROOT || uid == own || own == ROOT) {
        return stream;
      }
      stream.close();
      throw new HandoffException(
          "another user's process (pid "
              + stream.peer().pid()
              + ", uid "
              + uid
              + ") waits at upgrade_sock "
              + path);
    } catch (IOException | IllegalArgumentException e) {
      throw new HandoffException(
          "no process to take over from at upgrade_sock "
              + path
              + " ("
              + e.getMessage()
              + "); start without -u, or name the socket of the running one",
          e);
    }
  }

  Path path() {
    return path;
  }

  /** Remembers the file that was made just now. */
  void made() throws IOException {
    key = Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  /** Removes the file, unless another one has come into its place. */
  void remove() throws IOException {
    if (key != null
        && Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && key.equals(Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS))) {
      Files.delete(path);
    }
  }
}
