package io.sluice.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * A function of the C library whose result is negative when it failed. Called a few times in a
 * process's life: made to be plain, not to be fast. Linked when first called, so that nothing is
 * missed on systems that lack a function nobody asks for.
 */
final class CFunction {
  static final int EINTR = 4;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int EADDRINUSE = 98;
  static final int ENOTCONN = 107;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final int MOST_TEXT = 1024;
  private static final Linker.Option STATE_CAPTURED = Linker.Option.captureCallState("errno");

  private final String name;
  private final MemoryLayout result;
  private final MemoryLayout[] parameters;
  private volatile @org.jspecify.annotations.Nullable MethodHandle handle;

  private CFunction(String name, MemoryLayout result, MemoryLayout... parameters) {
    this.name = name;
    this.result = result;
    this.parameters = parameters;
  }

  /** One that gives an {@code int}. */
  static CFunction ofInt(String name, MemoryLayout... parameters) {
    return new CFunction(name, ValueLayout.JAVA_INT, parameters);
  }

  /** One that gives a {@code ssize_t}. */
  static CFunction ofLong(String name, MemoryLayout... parameters) {
    return new CFunction(name, ValueLayout.JAVA_LONG, parameters);
  }

  /** Calls it, again when a signal interrupts it. */
  int call(Object... arguments) throws OsException {
    return Math.toIntExact(number(arguments));
  }

  private long number(Object... arguments) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      List<Object> all = new ArrayList<>(List.of(state));
      all.addAll(List.of(arguments));
      while (true) {
        long given = ((Number) linked().invokeWithArguments(all)).longValue();
        if (given >= 0) {
          return given;
        }
        int errno = (int) ERRNO.get(state, 0L);
        if (errno != EINTR) {
          throw new OsException(name, errno, text(errno));
        }
      }
    } catch (OsException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name, e); // the C library throws nothing
    }
  }

  private MethodHandle linked() {
    MethodHandle known = handle;
    if (known == null) {
      known = link(name, FunctionDescriptor.of(result, parameters), STATE_CAPTURED);
      handle = known;
    }
    return known;
  }

  private static MethodHandle link(
      String name, FunctionDescriptor shape, Linker.Option... options) {
    MemorySegment symbol =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new UnsupportedOperationException("this system has no " + name));
    return LINKER.downcallHandle(symbol, shape, options);
  }

  /** The system's text for an error's number. */
  private static String text(int errno) {
    MemorySegment text = pointer("strerror", errno);
    return text.equals(MemorySegment.NULL) ? "error " + errno : text.getString(0);
  }

  /** Calls a function that takes one argument and gives an address; NULL: nothing was found. */
  static MemorySegment pointer(String name, Object argument) {
    MemoryLayout shape = argument instanceof Integer ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
    try {
      MemorySegment found =
          (MemorySegment)
              link(name, FunctionDescriptor.of(ValueLayout.ADDRESS, shape))
                  .invokeWithArguments(argument);
      return found.reinterpret(found.equals(MemorySegment.NULL) ? 0 : MOST_TEXT);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name, e);
    }
  }
}
