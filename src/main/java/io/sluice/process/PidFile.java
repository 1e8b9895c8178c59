package io.sluice.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that tells a process's number. Whoever has it holds a lock on it for life, so that a
 * second instance is refused and what a killed one left is known to be stale, whatever process has
 * its number now. The file always has its whole content: it is written under another name, locked,
 * and then named.
 *
 * <p>The lock belongs to the process and is lost when any descriptor of the file is closed, so
 * nothing else here opens it.
 */
final class PidFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PidFile.class);

  private static final int MOST_BYTES = 32;

  /** How long somebody else may hold the lock of a stale file, in order to replace it. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(2);

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  private final Path path;

  // Guarded by this: the one that stops and the one that exits meet here.
  private @Nullable FileChannel channel;
  private @Nullable Object key;

  private PidFile(Path path) {
    this.path = path.toAbsolutePath().normalize();
  }

  /**
   * Takes the place for this process; a stale file is replaced.
   *
   * @throws StartException when a running process has it, or it cannot be made
   */
  static PidFile claim(Path path) throws StartException {
    PidFile file = new PidFile(path);
    file.claim();
    return file;
  }

  /**
   * The file of a process that this one is to replace; nothing is changed until {@link #takeOver}.
   *
   * @throws StartException when it could not be replaced
   */
  static PidFile ofPredecessor(Path path) throws StartException {
    PidFile file = new PidFile(path);
    Path directory = file.directory();
    if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
      throw file.failure("this process may not make files in " + directory, null);
    }
    return file;
  }

  /** Where it is, absolute. */
  Path path() {
    return path;
  }

  private Path directory() {
    return Objects.requireNonNull(path.getParent(), "the root is no file");
  }

  // ---------------------------------------------------------------- taking it

  private synchronized void claim() throws StartException {
    long deadline = System.nanoTime() + PATIENCE;
    try (Named fresh = written()) {
      while (!link(fresh) && !replaceStale(fresh)) {
        if (System.nanoTime() - deadline > 0) {
          throw running();
        }
        LockSupport.parkNanos(PAUSE);
      }
      keep(fresh);
    } catch (IOException e) {
      throw failure(reason(e), e);
    }
  }

  /**
   * Puts this process's number in the place of the one before, which keeps its lock on a file that
   * has no name any more.
   *
   * @throws StartException when that cannot be done; the old file is as it was
   */
  synchronized void takeOver() throws StartException {
    try (Named fresh = written()) {
      Files.move(fresh.path, path, StandardCopyOption.ATOMIC_MOVE);
      keep(fresh);
    } catch (IOException e) {
      throw failure(reason(e), e);
    }
  }

  /** A file with this process's number and a lock on it, under a name of its own. */
  private static final class Named implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private boolean kept;

    private Named(Path path) throws IOException {
      this.path = path;
      this.channel = FileChannel.open(path, StandardOpenOption.WRITE);
    }

    private void fill() throws IOException {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
      if (channel.tryLock() == null) {
        throw new IOException("somebody else has locked " + path);
      }
      String text = ProcessHandle.current().pid() + "\n";
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /** Its own name is not needed any more in any case. */
    @Override
    public void close() throws IOException {
      Files.deleteIfExists(path);
      if (!kept) {
        channel.close();
      }
    }
  }

  private Named written() throws IOException {
    String prefix = "." + path.getFileName();
    Named fresh = new Named(Files.createTempFile(directory(), prefix, ".new"));
    try {
      fresh.fill();
      return fresh;
    } catch (IOException | RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  private void keep(Named fresh) throws IOException {
    fresh.kept = true;
    channel = fresh.channel;
    key = key();
  }

  /** Returns false when there is a file already. */
  private boolean link(Named fresh) throws IOException {
    try {
      Files.createLink(path, fresh.path);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException | FileSystemException e) {
      if (e instanceof AccessDeniedException || e instanceof NoSuchFileException) {
        throw e;
      }
      // A file system without hard links: then an empty file takes the place, and is replaced.
      return createEmpty();
    }
  }

  private boolean createEmpty() throws IOException {
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      log.debug("{} is there already", path, e);
    }
    return false;
  }

  /** Returns false when it has to be looked at again: somebody has it, or it is another one now. */
  private boolean replaceStale(Named fresh) throws IOException, StartException {
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        throw failure("it exists and is no file; it is left alone", null);
      }
      return false;
    }
    Object before = key();
    try (FileChannel old =
            FileChannel.open(
                path,
                Set.of(
                    StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        FileLock lock = tryLock(old)) {
      String text = text(old);
      if (lock == null) {
        if (runs(text)) {
          throw running(text);
        }
        return false; // whoever holds it is about to replace it, or to write its number
      }
      if (!text.isEmpty() && !text.matches("\\d+")) {
        throw failure("it exists and holds no process's number; it is left alone", null);
      }
      if (before == null || !before.equals(key())) {
        return false;
      }
      if (!text.isEmpty()) {
        log.info("pid_file {} of process {}, which has ended, is replaced", path, text);
      }
      Files.move(fresh.path, path, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
    try {
      return file.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // this very process, in a test
    }
  }

  private static String text(FileChannel file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
    file.read(bytes, 0);
    return StandardCharsets.ISO_8859_1.decode(bytes.flip()).toString().strip();
  }

  private static boolean runs(String pid) {
    return pid.matches("\\d{1,18}")
        && Optional.of(Long.parseLong(pid))
            .flatMap(ProcessHandle::of)
            .map(ProcessHandle::isAlive)
            .orElse(false);
  }

  // ---------------------------------------------------------------- giving it up

  /** Removes the file when it is still this process's. */
  @Override
  public synchronized void close() {
    FileChannel held = channel;
    if (held == null) {
      return;
    }
    channel = null;
    try (held) {
      if (key != null && key.equals(key())) {
        remove(held);
      }
    } catch (IOException e) {
      log.warn("pid_file {} stays behind: {}", path, reason(e));
    }
  }

  private void remove(FileChannel held) throws IOException {
    try {
      Files.delete(path);
    } catch (AccessDeniedException e) {
      held.truncate(0); // started as root in a directory that is not this user's
      log.info("pid_file {} is left empty: its directory belongs to another user", path);
    }
  }

  /** What tells files apart, links not followed; null: there is none. */
  private @Nullable Object key() throws IOException {
    try {
      return Files.getAttribute(path, "unix:dev", LinkOption.NOFOLLOW_LINKS)
          + ":"
          + Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  // ---------------------------------------------------------------- what is said

  private StartException running(String pid) {
    return new StartException(
        ExitCode.FAILED,
        "Sluice already runs as pid "
            + pid
            + " (pid_file "
            + path
            + "); stop it, or take over by -u");
  }

  private StartException running() {
    return new StartException(
        ExitCode.FAILED,
        "another process holds pid_file " + path + "; stop it, or name another file");
  }

  private StartException failure(String reason, @Nullable Throwable cause) {
    String message =
        "pid_file " + path + " cannot be made: " + reason + "; correct that or name another file";
    return cause == null
        ? new StartException(ExitCode.FAILED, message)
        : new StartException(ExitCode.FAILED, message, cause);
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "this process may not make files in its directory";
    }
    if (e instanceof NoSuchFileException) {
      return "its directory does not exist";
    }
    return e instanceof FileSystemException failure && failure.getReason() != null
        ? failure.getReason()
        : String.valueOf(e.getMessage());
  }
}
