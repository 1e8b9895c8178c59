package io.sluice.health;

import io.sluice.testkit.Wire;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Ports of this machine that treat connections badly, or will later treat them well. */
final class Ports {
  private Ports() {}

  /** A port on which nothing listens. */
  static int closed() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return server.getLocalPort();
    }
  }

  /** Listens there. */
  static ServerSocket open(int port) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
    return server;
  }

  /** A port that swallows what asks for a connection: its queue is full and nobody empties it. */
  static final class BlackHole implements AutoCloseable {
    private final ServerSocket server;
    private final List<SocketChannel> queued = new ArrayList<>();

    BlackHole() throws IOException {
      this(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    BlackHole(InetSocketAddress address) throws IOException {
      server = new ServerSocket();
      server.bind(address, 1);
      for (int i = 0; i < 8; i++) {
        SocketChannel client = SocketChannel.open();
        queued.add(client);
        client.configureBlocking(false);
        client.connect(server.getLocalSocketAddress());
      }
    }

    int port() {
      return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel client : queued) {
        client.close();
      }
      server.close();
    }
  }

  /** A port that says something to everybody at once. */
  static final class Talker implements AutoCloseable {
    private final ServerSocket server;

    /** How the last connection ended, for whoever debugs a test. */
    private volatile String lastEnd = "in order";

    Talker(String text) throws IOException {
      server = open(0);
      Thread.ofVirtual().start(() -> talk(text));
    }

    private void talk(String text) {
      while (!server.isClosed()) {
        try (Socket client = server.accept()) {
          client.getOutputStream().write(Wire.bytes(text));
          client.shutdownOutput();
          client.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
          lastEnd = e.toString(); // the client has left before, or the test has ended
        }
      }
    }

    int port() {
      return server.getLocalPort();
    }

    @Override
    public String toString() {
      return "port " + port() + ", last connection: " + lastEnd;
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
