package io.sluice.discovery;

import io.sluice.testing.HttpText;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pods on addresses of the loopback, 127.0.0.0/8, behind one listening socket: each answers small
 * requests, and whoever comes to one that is not there, or no longer, is thrown out without an
 * answer.
 */
public final class PodFleet implements AutoCloseable {
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n0".getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server;
  private final Map<String, Pod> pods = new ConcurrentHashMap<>();
  private final AtomicLong strays = new AtomicLong();

  private static final class Pod {
    final Set<Socket> open = ConcurrentHashMap.newKeySet();
    final AtomicLong requests = new AtomicLong();
  }

  /** A fleet without pods. */
  public PodFleet() throws IOException {
    server = new ServerSocket(0, 1024, InetAddress.ofLiteral("0.0.0.0"));
    Thread.ofVirtual().name("pods").start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Starts a pod. */
  public void start(String address) {
    pods.put(address, new Pod());
  }

  /** Ends a pod with all that it carries. */
  public void end(String address) throws IOException {
    Pod gone = pods.remove(address);
    if (gone != null) {
      for (Socket socket : gone.open) {
        socket.close();
      }
    }
  }

  /** Requests of all pods that are there. */
  public long requests() {
    return pods.values().stream().mapToLong(pod -> pod.requests.get()).sum();
  }

  /** Requests that these pods have got so far. */
  public long requests(Iterable<String> addresses) {
    long sum = 0;
    for (String address : addresses) {
      Pod pod = pods.get(address);
      sum += pod == null ? 0 : pod.requests.get();
    }
    return sum;
  }

  /** Connections to pods that were not there. */
  public long strays() {
    return strays.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new IllegalStateException("the pods cannot accept", e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    Pod pod = pods.get(socket.getLocalAddress().getHostAddress());
    try (socket) {
      if (pod == null) {
        strays.incrementAndGet();
        socket.setSoLinger(true, 0);
        return;
      }
      pod.open.add(socket);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (HttpText.read(in) != null) {
        pod.requests.incrementAndGet();
        socket.getOutputStream().write(ANSWER);
      }
    } catch (IOException e) {
      // the connection has ended, from this side or the other
    } finally {
      if (pod != null) {
        pod.open.remove(socket);
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (String address : Set.copyOf(pods.keySet())) {
      end(address);
    }
  }
}
