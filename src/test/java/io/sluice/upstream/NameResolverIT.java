package io.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.testkit.NameServer;
import io.sluice.upstream.NameResolver.Answer;
import io.sluice.upstream.NameResolver.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Names are asked of a real server over UDP. */
class NameResolverIT {
  private NameServer server;
  private NameResolver resolver;

  @BeforeEach
  void start() throws IOException {
    server = new NameServer();
    resolver =
        new NameResolver(
            List.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.address().port())));
  }

  @AfterEach
  void stop() {
    resolver.close();
    server.close();
  }

  private static Answer get(CompletableFuture<Answer> answer) throws Exception {
    return answer.get(60, TimeUnit.SECONDS);
  }

  private static Endpoint endpoint(String address, int port, int weight, int priority) {
    return new Endpoint(InetAddress.ofLiteral(address), port, weight, priority);
  }

  @Test
  void aHostStandsForItsAddressesAsLongAsTheShortestOfThemHolds() throws Exception {
    server.host("web.test", 30, "10.0.0.2", "10.0.0.1");
    assertThat(get(resolver.addresses("web.test", 80)))
        .isEqualTo(
            new Answer(
                List.of(endpoint("10.0.0.1", 80, 1, 0), endpoint("10.0.0.2", 80, 1, 0)), 30));
  }

  @Test
  void eachQuestionIsAskedAnew() throws Exception {
    server.host("web.test", 300, "10.0.0.1");
    get(resolver.addresses("web.test", 80));
    server.host("web.test", 20, "10.0.0.9");
    assertThat(get(resolver.addresses("web.test", 80)))
        .isEqualTo(new Answer(List.of(endpoint("10.0.0.9", 80, 1, 0)), 20));
  }

  @Test
  void aServiceGivesPortsWeightsAndPriorities() throws Exception {
    server.host("a.test", 60, "10.0.0.1");
    server.host("b.test", 40, "10.0.0.2");
    server.service("_http._tcp.test", 50, 20, 0, 8081, "b.test");
    server.service("_http._tcp.test", 50, 10, 7, 8080, "a.test");
    assertThat(get(resolver.services("_http._tcp.test")))
        .isEqualTo(
            new Answer(
                List.of(endpoint("10.0.0.1", 8080, 7, 10), endpoint("10.0.0.2", 8081, 1, 20)), 40));
  }

  @Test
  void aNameThatDoesNotExistOrAServerThatFailsIsAFailure() {
    assertThatThrownBy(() -> get(resolver.addresses("nobody.test", 80)))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("nobody.test");
    server.fail(true);
    assertThatThrownBy(() -> get(resolver.addresses("web.test", 80)))
        .isInstanceOf(ExecutionException.class);
    assertThatThrownBy(() -> get(resolver.services("_http._tcp.test")))
        .isInstanceOf(ExecutionException.class);
  }
}
