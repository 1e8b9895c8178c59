package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.Counter;
import io.sluice.config.Address;
import io.sluice.testing.Http;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdminPlaneIT {

  private static AdminPlane.Settings settings(int port, String yaml) {
    return new AdminPlane.Settings(
        new Address.Tcp("127.0.0.1", port),
        "sluice.conf",
        yaml,
        null,
        List.of(registry -> Counter.builder("made.by.the.test").register(registry).increment(7)),
        null);
  }

  private static HttpResponse<String> get(AdminPlane admin, String path) throws Exception {
    return Http.get(URI.create("http://127.0.0.1:" + admin.address().getPort() + path));
  }

  @Test
  void readinessGoesDownWhenTrafficIsRefusedAndLivenessDoesNot() throws Exception {
    try (AdminPlane admin = AdminPlane.start(settings(0, ""))) {
      assertThat(get(admin, "/actuator/health").statusCode()).isEqualTo(200);
      assertThat(get(admin, "/actuator/health/readiness").statusCode()).isEqualTo(200);
      assertThat(get(admin, "/actuator/health/liveness").statusCode()).isEqualTo(200);

      admin.refuseTraffic();

      HttpResponse<String> readiness = get(admin, "/actuator/health/readiness");
      assertThat(readiness.statusCode()).isEqualTo(503);
      assertThat(readiness.body()).contains("OUT_OF_SERVICE");
      assertThat(get(admin, "/actuator/health/liveness").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void metersAreShownToPrometheus() throws Exception {
    try (AdminPlane admin = AdminPlane.start(settings(0, ""))) {
      HttpResponse<String> metrics = get(admin, "/actuator/prometheus");
      assertThat(metrics.statusCode()).isEqualTo(200);
      assertThat(metrics.body()).contains("made_by_the_test_total 7.0").contains("jvm_memory_used");
    }
  }

  @Test
  void infoTellsTheVersionAndNothingElseIsExposed() throws Exception {
    try (AdminPlane admin = AdminPlane.start(settings(0, ""))) {
      assertThat(get(admin, "/actuator/info").body()).contains("\"version\":");
      for (String closed :
          List.of("env", "heapdump", "threaddump", "beans", "loggers", "metrics")) {
        assertThat(get(admin, "/actuator/" + closed).statusCode()).as(closed).isEqualTo(404);
      }
    }
  }

  @Test
  void springsOwnSectionsAreHonouredButTheAddressIsSluices() throws Exception {
    String yaml =
        """
        server: {port: 1, address: 192.0.2.1}
        management:
          endpoint: {health: {show-details: always}}
          endpoints: {web: {exposure: {include: health}}}
        sluice: {anything: "${not.a.placeholder}"}
        """;
    try (AdminPlane admin = AdminPlane.start(settings(0, yaml))) {
      assertThat(get(admin, "/actuator/health").body()).contains("\"readinessState\"");
      assertThat(get(admin, "/actuator/prometheus").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aTakenAddressIsNamedWithTheRemedy() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      int port = taken.getLocalPort();
      assertThatExceptionOfType(AdminPlaneException.class)
          .isThrownBy(() -> AdminPlane.start(settings(port, "")))
          .withMessage(
              "the admin address 127.0.0.1:%d is already in use by another process; stop that one"
                  + " or set sluice.admin.address in sluice.conf to another one",
              port);
    }
  }

  @Test
  void anAddressOfAnotherMachineIsNotCalledInUse() {
    AdminPlane.Settings elsewhere =
        new AdminPlane.Settings(
            new Address.Tcp("192.0.2.1", 6189), "sluice.conf", "", null, List.of(), null);
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> AdminPlane.start(elsewhere))
        .withMessageContaining(
            "192.0.2.1:6189 cannot be listened on: Cannot assign requested address; set")
        .withMessageNotContaining("in use");
  }

  @Test
  void anUnknownHostIsToldAsSuch() {
    AdminPlane.Settings nowhere =
        new AdminPlane.Settings(
            new Address.Tcp("nowhere.invalid", 6189), "sluice.conf", "", null, List.of(), null);
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> AdminPlane.start(nowhere))
        .withMessageContaining("nowhere.invalid:6189 cannot be listened on: its host is unknown");
  }

  @Test
  void aWrongSpringSectionIsToldInOneSentence() {
    AdminPlane.Settings wrong =
        settings(0, "management: {endpoint: {health: {cache: {time-to-live: soon}}}}");
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> AdminPlane.start(wrong))
        .withMessageStartingWith("the management plane does not start: ")
        .withMessageContaining("soon")
        .withMessageContaining("sluice.conf");
  }
}
