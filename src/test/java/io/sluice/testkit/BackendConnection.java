package io.sluice.testkit;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** One connection that a {@link ScriptedBackend} got, with every byte of it. */
public final class BackendConnection {
  /** Beyond this the bytes are counted but not kept, for tests that move gigabytes. */
  private static final int KEPT = 4 * 1024 * 1024;

  private final Socket socket;
  private final int number;
  private final InputStream in;

  /** Written by the connection's thread, read by tests; guarded by itself. */
  private final StringBuilder received = new StringBuilder();

  private volatile long count;
  private volatile @Nullable String end;

  BackendConnection(Socket socket, int number) throws IOException {
    this.socket = socket;
    this.number = number;
    this.in = new BufferedInputStream(new Recorder(socket.getInputStream()), 64 * 1024);
  }

  private final class Recorder extends FilterInputStream {
    Recorder(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int n = super.read(to, offset, length);
      if (n > 0) {
        record(to, offset, n);
      }
      return n;
    }

    private void record(byte[] bytes, int offset, int n) {
      synchronized (received) {
        for (int i = 0; i < n && received.length() < KEPT; i++) {
          received.append((char) (bytes[offset + i] & 0xFF));
        }
        count += n;
      }
    }
  }

  InputStream in() {
    return in;
  }

  Socket socket() {
    return socket;
  }

  void ended(String how) {
    if (end == null) {
      end = how;
    }
  }

  /** 1 for the backend's first connection. */
  public int number() {
    return number;
  }

  /** The bytes so far. */
  public String received() {
    synchronized (received) {
      return received.toString();
    }
  }

  /** Number of bytes so far. */
  public long count() {
    return count;
  }

  /** Whether it has ended, from either side. */
  public boolean hasEnded() {
    return end != null;
  }

  /** Ends it from the backend's side. */
  public void close() throws IOException {
    ended("closed by the backend");
    socket.close();
  }

  @Override
  public String toString() {
    return "connection "
        + number
        + " ("
        + (end == null ? "open" : end)
        + "): "
        + Wire.show(received());
  }
}
