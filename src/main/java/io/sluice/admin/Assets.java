package io.sluice.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.server.ServerWebExchange;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The dashboard's scripts and styles, as the build in {@code frontend/} has left them in the
 * program, compressed already. Their names hold a hash of what is in them, so a browser may keep
 * them for ever. Only what the build's manifest names is served.
 *
 * <p>A program built without them ({@code -Dfrontend.skip}) has plain pages that work all the same.
 */
@Controller
final class Assets {
  private static final Logger log = LoggerFactory.getLogger(Assets.class);
  private static final String FOLDER = "/dashboard/assets/";
  private static final String ENTRY = "src/main.ts";
  private static final List<String> CODINGS = List.of("br", "gzip");

  private final String folder;
  private final Entry entry;
  private final Set<String> names;
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  /**
   * What every page loads.
   *
   * @param script null: none was built
   * @param modules what the script needs before it can begin
   * @param modules that the script imports, to be fetched along with it
   */
  record Entry(@Nullable String script, List<String> styles, List<String> modules) {}

  /** A file in its forms, by content coding; the empty one is always there. */
  private record Held(String type, Map<String, byte[]> forms) {}

  Assets() {
    this(FOLDER);
  }

  /**
   * Those of a folder on the class path.
   *
   * @param folder from slash to slash
   */
  Assets(String folder) {
    this.folder = folder;
    byte[] manifest = read("manifest.json");
    if (manifest == null) {
      log.warn("The dashboard was built without its scripts and styles; its pages are plain.");
      entry = new Entry(null, List.of(), List.of());
      names = Set.of();
    } else {
      JsonNode chunks = JsonMapper.builder().build().readTree(manifest);
      entry = entry(chunks);
      names = names(chunks);
    }
  }

  private static Entry entry(JsonNode chunks) {
    Set<String> modules = new LinkedHashSet<>();
    Set<String> styles = new LinkedHashSet<>();
    collect(chunks, ENTRY, modules, styles);
    List<String> scripts = new ArrayList<>(modules);
    return scripts.isEmpty()
        ? new Entry(null, List.copyOf(styles), List.of())
        : new Entry(scripts.getFirst(), List.copyOf(styles), scripts.subList(1, scripts.size()));
  }

  private static void collect(
      JsonNode chunks, String name, Set<String> modules, Set<String> styles) {
    JsonNode chunk = chunks.path(name);
    String file = chunk.path("file").asString("");
    if (file.isEmpty() || !modules.add(file)) {
      return;
    }
    chunk.path("imports").forEach(next -> collect(chunks, next.asString(), modules, styles));
    chunk.path("css").forEach(style -> styles.add(style.asString()));
    chunk.path("imports").forEach(other -> collect(chunks, other.asString(), modules, styles));
  }

  private static Set<String> names(JsonNode chunks) {
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode chunk : chunks) {
      names.add(chunk.path("file").asString(""));
      chunk.path("css").forEach(style -> names.add(style.asString()));
      chunk.path("assets").forEach(asset -> names.add(asset.asString()));
    }
    names.remove("");
    return Set.copyOf(names);
  }

  /** What every page loads. */
  Entry entry() {
    return entry;
  }

  @GetMapping("/assets/{*name}")
  ResponseEntity<byte[]> get(@PathVariable("name") String path, ServerWebExchange exchange) {
    String name = path.substring(1);
    if (!names.contains(name)) {
      throw Refusals.of(
          404, "not-found", "There is no such asset in this version; load the page again.");
    }
    Held file = held.computeIfAbsent(name, this::hold);
    String coding = coding(exchange.getRequest().getHeaders(), file.forms().keySet());
    ResponseEntity.BodyBuilder answer =
        ResponseEntity.ok()
            .header(HttpHeaders.CONTENT_TYPE, file.type())
            .header(HttpHeaders.CACHE_CONTROL, "public, max-age=31536000, immutable")
            .header(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
    if (!coding.isEmpty()) {
      answer.header(HttpHeaders.CONTENT_ENCODING, coding);
    }
    return answer.body(file.forms().get(coding));
  }

  private Held hold(String name) {
    byte[] plain = read(name);
    if (plain == null) {
      throw new IllegalStateException("the manifest names " + name + ", which is not built in");
    }
    Map<String, byte[]> forms = new LinkedHashMap<>();
    forms.put("", plain);
    byte[] brotli = read(name + ".br");
    byte[] gzip = read(name + ".gz");
    if (brotli != null) {
      forms.put("br", brotli);
    }
    if (gzip != null) {
      forms.put("gzip", gzip);
    }
    return new Held(type(name), forms);
  }

  private byte @Nullable [] read(String name) {
    try (InputStream stream = Assets.class.getResourceAsStream(folder + name)) {
      return stream == null ? null : stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder + name, e);
    }
  }

  private static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
      case "js" -> "text/javascript;charset=utf-8";
      case "css" -> "text/css;charset=utf-8";
      case "svg" -> "image/svg+xml";
      case "woff2" -> "font/woff2";
      case "json", "map" -> "application/json";
      default -> "application/octet-stream";
    };
  }

  /** The best coding that the caller takes (RFC 9110 12.5.3); empty: as it is. */
  static String coding(HttpHeaders headers, Set<String> there) {
    Map<String, Double> wanted = new LinkedHashMap<>();
    for (String field : headers.getOrEmpty(HttpHeaders.ACCEPT_ENCODING)) {
      for (String part : field.toLowerCase(Locale.ROOT).split(",", -1)) {
        String[] pieces = part.strip().split("\\s*;\\s*", 2);
        wanted.put(pieces[0], pieces.length == 1 ? 1 : weight(pieces[1]));
      }
    }
    double others = wanted.getOrDefault("*", 0.0);
    String best = "";
    double most = 0;
    for (String coding : CODINGS) {
      double weight = wanted.getOrDefault(coding, others);
      if (there.contains(coding) && weight > most) {
        best = coding;
        most = weight;
      }
    }
    return best;
  }

  private static double weight(String parameter) {
    return parameter.matches("q=[01](\\.[0-9]{0,3})?")
        ? Double.parseDouble(parameter.substring(2))
        : 0;
  }
}
