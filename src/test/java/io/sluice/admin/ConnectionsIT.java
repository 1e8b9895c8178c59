package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.config.Configuration;
import io.sluice.testkit.TestCertificates;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the management plane is reached: base path and TLS. */
class ConnectionsIT {
  @TempDir Path directory;

  private static SSLContext trusting(TestCertificates certificates) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("authority", certificates.authority().getCertificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Test
  void tlsComesFromABundleAndCookiesAreSecureThen() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.Issued issued = certificates.forNameAndLoopback("localhost");
    String yaml =
        """
        spring: {ssl: {bundle: {pem: {admin: {keystore: {certificate: "%s", private-key: "%s"}}}}}}
        server: {ssl: {bundle: admin}}
        """
            .formatted(issued.cert(), issued.key());
    try (GuardedPlane plane = new GuardedPlane("/", yaml);
        HttpClient client = HttpClient.newBuilder().sslContext(trusting(certificates)).build()) {
      plane.user("alice", Role.ADMIN);
      URI uri = URI.create("https://127.0.0.1:" + plane.port() + "/api/v1/session");
      HttpResponse<String> login =
          client.send(
              HttpRequest.newBuilder(uri)
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "{\"username\":\"alice\",\"password\":\"%s\"}"
                              .formatted(GuardedPlane.PASSWORD)))
                  .header("Content-Type", "application/json")
                  .build(),
              HttpResponse.BodyHandlers.ofString());

      assertThat(plane.plane.tls()).isTrue();
      assertThat(login.statusCode()).as(login.body()).isEqualTo(200);
      assertThat(login.headers().firstValue("Set-Cookie").orElseThrow()).contains("; Secure");
      assertThat(login.headers().firstValue("Strict-Transport-Security")).isPresent();
      assertThatExceptionOfType(IOException.class)
          .as("plain HTTP is not spoken there")
          .isThrownBy(() -> plane.anonymous("GET", "/actuator/health"));
    }
  }

  @Test
  void everythingLiesBelowTheBasePath() throws Exception {
    try (GuardedPlane plane = new GuardedPlane("/sluice/lb", "")) {
      plane.user("alice", Role.ADMIN);
      assertThat(plane.anonymous("GET", "/sluice/lb/actuator/health").statusCode()).isEqualTo(200);
      assertThat(plane.as(Role.VIEWER, "GET", "/sluice/lb/actuator/prometheus").statusCode())
          .isEqualTo(200);
      HttpResponse<String> login =
          plane.send(
              plane.call(
                  "POST",
                  "/sluice/lb/api/v1/session",
                  "{\"username\":\"alice\",\"password\":\"%s\"}".formatted(GuardedPlane.PASSWORD)));
      assertThat(login.headers().firstValue("Set-Cookie").orElseThrow())
          .contains("; Path=/sluice/lb;");
      assertThat(plane.as(Role.ADMIN, "GET", "/sluice/lb/swagger-ui.html").statusCode())
          .isEqualTo(302);
      for (String outside :
          new String[] {"/actuator/health", "/api/v1/users", "/sluice/lbx/actuator/health", "/"}) {
        HttpResponse<String> answer = plane.as(Role.ADMIN, "GET", outside);
        assertThat(answer.statusCode()).as(outside).isEqualTo(404);
        assertThat(answer.body()).contains("below /sluice/lb/");
      }
    }
  }

  @Test
  void aPortOfItsOwnForActuatorIsNotOpened() throws Exception {
    String yaml =
        """
        management: {server: {port: 0}, endpoints: {web: {exposure: {include: "*"}}}}
        """;
    Configuration.Admin admin = GuardedPlane.admin("/");
    try (GuardedPlane plane = new GuardedPlane(admin, yaml)) {
      assertThat(plane.anonymous("GET", "/actuator/health").statusCode()).isEqualTo(200);
      assertThat(plane.anonymous("GET", "/actuator/env").statusCode()).isEqualTo(401);
      assertThat(plane.as(Role.ADMIN, "GET", "/actuator/env").statusCode()).isEqualTo(404);
      assertThat(plane.as(Role.ADMIN, "GET", "/actuator/heapdump").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void swaggerUiNeedsNothingFromOutside() throws Exception {
    try (GuardedPlane plane = new GuardedPlane()) {
      HttpResponse<String> page = plane.as(Role.VIEWER, "GET", "/swagger-ui/index.html");
      assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
      assertThat(page.body()).doesNotContain("http://", "https://").doesNotContain("<script>");
      HttpResponse<String> document = plane.as(Role.VIEWER, "GET", "/v3/api-docs");
      assertThat(document.statusCode()).as(document.body()).isEqualTo(200);
      assertThat(document.body()).contains("/api/v1/tokens");
      assertThat(plane.anonymous("GET", "/v3/api-docs").statusCode()).isEqualTo(401);
    }
  }
}
