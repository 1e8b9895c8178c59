package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The files of a store: what operators want, what was observed, the backup of the former and the
 * lock. All hold secrets' hashes or lead to them: only the owner may read them.
 *
 * @param store the file that the configuration names, absolute
 */
record StoreFiles(Path store) {
  private static final FileAttribute<?> PRIVATE_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> PRIVATE_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /**
   * The files of the store at this place, in directories that exist afterwards.
   *
   * @throws StoreException when a directory cannot be created, or the place cannot be a file's
   */
  static StoreFiles at(Path store) {
    Path absolute = store.toAbsolutePath().normalize();
    Path directory = absolute.getParent();
    if (directory == null || Files.isDirectory(absolute)) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The store " + absolute + " is a directory. Name a file in sluice.store.path.");
    }
    if (absolute.toString().indexOf('?') >= 0) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "The store "
              + absolute
              + " has a ? in its path, which SQLite's driver cannot open."
              + " Choose another path in sluice.store.path.");
    }
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory, PRIVATE_DIRECTORY);
      }
      // One name for one file, whatever links lead to it: the lock must be the same for all.
      return new StoreFiles(
          Files.exists(absolute)
              ? absolute.toRealPath()
              : directory.toRealPath().resolve(absolute.getFileName()));
    } catch (IOException failure) {
      throw Failures.of(absolute, failure);
    }
  }

  Path lock() {
    return beside(store, ".lock");
  }

  Path backup() {
    return beside(store, ".backup");
  }

  Path observed() {
    return beside(store, ".history");
  }

  /** Exists once SQLite has found what was observed damaged: the next opening sets that aside. */
  Path observedDamage() {
    return beside(store, ".history-damaged");
  }

  /** The same file with more at the end of its name. */
  static Path beside(Path file, String ending) {
    return file.resolveSibling(file.getFileName() + ending);
  }

  static Path wal(Path database) {
    return beside(database, "-wal");
  }

  /** A name for something that is set aside now, which nothing has yet. */
  static Path aside(Path file, String why, Clock clock) {
    Path wanted = beside(file, "." + why + "-" + TIME.format(clock.instant()));
    Path free = wanted;
    for (int i = 2; exists(free) || exists(wal(free)); i++) {
      free = beside(wanted, "-" + i);
    }
    return free;
  }

  /** Whether there is anything of this name. */
  static boolean exists(Path file) {
    return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** Creates an empty file that only its owner may use, unless there is one. */
  static void createPrivate(Path file) throws IOException {
    try {
      Files.createFile(file, PRIVATE_FILE);
    } catch (FileAlreadyExistsException there) {
      // What is there keeps the rights that somebody gave it.
      return;
    }
  }

  /** Moves a database under another name, its write-ahead log with it. */
  static void moveDatabase(Path from, Path to) throws IOException {
    if (exists(from)) {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
    if (exists(wal(from))) {
      Files.move(wal(from), wal(to), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.deleteIfExists(beside(from, "-shm"));
    syncDirectory(to);
  }

  /** Removes a database that is nobody's loss. */
  static void deleteDatabase(Path file) throws IOException {
    for (String ending : new String[] {"", "-wal", "-shm", "-journal"}) {
      Files.deleteIfExists(beside(file, ending));
    }
  }

  /** Puts a finished file in the place of another so that a power cut leaves one or the other. */
  static void replace(Path finished, Path place) throws IOException {
    try (FileChannel channel = FileChannel.open(finished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(
        finished, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncDirectory(place);
  }

  private static void syncDirectory(Path file) throws IOException {
    Path directory = file.getParent();
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
