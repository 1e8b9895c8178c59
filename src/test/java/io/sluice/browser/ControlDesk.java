package io.sluice.browser;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What the script in the browser's process asks of the stage, by HTTP on loopback. */
final class ControlDesk implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

  ControlDesk(Stage stage) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(workers);
    server.createContext("/", exchange -> answer(stage, exchange));
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static void answer(Stage stage, HttpExchange exchange) throws IOException {
    int status = 200;
    String text;
    try {
      text = done(stage, exchange.getRequestURI().getPath(), query(exchange));
    } catch (RuntimeException e) {
      status = 400;
      text = e.toString();
    }
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static String done(Stage stage, String order, Map<String, String> with)
      throws IOException {
    switch (order) {
      case "/kill" -> stage.backends().kill(need(with, "name"));
      case "/start" -> stage.backends().start(need(with, "name"));
      case "/add" -> {
        return stage.backends().add(need(with, "name"));
      }
      case "/answer" ->
          stage.backends().answer(need(with, "name"), number(with, "status"), number(with, "ms"));
      case "/release" -> stage.backends().release(need(with, "name"));
      case "/load" -> stage.load().ask(need(with, "path"), number(with, "rps"));
      case "/hold" -> stage.load().hold(need(with, "path"), number(with, "requests"));
      case "/answered" -> {
        return Long.toString(stage.load().answered());
      }
      case "/cut" -> stage.relay().cut();
      case "/mend" -> stage.relay().mend();
      default -> throw new IllegalArgumentException("there is no order " + order);
    }
    return "";
  }

  private static int number(Map<String, String> with, String name) {
    return Integer.parseInt(need(with, name));
  }

  private static String need(Map<String, String> with, String name) {
    String value = with.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> parameters = new HashMap<>();
    String query = exchange.getRequestURI().getRawQuery();
    for (String pair : query == null ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      parameters.put(
          pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return parameters;
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
