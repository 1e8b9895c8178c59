package io.sluice.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who this process is. Changes go through the C library, which makes them for every thread: the
 * bare system calls would only change one.
 */
public final class Identity {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  /** {@code struct passwd}: name, password, uid, gid; {@code struct group}: name, password, gid. */
  private static final int ID_AT = 16;

  private static final int PRIMARY_GROUP_AT = 20;
  private static final int ROOT = 0;

  private static final CFunction GETEUID = CFunction.ofInt("geteuid");
  private static final CFunction SETSID = CFunction.ofInt("setsid");
  private static final CFunction SETUID = CFunction.ofInt("setuid", INT);
  private static final CFunction SETGID = CFunction.ofInt("setgid", INT);
  private static final CFunction SETGROUPS =
      CFunction.ofInt("setgroups", ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
  private static final CFunction INITGROUPS =
      CFunction.ofInt("initgroups", ValueLayout.ADDRESS, INT);
  private static final CFunction LCHOWN = CFunction.ofInt("lchown", ValueLayout.ADDRESS, INT, INT);
  private static final CFunction UMASK = CFunction.ofInt("umask", INT);

  private Identity() {}

  /**
   * Ids of a user or a group.
   *
   * @param id of it
   * @param group a user's primary group; a group's own id; null: a user named by a number that no
   *     user has
   */
  public record Account(int id, @Nullable Integer group) {}

  /** The effective user. */
  public static int uid() throws OsException {
    return GETEUID.call();
  }

  /** A user by name or number; null: there is none. Numbers need not be known to the system. */
  public static @Nullable Account user(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = CFunction.pointer("getpwnam", arena.allocateFrom(name));
      if (!found.equals(MemorySegment.NULL)) {
        return new Account(found.get(INT, ID_AT), found.get(INT, PRIMARY_GROUP_AT));
      }
      Integer number = number(name);
      if (number == null) {
        return null;
      }
      found = CFunction.pointer("getpwuid", number);
      return new Account(
          number, found.equals(MemorySegment.NULL) ? null : found.get(INT, PRIMARY_GROUP_AT));
    }
  }

  /** A group by name or number; null: there is none. */
  public static @Nullable Account group(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = CFunction.pointer("getgrnam", arena.allocateFrom(name));
      Integer id =
          found.equals(MemorySegment.NULL) ? number(name) : (Integer) found.get(INT, ID_AT);
      return id == null ? null : new Account(id, id);
    }
  }

  /** The name of a user; null: it has none. */
  public static @Nullable String name(int uid) {
    MemorySegment found = CFunction.pointer("getpwuid", uid);
    return found.equals(MemorySegment.NULL)
        ? null
        : found.get(ValueLayout.ADDRESS, 0).reinterpret(Short.MAX_VALUE).getString(0);
  }

  private static @Nullable Integer number(String text) {
    return text.matches("\\d{1,9}") ? Integer.valueOf(text) : null;
  }

  /**
   * Becomes another user for good, with that user's groups. Only root can.
   *
   * @param user by name or number
   * @param group by name or number; null: the user's primary one
   * @throws IllegalArgumentException when one of them does not exist
   */
  public static void become(String user, @Nullable String group) throws OsException {
    Account account = user(user);
    if (account == null) {
      throw new IllegalArgumentException("there is no user " + user);
    }
    Account named = group == null ? null : group(group);
    if (group != null && named == null) {
      throw new IllegalArgumentException("there is no group " + group);
    }
    Integer gid = named == null ? account.group() : Integer.valueOf(named.id());
    if (gid == null) {
      throw new IllegalArgumentException("the user " + user + " has no group; name one");
    }
    try (Arena arena = Arena.ofConfined()) {
      String name = name(account.id());
      if (name == null) {
        SETGROUPS.call(1L, arena.allocateFrom(INT, gid));
      } else {
        INITGROUPS.call(arena.allocateFrom(name), gid);
      }
    }
    SETGID.call(gid);
    SETUID.call(account.id());
  }

  /** Whether this process is root or can be again: tries it. */
  public static boolean canBeRoot() throws OsException {
    if (uid() == ROOT) {
      return true;
    }
    try {
      SETUID.call(ROOT);
      return true;
    } catch (OsException e) {
      return false;
    }
  }

  /** Gives a file to a user and a group; -1 keeps one of them. A link itself, not its target. */
  public static void own(Path file, int uid, int gid) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      LCHOWN.call(arena.allocateFrom(file.toString()), uid, gid);
    }
  }

  /** Leaves the terminal's session: its end and its keys do not reach this process any more. */
  public static void newSession() throws OsException {
    SETSID.call();
  }

  /** Takes these rights from files made from now on; returns what was taken before. */
  public static int mask(int rights) throws OsException {
    return UMASK.call(rights);
  }
}
