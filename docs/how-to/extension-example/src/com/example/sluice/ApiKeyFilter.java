package com.example.sluice;

import io.sluice.http.HeadEdits.Edit;
import io.sluice.proxy.RequestContext;
import io.sluice.proxy.RequestFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Lets only requests with a known API key through. The backend gets the client's name instead of
 * its key.
 */
public final class ApiKeyFilter implements RequestFilter {

  /** Makes the filter {@code api-key}. */
  public static final class Factory implements RequestFilter.Factory {
    @Override
    public String name() {
      return "api-key";
    }

    /**
     * A filter for one route.
     *
     * @param options {@code keys-file}: lines of a client's name, a space and its key; {@code
     *     header}: the field that carries the key, by default {@code X-API-Key}
     */
    @Override
    public RequestFilter create(Map<String, String> options) {
      for (String option : options.keySet()) {
        if (!option.equals("keys-file") && !option.equals("header")) {
          throw new IllegalArgumentException(
              "api-key does not know the option '" + option + "'; it has keys-file and header");
        }
      }
      String file = options.get("keys-file");
      if (file == null) {
        throw new IllegalArgumentException("api-key needs the option keys-file: a file of keys");
      }
      return new ApiKeyFilter(options.getOrDefault("header", "X-API-Key"), read(Path.of(file)));
    }

    private static List<Client> read(Path file) {
      List<String> lines;
      try {
        lines = Files.readAllLines(file);
      } catch (IOException e) {
        throw new IllegalArgumentException("api-key cannot read its keys-file " + file, e);
      }
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < lines.size(); i++) {
        String[] parts = lines.get(i).strip().split("\\s+");
        if (parts.length != 2) {
          throw new IllegalArgumentException(
              file + ":" + (i + 1) + ": expected a client's name, a space and its key");
        }
        clients.add(new Client(bytes(parts[1]), Edit.set("X-Client-Name", parts[0])));
      }
      return clients;
    }
  }

  /** A key, and the edit that tells the backend whose it is: made once, used for every request. */
  private record Client(byte[] key, Edit name) {}

  private final String header;
  private final String refusal;
  private final Edit hideKey;
  private final List<Client> clients;

  private ApiKeyFilter(String header, List<Client> clients) {
    this.header = header;
    this.refusal = "A valid API key is needed in " + header + ".\n";
    this.hideKey = Edit.remove(header);
    this.clients = clients;
  }

  @Override
  public void beforeChoosing(RequestContext request) {
    Client client = clientOf(request.header(header));
    if (client == null) {
      request.answer(403, "text/plain; charset=utf-8", refusal);
    } else {
      // The filter itself keeps nothing of a request: it serves all of them, on all threads.
      request.attach(this, client);
    }
  }

  @Override
  public void beforeSending(RequestContext request) {
    request.requestEdits().add(hideKey);
    request.requestEdits().add(((Client) request.attached(this)).name());
  }

  private Client clientOf(String key) {
    if (key == null) {
      return null;
    }
    byte[] given = bytes(key);
    for (Client client : clients) {
      if (MessageDigest.isEqual(client.key(), given)) { // takes the same time for any wrong key
        return client;
      }
    }
    return null;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
