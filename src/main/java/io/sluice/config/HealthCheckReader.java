package io.sluice.config;

import io.sluice.config.HealthCheckSpec.BodyPattern;
import io.sluice.config.HealthCheckSpec.Http;
import io.sluice.config.HealthCheckSpec.StatusRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Reads {@code health-check} of a pool. */
final class HealthCheckReader {
  private static final int MOST_IN_A_ROW = 100;
  private static final int LONGEST_BODY_PATTERN = 1024;
  private static final Pattern STATUSES = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");

  private HealthCheckReader() {}

  /** The checks; null: none. */
  static @Nullable HealthCheckSpec read(@Nullable YamlMapping check) {
    if (check == null) {
      return null;
    }
    HealthCheckSpec byDefault = HealthCheckSpec.DEFAULT;
    ValueParser<Duration> interval = Durations.within(Duration.ofMillis(10), Duration.ofHours(24));
    ValueParser<Integer> inARow = Numbers.within(1, MOST_IN_A_ROW);
    HealthCheckSpec.Type type =
        check.value("type", Texts.constant(HealthCheckSpec.Type.class), byDefault.type());
    if (type != HealthCheckSpec.Type.HTTP && check.get("http") != null) {
      check.problem("http", "has an effect only with 'type: http'; add that or remove it");
    }
    return new HealthCheckSpec(
        type,
        check.value("interval", interval, byDefault.interval()),
        check.value("unhealthy-interval", interval, byDefault.unhealthyInterval()),
        check.value(
            "timeout",
            Durations.within(Duration.ofMillis(1), Duration.ofHours(1)),
            byDefault.timeout()),
        check.value("rise", inARow, byDefault.rise()),
        check.value("fall", inARow, byDefault.fall()),
        check.value("jitter", Numbers.decimalWithin(0, 0.5), byDefault.jitter()),
        check.value("start", Texts.oneOf(List.of("up", "down")), "up").equals("up"),
        TlsReader.read(check.mapping("tls", KnownKeys.TLS)),
        http(check.mapping("http", KnownKeys.HEALTH_CHECK_HTTP)));
  }

  private static Http http(@Nullable YamlMapping http) {
    Http byDefault = Http.DEFAULT;
    if (http == null) {
      return byDefault;
    }
    return new Http(
        http.value("method", Texts::method, byDefault.method()),
        http.value("path", HealthCheckReader::target, byDefault.path()),
        http.optional("host", HostNames::hostField),
        http.value("expect-status", HealthCheckReader::statuses, byDefault.expectStatus()),
        http.optional("expect-body", HealthCheckReader::body),
        HeaderReader.values(http.get("headers"), HeaderReader.Use.CHECK),
        http.value("port", Numbers.within(0, 65_535), byDefault.port()),
        http.value("reuse-connection", Numbers.BOOL, byDefault.reuseConnection()));
  }

  private static String target(String text) throws BadValueException {
    if (!text.startsWith("/") || !text.matches("[!-~]{1,4096}") || text.indexOf('#') >= 0) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a path: expected one that begins with a slash, percent-encoded and"
              + " without a fragment, for instance /health?full=1");
    }
    return text;
  }

  private static List<StatusRange> statuses(String text) throws BadValueException {
    List<StatusRange> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher matcher = STATUSES.matcher(part.strip());
      int from = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
      String last = from == 0 ? null : matcher.group(2);
      int to = last == null ? from : Integer.parseInt(last);
      if (from == 0 || to < from) {
        throw new BadValueException(
            Quoted.of(text)
                + " are no statuses: expected numbers and ranges within 100 to 599, for instance"
                + " 200-299,304");
      }
      ranges.add(new StatusRange(from, to));
    }
    return ranges;
  }

  private static BodyPattern body(String text) throws BadValueException {
    if (text.isEmpty() || text.length() > LONGEST_BODY_PATTERN) {
      throw new BadValueException(
          Quoted.of(text) + " is no text of 1 to " + LONGEST_BODY_PATTERN + " characters");
    }
    if (text.length() < 2 || !text.startsWith("/") || !text.endsWith("/")) {
      return new BodyPattern(text, false);
    }
    String regex = text.substring(1, text.length() - 1);
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new BadValueException(
          Quoted.of(text) + " is not a regular expression: " + Quoted.plain(e.getDescription()));
    }
    return new BodyPattern(regex, true);
  }
}
