package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/**
 * A browser without JavaScript: it keeps cookies, follows no redirect by itself, and sends a page's
 * forms as they are in its HTML.
 */
final class Browser implements AutoCloseable {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI origin;
  private final Map<String, String> cookies = new LinkedHashMap<>();

  Browser(URI origin) {
    this.origin = origin;
  }

  /** An answer, and its page. */
  record Page(HttpResponse<String> answer, Document html) {
    int status() {
      return answer.statusCode();
    }

    /** Where it leads, as it was sent. */
    String location() {
      return answer.headers().firstValue("Location").orElseThrow();
    }

    String text(String selector) {
      return one(selector).text();
    }

    Element one(String selector) {
      return Objects.requireNonNull(
          html.selectFirst(selector), () -> selector + " of " + html.body());
    }

    boolean has(String selector) {
      return html.selectFirst(selector) != null;
    }
  }

  Page get(String path, String... fields) throws Exception {
    return send(request(path, fields).GET());
  }

  /** Goes where an answer leads. */
  Page follow(Page page) throws Exception {
    assertThat(page.status()).as(page.answer().body()).isEqualTo(303);
    return get(page.location());
  }

  /** Sends the form of a page that goes to this address, with these fields filled in. */
  Page submit(Page page, String action, String... filled) throws Exception {
    return send(form(page, action, filled));
  }

  /** The same, to be sent by the test. */
  HttpRequest.Builder form(Page page, String action, String... filled) {
    Map<String, String> fields = new LinkedHashMap<>();
    Element form = page.one("form[method=post][action='" + action + "']");
    for (Element input : form.select("input[name], textarea[name], select[name]")) {
      boolean box = input.attr("type").equals("checkbox");
      if (!box || input.hasAttr("checked")) {
        Element chosen = input.selectFirst("option[selected]");
        String value = chosen == null ? input.val() : chosen.val();
        fields.put(input.attr("name"), value);
      }
    }
    for (int i = 0; i < filled.length; i += 2) {
      fields.put(filled[i], filled[i + 1]);
    }
    return post(action, fields);
  }

  /** A form of the test's own. */
  HttpRequest.Builder post(String path, Map<String, String> fields) {
    List<String> pairs = new ArrayList<>();
    fields.forEach((name, value) -> pairs.add(encoded(name) + "=" + encoded(value)));
    return request(path, "Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(String.join("&", pairs)));
  }

  /** A form whose fields may be repeated: names and values in turn. */
  HttpRequest.Builder postAll(String path, List<String> fields) {
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < fields.size(); i += 2) {
      pairs.add(encoded(fields.get(i)) + "=" + encoded(fields.get(i + 1)));
    }
    return request(path, "Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(String.join("&", pairs)));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  Page send(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    for (String cookie : answer.headers().allValues("Set-Cookie")) {
      String pair = cookie.substring(0, cookie.indexOf(';'));
      cookies.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
      if (cookie.contains("Max-Age=0")) {
        cookies.remove(pair.substring(0, pair.indexOf('=')));
      }
    }
    return new Page(answer, Jsoup.parse(answer.body(), origin.toString()));
  }

  private HttpRequest.Builder request(String path, String... fields) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(origin.resolve(path))
            .timeout(Duration.ofSeconds(60))
            .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    if (!cookies.isEmpty()) {
      List<String> pairs = new ArrayList<>();
      cookies.forEach((name, value) -> pairs.add(name + "=" + value));
      request.header("Cookie", String.join("; ", pairs));
    }
    return fields.length == 0 ? request : request.headers(fields);
  }

  void cookie(String name, String value) {
    cookies.put(name, value);
  }

  /** Forgets that somebody is signed in. */
  void forget() {
    cookies.clear();
  }

  @Override
  public void close() {
    client.close();
  }
}
