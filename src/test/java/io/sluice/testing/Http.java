package io.sluice.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;

/** Plain HTTP/1.1 requests. */
public final class Http {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Http() {}

  /** Asks and waits for the whole answer. */
  public static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return CLIENT.send(request(uri), HttpResponse.BodyHandlers.ofString());
  }

  /** Asks with one more field and waits for the whole answer. */
  public static HttpResponse<String> get(URI uri, String name, String value)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri).timeout(Until.DEADLINE).header(name, value).build();
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** Asks. */
  public static CompletableFuture<HttpResponse<String>> getAsync(URI uri) {
    return CLIENT.sendAsync(request(uri), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest request(URI uri) {
    return HttpRequest.newBuilder(uri).timeout(Until.DEADLINE).build();
  }
}
