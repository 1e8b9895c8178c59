package io.sluice.admin;

import io.sluice.store.Actor;
import io.sluice.store.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.server.ServerWebExchange;

/** One call of the API as controllers see it: who, with what body and under which conditions. */
final class Call {
  static final MediaType MERGE_PATCH = MediaType.parseMediaType("application/merge-patch+json");
  static final MediaType YAML = MediaType.APPLICATION_YAML;

  /** The header that says why, beside the parameter {@code reason}. */
  static final String REASON = "Change-Reason";

  private static final int LONGEST_REASON = 500;

  private final ServerWebExchange exchange;
  private final Actor actor;
  private final byte[] body;

  /**
   * A call whose body has come.
   *
   * @param body whole, not copied; empty without one
   */
  Call(ServerWebExchange exchange, Actor actor, byte[] body) {
    this.exchange = exchange;
    this.actor = actor;
    this.body = body;
  }

  ServerWebExchange exchange() {
    return exchange;
  }

  Actor actor() {
    return actor;
  }

  byte[] body() {
    return body;
  }

  HttpHeaders headers() {
    return exchange.getRequest().getHeaders();
  }

  /** A query parameter; null: not given. */
  @Nullable String query(String name) {
    List<String> values = exchange.getRequest().getQueryParams().get(name);
    if (values == null || values.isEmpty()) {
      return null;
    }
    if (values.size() > 1) {
      throw Refusals.parameter(name, "it is given more than once");
    }
    return values.getFirst() == null ? "" : values.getFirst();
  }

  /** A parameter that is {@code true}, {@code false} or absent; without a value it is true. */
  boolean flag(String name) {
    String value = query(name);
    return switch (value) {
      case null -> false;
      case "true", "" -> true;
      case "false" -> false;
      default -> throw Refusals.parameter(name, "expected true or false");
    };
  }

  /** A parameter that is a whole number. */
  int number(String name, int least, int most, int otherwise) {
    String value = query(name);
    if (value == null) {
      return otherwise;
    }
    String range = "expected a whole number from " + least + " to " + most;
    if (!value.matches("[0-9]{1,9}")) {
      throw Refusals.parameter(name, range);
    }
    int number = Integer.parseInt(value);
    if (number < least || number > most) {
      throw Refusals.parameter(name, range);
    }
    return number;
  }

  /** A parameter that is a duration. */
  @Nullable Duration duration(String name) {
    String value = query(name);
    if (value == null) {
      return null;
    }
    Duration duration = IsoTimes.duration(value);
    if (duration == null) {
      throw Refusals.parameter(name, "expected a duration, for instance PT30S or 30s");
    }
    return duration;
  }

  boolean dryRun() {
    return flag("dryRun");
  }

  boolean force() {
    return flag("force");
  }

  /** Why, by parameter or header; null: not said. */
  @Nullable String reason() {
    String given = query("reason");
    return checkedReason(given == null ? headers().getFirst(REASON) : given);
  }

  static @Nullable String checkedReason(@Nullable String reason) {
    if (reason == null || reason.isBlank()) {
      return null;
    }
    if (reason.length() > LONGEST_REASON || reason.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
      throw Refusals.parameter(
          "reason",
          "expected at most " + LONGEST_REASON + " characters without control characters");
    }
    return reason.strip();
  }

  /** What a revision of this call is stored with. */
  Change change() {
    return change(actor.how().equals("session") ? "dashboard" : "api", reason());
  }

  Change change(String source, @Nullable String reason) {
    return new Change(actor, source, action(), reason, requestId());
  }

  /** The call for people: method and path. */
  String action() {
    String path = exchange.getRequest().getPath().pathWithinApplication().value();
    return exchange.getRequest().getMethod().name() + " " + path;
  }

  @Nullable String requestId() {
    return RequestId.of(exchange);
  }

  /** The address of something of this API, as Location has it. */
  String location(String path) {
    return exchange.getRequest().getPath().contextPath().value() + "/api/v1" + path;
  }

  boolean hasBody() {
    return body.length > 0;
  }

  /** The body as a JSON object. */
  Map<String, @Nullable Object> json() {
    return object(MediaType.APPLICATION_JSON);
  }

  /** The body as a JSON object; an empty one without a body. */
  Map<String, @Nullable Object> jsonIfAny() {
    return hasBody() ? json() : Map.of();
  }

  /** The body as a merge patch. */
  Map<String, @Nullable Object> mergePatch() {
    return object(MERGE_PATCH);
  }

  boolean isYaml() {
    MediaType given = type();
    return given != null && YAML.isCompatibleWith(given);
  }

  void requireType(MediaType... wanted) {
    MediaType given = type();
    for (MediaType type : wanted) {
      if (given != null && type.equalsTypeAndSubtype(given)) {
        return;
      }
    }
    throw Refusals.mediaType(given, List.of(wanted));
  }

  private @Nullable MediaType type() {
    try {
      return headers().getContentType();
    } catch (InvalidMediaTypeException e) {
      throw Refusals.of(415, "unsupported-media-type", "The field Content-Type is malformed.");
    }
  }

  private Map<String, @Nullable Object> object(MediaType wanted) {
    requireType(wanted);
    Object tree = tree();
    if (!(tree instanceof Map<?, ?> object)) {
      throw Refusals.invalid("", "expected a JSON object");
    }
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    object.forEach((name, value) -> members.put(String.valueOf(name), value));
    return members;
  }

  private @Nullable Object tree() {
    try {
      return JsonText.read(body);
    } catch (JsonText.SyntaxException e) {
      throw Refusals.syntax(e);
    }
  }

  /** The lines of a field; null: it is absent. */
  @Nullable List<String> field(String name) {
    List<String> lines = headers().get(name);
    return lines == null || lines.isEmpty() ? null : new ArrayList<>(lines);
  }

  /** Whether the call makes something new: {@code If-None-Match: *}. */
  boolean creates() {
    List<String> lines = field(HttpHeaders.IF_NONE_MATCH);
    return lines != null && lines.size() == 1 && lines.getFirst().strip().equals("*");
  }
}
