package io.sluice.discovery;

import io.fabric8.kubernetes.api.model.ListMetaBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceListBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.sluice.testing.HttpText;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An API server that plays a part: what each list and each watch is answered is said beforehand,
 * byte by byte as a real one answers; the last answer goes on for all that come later. Watches are
 * WebSockets, or plain answers as of a server behind a proxy that lets no WebSocket through.
 */
public final class ApiServer implements AutoCloseable {
  /** What a watch is carried by. */
  public enum Carrier {
    WEBSOCKET,
    HTTP
  }

  /** Answers one question; the connection ends behind it. */
  public interface Answer {
    void to(Question question) throws IOException;
  }

  private final ServerSocket server;
  private final Carrier carrier;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Answer> lists = new ArrayList<>();
  private final List<Answer> watches = new ArrayList<>();
  private int listed;
  private int watched;

  /** One on a socket, which may be secured. */
  public ApiServer(Carrier carrier, ServerSocket server) {
    this.carrier = carrier;
    this.server = server;
    Thread.ofVirtual().name("api-server").start(this::accept);
  }

  /** One on a free port of the loopback. */
  public ApiServer(Carrier carrier) throws IOException {
    this(carrier, new ServerSocket(0, 64, InetAddress.getLoopbackAddress()));
  }

  public int port() {
    return server.getLocalPort();
  }

  /** What comes of the next lists. */
  public synchronized ApiServer lists(Answer... answers) {
    lists.addAll(List.of(answers));
    return this;
  }

  /** What comes of the next watches. */
  public synchronized ApiServer watches(Answer... answers) {
    watches.addAll(List.of(answers));
    return this;
  }

  /** Every question so far, a watch that was tried by both carriers once. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** Lists so far. */
  public synchronized int listed() {
    return listed;
  }

  /** Watches so far. */
  public synchronized int watched() {
    return watched;
  }

  private synchronized Answer next(boolean watch) {
    List<Answer> answers = watch ? watches : lists;
    int number = watch ? watched++ : listed++;
    return answers.get(Math.min(number, answers.size() - 1));
  }

  /** A slice of a Service web whose pods are ready. */
  public static EndpointSlice slice(String name, String version, String... addresses) {
    EndpointSliceBuilder slice =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace("shop")
            .withResourceVersion(version)
            .addToLabels("kubernetes.io/service-name", "web")
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withPort(80)
            .withProtocol("TCP")
            .endPort();
    for (String address : addresses) {
      slice
          .addNewEndpoint()
          .withAddresses(address)
          .withNewConditions(true, true, false)
          .endEndpoint();
    }
    return slice.build();
  }

  /** A list's answer. */
  public static Answer page(String version, EndpointSlice... slices) {
    return partly(version, null, slices);
  }

  /** A page of a list that goes on with a token. */
  public static Answer partly(String version, @Nullable String next, EndpointSlice... slices) {
    String json =
        Serialization.asJson(
            new EndpointSliceListBuilder()
                .withMetadata(
                    new ListMetaBuilder().withResourceVersion(version).withContinue(next).build())
                .withItems(slices)
                .build());
    return question -> question.answer(200, json);
  }

  /** A refusal, as the API server words it. */
  public static Answer status(int code, String reason, String message) {
    return question -> question.answer(code, failure(code, reason, message));
  }

  private static String failure(int code, String reason, String message) {
    return """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"%s","reason":"%s","code":%d}"""
        .formatted(message, reason, code);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new IllegalStateException("the API server cannot accept", e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      HttpText head = HttpText.read(in);
      if (head == null) {
        return;
      }
      String target = head.first().split(" ", -1)[1];
      boolean watch = target.contains("watch=true");
      boolean upgrade = head.field("upgrade", "").equalsIgnoreCase("websocket");
      Question question = new Question(socket, in, watch && upgrade ? head : null);
      if (upgrade && carrier == Carrier.HTTP) {
        question.answer(200, "{}"); // whoever asked then asks without an upgrade
        return;
      }
      asked.add(target + " " + head.field("authorization", ""));
      next(watch).to(question);
    } catch (IOException e) {
      // the client has ended it, as it may at any time
    } finally {
      open.remove(socket);
    }
  }

  /** Cuts every connection. */
  public void cutAll() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cutAll();
  }

  /** A question under way. */
  public static final class Question {
    private final Socket socket;
    private final InputStream in;
    private final @Nullable HttpText upgrade;
    private boolean begun;

    private Question(Socket socket, InputStream in, @Nullable HttpText upgrade) {
      this.socket = socket;
      this.in = in;
      this.upgrade = upgrade;
    }

    /** The whole answer. */
    void answer(int code, String json) throws IOException {
      byte[] body = json.getBytes(StandardCharsets.UTF_8);
      write(
          "HTTP/1.1 %d Answer\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
              .formatted(code, body.length));
      socket.getOutputStream().write(body);
    }

    private void write(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
    }

    /** A watch that is accepted and has said nothing yet. */
    public Question begin() throws IOException {
      if (begun) {
        return this;
      }
      begun = true;
      if (upgrade == null) {
        write(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
      } else {
        write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
                .formatted(accept(upgrade.field("sec-websocket-key"))));
      }
      return this;
    }

    private static String accept(String key) {
      try {
        byte[] text =
            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
        return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    /** An event of a watch. */
    public Question event(String type, EndpointSlice slice) throws IOException {
      return line(
          "{\"type\":\"%s\",\"object\":%s}".formatted(type, Serialization.asJson(slice)), 1);
    }

    /** An event that only says how far the watch has come. */
    Question bookmark(String version) throws IOException {
      return line(
          """
          {"type":"BOOKMARK","object":{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"resourceVersion":"%s"},"endpoints":null,"ports":null,"addressType":""}}"""
              .formatted(version),
          1);
    }

    /** A failure in the course of a watch. */
    Question error(int code, String reason, String message) throws IOException {
      return line(
          "{\"type\":\"ERROR\",\"object\":%s}".formatted(failure(code, reason, message)), 1);
    }

    /** The place from which the watch was to begin is too old. */
    public void expired() throws IOException {
      error(410, "Expired", "too old resource version: 7 (70)").end();
    }

    /** The beginning of an event, and then the connection is cut. */
    public void cutIn(String type, EndpointSlice slice) throws IOException {
      line("{\"type\":\"%s\",\"object\":%s}".formatted(type, Serialization.asJson(slice)), 0.5);
      socket.close();
    }

    /** An event that may be none. */
    Question text(String text) throws IOException {
      return line(text, 1);
    }

    private Question line(String json, double part) throws IOException {
      begin();
      byte[] text = (json.replace("\n", "") + "\n").getBytes(StandardCharsets.UTF_8);
      OutputStream out = socket.getOutputStream();
      byte[] framed = upgrade == null ? chunk(text) : frame(text);
      out.write(framed, 0, (int) (framed.length * part));
      out.flush();
      return this;
    }

    private static byte[] chunk(byte[] text) {
      return (Integer.toHexString(text.length)
              + "\r\n"
              + new String(text, StandardCharsets.UTF_8)
              + "\r\n")
          .getBytes(StandardCharsets.UTF_8);
    }

    /** RFC 6455: a text in one frame, unmasked. */
    private static byte[] frame(byte[] text) {
      int extra = text.length < 126 ? 0 : text.length < 65_536 ? 2 : 8;
      byte[] frame = new byte[2 + extra + text.length];
      frame[0] = (byte) 0x81;
      frame[1] = (byte) (extra == 0 ? text.length : extra == 2 ? 126 : 127);
      for (int i = 0; i < extra; i++) {
        frame[2 + i] = (byte) (extra - 1 - i < 4 ? text.length >>> 8 * (extra - 1 - i) : 0);
      }
      System.arraycopy(text, 0, frame, 2 + extra, text.length);
      return frame;
    }

    /** The orderly end of a watch, as after its time. */
    public void end() throws IOException {
      begin();
      if (upgrade == null) {
        write("0\r\n\r\n");
      } else {
        socket.getOutputStream().write(new byte[] {(byte) 0x88, 2, 3, (byte) 0xE8});
        socket.getOutputStream().flush();
        rest(); // the client closes too
      }
    }

    /** Says nothing more until the client goes. */
    public void rest() throws IOException {
      begin();
      in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
