package io.sluice.os;

import java.io.IOException;

/** A system call that failed. Its message is the system's own text after the call's name. */
public final class OsException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  OsException(String call, int errno, String text) {
    super(call + ": " + text);
    this.errno = errno;
  }

  /** The system's number of the error. */
  public int errno() {
    return errno;
  }

  /** Whether nothing came or went within the time that was set. */
  public boolean isTimeout() {
    return errno == CFunction.EAGAIN;
  }

  /** Whether an address or a file is there already. */
  public boolean isInUse() {
    return errno == CFunction.EADDRINUSE;
  }
}
