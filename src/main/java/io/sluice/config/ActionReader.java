package io.sluice.config;

import io.sluice.config.RouteSpec.Action;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads what a route does: exactly one of {@code pool}, {@code redirect} and {@code respond}. */
final class ActionReader {
  private static final List<String> ACTIONS = List.of("pool", "redirect", "respond");

  /** Status of a redirect that names none. */
  static final int DEFAULT_REDIRECT = 302;

  /** Stands for an action that could not be read; the file is refused then. */
  private static final Action UNREAD = new Action.Respond(503, "", Map.of());

  private static final ValueParser<Integer> REDIRECT_STATUS =
      ValueParser.of(ScalarType.NUMBER, ActionReader::redirectStatus);

  private ActionReader() {}

  static Action read(YamlMapping route) {
    Action pool = pool(route.get("pool"));
    Action redirect = redirect(route.mapping("redirect", KnownKeys.REDIRECT));
    Action respond = respond(route.mapping("respond", KnownKeys.RESPOND));
    List<String> given = ACTIONS.stream().filter(route::names).toList();
    // Only written keys count, also empty ones: 'pool:' is a slip, not another action.
    if (given.isEmpty() && !route.names("split")) {
      route.problem("expected one of pool, redirect and respond");
    } else if (given.size() > 1) {
      route.problem(
          given.getLast(),
          "a route has only one of pool, redirect and respond; this one has "
              + String.join(", ", given));
    } else if (!given.isEmpty() && route.get(given.getFirst()) == null) {
      route.problem(given.getFirst(), "is empty; expected what the route does");
    }
    if (pool != null) {
      return pool;
    }
    return redirect != null ? redirect : Objects.requireNonNullElse(respond, UNREAD);
  }

  private static @Nullable Action pool(@Nullable YamlValue value) {
    // Whether such a pool exists is asked later; a malformed id cannot exist anyway.
    String pool = value == null ? null : value.text();
    return pool == null ? null : new Action.ToPool(pool);
  }

  private static @Nullable Action redirect(@Nullable YamlMapping redirect) {
    if (redirect == null) {
      return null;
    }
    YamlValue value =
        redirect.required("to", "where it leads, for instance https://{host}{path}{query}");
    String to = value == null ? null : value.parsed(RedirectTarget::parse);
    int status = redirect.value("status", REDIRECT_STATUS, DEFAULT_REDIRECT);
    return to == null ? null : new Action.Redirect(to, status);
  }

  private static int redirectStatus(String text) throws BadValueException {
    return switch (text) {
      case "301", "302", "303", "307", "308" -> Integer.parseInt(text);
      default ->
          throw new BadValueException(
              Quoted.of(text) + " is no redirect: expected 301, 302, 303, 307 or 308");
    };
  }

  private static @Nullable Action respond(@Nullable YamlMapping respond) {
    if (respond == null) {
      return null;
    }
    YamlValue value = respond.required("status", "a number from 200 to 599");
    Integer status = value == null ? null : value.parsed(Numbers.within(200, 599));
    String body = respond.value("body", text -> text, "");
    if (status != null && !body.isEmpty() && (status == 204 || status == 304)) {
      respond.problem("body", "an answer with status " + status + " has no body (RFC 9110 6.4.1)");
    }
    Map<String, String> headers =
        HeaderReader.values(respond.get("headers"), HeaderReader.Use.ANSWER);
    return status == null ? null : new Action.Respond(status, body, headers);
  }
}
