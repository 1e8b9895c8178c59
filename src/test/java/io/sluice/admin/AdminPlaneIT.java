package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.config.Address;
import io.sluice.config.Configuration;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class AdminPlaneIT {

  private static Configuration.Admin at(String host, int port) {
    return Configuration.Admin.at(new Address.Tcp(host, port));
  }

  @Test
  void readinessGoesDownWhenTrafficIsRefusedAndLivenessDoesNot() throws Exception {
    try (GuardedPlane admin = new GuardedPlane()) {
      assertThat(admin.anonymous("GET", "/actuator/health").statusCode()).isEqualTo(200);
      assertThat(admin.anonymous("GET", "/actuator/health/readiness").statusCode()).isEqualTo(200);
      assertThat(admin.anonymous("GET", "/actuator/health/liveness").statusCode()).isEqualTo(200);

      admin.plane.refuseTraffic();

      HttpResponse<String> readiness = admin.anonymous("GET", "/actuator/health/readiness");
      assertThat(readiness.statusCode()).isEqualTo(503);
      assertThat(readiness.body()).contains("OUT_OF_SERVICE");
      assertThat(admin.anonymous("GET", "/actuator/health/liveness").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void metersAreShownToPrometheus() throws Exception {
    try (GuardedPlane admin = new GuardedPlane()) {
      HttpResponse<String> metrics = admin.as(Role.VIEWER, "GET", "/actuator/prometheus");
      assertThat(metrics.statusCode()).isEqualTo(200);
      assertThat(metrics.body()).contains("made_by_the_test_total 7.0").contains("jvm_memory_used");
    }
  }

  @Test
  void infoTellsTheVersion() throws Exception {
    try (GuardedPlane admin = new GuardedPlane()) {
      assertThat(admin.as(Role.VIEWER, "GET", "/actuator/info").body()).contains("\"version\":");
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
    try (GuardedPlane admin = new GuardedPlane("/", yaml)) {
      assertThat(admin.anonymous("GET", "/actuator/health").body()).contains("\"readinessState\"");
      assertThat(admin.as(Role.VIEWER, "GET", "/actuator/prometheus").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aTakenAddressIsNamedWithTheRemedy() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      int port = taken.getLocalPort();
      assertThatExceptionOfType(AdminPlaneException.class)
          .isThrownBy(() -> new GuardedPlane(at("127.0.0.1", port), ""))
          .withMessage(
              "the admin address 127.0.0.1:%d is already in use by another process; stop that one"
                  + " or set sluice.admin.address in sluice.conf to another one",
              port);
    }
  }

  @Test
  void anAddressOfAnotherMachineIsNotCalledInUse() {
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> new GuardedPlane(at("192.0.2.1", 6189), ""))
        .withMessageContaining(
            "192.0.2.1:6189 cannot be listened on: Cannot assign requested address; set")
        .withMessageNotContaining("in use");
  }

  @Test
  void anUnknownHostIsToldAsSuch() {
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> new GuardedPlane(at("nowhere.invalid", 6189), ""))
        .withMessageContaining("nowhere.invalid:6189 cannot be listened on: its host is unknown");
  }

  @Test
  void aWrongSpringSectionIsToldInOneSentence() {
    String wrong = "management: {endpoint: {health: {cache: {time-to-live: soon}}}}";
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> new GuardedPlane("/", wrong))
        .withMessageStartingWith("the management plane does not start: ")
        .withMessageContaining("soon")
        .withMessageContaining("sluice.conf");
  }
}
