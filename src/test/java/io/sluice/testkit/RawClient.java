package io.sluice.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/**
 * A client connection under full control: sends exact bytes, reads strictly. Waiting for an answer
 * that does not come fails after {@link Await#DEADLINE}.
 */
public final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final ResponseReader reader;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    this.reader = new ResponseReader(in);
  }

  /** Connects to a port of this machine. */
  public static RawClient connect(int port) throws IOException {
    return connect(port, 0);
  }

  /** Connects with a small receive buffer, as a slow reader has it; 0: the system's. */
  public static RawClient connect(int port, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) Await.DEADLINE.toMillis());
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return new RawClient(socket);
  }

  /** Goes on with a connection that stands. */
  public static RawClient on(Socket socket) throws IOException {
    return new RawClient(socket);
  }

  /** Sends bytes. */
  public RawClient send(String bytes) throws IOException {
    socket.getOutputStream().write(Wire.bytes(bytes));
    return this;
  }

  /**
   * Sends bytes of which the other side may refuse to take all.
   *
   * @return whether it took them all
   */
  public boolean offer(String bytes) {
    try {
      send(bytes);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Reads the answer to a GET. */
  public Response read() throws IOException {
    return read("GET");
  }

  /** Reads the answer to a request of this method. */
  public Response read(String method) throws IOException {
    return reader.read(method);
  }

  /** Reads an answer's head and leaves its body to the caller. */
  public ResponseReader.Open readHead(String method) throws IOException {
    return reader.readHead(method);
  }

  /** Sends a request and reads its answer. */
  public Response exchange(String request) throws IOException {
    send(request);
    return read(request.substring(0, request.indexOf(' ')));
  }

  /** Everything that still comes until the other side ends the connection, in order or not. */
  public String readToEnd() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    } catch (SocketException e) {
      return Wire.text(out.toByteArray()); // a reset ends it as well
    }
    return Wire.text(out.toByteArray());
  }

  /** Whether the other side has ended the connection with a reset; waits for its end. */
  public boolean endsWithReset() throws IOException {
    byte[] buffer = new byte[8192];
    try {
      int n = in.read(buffer);
      while (n >= 0) {
        n = in.read(buffer);
      }
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  /** Sends the end of this direction. */
  public RawClient halfClose() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Ends the connection with a reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  public InputStream in() {
    return in;
  }

  public OutputStream out() throws IOException {
    return socket.getOutputStream();
  }

  public int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
