package io.sluice.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The management API of a running Sluice, as a program with a token sees it. */
public final class AdminApi {
  /** What {@code SLUICE_ADMIN_TOKEN} is in tests. */
  public static final String TOKEN = "sl_tests_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL";

  /** The environment that makes {@link #TOKEN} valid. */
  public static final Map<String, String> ENVIRONMENT = Map.of("SLUICE_ADMIN_TOKEN", TOKEN);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI admin;
  private final String token;

  /**
   * Calls nothing yet.
   *
   * @param admin the management plane, with a slash at the end
   */
  public AdminApi(URI admin, String token) {
    this.admin = admin;
    this.token = token;
  }

  /** As the first administrator of a process that was started with {@link #ENVIRONMENT}. */
  public static AdminApi of(SluiceProcess sluice) throws InterruptedException {
    return new AdminApi(sluice.admin(), TOKEN);
  }

  /** An answer. */
  public record Answer(int status, HttpResponse<String> response) {
    /** Its body; fails when it is no JSON. */
    public JsonNode json() {
      return JSON.readTree(response.body());
    }

    /** A field's value; empty without one. */
    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    @Override
    public String toString() {
      return status + " " + response.body();
    }
  }

  /**
   * Calls.
   *
   * @param path below {@code /api/v1}, with a slash at the begin
   * @param json sent as {@code application/json}, merge patch for PATCH; null: no body
   * @param fields names and values of further fields
   */
  public Answer call(String method, String path, @Nullable String json, String... fields)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(admin + "api/v1" + path))
            .timeout(Until.DEADLINE)
            .header("Authorization", "Bearer " + token);
    if (json != null) {
      request.header(
          "Content-Type",
          method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
    }
    if (fields.length > 0) {
      request.headers(fields);
    }
    request.method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    return new Answer(response.statusCode(), response);
  }

  /** Reads. */
  public JsonNode get(String path) throws IOException, InterruptedException {
    Answer answer = call("GET", path, null);
    if (answer.status() != 200) {
      throw new AssertionError("GET " + path + ": " + answer);
    }
    return answer.json();
  }

  /** The items of all pages of a list. */
  public List<JsonNode> all(String path) throws IOException, InterruptedException {
    List<JsonNode> items = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = get(path + "?limit=500" + (cursor.isEmpty() ? "" : "&cursor=" + cursor));
      page.path("items").forEach(items::add);
      cursor = page.path("nextCursor").asString("");
    } while (!cursor.isEmpty());
    return items;
  }

  /** Changes whatever is there; fails unless the answer is 2xx. */
  public Answer change(String method, String path, @Nullable String json)
      throws IOException, InterruptedException {
    Answer answer =
        method.equals("POST")
            ? call(method, path, json)
            : call(method, path, json, "If-Match", "*");
    if (answer.status() / 100 != 2) {
      throw new AssertionError(method + " " + path + ": " + answer);
    }
    return answer;
  }
}
