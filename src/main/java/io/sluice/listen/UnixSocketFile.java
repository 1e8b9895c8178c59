package io.sluice.listen;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.config.ListenerSpec.SocketFile;
import io.sluice.os.Descriptors;
import io.sluice.os.Identity;
import io.sluice.os.OsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening Unix socket. One that an ended process has left behind is replaced;
 * anything else in its place is left alone. At the end it is removed only when it is the same file
 * and nobody listens on it any more: a successor may have put its own there, or hold this very
 * socket.
 */
final class UnixSocketFile {
  private static final int TYPE = 0170000;
  private static final int SOCKET = 0140000;

  /** What a socket has in the flags of {@code /proc/net/unix} while it listens. */
  private static final int ACCEPTS = 0x10000;

  private final Path path;

  /** Device and inode; null: there was no file. */
  private final @Nullable Object key;

  private UnixSocketFile(Path path, @Nullable Object key) {
    this.path = path;
    this.key = key;
  }

  /** The file of a socket that listens already. */
  static UnixSocketFile existing(Path path) throws IOException {
    return new UnixSocketFile(path, key(path));
  }

  /** A socket with its file. */
  record Made(int descriptor, UnixSocketFile file) {}

  /**
   * Makes the file, and the socket that listens on it.
   *
   * @throws IOException with a sentence why it cannot be made
   */
  static Made make(Path path, SocketFile rights, int backlog) throws IOException {
    int uid = rights.user() == null ? -1 : account("user", rights.user());
    int gid = rights.group() == null ? -1 : account("group", rights.group());
    boolean given = uid >= 0 || gid >= 0;
    removeStale(path);
    // until it is given away, only this process gets in
    int descriptor = listen(path, backlog, given ? rights.mode() & 0700 : rights.mode());
    UnixSocketFile file = existing(path);
    try {
      if (given) {
        file.give(rights, uid, gid);
      }
    } catch (IOException | RuntimeException e) {
      Descriptors.close(descriptor);
      file.remove();
      throw e;
    }
    return new Made(descriptor, file);
  }

  private static int account(String kind, String name) throws IOException {
    Identity.Account found = kind.equals("user") ? Identity.user(name) : Identity.group(name);
    if (found == null) {
      throw new IOException("there is no " + kind + " " + name + " to own the socket");
    }
    return found.id();
  }

  private static int listen(Path path, int backlog, int mode) throws IOException {
    try {
      return Descriptors.listen(UnixDomainSocketAddress.of(path), backlog, mode);
    } catch (OsException e) {
      String objection = objectionToDirectory(path);
      if (objection != null) {
        throw new IOException(objection, e);
      }
      throw e;
    }
  }

  private static @Nullable String objectionToDirectory(Path path) {
    Path directory = Objects.requireNonNull(path.toAbsolutePath().getParent());
    if (!Files.exists(directory)) {
      return "there is no directory " + directory;
    }
    if (!Files.isDirectory(directory)) {
      return directory + " is no directory";
    }
    return Files.isWritable(directory) ? null : "this process may not create files in " + directory;
  }

  /**
   * Refuses a place where {@link #make} could not make a file; a process that listens there is no
   * reason to.
   *
   * @throws IOException with a sentence why
   */
  static void requirePlace(Path path, SocketFile rights) throws IOException {
    if (rights.user() != null) {
      account("user", rights.user());
    }
    if (rights.group() != null) {
      account("group", rights.group());
    }
    String objection = objectionToDirectory(path);
    if (objection != null) {
      throw new IOException(objection);
    }
    if (key(path) != null) {
      requireSocket(path);
    }
  }

  private void give(SocketFile rights, int uid, int gid) throws IOException {
    try {
      Identity.own(path, uid, gid);
    } catch (OsException e) {
      throw new IOException(
          "the socket cannot be given to "
              + (rights.user() == null ? "" : "user " + rights.user())
              + (rights.user() == null || rights.group() == null ? "" : " and ")
              + (rights.group() == null ? "" : "group " + rights.group())
              + " ("
              + e.getMessage()
              + "): only root can, and others only to groups they are in",
          e);
    }
    Files.setPosixFilePermissions(path, permissions(rights.mode()));
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    StringBuilder rights = new StringBuilder("rwxrwxrwx");
    for (int i = 0; i < rights.length(); i++) {
      if ((mode & 0400 >> i) == 0) {
        rights.setCharAt(i, '-');
      }
    }
    return PosixFilePermissions.fromString(rights.toString());
  }

  /** A socket that an ended process has left behind would be in the way for ever. */
  private static void removeStale(Path path) throws IOException {
    Object key = key(path);
    if (key == null) {
      return;
    }
    requireSocket(path);
    if (isListenedOn(path)) {
      throw new IOException("another process listens on " + path);
    }
    if (key.equals(key(path))) {
      Files.delete(path);
    }
  }

  private static void requireSocket(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      throw new IOException(path + " is a symbolic link and no socket; it is left alone");
    }
    if (((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & TYPE) != SOCKET) {
      throw new IOException(
          path
              + (Files.isDirectory(path) ? " is a directory" : " exists")
              + " and is no socket; it is left alone");
    }
  }

  /** Whether a connection could be made: somebody may listen from another network namespace. */
  private static boolean isListenedOn(Path path) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false); // a full queue would hold it
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      if (isListed(path)) {
        return true; // its queue is full
      }
      throw new IOException(
          "whether a process listens on " + path + " cannot be found out: " + e.getMessage(), e);
    }
  }

  /** What tells files apart, links not followed; null: there is none. */
  private static @Nullable Object key(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Removes it when it is the same file and no process listens on it; call it when closed. */
  void remove() throws IOException {
    if (key != null && key.equals(key(path)) && !isListed(path)) {
      Files.deleteIfExists(path);
    }
  }

  /**
   * Whether a socket of that name listens in this network namespace. At the end a connection would
   * tell as well, but wake a service that the system starts on demand.
   */
  private static boolean isListed(Path path) throws IOException {
    // names of other sockets may be any bytes
    String name = new String(path.toString().getBytes(UTF_8), ISO_8859_1);
    try (Stream<String> sockets = Files.lines(Path.of("/proc/net/unix"), ISO_8859_1)) {
      return sockets.anyMatch(socket -> isListening(socket, name));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** A line is: number, references, protocol, flags, type, state, inode, path. */
  private static boolean isListening(String line, String name) {
    String[] fields = line.trim().split(" +", 8);
    return fields.length == 8
        && fields[7].equals(name)
        && fields[3].matches("[0-9A-F]{8}")
        && (Integer.parseInt(fields[3], 16) & ACCEPTS) != 0;
  }
}
