package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.Unpooled;
import io.sluice.config.RouteSpec;
import io.sluice.http.Ascii;
import io.sluice.http.HeadLimits;
import io.sluice.http.RequestHead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutingTableTest {
  private static final RouteSpec.Action ANSWER = new RouteSpec.Action.Respond(200, "", Map.of());

  private final RequestHead head = new RequestHead();

  private static RouteSpec route(String id, RouteSpec.Match match, int priority) {
    return RouteSpec.of(id, match, ANSWER).withPriority(priority);
  }

  private static RouteSpec route(@Nullable String host, String path) {
    return route(host + " " + path, new RouteSpec.Match(host, path, Set.of(), Map.of()), 0);
  }

  private static RoutingTable table(List<RouteSpec> routes) {
    return new RoutingTable(routes, Map.of(), BuiltInFilters::of);
  }

  /** A request as the reference sees it. */
  private record Request(String method, String host, String path, Map<String, String> headers) {
    String text() {
      StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
      text.append("Host: ").append(host).append("\r\n");
      headers.forEach((k, v) -> text.append(k).append(": ").append(v).append("\r\n"));
      return text.append("\r\n").toString();
    }
  }

  private @Nullable String matched(RoutingTable table, String text) {
    head.reset();
    var progress =
        head.feed(Unpooled.wrappedBuffer(Ascii.bytes(text)), new HeadLimits(8192, 8192, 100));
    assertThat(progress).as(text).isEqualTo(RequestHead.Progress.COMPLETE);
    Route route = table.match(head, new byte[256]);
    return route == null ? null : route.spec().id();
  }

  private @Nullable String matched(List<RouteSpec> routes, String host, String path) {
    return matched(table(routes), new Request("GET", host, path, Map.of()).text());
  }

  // The documented rule, read the simple way.

  private static boolean matches(RouteSpec route, Request request) {
    RouteSpec.Match match = route.match();
    String host = request.host().toLowerCase(Locale.ROOT).replaceAll("\\.?(:[0-9]*)?$", "");
    String path = request.path().replaceAll("\\?.*", "");
    boolean hostFits =
        match.host() == null
            || match.host().equals(host)
            || match.host().startsWith("*.") && host.endsWith(match.host().substring(1));
    String prefix = match.path().replaceAll("/\\*\\*$", "");
    boolean pathFits =
        match.path().endsWith("/**")
            ? path.equals(prefix) || path.startsWith(prefix + "/")
            : path.equals(match.path());
    return hostFits
        && pathFits
        && (match.methods().isEmpty() || match.methods().contains(request.method()))
        && match.headers().entrySet().stream()
            .allMatch(
                wanted -> {
                  String value = request.headers().get(wanted.getKey());
                  return value != null
                      && (wanted.getValue().equals("*") || wanted.getValue().equals(value));
                });
  }

  /** Negative: the first is more specific. */
  private static int compare(RouteSpec a, RouteSpec b) {
    if (a.priority() != b.priority()) {
      return a.priority() > b.priority() ? -1 : 1;
    }
    int host = Integer.compare(hostScore(b), hostScore(a));
    if (host != 0) {
      return host;
    }
    int path = Integer.compare(pathScore(b), pathScore(a));
    if (path != 0) {
      return path;
    }
    if (a.match().methods().isEmpty() != b.match().methods().isEmpty()) {
      return a.match().methods().isEmpty() ? 1 : -1;
    }
    return b.match().headers().size() - a.match().headers().size();
  }

  private static int hostScore(RouteSpec route) {
    String host = route.match().host();
    return host == null ? -1 : host.startsWith("*") ? host.length() : Integer.MAX_VALUE;
  }

  private static int pathScore(RouteSpec route) {
    String path = route.match().path();
    return path.endsWith("/**") ? path.length() : Integer.MAX_VALUE;
  }

  private static @Nullable String reference(List<RouteSpec> routes, Request request) {
    Comparator<RouteSpec> bySpecificity = RoutingTableTest::compare;
    return routes.stream()
        .filter(r -> matches(r, request))
        .min(bySpecificity.thenComparingInt(routes::indexOf))
        .map(RouteSpec::id)
        .orElse(null);
  }

  private static final List<String> HOSTS =
      List.of("a.t", "A.T:80", "b.a.t", "t", "c.t.", "x.b.a.t", "[::1]:8080", "at", "x.at.");
  private static final List<String> PATHS =
      List.of("/", "/a", "/a/", "/a/b", "/a/bc", "/ab", "/a/b/c?x=/a", "/a?/b", "//a", "/a//b");
  private static final List<Map<String, String>> HEADERS =
      List.of(Map.of(), Map.of("x", "1"), Map.of("x", "2"), Map.of("x", "1", "y", "3"));

  private void compareWithReference(List<RouteSpec> routes) {
    RoutingTable table = table(routes);
    for (String host : HOSTS) {
      for (String path : PATHS) {
        for (String method : List.of("GET", "POST")) {
          for (Map<String, String> headers : HEADERS) {
            Request request = new Request(method, host, path, headers);
            assertThat(matched(table, request.text()))
                .as("%s among %s", request, routes)
                .isEqualTo(reference(routes, request));
          }
        }
      }
    }
  }

  @Test
  void everyOrderOfDeclarationGivesTheMostSpecificRoute() {
    List<RouteSpec> routes =
        List.of(
            route(null, "/**"),
            route(null, "/a/**"),
            route("*.t", "/a/b"),
            route("*.a.t", "/**"),
            route("a.t", "/a/**"),
            route("get", new RouteSpec.Match("a.t", "/a/**", Set.of("GET"), Map.of()), 0));
    List<List<RouteSpec>> orders = new ArrayList<>();
    permute(new ArrayList<>(routes), 0, orders);
    assertThat(orders).hasSize(720);
    List<Request> requests = new ArrayList<>();
    for (String host : List.of("a.t", "b.a.t", "c.t", "u")) {
      for (String path : List.of("/", "/a", "/a/b")) {
        requests.add(new Request("GET", host, path, Map.of()));
        requests.add(new Request("PUT", host, path, Map.of()));
      }
    }
    for (List<RouteSpec> order : orders) {
      RoutingTable table = table(order);
      for (Request request : requests) {
        assertThat(matched(table, request.text())).isEqualTo(reference(order, request));
      }
    }
  }

  private static void permute(List<RouteSpec> routes, int from, List<List<RouteSpec>> out) {
    if (from == routes.size()) {
      out.add(List.copyOf(routes));
      return;
    }
    for (int i = from; i < routes.size(); i++) {
      Collections.swap(routes, from, i);
      permute(routes, from + 1, out);
      Collections.swap(routes, from, i);
    }
  }

  @Test
  void anyTableAgreesWithTheDocumentedRule() {
    SplittableRandom random = new SplittableRandom(3);
    for (int n = 0; n < 120; n++) {
      List<RouteSpec> routes = new ArrayList<>();
      for (int i = 1 + random.nextInt(12); i > 0; i--) {
        routes.add(randomRoute("r" + i, random));
      }
      compareWithReference(routes);
    }
  }

  private static RouteSpec randomRoute(String id, SplittableRandom random) {
    List<String> hosts = List.of("", "", "a.t", "b.a.t", "*.t", "*.a.t", "*.at");
    List<String> paths = List.of("/**", "/a/**", "/a/b/**", "/a", "/a/b", "/", "/a/", "//a");
    List<Set<String>> methods = List.of(Set.of(), Set.of("GET"), Set.of("GET", "POST"));
    List<Map<String, String>> headers =
        List.of(Map.of(), Map.of("x", "1"), Map.of("x", "*"), Map.of("x", "*", "y", "3"));
    String host = hosts.get(random.nextInt(hosts.size()));
    return route(
        id,
        new RouteSpec.Match(
            host.isEmpty() ? null : host,
            paths.get(random.nextInt(paths.size())),
            methods.get(random.nextInt(methods.size())),
            headers.get(random.nextInt(headers.size()))),
        random.nextInt(4) == 0 ? random.nextInt(3) - 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "/a/**, /a, true",
    "/a/**, /a/, true",
    "/a/**, /a/b, true",
    "/a/**, /ab, false",
    "/a/**, /A/b, false",
    "/a, /a/, false",
    "/a, /a?b, true",
    "/, /, true",
    "/, /a, false",
    "/**, /, true",
  })
  void aPrefixMeansWholeSegments(String pattern, String path, boolean taken) {
    assertThat(matched(List.of(route(null, pattern)), "t", path) != null).isEqualTo(taken);
  }

  @Test
  void anAbsoluteFormWithoutAPathIsTheRoot() {
    RoutingTable table = table(List.of(route(null, "/")));
    assertThat(matched(table, "GET http://t HTTP/1.1\r\nHost: t\r\n\r\n")).isEqualTo("null /");
    assertThat(matched(table, "GET http://t?q HTTP/1.1\r\nHost: t\r\n\r\n")).isEqualTo("null /");
  }

  @Test
  void aRequestWithoutHostTakesARouteForAnyHost() {
    RoutingTable table = table(List.of(route("a.t", "/**"), route(null, "/**")));
    assertThat(matched(table, "GET / HTTP/1.0\r\n\r\n")).isEqualTo("null /**");
    assertThat(matched(table(List.of(route("a.t", "/**"))), "GET / HTTP/1.0\r\n\r\n")).isNull();
  }

  @Test
  void aHeaderConditionLooksAtEveryFieldOfTheName() {
    RoutingTable table =
        table(List.of(route("x", new RouteSpec.Match(null, "/**", Set.of(), Map.of("x", "2")), 0)));
    assertThat(matched(table, "GET / HTTP/1.1\r\nHost: t\r\nX: 1\r\nx: 2\r\n\r\n")).isEqualTo("x");
    assertThat(matched(table, "GET / HTTP/1.1\r\nHost: t\r\nX: 1, 2\r\n\r\n")).isNull();
  }

  @Test
  void aServerWideOptionsGoesToARouteForEveryPath() {
    RoutingTable table = table(List.of(route(null, "/a/**"), route(null, "/**")));
    assertThat(matched(table, "OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n")).isEqualTo("null /**");
  }

  @Test
  void thousandsOfRoutesAreFoundByHostAndPath() {
    List<RouteSpec> routes = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      routes.add(route("h" + i + ".t", "/p" + i + "/**"));
      routes.add(route("*.w" + i + ".t", "/q" + i));
    }
    RoutingTable table = table(routes);
    for (int i = 0; i < 3000; i += 37) {
      Request one = new Request("GET", "H" + i + ".t", "/p" + i + "/x", Map.of());
      assertThat(matched(table, one.text())).isEqualTo("h" + i + ".t /p" + i + "/**");
      Request two = new Request("GET", "a.b.w" + i + ".t", "/q" + i, Map.of());
      assertThat(matched(table, two.text())).isEqualTo("*.w" + i + ".t /q" + i);
      Request none = new Request("GET", "h" + i + ".t", "/p" + (i + 1) + "/x", Map.of());
      assertThat(matched(table, none.text())).isNull();
    }
  }

  @Test
  void aRouteToAnUnknownPoolIsRefusedByName() {
    RouteSpec route =
        RouteSpec.of("lost", RouteSpec.Match.ALL, new RouteSpec.Action.ToPool("nowhere"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table(List.of(route)))
        .withMessageContaining("lost")
        .withMessageContaining("nowhere");
  }
}
