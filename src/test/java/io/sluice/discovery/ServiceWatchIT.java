package io.sluice.discovery;

import static io.sluice.discovery.ApiServer.page;
import static io.sluice.discovery.ApiServer.partly;
import static io.sluice.discovery.ApiServer.slice;
import static io.sluice.discovery.ApiServer.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.sluice.config.Address;
import io.sluice.discovery.ApiServer.Answer;
import io.sluice.discovery.ApiServer.Carrier;
import io.sluice.discovery.ApiServer.Question;
import io.sluice.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Conversations with an API server as they go in earnest, by both carriers of watches. Whatever
 * goes wrong in them, no endpoint is taken away that the server has not taken away.
 */
class ServiceWatchIT {
  private static final Address.Kubernetes WEB = new Address.Kubernetes("shop", "web", "http");

  private static final ServiceWatch.Times QUICK =
      new ServiceWatch.Times(
          Duration.ofSeconds(60),
          Duration.ofSeconds(1),
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(80));

  private final List<List<String>> found = new CopyOnWriteArrayList<>();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private @Nullable ApiServer server;
  private @Nullable KubernetesEndpoints endpoints;

  @AfterEach
  void stop() throws IOException {
    if (endpoints != null) {
      endpoints.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private ApiServer serving(Carrier carrier) throws IOException {
    ApiServer started = new ApiServer(carrier);
    server = started;
    return started;
  }

  private KubernetesEndpoints follow(ApiServer of) {
    return follow(of.port(), QUICK);
  }

  private KubernetesEndpoints follow(int port, ServiceWatch.Times times) {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + port)
            .withOauthToken("secret")
            .build();
    EndpointSource.Listener listener =
        new EndpointSource.Listener() {
          @Override
          public void found(
              Address address, List<DiscoveredEndpoint> all, @Nullable String remark) {
            found.add(all.stream().map(e -> e.address().getHostAddress()).toList());
          }

          @Override
          public void failed(Address address, String reason) {
            failures.add(reason);
          }
        };
    KubernetesEndpoints source =
        new KubernetesEndpoints(new KubernetesAccess(() -> config), null, listener, times);
    endpoints = source;
    source.follow(WEB);
    return source;
  }

  private void awaitFound(String... addresses) {
    Await.until(
        () -> !found.isEmpty() && found.getLast().equals(List.of(addresses)),
        List.of(addresses) + " are found");
  }

  /** Once it has been found, it has never been missed. */
  private void assertAlwaysThere(String address) {
    assertThat(found).isNotEmpty().allMatch(each -> each.contains(address));
  }

  private static final Answer REST = Question::rest;

  @ParameterizedTest
  @EnumSource
  void whatTheListHasAndWhatTheWatchChangesIsTold(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(page("7", slice("a", "5", "10.0.0.1", "10.0.0.2")))
            .watches(
                question -> {
                  question.event("ADDED", slice("b", "8", "10.0.0.3"));
                  question.event("MODIFIED", slice("a", "9", "10.0.0.1"));
                  question.event("DELETED", slice("b", "10", "10.0.0.3"));
                  question.rest();
                });
    follow(api);
    awaitFound("10.0.0.1");
    assertThat(found.getFirst()).containsExactly("10.0.0.1", "10.0.0.2");
    assertAlwaysThere("10.0.0.1");
    String path = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?";
    assertThat(api.asked().getFirst())
        .startsWith(path)
        .contains("labelSelector=kubernetes.io%2Fservice-name%3Dweb")
        .endsWith(" Bearer secret");
    assertThat(api.asked().get(1))
        .startsWith(path)
        .contains("resourceVersion=7", "allowWatchBookmarks=true", "timeoutSeconds=")
        .endsWith(" Bearer secret");
    assertThat(failures).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aWatchThatEndsInItsTimeGoesOnFromItsBookmark(Carrier carrier) throws IOException {
    CountDownLatch gate = new CountDownLatch(1);
    ApiServer api =
        serving(carrier)
            .lists(page("7", slice("a", "5", "10.0.0.1")))
            .watches(
                question -> {
                  question.bookmark("42");
                  Await.latch(gate, "the bookmark may have been read");
                  question.end();
                },
                question -> {
                  question.event("MODIFIED", slice("a", "43", "10.0.0.1", "10.0.0.2"));
                  question.rest();
                });
    follow(api);
    Await.until(() -> api.watched() == 1, "the first watch");
    Await.rest(found::size);
    gate.countDown();
    awaitFound("10.0.0.1", "10.0.0.2");
    assertThat(api.listed()).isEqualTo(1);
    assertThat(api.asked().getLast()).contains("resourceVersion=42");
    assertThat(failures).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aWatchWhosePlaceIsTooOldIsBegunWithANewList(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(
                page("7", slice("a", "5", "10.0.0.1"), slice("b", "6", "10.0.0.2")),
                page("90", slice("a", "88", "10.0.0.1"), slice("c", "89", "10.0.0.3")))
            .watches(
                question ->
                    question
                        .bookmark("8")
                        .error(410, "Expired", "too old resource version: 8 (70)")
                        .rest(),
                REST);
    follow(api);
    awaitFound("10.0.0.1", "10.0.0.3");
    assertAlwaysThere("10.0.0.1");
    Await.until(() -> api.watched() == 2, "the second watch");
    assertThat(api.asked().getLast()).contains("resourceVersion=90");
    assertThat(failures).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aPlaceThatIsTooOldMayBeRefusedAtOnce(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(
                page("7", slice("a", "5", "10.0.0.1")),
                page("90", slice("a", "5", "10.0.0.1"), slice("b", "88", "10.0.0.2")))
            .watches(status(410, "Expired", "too old resource version: 7 (70)"), REST);
    follow(api);
    awaitFound("10.0.0.1", "10.0.0.2");
    assertAlwaysThere("10.0.0.1");
    assertThat(failures).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatIsCutInAnEventGoesOnBeforeIt(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(page("7", slice("a", "5", "10.0.0.1")))
            .watches(
                question -> {
                  question.event("ADDED", slice("b", "8", "10.0.0.2"));
                  question.cutIn("ADDED", slice("c", "9", "10.0.0.3"));
                },
                question -> {
                  question.event("ADDED", slice("c", "9", "10.0.0.3"));
                  question.rest();
                });
    follow(api);
    awaitFound("10.0.0.1", "10.0.0.2", "10.0.0.3");
    assertAlwaysThere("10.0.0.1");
    assertThat(api.listed()).isEqualTo(1);
    assertThat(api.asked().getLast()).contains("resourceVersion=8");
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatBreaksTheWatchOffIsAskedAgain(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(page("7", slice("a", "5", "10.0.0.1")))
            .watches(
                question ->
                    question.bookmark("8").error(500, "InternalError", "etcd is not there").end(),
                question -> {
                  question.event("ADDED", slice("b", "9", "10.0.0.2"));
                  question.rest();
                });
    follow(api);
    awaitFound("10.0.0.1", "10.0.0.2");
    assertAlwaysThere("10.0.0.1");
  }

  @ParameterizedTest
  @EnumSource
  void aMissingRightIsNamedWithTheRoleThatGivesIt(Carrier carrier) throws IOException {
    String message =
        "endpointslices.discovery.k8s.io is forbidden: User system:serviceaccount:edge:sluice"
            + " cannot list resource endpointslices";
    ApiServer api =
        serving(carrier)
            .lists(
                status(403, "Forbidden", message),
                status(403, "Forbidden", message),
                page("7", slice("a", "5", "10.0.0.1")))
            .watches(REST);
    follow(api);
    awaitFound("10.0.0.1");
    assertThat(failures)
        .hasSize(2)
        .allMatch(
            reason ->
                reason.contains("system:serviceaccount:edge:sluice")
                    && reason.contains("get, list and watch of endpointslices")
                    && reason.contains("in namespace shop"));
  }

  @ParameterizedTest
  @EnumSource
  void aRightThatIsTakenAwayLaterLeavesTheEndpointsAsTheyAre(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(
                page("7", slice("a", "5", "10.0.0.1")),
                status(403, "Forbidden", "no right"),
                page("7", slice("a", "5", "10.0.0.1")))
            .watches(
                question -> question.bookmark("8").end(),
                status(403, "Forbidden", "no right"),
                status(401, "Unauthorized", "Unauthorized"),
                question -> {
                  question.event("ADDED", slice("b", "9", "10.0.0.2"));
                  question.rest();
                });
    follow(api);
    awaitFound("10.0.0.1", "10.0.0.2");
    assertAlwaysThere("10.0.0.1");
    assertThat(failures).hasSizeGreaterThan(1);
    assertThat(failures.getFirst()).contains("refuses (403, ");
    assertThat(failures.getLast())
        .contains(
            carrier == Carrier.WEBSOCKET
                ? "does not know who asks (401)"
                : "ends every watch at once; give Sluice's service account a Role");
  }

  @ParameterizedTest
  @EnumSource
  void aListInPagesIsOneListAlsoWhenAPageHasExpired(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(
                partly("7", "next", slice("a", "5", "10.0.0.1")),
                status(410, "Expired", "The provided continue parameter is too old"),
                partly("8", "next", slice("a", "5", "10.0.0.1")),
                page("8", slice("b", "6", "10.0.0.2")))
            .watches(REST);
    follow(api);
    awaitFound("10.0.0.1", "10.0.0.2");
    assertThat(found).as("no half list is told of").hasSize(1);
    assertThat(api.asked().get(3)).contains("continue=next");
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatIsNotThereYetIsFoundLater(Carrier carrier) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    follow(port, QUICK);
    Await.until(() -> failures.size() > 2, "failures");
    assertThat(failures)
        .allMatch(
            reason ->
                reason.equals(
                    "the API server http://127.0.0.1:%d/ cannot be asked: nothing accepts connections there"
                        .formatted(port)));
    server =
        new ApiServer(carrier, new ServerSocket(port, 64, InetAddress.getLoopbackAddress()))
            .lists(page("7", slice("a", "5", "10.0.0.1")))
            .watches(REST);
    awaitFound("10.0.0.1");
  }

  @ParameterizedTest
  @EnumSource
  void aSlowAnswerIsWaitedFor(Carrier carrier) throws IOException {
    CountDownLatch gate = new CountDownLatch(1);
    Answer late = page("7", slice("a", "5", "10.0.0.1"));
    ApiServer api =
        serving(carrier)
            .lists(
                question -> {
                  Await.latch(gate, "the server may answer");
                  late.to(question);
                })
            .watches(REST);
    follow(api);
    Await.until(() -> api.listed() == 1, "the list is asked for");
    Await.rest(() -> found.size() + failures.size());
    assertThat(found).isEmpty();
    assertThat(failures).isEmpty();
    gate.countDown();
    awaitFound("10.0.0.1");
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatDiedSilentlyIsGivenUp(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(page("7", slice("a", "5", "10.0.0.1")))
            .watches(
                REST,
                question -> {
                  question.event("ADDED", slice("b", "9", "10.0.0.2"));
                  question.rest();
                });
    follow(
        api.port(),
        new ServiceWatch.Times(
            Duration.ofSeconds(1),
            Duration.ofMillis(100),
            QUICK.gather(),
            QUICK.pause(),
            QUICK.longest()));
    awaitFound("10.0.0.1", "10.0.0.2");
    assertThat(api.listed()).isEqualTo(1);
    assertAlwaysThere("10.0.0.1");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoEventEndsTheWatchAndNothingElse(Carrier carrier) throws IOException {
    ApiServer api =
        serving(carrier)
            .lists(page("7", slice("a", "5", "10.0.0.1")))
            .watches(
                question -> question.bookmark("8").text("{\"type\":\"MODIFIED\",\"obj").rest(),
                question -> {
                  question.event("ADDED", slice("b", "9", "10.0.0.2"));
                  question.rest();
                });
    follow(api);
    awaitFound("10.0.0.1", "10.0.0.2");
    assertAlwaysThere("10.0.0.1");
  }

  @ParameterizedTest
  @EnumSource
  void whoIsLeftIsAskedNoMore(Carrier carrier) throws IOException {
    ApiServer api = serving(carrier).lists(page("7", slice("a", "5", "10.0.0.1"))).watches(REST);
    KubernetesEndpoints source = follow(api);
    Await.until(() -> api.watched() == 1, "the watch");
    source.leave(WEB);
    api.cutAll();
    long asked = Await.rest(() -> api.asked().size());
    assertThat(asked).isEqualTo(2);
    source.follow(WEB);
    Await.until(() -> api.listed() == 2, "it is followed anew");
  }
}
