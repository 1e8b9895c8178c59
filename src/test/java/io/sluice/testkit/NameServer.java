package io.sluice.testkit;

import io.sluice.config.Address;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A DNS server on loopback (RFC 1035) whose records a test changes while it is asked. */
public final class NameServer implements AutoCloseable {
  private static final int A = 1;
  private static final int SRV = 33;
  private static final int NO_ERROR = 0;
  private static final int SERVER_FAILURE = 2;
  private static final int NO_SUCH_NAME = 3;

  private static final class Data {
    final int type;
    final int ttl;
    final byte[] bytes;

    Data(int type, int ttl, byte[] bytes) {
      this.type = type;
      this.ttl = ttl;
      this.bytes = bytes;
    }
  }

  private final DatagramSocket socket;
  private final Map<String, List<Data>> records = new ConcurrentHashMap<>();
  private final AtomicInteger questions = new AtomicInteger();
  private volatile boolean failing;
  private volatile boolean silent;

  /** Starts one without any record. */
  public NameServer() throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().name("name-server").start(this::serve);
  }

  /** One that is asked and never answers. */
  public static NameServer silent() throws IOException {
    NameServer server = new NameServer();
    server.silent = true;
    return server;
  }

  /** Where it is asked. */
  public Address.Tcp address() {
    return new Address.Tcp("127.0.0.1", socket.getLocalPort());
  }

  /** Questions so far. */
  public int questions() {
    return questions.get();
  }

  /** Whether it answers every question with a failure of its own. */
  public void fail(boolean fails) {
    failing = fails;
  }

  /** Replaces a host's addresses. */
  public void host(String name, int ttl, String... addresses) throws IOException {
    List<Data> data = new ArrayList<>();
    for (String address : addresses) {
      data.add(new Data(A, ttl, InetAddress.ofLiteral(address).getAddress()));
    }
    records.put(name, data);
  }

  /** Adds a place to a service. */
  public void service(String name, int ttl, int priority, int weight, int port, String target)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(priority);
    out.writeShort(weight);
    out.writeShort(port);
    writeName(out, target);
    records
        .computeIfAbsent(name, n -> new ArrayList<>())
        .add(new Data(SRV, ttl, bytes.toByteArray()));
  }

  private static void writeName(DataOutputStream out, String name) throws IOException {
    for (String label : name.split("\\.", -1)) {
      byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
      out.writeByte(bytes.length);
      out.write(bytes);
    }
    out.writeByte(0);
  }

  private void serve() {
    byte[] buffer = new byte[1500];
    while (true) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        questions.incrementAndGet();
        if (silent) {
          continue;
        }
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, packet.getLength()));
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (SocketException e) {
        if (socket.isClosed()) {
          return;
        }
        throw new UncheckedIOException(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private byte[] answer(ByteBuffer question) throws IOException {
    int id = question.getShort(0);
    question.position(12);
    StringBuilder name = new StringBuilder();
    for (int length = question.get(); length > 0; length = question.get()) {
      byte[] label = new byte[length];
      question.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    int type = question.getShort();
    List<Data> found = records.get(name.toString().toLowerCase(Locale.ROOT));
    List<Data> data =
        found == null || failing ? List.of() : found.stream().filter(d -> d.type == type).toList();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(id);
    out.writeShort(0x8580 | (failing ? SERVER_FAILURE : found == null ? NO_SUCH_NAME : NO_ERROR));
    out.writeShort(1);
    out.writeShort(data.size());
    out.writeInt(0);
    writeName(out, name.toString());
    out.writeShort(type);
    out.writeShort(1);
    for (Data record : data) {
      writeName(out, name.toString());
      out.writeShort(record.type);
      out.writeShort(1);
      out.writeInt(record.ttl);
      out.writeShort(record.bytes.length);
      out.write(record.bytes);
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}
