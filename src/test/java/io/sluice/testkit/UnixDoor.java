package io.sluice.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A Unix socket in front of a backend's port: what comes in here goes on there, and back. */
public final class UnixDoor implements AutoCloseable {
  private final ServerSocketChannel server;
  private final Path path;
  private final int port;

  private UnixDoor(ServerSocketChannel server, Path path, int port) {
    this.server = server;
    this.path = path;
    this.port = port;
    Thread.ofVirtual().start(this::accept);
  }

  /** Opens one at this path for a port of this machine. */
  public static UnixDoor open(Path path, int port) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    return new UnixDoor(server, path, port);
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel client = server.accept();
        SocketChannel backend =
            SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        Thread.ofVirtual().start(() -> carry(client, backend));
        Thread.ofVirtual().start(() -> carry(backend, client));
      } catch (IOException e) {
        if (server.isOpen()) {
          throw new IllegalStateException("the door " + path + " cannot accept", e);
        }
      }
    }
  }

  private static void carry(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    try {
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
      to.shutdownOutput();
    } catch (IOException e) {
      end(from, to); // one side is gone, so the other one goes too
    }
  }

  private static void end(SocketChannel one, SocketChannel other) {
    try (one;
        other) {
      assert one != other;
    } catch (IOException e) {
      throw new IllegalStateException("closing failed", e);
    }
  }

  /** Takes no more; the file goes too. */
  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }
}
