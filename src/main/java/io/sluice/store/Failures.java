package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** The one place that turns what SQLite and the file system report into sentences. */
final class Failures {
  /** Below this a failed write is taken for a full disk, whatever SQLite calls it. */
  private static final long NO_ROOM_BYTES = 64 * 1024;

  /** SQLite keeps the kind of an error in the low byte and its details above. */
  private static final int PRIMARY_CODE = 0xff;

  private Failures() {}

  private static final String REMEDY =
      " Name a file in a directory that can be made or written by sluice.store.path.";

  /** What failed while SQLite worked on a file. */
  static StoreException of(Path file, SQLException failure) {
    String cause = failure.getMessage();
    return switch (kind(file, failure)) {
      case FULL -> full(file, failure);
      case READ_ONLY -> readOnly(file, failure);
      case CORRUPT ->
          new StoreException(
              Kind.CORRUPT,
              "The store "
                  + file
                  + " is damaged ("
                  + cause
                  + "). Restart Sluice: it then checks the file, sets it aside and restores what can"
                  + " be restored; traffic goes on until then.",
              failure);
      case UNAVAILABLE, HANDED_OVER ->
          new StoreException(
              Kind.UNAVAILABLE,
              "The store " + file + " cannot be used: " + cause + "." + REMEDY,
              failure);
    };
  }

  /** What failed while a file was created, moved or copied. */
  static StoreException of(Path file, IOException failure) {
    String reason =
        failure instanceof FileSystemException system && system.getReason() != null
            ? system.getReason()
            : String.valueOf(failure.getMessage());
    if (failure instanceof AccessDeniedException
        || reason.contains("Permission denied")
        || reason.contains("Read-only file system")) {
      return readOnly(file, failure);
    }
    if (reason.contains("No space left") || reason.contains("quota exceeded")) {
      return full(file, failure);
    }
    return new StoreException(
        Kind.UNAVAILABLE,
        "The store " + file + " cannot be used: " + named(failure, reason) + "." + REMEDY,
        failure);
  }

  private static String named(IOException failure, String reason) {
    return failure instanceof FileSystemException system && system.getFile() != null
        ? system.getFile() + ": " + reason + " (" + failure.getClass().getSimpleName() + ")"
        : failure.toString();
  }

  private static StoreException full(Path file, Exception failure) {
    return new StoreException(
        Kind.FULL,
        "There is no room left for the store "
            + file
            + ", so nothing was stored. Free space on its file system and try again; no restart is"
            + " needed.",
        failure);
  }

  private static StoreException readOnly(Path file, Exception failure) {
    return new StoreException(
        Kind.READ_ONLY,
        "The store "
            + file
            + " cannot be written, so nothing was stored. Let user "
            + System.getProperty("user.name")
            + " write the file and its directory, on a file system that is not mounted read-only.",
        failure);
  }

  /** Whether a failure says that the file itself is damaged. */
  static boolean isDamage(SQLException failure) {
    SQLiteErrorCode code = code(failure);
    return code == SQLiteErrorCode.SQLITE_CORRUPT
        || code == SQLiteErrorCode.SQLITE_NOTADB
        || code == SQLiteErrorCode.SQLITE_FORMAT;
  }

  private static Kind kind(Path file, SQLException failure) {
    if (isDamage(failure)) {
      return Kind.CORRUPT;
    }
    SQLiteErrorCode code = code(failure);
    if (code == null) {
      return Kind.UNAVAILABLE;
    }
    return switch (code) {
      case SQLITE_FULL -> Kind.FULL;
      case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH -> Kind.READ_ONLY;
      case SQLITE_IOERR, SQLITE_CANTOPEN -> {
        if (isFull(file)) {
          yield Kind.FULL;
        }
        Path directory = file.getParent();
        yield directory != null && Files.exists(directory) && !Files.isWritable(directory)
            ? Kind.READ_ONLY
            : Kind.UNAVAILABLE;
      }
      default -> Kind.UNAVAILABLE;
    };
  }

  private static boolean isFull(Path file) {
    Path directory = file.getParent();
    if (directory == null) {
      return false;
    }
    try {
      FileStore store = Files.getFileStore(directory);
      return store.getUsableSpace() < NO_ROOM_BYTES;
    } catch (IOException unknown) {
      // The room cannot be asked for: the first failure is what gets reported.
      return false;
    }
  }

  /** The primary code; null when the failure is the driver's own. */
  private static @Nullable SQLiteErrorCode code(SQLException failure) {
    if (!(failure instanceof SQLiteException sqlite)) {
      return null;
    }
    return SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & PRIMARY_CODE);
  }
}
