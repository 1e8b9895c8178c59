package io.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A port in front of a backend's that takes a header of the PROXY protocol off each connection and
 * keeps it; what follows goes on to the backend, and back.
 */
public final class ProxyDoor implements AutoCloseable {
  private static final int SIGNATURE = 12;

  private final ServerSocket server;
  private final int port;
  private final List<String> headers = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  private ProxyDoor(ServerSocket server, int port) {
    this.server = server;
    this.port = port;
    Thread.ofVirtual().start(this::accept);
  }

  /** Opens one for a port of this machine. */
  public static ProxyDoor open(int port) throws IOException {
    return new ProxyDoor(new ServerSocket(0, 128, InetAddress.getLoopbackAddress()), port);
  }

  public int port() {
    return server.getLocalPort();
  }

  /**
   * What connections began with, in the order they came: the line of version 1 without its end, or
   * what follows the signature of version 2, in hexadecimal.
   */
  public List<String> headers() {
    return List.copyOf(headers);
  }

  /** Connections that have not ended. */
  public int connections() {
    return open.size();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new IllegalStateException("the door cannot accept", e);
        }
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket backend = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.setTcpNoDelay(true);
      backend.setTcpNoDelay(true);
      headers.add(header(client.getInputStream()));
      Thread back = Thread.ofVirtual().start(() -> carry(backend, client));
      carry(client, backend);
      back.join();
    } catch (IOException e) {
      headers.add("none: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  private static String header(InputStream in) throws IOException {
    byte[] start = in.readNBytes(SIGNATURE);
    if (start.length == SIGNATURE && start[0] == '\r') {
      byte[] head = in.readNBytes(4);
      byte[] block = in.readNBytes((head[2] & 0xFF) << 8 | head[3] & 0xFF);
      return HexFormat.of().formatHex(head) + HexFormat.of().formatHex(block);
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes(start);
    int c = in.read();
    while (c >= 0 && c != '\n') {
      line.write(c);
      c = in.read();
    }
    return line.toString(StandardCharsets.ISO_8859_1).replace("\r", "");
  }

  private static void carry(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (SocketException e) {
      end(to); // one side is gone, so the other one goes too
    } catch (IOException e) {
      throw new IllegalStateException("carrying failed", e);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing failed", e);
    }
  }

  /** Ends all connections, and takes no more. */
  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
