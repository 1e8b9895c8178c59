package io.sluice.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A real HTTP/1.1 server on a loopback port that keeps every byte it gets. It reads requests
 * strictly and answers each with a text that names its method and target, unless a script for the
 * path does otherwise.
 */
public final class ScriptedBackend implements AutoCloseable {

  /** What is done with the requests of one path. */
  public interface Script {
    /** Answers a request. What it leaves unread of the request is read afterwards. */
    void run(Conversation conversation) throws IOException;
  }

  private final String name;
  private final ServerSocket server;
  private final List<BackendConnection> connections = new CopyOnWriteArrayList<>();
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final CountDownLatch accepted = new CountDownLatch(1);
  private volatile Script otherwise = this::echo;

  private ScriptedBackend(String name, ServerSocket server) {
    this.name = name;
    this.server = server;
    Thread.ofVirtual().name("backend-" + name).start(this::accept);
  }

  /** Starts one named {@code b1}. */
  public static ScriptedBackend start() throws IOException {
    return start("b1");
  }

  /** Starts one. */
  public static ScriptedBackend start(String name) throws IOException {
    return start(name, new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()));
  }

  /** Starts one on a bound socket. */
  public static ScriptedBackend start(String name, ServerSocket server) {
    return new ScriptedBackend(name, server);
  }

  public int port() {
    return server.getLocalPort();
  }

  public String name() {
    return name;
  }

  /** Sets what becomes of requests to this path, queries aside. */
  public ScriptedBackend on(String path, Script script) {
    scripts.put(path, script);
    return this;
  }

  /** Sets what becomes of all other requests. */
  public ScriptedBackend otherwise(Script script) {
    otherwise = script;
    return this;
  }

  /** The body of the default answer. */
  public static String saw(String method, String target) {
    return "saw " + method + " " + target;
  }

  private void echo(Conversation c) throws IOException {
    ReadRequest request = c.request();
    String body = saw(request.method(), request.target());
    c.send(
        Wire.head(
                "HTTP/1.1 200 OK",
                "Content-Type: text/plain",
                "X-Backend: " + name,
                "Content-Length: " + body.length())
            + (request.method().equals("HEAD") ? "" : body));
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        BackendConnection connection = new BackendConnection(socket, connections.size() + 1);
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new IllegalStateException("backend " + name + " cannot accept", e);
        }
      }
    }
    accepted.countDown();
  }

  private void serve(BackendConnection connection) {
    try (Socket socket = connection.socket()) {
      Objects.requireNonNull(socket);
      String head = readHead(connection);
      while (head != null && answer(connection, head)) {
        head = readHead(connection);
      }
      connection.ended("ended in order");
    } catch (IOException e) {
      connection.ended(e.toString());
    }
  }

  private boolean answer(BackendConnection connection, String text) throws IOException {
    StrictReader.Head head = StrictReader.head(text);
    if (head.request() == null) {
      connection.ended("refused: " + head.why());
      connection
          .socket()
          .getOutputStream()
          .write(Wire.bytes(Wire.head("HTTP/1.1 400 Refused", "Connection: close")));
      return false;
    }
    Conversation conversation = new Conversation(connection, head);
    String path = head.request().target().replaceAll("\\?.*", "");
    scripts.getOrDefault(path, otherwise).run(conversation);
    return conversation.finish();
  }

  /** Without its empty line; null: the connection ended before another one. */
  private static @Nullable String readHead(BackendConnection connection) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int c = connection.in().read();
      if (c < 0) {
        return null;
      }
      head.append((char) c);
    }
    return head.substring(0, head.length() - 4);
  }

  /** All connections so far, in the order they came. */
  public List<BackendConnection> connections() {
    return List.copyOf(connections);
  }

  /** How far each connection has come, to look later at what came behind. */
  public Map<BackendConnection, Integer> mark() {
    Map<BackendConnection, Integer> mark = new HashMap<>();
    connections.forEach(c -> mark.put(c, c.received().length()));
    return mark;
  }

  /** What each connection got since, empty ones left out. */
  public List<String> since(Map<BackendConnection, Integer> mark) {
    List<String> texts = new ArrayList<>();
    for (BackendConnection connection : connections) {
      String text = connection.received().substring(mark.getOrDefault(connection, 0));
      if (!text.isEmpty()) {
        texts.add(text);
      }
    }
    return texts;
  }

  /** The requests that arrived since, read strictly. */
  public List<ReadRequest> requestsSince(Map<BackendConnection, Integer> mark) {
    List<ReadRequest> requests = new ArrayList<>();
    StrictReader reader = new StrictReader();
    since(mark).forEach(text -> requests.addAll(reader.read(text).requests()));
    return requests;
  }

  /** Gives its port up; the connections that are there go on. */
  public void stopAccepting() throws IOException {
    server.close();
    Await.latch(accepted, "nobody accepts any more"); // only then is the port free
  }

  /** Ends all connections, and takes no more. */
  @Override
  public void close() throws IOException {
    stopAccepting();
    for (BackendConnection connection : connections) {
      connection.close();
    }
  }
}
