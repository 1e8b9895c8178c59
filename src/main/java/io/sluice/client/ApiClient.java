package io.sluice.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;

/** Calls the management API and turns what goes wrong into a sentence. */
final class ApiClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final String MOST = "500";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final URI base;
  private final @Nullable String token;
  private final HttpClient http;

  /**
   * Calls nothing yet.
   *
   * @param url of the management plane, with its base path, for instance {@code
   *     http://127.0.0.1:6189}
   * @param token sent with each call; null: none
   * @param ca PEM file with the only authorities to trust; null: the JDK's
   */
  ApiClient(String url, @Nullable String token, @Nullable Path ca) throws ClientException {
    this.base = base(url);
    this.token = token;
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT);
    if (ca != null) {
      builder.sslContext(trusting(ca));
    }
    this.http = builder.build();
  }

  private static URI base(String url) throws ClientException {
    try {
      URI uri = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw new ClientException(noUrl(url) + " (" + e.getMessage() + ")", e);
    }
    throw new ClientException(noUrl(url));
  }

  private static String noUrl(String url) {
    return "'"
        + url
        + "' is no URL of a management plane; expected for instance"
        + " http://127.0.0.1:6189 in --url or SLUICE_URL";
  }

  private static SSLContext trusting(Path ca) throws ClientException {
    try (InputStream pem = Files.newInputStream(ca)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry("ca" + number++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new ClientException(
          "cannot use the authorities in " + ca + " (" + e + "); --ca takes a readable PEM file",
          e);
    }
  }

  /** A path segment or query value as it stands in a URL. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonNode get(String path) throws ClientException {
    return call("GET", path, null);
  }

  /** All pages of a list as one array. */
  JsonNode all(String path, Map<String, String> filter) throws ClientException {
    ArrayNode all = JSON.createArrayNode();
    Map<String, String> query = new LinkedHashMap<>(filter);
    query.put("limit", MOST);
    String cursor;
    do {
      JsonNode page = get(path + query(query));
      page.path("items").forEach(all::add);
      cursor = page.path("nextCursor").asString("");
      query.put("cursor", cursor);
    } while (!cursor.isEmpty());
    return all;
  }

  /**
   * Calls the API.
   *
   * @param path behind {@code /api/v1}, with its query
   * @param body sent as JSON; null: none
   * @return what it answers; a missing node for no content
   * @throws ClientException for every answer but 2xx, with what the problem document says
   */
  JsonNode call(String method, String path, @Nullable Map<String, ?> body) throws ClientException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + "/api/v1" + path))
            .timeout(ANSWER)
            .header("Accept", "application/json, application/problem+json");
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    if (!method.equals("POST") && !method.equals("GET")) {
      request.header("If-Match", "*"); // who types a command wants it done, whatever the state
    }
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, BodyPublishers.ofString(JSON.writeValueAsString(body)));
    }
    HttpResponse<String> answer = send(request.build());
    JsonNode document = document(answer);
    if (answer.statusCode() / 100 == 2) {
      return document;
    }
    throw new ClientException(problem(answer, document));
  }

  private HttpResponse<String> send(HttpRequest request) throws ClientException {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new ClientException(
          "nothing answers at "
              + base
              + "; is Sluice running there? Another address goes into --url or SLUICE_URL",
          e);
    } catch (SSLException e) {
      throw new ClientException(
          "no TLS with "
              + base
              + " ("
              + e.getMessage()
              + "); --ca or SLUICE_CA names its authority",
          e);
    } catch (IOException e) {
      throw new ClientException("the call to " + base + " fails: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClientException("interrupted", e);
    }
  }

  private JsonNode document(HttpResponse<String> answer) throws ClientException {
    if (answer.body().isEmpty()) {
      return MissingNode.getInstance();
    }
    String type = answer.headers().firstValue("Content-Type").orElse("");
    try {
      if (type.contains("json")) {
        return JSON.readTree(answer.body());
      }
    } catch (JacksonException e) {
      throw new ClientException(notTheApi(answer), e);
    }
    throw new ClientException(notTheApi(answer));
  }

  private String notTheApi(HttpResponse<String> answer) {
    return base
        + " answers "
        + answer.statusCode()
        + " and no JSON; is it Sluice's management plane? It is on port 6189 by default";
  }

  private String problem(HttpResponse<String> answer, JsonNode problem) {
    StringBuilder text = new StringBuilder();
    String detail = problem.path("detail").asString(problem.path("title").asString(""));
    text.append(answer.statusCode()).append(' ').append(problem.path("code").asString(""));
    text.append(": ").append(detail);
    for (JsonNode error : problem.path("errors")) {
      text.append("\n  ").append(error.path("pointer").asString(""));
      text.append(' ').append(error.path("message").asString(""));
    }
    if (answer.statusCode() == 401) {
      text.append(
          token == null
              ? "\n  set SLUICE_TOKEN to a token; an administrator makes one by: sluice token create"
              : "\n  the token in SLUICE_TOKEN is not valid (any more)");
    }
    return text.toString();
  }

  /** Name and value pairs as a query; those without value left out. */
  static String query(Map<String, String> parameters) {
    String query =
        parameters.entrySet().stream()
            .filter(p -> !p.getValue().isEmpty())
            .map(p -> encoded(p.getKey()) + "=" + encoded(p.getValue()))
            .collect(Collectors.joining("&"));
    return query.isEmpty() ? "" : "?" + query;
  }

  @Override
  public void close() {
    http.close();
  }
}
