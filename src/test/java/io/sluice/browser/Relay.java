package io.sluice.browser;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A wire between the browser and the admin address that a test cuts and mends. */
final class Relay implements AutoCloseable {
  private final InetSocketAddress target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ServerSocket server;
  private volatile boolean cut;
  private volatile boolean closed;

  Relay(InetSocketAddress target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("relay").start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** Ends all connections, and new ones at once. */
  void cut() {
    cut = true;
    open.forEach(Relay::end);
  }

  /** New connections reach the target again. */
  void mend() {
    cut = false;
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = server.accept();
        open.add(client);
        if (cut) {
          end(client);
          open.remove(client);
        } else {
          Thread.ofVirtual().start(() -> connect(client));
        }
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void connect(Socket client) {
    Socket backend = new Socket();
    open.add(backend);
    try {
      backend.connect(target);
      Thread back = Thread.ofVirtual().start(() -> copy(backend, client));
      copy(client, backend);
      back.join();
    } catch (IOException e) {
      end(client); // the browser sees that nobody is there
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(client);
      end(backend);
      open.remove(client);
      open.remove(backend);
    }
  }

  /** Copies until either side ends, and then ends both: a cut is no error here. */
  private static void copy(Socket from, Socket to) {
    byte[] bytes = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        out.write(bytes, 0, n);
      }
    } catch (IOException e) {
      end(from);
    } finally {
      end(to);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    server.close();
    open.forEach(Relay::end);
  }
}
