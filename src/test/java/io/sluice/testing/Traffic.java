package io.sluice.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;

/**
 * Clients of all kinds in front of one address, each going on until {@link #stop}. Whatever does
 * not succeed is remembered with its reason: nothing is tried twice.
 */
public final class Traffic implements AutoCloseable {
  private static final int UPLOAD_PIECES = 32;
  private static final int UPLOAD_PIECE = 4 * 1024;
  private static final long UPLOAD_PAUSE = Duration.ofMillis(15).toNanos();
  private static final long PAUSE = Duration.ofMillis(1).toNanos();
  private static final int PATIENCE = Math.toIntExact(Duration.ofSeconds(60).toMillis());
  private static final String SMALL = "GET /small HTTP/1.1\r\nHost: t\r\n";

  private final InetSocketAddress address;
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong done = new AtomicLong();
  private volatile boolean stopped;

  private Traffic(InetSocketAddress address) {
    this.address = address;
  }

  /** Clients that do nothing yet. */
  public static Traffic to(String host, int port) {
    return new Traffic(new InetSocketAddress(host, port));
  }

  private interface Client {
    void run() throws IOException;
  }

  private Traffic with(String name, Client client) {
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .name("traffic-" + name)
            .start(
                () -> {
                  try {
                    client.run();
                  } catch (IOException | RuntimeException e) {
                    failures.add(name + ": " + e);
                  }
                }));
    return this;
  }

  /** A client that makes a connection for each request. */
  public Traffic newConnections() {
    return with(
        "new",
        () -> {
          while (!stopped) {
            try (Socket socket = connect()) {
              InputStream in = new BufferedInputStream(socket.getInputStream());
              send(socket, SMALL + "Connection: close\r\n\r\n");
              answered(in, "0");
            }
            LockSupport.parkNanos(PAUSE);
          }
        });
  }

  /** A client that keeps its connection until it is told to close it. */
  public Traffic keptConnections() {
    return with(
        "kept",
        () -> {
          while (!stopped) {
            try (Socket socket = connect()) {
              InputStream in = new BufferedInputStream(socket.getInputStream());
              boolean kept = true;
              while (kept && !stopped) {
                send(socket, SMALL + "\r\n");
                kept = answered(in, "0");
                LockSupport.parkNanos(PAUSE);
              }
            }
          }
        });
  }

  /** A client that sends bodies slowly and compares what has arrived. */
  public Traffic slowUploads() {
    Random random = new Random(7);
    return with(
        "upload",
        () -> {
          while (!stopped) {
            try (Socket socket = connect()) {
              InputStream in = new BufferedInputStream(socket.getInputStream());
              byte[] piece = new byte[UPLOAD_PIECE];
              CRC32 sum = new CRC32();
              send(
                  socket,
                  "POST /crc HTTP/1.1\r\nHost: t\r\nContent-Length: "
                      + UPLOAD_PIECES * UPLOAD_PIECE
                      + "\r\nConnection: close\r\n\r\n");
              for (int i = 0; i < UPLOAD_PIECES; i++) {
                random.nextBytes(piece);
                sum.update(piece);
                socket.getOutputStream().write(piece);
                LockSupport.parkNanos(UPLOAD_PAUSE);
              }
              answered(in, Long.toHexString(sum.getValue()));
            }
          }
        });
  }

  /** One download that takes as long as the backend lets it; every byte is compared. */
  public Traffic download(int pieces) {
    return with(
        "download",
        () -> {
          try (Socket socket = connect()) {
            socket.setSoTimeout(0);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            send(
                socket,
                "GET /pieces/" + pieces + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
            HttpText head = head(in);
            if (Integer.parseInt(head.field("content-length")) != pieces * TrafficBackend.PIECE) {
              throw new IOException("another length: " + head);
            }
            for (int i = 0; i < pieces; i++) {
              byte[] piece = in.readNBytes(TrafficBackend.PIECE);
              for (byte b : piece) {
                if (b != (byte) i) {
                  throw new IOException("a wrong byte in piece " + i);
                }
              }
              if (piece.length < TrafficBackend.PIECE) {
                throw new IOException("cut in piece " + i);
              }
            }
            done.incrementAndGet();
          }
        });
  }

  /** One WebSocket that speaks and listens until the stop, and then closes. */
  public Traffic webSocket() {
    return with(
        "websocket",
        () -> {
          try (Socket socket = connect()) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            send(
                socket,
                """
                GET /ws HTTP/1.1\r
                Host: t\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r
                """);
            HttpText head = HttpText.read(in);
            if (head == null || !head.first().startsWith("HTTP/1.1 101 ")) {
              throw new IOException("not upgraded: " + head);
            }
            for (long i = 0; !stopped; i++) {
              byte[] said = Long.toString(i).getBytes(StandardCharsets.US_ASCII);
              socket.getOutputStream().write(said);
              if (!java.util.Arrays.equals(in.readNBytes(said.length), said)) {
                throw new IOException("the echo of " + i + " is missing");
              }
              done.incrementAndGet();
              LockSupport.parkNanos(UPLOAD_PAUSE);
            }
          }
        });
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE);
    try {
      socket.connect(address, PATIENCE);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static HttpText head(InputStream in) throws IOException {
    HttpText head = HttpText.read(in);
    if (head == null) {
      throw new IOException("closed without an answer");
    }
    if (!head.first().startsWith("HTTP/1.1 200 ")) {
      throw new IOException("answered by " + head);
    }
    return head;
  }

  /** Reads an answer; returns whether its connection is kept. */
  private boolean answered(InputStream in, String body) throws IOException {
    HttpText head = head(in);
    byte[] read = in.readNBytes(Integer.parseInt(head.field("content-length")));
    if (!new String(read, StandardCharsets.US_ASCII).equals(body)) {
      throw new IOException("another body: " + new String(read, StandardCharsets.US_ASCII));
    }
    done.incrementAndGet();
    return !head.field("connection", "").equalsIgnoreCase("close");
  }

  /** What went well so far. */
  public long done() {
    return done.get();
  }

  /** What did not. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Lets everybody finish; returns when they have. */
  public void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() {
    stopped = true;
  }
}
