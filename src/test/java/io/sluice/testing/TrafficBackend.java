package io.sluice.testing;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.zip.CRC32;

/**
 * A backend for traffic of all kinds: small answers, uploads whose checksum is the answer, a
 * download that goes on piece by piece as {@link #letPiecesGo} allows, WebSockets that echo.
 */
public final class TrafficBackend implements AutoCloseable {
  /** Bytes of one piece of a download. */
  public static final int PIECE = 16 * 1024;

  private static final String WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Semaphore pieces = new Semaphore(0);

  private TrafficBackend(ServerSocket server) {
    this.server = server;
  }

  /** Starts one on a free port of the loopback. */
  public static TrafficBackend start() throws IOException {
    TrafficBackend backend =
        new TrafficBackend(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().start(backend::accept);
    return backend;
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Lets downloads go on by so many pieces, all of them together. */
  public void letPiecesGo(int number) {
    pieces.release(number);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> converse(client));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    }
  }

  private void converse(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      OutputStream out = new BufferedOutputStream(client.getOutputStream(), 64 * 1024);
      for (HttpText request = HttpText.read(in); request != null; request = HttpText.read(in)) {
        if (!answer(request, in, out)) {
          return;
        }
      }
    } catch (SocketException e) {
      // the other side has gone; whoever needed the answer tells of it
      open.remove(client);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } finally {
      open.remove(client);
    }
  }

  /** Returns whether the connection goes on. */
  private boolean answer(HttpText request, InputStream in, OutputStream out) throws IOException {
    if (request.first().startsWith("GET /ws ")) {
      out.write(
          ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Accept: "
                  + accept(request.field("sec-websocket-key"))
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      byte[] buffer = new byte[4096];
      for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        out.flush();
      }
      return false;
    }
    if (request.first().startsWith("GET /pieces/")) {
      String path = request.first();
      int number = Integer.parseInt(path.substring("GET /pieces/".length(), path.lastIndexOf(' ')));
      head(out, (long) number * PIECE);
      byte[] piece = new byte[PIECE];
      for (int i = 0; i < number; i++) {
        pieces.acquireUninterruptibly();
        java.util.Arrays.fill(piece, (byte) i);
        out.write(piece);
        out.flush();
      }
      return true;
    }
    CRC32 sum = new CRC32();
    int left = Integer.parseInt(request.field("content-length", "0"));
    byte[] buffer = new byte[64 * 1024];
    while (left > 0) {
      int count = in.read(buffer, 0, Math.min(left, buffer.length));
      if (count < 0) {
        return false;
      }
      sum.update(buffer, 0, count);
      left -= count;
    }
    byte[] body = Long.toHexString(sum.getValue()).getBytes(StandardCharsets.US_ASCII);
    head(out, body.length);
    out.write(body);
    out.flush();
    return true;
  }

  private static void head(OutputStream out, long length) throws IOException {
    out.write(
        ("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + WEBSOCKET).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
